-- The customer's receipt, numbered once per completed payment, and what he is told of it.

create sequence customer_receipt_number as bigint minvalue 1;

create table customer_receipts (
  number bigint primary key,
  payment_number bigint not null unique references payments,
  -- Known to this table alone: without it nobody makes a link.
  secret bytea not null check (length(secret) = 32),
  -- HMAC-SHA256 over what the books said when it was issued: the link carries it, and it is compared with the books again.
  mac bytea not null check (length(mac) = 32),
  -- The money that it tells of: what comes later does not change it.
  receipt_ids bigint[] not null check (cardinality(receipt_ids) > 0),
  issued_at timestamptz not null default now()
);
create trigger customer_receipts_keep before update or delete on customer_receipts for each row execute function refuse_change();
create trigger customer_receipts_keep_all before truncate on customer_receipts execute function refuse_change();

-- One sending per payment and channel. Whom it goes to is read from payers when it is sent: here he is masked.
create table customer_messages (
  -- What the other side knows it by: a second sending of it can be told from a second message.
  id text primary key,
  payment_number bigint not null references customer_receipts (payment_number),
  channel text not null check (channel in ('email', 'telegram', 'webhook')),
  recipient text not null,
  state text not null default 'due' check (state in ('due', 'sent', 'failed')),
  tries integer not null default 0,
  -- While claimed: the end of the claim.
  next_try_at timestamptz not null default now(),
  queued_at timestamptz not null default now(),
  ended_at timestamptz,
  last_error text,
  unique (payment_number, channel),
  check ((state = 'due') = (ended_at is null))
);
create index customer_messages_due on customer_messages (next_try_at) where state = 'due';
create function customer_messages_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.payment_number, new.channel, new.recipient, new.queued_at)
     <> (old.id, old.payment_number, old.channel, old.recipient, old.queued_at) or old.state <> 'due' then
    raise exception 'message % keeps what it was queued with, and how it ended', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger customer_messages_guard before update on customer_messages
  for each row execute function customer_messages_guard();
create trigger customer_messages_keep before delete on customer_messages for each row execute function refuse_change();
create trigger customer_messages_keep_all before truncate on customer_messages execute function refuse_change();

-- Success up to here was told, or not told, by the version before: only what it left open is handed on.
lock table events in share row exclusive mode;
alter table installation add column customers_told_after bigint not null default 0;
update installation set customers_told_after = coalesce((select max(position) from events), 0);
insert into event_deliveries (event_position, sink, payment_number, sequence)
  select e.position, 'customer', e.payment_number, e.sequence
    from events e join event_deliveries d on d.event_position = e.position and d.sink = 'integration' and d.state = 'due'
    where e.type = 'gateway.payment.success'
      and not exists (select from notifications n where n.payment_number = e.payment_number);

-- What the books say of the money that completed these payments: what it was at issue where a receipt is issued, else what
-- is applied now, and the number to issue.
create function read_customer_receipts(wanted bigint[]) returns setof jsonb language sql as $$
  select jsonb_build_object(
      'number', coalesce(c.number, nextval('customer_receipt_number')), 'paymentNumber', p.number,
      'payableKind', p.payable_kind, 'biller', p.biller, 'billNumber', p.bill_number, 'billKey', p.bill_key,
      'creditAccount', credit_account(p.number), 'amountMinor', p.amount_minor::text, 'currency', p.currency,
      'issued', case when c.number is not null then jsonb_build_object('secret', encode(c.secret, 'base64'),
        'mac', encode(c.mac, 'base64'), 'at', c.issued_at) end,
      'payer', (select jsonb_build_object('name', y.name, 'email', y.email, 'phone', y.phone)
        from payers y where y.payment_number = p.number),
      'movements', m.movements)
    from payments p left join customer_receipts c on c.payment_number = p.number
      join lateral (select jsonb_agg(jsonb_build_object('receiptId', r.id, 'bankCode', r.bank_code,
          'bankTransactionId', r.bank_transaction_id, 'amountMinor', x.amount_minor::text, 'currency', r.currency,
          'paidAt', r.paid_at, 'proof', r.proof) order by r.id) as movements
        from (select a.receipt_id, sum(a.amount_minor) as amount_minor from applications a
            where a.payment_number = p.number group by a.receipt_id) x
          join receipts r on r.id = x.receipt_id
        where c.receipt_ids is null or r.id = any(c.receipt_ids)) m on true
    where p.number = any(wanted) and (c.number is not null or p.status = 'completed' and m.movements is not null)
$$;

