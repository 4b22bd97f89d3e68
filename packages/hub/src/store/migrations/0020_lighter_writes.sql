-- As before, and quicker: what most payments do not have (receipts, other payments of their bill) is asked for only where it
-- is, as starting the plan of one large reader cost more than reading; and the plan is made once per connection.
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
        'state', a.state, 'qrString', a.qr_string, 'deeplink', a.deeplink, 'createdBy', a.created_by,
        'createdAt', a.created_at, 'expiresAt', a.expires_at) order by a.id)
      from attempts a where a.payment_number = wanted), '[]'),
    'creditAccount', case p.payable_kind when 'topup' then credit_account(wanted) else 'payable:' || p.payable_kind end,
    'receipts', received, 'refundedMinor', refunded::text,
    'inquiries', coalesce((select jsonb_agg(jsonb_build_object('bankCode', q.bank_code, 'channel', q.channel))
      from inquiries q where q.payment_number = wanted), '[]'),
    'bill', bill);
end $$;
alter function payment_snapshot set plan_cache_mode = force_generic_plan;

-- As before; what there is none of costs nothing.
create or replace function write_steps(p jsonb) returns void language plpgsql as $$
declare
  s jsonb;
  m jsonb;
begin
  if p ? 'steps' then
    for s in select * from jsonb_array_elements(p->'steps') loop
      perform write_step(s);
    end loop;
  end if;
  if p ? 'postings' then
    for m in select * from jsonb_array_elements(p->'postings') loop
      perform write_posting(m);
    end loop;
  end if;
  if p ? 'refunds' then
    for m in select * from jsonb_array_elements(p->'refunds') loop
      perform write_refund(m, m->>'actor', m->>'correlationId');
    end loop;
  end if;
  if p ? 'acts' then
    for m in select * from jsonb_array_elements(p->'acts') loop
      perform write_act(m, m->>'actor', m->>'correlationId');
    end loop;
  end if;
  if p ? 'listings' then
    for m in select * from jsonb_array_elements(p->'listings') loop
      if (m->>'listed')::boolean then
        delete from missing_movements where receipt_id = (m->>'receiptId')::bigint;
      else
        insert into missing_movements as x (receipt_id, first_missing_at, last_missing_at)
          values ((m->>'receiptId')::bigint, (m->>'at')::timestamptz, (m->>'at')::timestamptz)
          on conflict (receipt_id) do update set last_missing_at = excluded.last_missing_at, asks = x.asks + 1;
      end if;
    end loop;
  end if;
  if p ? 'inbox' then
    for m in select * from jsonb_array_elements(p->'inbox') loop
      update inbox i set outcome = m->>'outcome', sentence = m->>'sentence',
          answer_status = coalesce((m->>'answerStatus')::integer, i.answer_status),
          next_try_at = (m->>'nextTryAt')::timestamptz, tries = i.tries + 1,
          decided_at = case when m->>'outcome' = 'waiting' then null else now() end,
          payment_number = coalesce(i.payment_number, (m->>'paymentNumber')::bigint),
          receipt_id = coalesce(i.receipt_id, (select r.id from receipts r where r.bank_code = i.bank_code
            and r.merchant_account_id = (m->>'merchantAccountId')::integer and r.channel = i.route
            and r.bank_transaction_id = m->>'bankTransactionId'))
        where i.id = (m->>'id')::bigint
          -- Decided once. Only money found meanwhile says more than a refusal that a job wrote.
          and (i.decided_at is null
            or (i.outcome in ('refused', 'case', 'noted') and m->>'outcome' in ('applied', 'suspense', 'known')));
    end loop;
  end if;
  if p ? 'exchanges' then
    insert into exchanges (target, operation, payment_number, inbox_id, correlation_id, method, url, request_body, http_status,
        answer_body, error, started_at, duration_ms)
      select x.target, x.operation, x."paymentNumber", x."inboxId", x."correlationId", x.method, x.url, x."requestBody",
        x."httpStatus", x."answerBody", x.error, x."startedAt", x."durationMs"
      from jsonb_to_recordset(p->'exchanges') as x(target text, operation text, "paymentNumber" bigint,
        "inboxId" bigint, "correlationId" text, method text, url text, "requestBody" text, "httpStatus" integer,
        "answerBody" text, error text, "startedAt" timestamptz, "durationMs" integer);
  end if;
  if p ? 'cases' then
    insert into cases (kind, dedupe_key, bank_code, payment_number, inbox_id, sentence, evidence)
      select c.kind, c."dedupeKey", c."bankCode", c."paymentNumber", c."inboxId", c.sentence, c.evidence
      from jsonb_to_recordset(p->'cases') as c(kind text, "dedupeKey" text, "bankCode" text,
        "paymentNumber" bigint, "inboxId" bigint, sentence text, evidence jsonb)
      on conflict (dedupe_key) do nothing;
  end if;
  if p ? 'audit' then
    insert into audit (actor, action, object, before, after, reason, correlation_id)
      select a.actor, a.action, a.object, a.before, a.after, a.reason, a."correlationId"
      from jsonb_to_recordset(p->'audit') as a(actor text, action text, object text, before jsonb, after jsonb,
        reason text, "correlationId" text);
  end if;
  if p ? 'closings' then
    for m in select * from jsonb_array_elements(p->'closings') loop
      perform close_case(m);
    end loop;
  end if;
  if p ? 'answers' then
    perform store_answers(p->'answers');
  end if;
