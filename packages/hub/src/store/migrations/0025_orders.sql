-- Shop orders, codes that go by a reference of their own, and what a bank limits per minute.

alter table payments drop constraint payments_payable_kind_check;
alter table payments add check (payable_kind in ('premium', 'topup', 'order'));

create table orders (
  id bigint generated always as identity primary key,
  uuid uuid not null unique,
  -- The shop's own number, and the number of its payments' bill.
  order_number text not null unique check (length(order_number) between 1 and 64),
  customer_id text not null check (length(customer_id) between 1 and 64),
  total_minor bigint not null check (total_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  items jsonb not null,
  return_url text,
  cancel_url text,
  created_by text not null,
  created_at timestamptz not null default now(),
  -- Given up by the shop: nothing is owed any more.
  cancelled_at timestamptz,
  cancelled_because text
);
create index orders_of_customer on orders (customer_id, id);
create function orders_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.uuid, new.order_number, new.customer_id, new.total_minor, new.currency, new.items, new.created_by, new.created_at)
     <> (old.id, old.uuid, old.order_number, old.customer_id, old.total_minor, old.currency, old.items, old.created_by, old.created_at)
     or (new.return_url, new.cancel_url) is distinct from (old.return_url, old.cancel_url)
     or old.cancelled_at is not null and (new.cancelled_at, new.cancelled_because)
        is distinct from (old.cancelled_at, old.cancelled_because) then
    raise exception 'order % keeps what it was made with', old.order_number using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger orders_guard before update on orders for each row execute function orders_guard();
create trigger orders_keep before delete on orders for each row execute function refuse_change();
create trigger orders_keep_all before truncate on orders execute function refuse_change();

-- Personal data stands apart, so that it can be erased.
create table order_customers (
  order_id bigint primary key references orders,
  first_name text,
  last_name text,
  email text,
  phone text
);

-- A code may go by a reference of its own; an order's by the way it is paid, and where the bank's page takes over there is
-- no code of ours.
alter table attempts add column method text, drop constraint attempts_check;
alter table attempts add check (state <> 'open' or qr_string is not null or method is not null);
create unique index attempts_by_reference on attempts (bank_code, merchant_account_id, reference)
  where reference <> payment_number::text;

alter table inbox drop constraint inbox_route_check;
alter table inbox add check (route in ('khqr', 'bill', 'callback'));
-- Of a callback: whose messages come on the path it came on.
alter table inbox add column account_number text;

-- Calls of an operation that were sent to a bank in its last minute.
create table call_minutes (
  bank_code text not null references banks,
  account text not null,
  operation text not null,
  minute timestamptz not null,
  spent integer not null check (spent > 0),
  primary key (bank_code, account, operation)
);

-- Keeps a validly signed callback once: {inboxId, repeated, payment}. The same print again is the same delivery.
create function keep_callback(
  bank text, account text, who text, correlation text, at timestamptz, media_type text, raw bytea, print text, ref text,
  number bigint
) returns jsonb language plpgsql as $$
declare
  known bigint;
  fresh bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('callback ' || bank || ' ' || print, 0));
  select i.id into known from inbox i where i.bank_code = bank and i.route = 'callback' and i.fingerprint = print
    order by i.id limit 1;
  if known is not null then
    return jsonb_build_object('inboxId', known, 'repeated', true, 'payment', null);
  end if;
  insert into inbox (bank_code, account_number, route, subject, correlation_id, received_at, content_type, body, fingerprint,
      reference, payment_number)
    values (bank, account, 'callback', who, correlation, at, media_type, raw, print, ref, number)
    returning id into fresh;
  return jsonb_build_object('inboxId', fresh, 'repeated', false, 'payment', payment_snapshot(number));
end $$;

-- As before; an attempt has a method.
create or replace function payment_snapshot(wanted bigint) returns jsonb language plpgsql stable as $$
declare
  p payments;
  received jsonb := '[]';
  refunded bigint := 0;
  bill jsonb;