-- Issues receipts that are not issued yet, notes and queues the messages, and ends the deliveries: {receipts, notes,
-- messages, positions}. What another did meanwhile stays as it is.
create function tell_customers(p jsonb) returns void language sql as $$
  insert into customer_receipts (number, payment_number, secret, mac, receipt_ids)
    select r.number, r."paymentNumber", decode(r.secret, 'base64'), decode(r.mac, 'base64'), r."receiptIds"
      from jsonb_to_recordset(p->'receipts') as r(number bigint, "paymentNumber" bigint, secret text, mac text, "receiptIds" bigint[])
    on conflict (payment_number) do nothing;
  insert into notifications (payment_number, channel, recipient, text_en, text_km)
    select n."paymentNumber", n.channel, n.recipient, n."textEn", n."textKm"
      from jsonb_to_recordset(p->'notes') as n("paymentNumber" bigint, channel text, recipient text, "textEn" text, "textKm" text)
    on conflict (payment_number) do nothing;
  insert into customer_messages (id, payment_number, channel, recipient)
    select m.id, m."paymentNumber", m.channel, m.recipient
      from jsonb_to_recordset(p->'messages') as m(id text, "paymentNumber" bigint, channel text, recipient text)
    on conflict (payment_number, channel) do nothing;
  update event_deliveries set state = 'delivered', delivered_at = now(), last_error = null
    where sink = 'customer' and state = 'due'
      and event_position = any(select k::bigint from jsonb_array_elements_text(p->'positions') as k)
$$;

-- As before; of every success the customer is told.
create or replace function write_step(s jsonb) returns void language plpgsql as $$
declare
  pay payments;
  r jsonb;
  fresh_position bigint;
begin
  if s->>'paymentNumber' is not null then
    select * into pay from payments where number = (s->>'paymentNumber')::bigint for update;
    if not found or pay.version <> (s->>'expectedVersion')::integer then
      raise exception 'payment % has moved on since it was read', s->>'paymentNumber' using errcode = 'KH409';
    end if;
  end if;
  for r in select * from jsonb_array_elements(coalesce(s->'receipts', '[]')) loop
    perform write_receipt(r, pay.number, s->>'reference');
  end loop;
  if pay.number is null then
    return;
  end if;
  if s->'attempt' is not null then
    update attempts set state = s->'attempt'->>'state', qr_string = s->'attempt'->>'qrString', qr_md5 = s->'attempt'->>'qrMd5',
        deeplink = s->'attempt'->>'deeplink', bank_reference = s->'attempt'->>'bankReference',
        closed_because = s->'attempt'->>'closedBecause',
        closed_at = case when s->'attempt'->>'state' = 'closed' then now() end
      where id = (s->'attempt'->>'id')::bigint and state = 'creating';
    if not found then
      raise exception 'attempt % is no longer being created', s->'attempt'->>'id' using errcode = 'KH409';
    end if;
  end if;
  if s->>'closeAttempts' is not null then
    update attempts set state = 'closed', closed_at = now(), closed_because = s->>'closeAttempts'
      where payment_number = pay.number and state in ('creating', 'open');
  end if;
  -- One by one: planned for a set, these would read the whole tables of events and messages for a handful of rows.
  for r in select * from jsonb_array_elements(coalesce(s->'events', '[]')) loop
    insert into events (id, type, payment_number, sequence, body, correlation_id, occurred_at)
      values (r->>'id', r->>'type', pay.number, (r->>'sequence')::integer, r->'body', s->>'correlationId', (s->>'at')::timestamptz)
      returning position into fresh_position;
    insert into event_deliveries (event_position, sink, payment_number, sequence)
      select fresh_position, k.sink, pay.number, (r->>'sequence')::integer
        from (select jsonb_array_elements_text(r->'sinks') as sink
          -- The version before names no such sink, and runs beside this one for a while.
          union select 'customer' where r->>'type' = 'gateway.payment.success') k;
  end loop;
  if s->>'to' is not null then
    insert into payment_history (payment_number, sequence, from_status, to_status, evidence, sentence, actor, correlation_id, at)
      values (pay.number, pay.version + 1, pay.status, s->>'to', s->>'evidence', s->>'sentence', s->>'actor',
              s->>'correlationId', (s->>'at')::timestamptz);
  end if;
  update payments set version = version + 1,
      status = coalesce(s->>'to', status),
      event_sequence = event_sequence + jsonb_array_length(coalesce(s->'events', '[]')),
      completed_at = case when s->>'to' = 'completed' then (s->>'at')::timestamptz else completed_at end
    where number = pay.number;
end $$;