end $$;

-- As before, and with the network whose transaction id it is.
create or replace function write_receipt(r jsonb, payment bigint, reference text) returns bigint language plpgsql as $$
declare
  fresh bigint;
  journal bigint;
begin
  if r->>'noticeLimitMinor' is not null then
    -- One at a time per bank and currency, so that confirmations at once cannot pass the limit together.
    perform pg_advisory_xact_lock(hashtextextended('notices ' || (r->>'bankCode') || (r->>'currency'), 0));
    if (r->>'noticeLimitMinor')::bigint < (r->>'amountMinor')::bigint + coalesce((select sum(amount_minor) from receipts
        where bank_code = r->>'bankCode' and currency = r->>'currency' and proof = 'notice'
          and recorded_at >= (r->>'noticesSince')::timestamptz), 0) then
      raise exception 'notices of % would pass their limit of the day', r->>'bankCode' using errcode = 'KH413';
    end if;
  end if;
  insert into receipts (bank_code, merchant_account_id, channel, bank_transaction_id, payment_number, reference,
      amount_minor, currency, paid_at, proof, inbox_id, payer_digest, network)
    values (r->>'bankCode', (r->>'merchantAccountId')::integer, r->>'channel', r->>'bankTransactionId', payment, reference,
      (r->>'amountMinor')::bigint, r->>'currency', (r->>'paidAt')::timestamptz, r->>'proof', (r->>'inboxId')::bigint,
      r->>'payerDigest', r->>'network')
    on conflict do nothing returning id into fresh;
  if fresh is null then
    raise exception 'receipt % of % is already in the books', r->>'bankTransactionId', r->>'bankCode' using errcode = 'KH409';
  end if;
  insert into journals (kind, receipt_id, memo) values ('receipt', fresh, r->>'memo') returning id into journal;
  insert into entries (journal_id, line, account, currency, amount_minor)
    select journal, e.line, e.account, e.currency, e."amountMinor"::bigint
      from jsonb_to_recordset(r->'entries') as e(line smallint, account text, currency text, "amountMinor" text);
  if r->>'appliedMinor' is not null then
    insert into applications (receipt_id, payment_number, amount_minor) values (fresh, payment, (r->>'appliedMinor')::bigint);
  end if;
  if r->>'suspenseReason' is not null then
    insert into suspense (receipt_id, reason, amount_minor, remaining_minor)
      values (fresh, r->>'suspenseReason', (r->>'suspendedMinor')::bigint, (r->>'suspendedMinor')::bigint);
  end if;
  return fresh;
end $$;

-- Codes of one counted bank that may have to be asked about: domain/call-plan.ts chooses among them. Of more than `most`,
-- the newest, as customers wait for them, and those that wait longest for their last look, so that none is forgotten.
create function read_looks(bank text, most integer) returns setof jsonb language sql as $$
  with settled as (
    -- It lists one transfer per code: once that is in the books, nothing more can be learnt. A payment that another bank's
    -- money completed is asked about further, as its code here may be paid all the same.
    update checks c set next_at = null, watched_next_at = null from payments p
      where c.bank_code = bank and c.next_at is not null and p.number = c.payment_number and p.status = 'completed'
        and exists (select from receipts r where r.payment_number = p.number and r.bank_code = bank)
      returning c.payment_number
  ), waiting as (
    select c.*, p.status, row_number() over (order by c.asked_from desc) as from_newest,
        row_number() over (order by p.status in ('pending', 'processing') desc, c.ends_at) as from_oldest
      from checks c join payments p on p.number = c.payment_number
      where c.bank_code = bank and c.next_at is not null
        and (c.claimed_until is null or c.claimed_until <= now())
        and c.payment_number not in (select payment_number from settled)
  )
  select jsonb_build_object('paymentNumber', payment_number, 'status', status, 'madeAt', asked_from, 'endsAt', ends_at,
      'watchedUntil', watched_until, 'asks', asks, 'lastAskedAt', last_asked_at, 'troubles', troubles, 'now', now())
    from waiting where from_newest <= most / 2 or from_oldest <= most - most / 2
    order by asked_from desc
$$;

-- Takes these of them, as far as nobody else has: as claim_checks answers.
create function claim_looks(bank text, wanted bigint[], lease interval) returns setof jsonb language sql as $$
  with taken as (
    update checks c set claimed_until = now() + lease
      where c.bank_code = bank and c.payment_number = any(wanted) and c.next_at is not null
        and (c.claimed_until is null or c.claimed_until <= now())
      returning c.*
  )
  select jsonb_build_object('paymentNumber', c.payment_number, 'status', p.status, 'askedFrom', c.asked_from, 'endsAt', c.ends_at,
      'revision', c.revision, 'lastAskedAt', c.last_asked_at, 'lastState', c.last_state, 'troubles', c.troubles, 'asks', c.asks,
      'watchedUntil', c.watched_until, 'claimedAt', now(), 'payment', payment_snapshot(c.payment_number))
    from taken c join payments p on p.number = c.payment_number
$$;