begin
  select * into p from payments where number = wanted;
  if not found then
    return null;
  end if;
  if exists (select from receipts r where r.payment_number = wanted)
     or exists (select from applications x where x.payment_number = wanted) then
    received := coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', r.id, 'bankCode', r.bank_code, 'merchantAccountId', r.merchant_account_id, 'channel', r.channel,
        'bankTransactionId', r.bank_transaction_id, 'amountMinor', r.amount_minor::text, 'currency', r.currency,
        'paidAt', r.paid_at, 'proof', r.proof, 'recordedAt', r.recorded_at,
        'isNamed', r.payment_number is not distinct from p.number,
        'appliedMinor', (select coalesce(sum(x.amount_minor), 0)::text from applications x
          where x.receipt_id = r.id and x.payment_number = p.number),
        -- More than one journal: some of it may have been paid back, be on its way, or be taken back by the bank.
        'returnedMinor', (case when (select count(*) from journals j where j.receipt_id = r.id) > 1 then
          (select greatest(x.applied - b.applied, x.refunds, 0) from receipt_balances(r.id) b, (select
              coalesce((select sum(y.amount_minor) from applications y where y.receipt_id = r.id and y.payment_number = p.number), 0) as applied,
              coalesce((select sum(f.amount_minor) from refunds f where f.receipt_id = r.id and f.payment_number = p.number
                and f.status not in ('failed', 'cancelled')), 0) as refunds) x) else 0 end)::text,
        'suspended', (select s.reason from suspense s where s.receipt_id = r.id order by s.id desc limit 1),
        'heldMinor', (select coalesce(sum(s.remaining_minor), 0)::text from suspense s where s.receipt_id = r.id),
        'reversed', coalesce((select j.kind = 'reversal' from journals j where j.receipt_id = r.id
          and j.kind in ('reversal', 'adjustment') order by j.id desc limit 1), false),
        'missingSince', (select m.first_missing_at from missing_movements m where m.receipt_id = r.id),
        'noticeFingerprint', (select i.fingerprint from inbox i where i.payment_number = p.number and i.receipt_id = r.id order by i.id limit 1)
        ) order by r.id)
      -- Its own receipts, and those of others that an operator applied to it.
      from receipts r where r.id in (select o.id from receipts o where o.payment_number = p.number
        union select x.receipt_id from applications x where x.payment_number = p.number)), '[]');
    refunded := coalesce((select sum(f.amount_minor) from refunds f
      where f.payment_number = wanted and f.status = 'succeeded'), 0);
  end if;
  if exists (select from payments o where o.payable_kind = p.payable_kind and o.biller = p.biller
      and o.bill_number = p.bill_number and o.bill_key = p.bill_key and o.currency = p.currency and o.number <> wanted) then
    bill := jsonb_build_object(
      'completedBy', (select o.number from payments o where o.payable_kind = p.payable_kind and o.biller = p.biller
         and o.bill_number = p.bill_number and o.bill_key = p.bill_key and o.currency = p.currency
         and o.status = 'completed' limit 1),
      'openBy', (select o.number from payments o where o.payable_kind = p.payable_kind and o.biller = p.biller
         and o.bill_number = p.bill_number and o.bill_key = p.bill_key and o.currency = p.currency
         and o.status in ('pending', 'processing') limit 1),
      'heldBy', (select o.number from payments o join receipts r on r.payment_number = o.number
           join suspense s on s.receipt_id = r.id
         where o.payable_kind = p.payable_kind and o.biller = p.biller and o.bill_number = p.bill_number
           and o.bill_key = p.bill_key and o.currency = p.currency and s.state = 'open' and r.proof <> 'notice'
           and o.number <> wanted limit 1));
  else
    bill := jsonb_build_object(
      'completedBy', case when p.status = 'completed' then p.number end,
      'openBy', case when p.status in ('pending', 'processing') then p.number end,
      'heldBy', null);
  end if;
  return jsonb_build_object(
    'number', p.number, 'id', p.id, 'payableKind', p.payable_kind, 'biller', p.biller, 'billNumber', p.bill_number,
    'billKey', p.bill_key, 'amountMinor', p.amount_minor::text, 'currency', p.currency, 'status', p.status,
    'version', p.version, 'eventSequence', p.event_sequence, 'openedAt', p.opened_at, 'completedAt', p.completed_at,
    'closedAt', case when p.status not in ('pending', 'processing') then (select min(h.at) from payment_history h
        where h.payment_number = wanted and h.to_status in ('failed', 'cancelled', 'expired')) end,
    'payer', (select jsonb_build_object('name', y.name, 'email', y.email, 'phone', y.phone)
              from payers y where y.payment_number = wanted),
    'attempts', coalesce((select jsonb_agg(jsonb_build_object(
        'id', a.id, 'bankCode', a.bank_code, 'merchantAccountId', a.merchant_account_id, 'reference', a.reference,
        'state', a.state, 'qrString', a.qr_string, 'deeplink', a.deeplink, 'method', a.method, 'createdBy', a.created_by,
        'createdAt', a.created_at, 'expiresAt', a.expires_at) order by a.id)
      from attempts a where a.payment_number = wanted), '[]'),
    'creditAccount', case p.payable_kind when 'topup' then credit_account(wanted) else 'payable:' || p.payable_kind end,
    'receipts', received, 'refundedMinor', refunded::text,
    'inquiries', coalesce((select jsonb_agg(jsonb_build_object('bankCode', q.bank_code, 'channel', q.channel))
      from inquiries q where q.payment_number = wanted), '[]'),
    'bill', bill);
end $$;
alter function payment_snapshot set plan_cache_mode = force_generic_plan;

-- As before; an attempt may have a reference and a method of its own, and an order has one live code.
create or replace function open_attempt(p jsonb) returns jsonb language plpgsql as $$
declare
  pay payments;
  a attempts;
  last_id bigint;
  fresh bigint;
begin
  select * into pay from payments where number = (p->>'paymentNumber')::bigint for update;
  if not found or pay.status not in ('pending', 'processing') then
    return jsonb_build_object('kind', 'not_open', 'status', pay.status);
  end if;
  select * into a from attempts
    where payment_number = pay.number and bank_code = p->>'bankCode' and state in ('creating', 'open');
  if found and a.state = 'open' and a.expires_at > (p->>'at')::timestamptz then
    return jsonb_build_object('kind', 'live', 'payment', payment_snapshot(pay.number), 'attemptId', a.id);
  end if;
  if found and a.state = 'creating' and a.created_at > (p->>'busySince')::timestamptz then
    return jsonb_build_object('kind', 'busy');
  end if;
  -- An order has one code at a time, whichever bank makes it; a bill may be shown at several.
  if pay.payable_kind = 'order' and exists (select from attempts o where o.payment_number = pay.number
      and o.bank_code <> p->>'bankCode' and (o.state = 'open' and o.expires_at > (p->>'at')::timestamptz
        or o.state = 'creating' and o.created_at > (p->>'busySince')::timestamptz)) then
    return jsonb_build_object('kind', 'elsewhere');
  end if;
  select max(id) into last_id from attempts where payment_number = pay.number and bank_code = p->>'bankCode';
  if last_id > coalesce((p->>'checkedUpTo')::bigint, 0) then
    return jsonb_build_object('kind', 'check_first', 'lastAttemptId', last_id);
  end if;
  update attempts set state = 'closed', closed_at = now(), closed_because = 'replaced by a new attempt after a check'
    where payment_number = pay.number and bank_code = p->>'bankCode' and state in ('creating', 'open');
  insert into attempts (payment_number, bank_code, merchant_account_id, reference, method, state, created_by, created_at, expires_at)
    values (pay.number, p->>'bankCode', (p->>'merchantAccountId')::integer, coalesce(p->>'reference', pay.number::text),
            p->>'method', 'creating', p->>'createdBy', (p->>'at')::timestamptz, (p->>'expiresAt')::timestamptz)
    returning id into fresh;
  -- Null: the bank cannot be asked.
  if p->>'firstCheckAt' is not null then
    insert into checks as c (payment_number, bank_code, attempt_id, asked_from, ends_at, next_at, watched_next_at)
      values (pay.number, p->>'bankCode', fresh, (p->>'at')::timestamptz, (p->>'expiresAt')::timestamptz,
              (p->>'firstCheckAt')::timestamptz, (p->>'firstCheckAt')::timestamptz)
      on conflict (payment_number, bank_code) do update set attempt_id = excluded.attempt_id,
        asked_from = excluded.asked_from, ends_at = excluded.ends_at, next_at = excluded.next_at,
        watched_next_at = excluded.watched_next_at, thin = false, troubles = 0, revision = c.revision + 1, claimed_until = null;
  end if;
  return jsonb_build_object('kind', 'reserved', 'payment', payment_snapshot(pay.number), 'attemptId', fresh);
end $$;

-- Opens the one payment of an order, or finds it; {kind: withdrawn} where the shop has given the order up meanwhile:
-- {…open_payment, orderUuid, checkout: {token, returnUrl, cancelUrl}}.
create function open_order_payment(p jsonb) returns jsonb language plpgsql as $$
declare
  o orders;
  opened jsonb;
begin
  -- Whoever withdraws the order waits for us, or we see that he did.
  select * into o from orders where uuid = (p->>'orderUuid')::uuid for share;
  if not found or o.cancelled_at is not null then
    return jsonb_build_object('kind', 'withdrawn');
  end if;
  opened := open_payment(p);
  if opened->>'kind' = 'open' then
    insert into checkouts (token, payment_number, return_url, cancel_url)
      select c.token, (opened->'payment'->>'number')::bigint, c."returnUrl", c."cancelUrl"
        from jsonb_to_record(p->'checkout') as c(token text, "returnUrl" text, "cancelUrl" text)
      on conflict do nothing;
  end if;
  return opened;
end $$;

-- Gives an order up: {kind: withdrawn | open | settled, number}. An open payment of it is cancelled first, by whoever asks.
create function withdraw_order(wanted uuid, because text) returns jsonb language plpgsql as $$
declare
  o orders;
  p record;
begin
  select * into o from orders where uuid = wanted for update;
  if o.cancelled_at is not null then
    return jsonb_build_object('kind', 'withdrawn');
  end if;
  select number, status into p from payments
    where payable_kind = 'order' and bill_number = o.order_number and currency = o.currency
      and status in ('completed', 'pending', 'processing')
    order by (status = 'completed') desc limit 1;
  if found then
    return jsonb_build_object('kind', case p.status when 'completed' then 'settled' else 'open' end, 'number', p.number);
  end if;
  update orders set cancelled_at = now(), cancelled_because = because where id = o.id;
  return jsonb_build_object('kind', 'withdrawn');
end $$;
