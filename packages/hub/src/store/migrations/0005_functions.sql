-- One round trip per act. Nothing here decides: the domain decided, upon the version it carries; these functions write,
-- and refuse (KH409) when the payment has moved on since it was read.

-- Everything a decision about one payment needs, in one read.
create function payment_snapshot(wanted bigint) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'number', p.number, 'id', p.id, 'payableKind', p.payable_kind, 'biller', p.biller, 'billNumber', p.bill_number,
    'billKey', p.bill_key, 'amountMinor', p.amount_minor::text, 'currency', p.currency, 'status', p.status,
    'version', p.version, 'eventSequence', p.event_sequence, 'openedAt', p.opened_at, 'completedAt', p.completed_at,
    'payer', (select jsonb_build_object('name', y.name, 'email', y.email, 'phone', y.phone)
              from payers y where y.payment_number = p.number),
    'attempts', coalesce((select jsonb_agg(jsonb_build_object(
        'id', a.id, 'bankCode', a.bank_code, 'merchantAccountId', a.merchant_account_id, 'reference', a.reference,
        'state', a.state, 'qrString', a.qr_string, 'deeplink', a.deeplink, 'createdBy', a.created_by,
        'createdAt', a.created_at, 'expiresAt', a.expires_at) order by a.id)
      from attempts a where a.payment_number = p.number), '[]'),
    'receipts', coalesce((select jsonb_agg(jsonb_build_object(
        'id', r.id, 'bankCode', r.bank_code, 'merchantAccountId', r.merchant_account_id, 'channel', r.channel,
        'bankTransactionId', r.bank_transaction_id, 'amountMinor', r.amount_minor::text, 'currency', r.currency,
        'paidAt', r.paid_at, 'proof', r.proof, 'recordedAt', r.recorded_at,
        'applied', exists (select from applications x where x.receipt_id = r.id),
        'suspended', (select s.reason from suspense s where s.receipt_id = r.id),
        'noticeFingerprint', (select i.fingerprint from inbox i where i.payment_number = p.number and i.receipt_id = r.id order by i.id limit 1)
        ) order by r.id)
      from receipts r where r.payment_number = p.number), '[]'),
    'inquiries', coalesce((select jsonb_agg(jsonb_build_object('bankCode', q.bank_code, 'channel', q.channel))
      from inquiries q where q.payment_number = p.number), '[]'),
    'bill', (select jsonb_build_object(
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
             and o.number <> p.number limit 1)))
  ) from payments p where p.number = wanted
$$;

-- The bill's open payment, made if there is none. Answers {kind: open | settled | outdated, …}.
create function open_payment(p jsonb) returns jsonb language plpgsql as $$
declare
  held bigint;
  old payments;
  fresh bigint;
begin
  for round in 1..5 loop
    select o.number into held from payments o
      where o.payable_kind = p->>'payableKind' and o.biller = p->>'biller' and o.bill_number = p->>'billNumber'
        and o.bill_key = p->>'billKey' and o.currency = p->>'currency'
        and (o.status = 'completed' or exists (
          select from receipts r join suspense s on s.receipt_id = r.id
            where r.payment_number = o.number and r.proof <> 'notice' and s.state = 'open'))
      limit 1;
    if found then
      return jsonb_build_object('kind', 'settled', 'by', held);
    end if;
    -- An open payment of the same number that no longer says what is owed: the caller closes it first.
    select o.* into old from payments o
      where o.payable_kind = p->>'payableKind' and o.biller = p->>'biller' and o.bill_number = p->>'billNumber'
        and o.status in ('pending', 'processing')
        and (o.bill_key <> p->>'billKey' or o.currency <> p->>'currency' or o.amount_minor <> (p->>'amountMinor')::bigint)
      limit 1;
    if found then
      return jsonb_build_object('kind', case when (p->>'lookOnly')::boolean then 'none' else 'outdated' end,
        'payment', payment_snapshot(old.number));
    end if;
    select o.number into fresh from payments o
      where o.payable_kind = p->>'payableKind' and o.biller = p->>'biller' and o.bill_number = p->>'billNumber'
        and o.bill_key = p->>'billKey' and o.currency = p->>'currency' and o.status in ('pending', 'processing');
    if not found and (p->>'lookOnly')::boolean then
      return jsonb_build_object('kind', 'none');
    end if;
    if not found then
      insert into payments (id, payable_kind, biller, bill_number, bill_key, amount_minor, currency, event_sequence, opened_at)
        values (p->>'id', p->>'payableKind', p->>'biller', p->>'billNumber', p->>'billKey', (p->>'amountMinor')::bigint,
                p->>'currency', 1, (p->>'at')::timestamptz)
        on conflict do nothing returning number into fresh;
      if found then
        insert into payers (payment_number, name, email, phone)
          values (fresh, p->'payer'->>'name', p->'payer'->>'email', p->'payer'->>'phone');
        insert into payment_history (payment_number, sequence, from_status, to_status, evidence, sentence, actor, correlation_id, at)
          values (fresh, 1, null, 'pending', 'opened', p->>'sentence', p->>'actor', p->>'correlationId', (p->>'at')::timestamptz);
        insert into events (id, type, payment_number, sequence, body, correlation_id, occurred_at)
          values (p->>'eventId', 'payment.opened', fresh, 1,
                  jsonb_set(jsonb_set(p->'eventBody', '{payment,number}', to_jsonb(fresh)), '{payment,id}', p->'id'),
                  p->>'correlationId', (p->>'at')::timestamptz);
      end if;
    end if;
    if fresh is not null then
      if p->>'bankCode' is not null then
        insert into inquiries (payment_number, bank_code, channel) values (fresh, p->>'bankCode', p->>'channel')
          on conflict (payment_number, bank_code, channel) do update set last_at = now()
            where inquiries.last_at < now() - interval '1 minute';
      end if;
      return jsonb_build_object('kind', 'open', 'payment', payment_snapshot(fresh));
    end if;
  end loop;
  raise exception 'the bill % was opened and closed five times while we looked', p->>'billNumber' using errcode = 'KH409';
end $$;

-- Reserves the right to ask a bank for a QR. Answers {kind: reserved | live | busy | check_first | not_open, …}.
create function open_attempt(p jsonb) returns jsonb language plpgsql as $$
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
  select max(id) into last_id from attempts where payment_number = pay.number and bank_code = p->>'bankCode';
  if last_id > coalesce((p->>'checkedUpTo')::bigint, 0) then
    return jsonb_build_object('kind', 'check_first', 'lastAttemptId', last_id);
  end if;
  update attempts set state = 'closed', closed_at = now(), closed_because = 'replaced by a new attempt after a check'
    where payment_number = pay.number and bank_code = p->>'bankCode' and state in ('creating', 'open');
  insert into attempts (payment_number, bank_code, merchant_account_id, reference, state, created_by, created_at, expires_at)
    values (pay.number, p->>'bankCode', (p->>'merchantAccountId')::integer, pay.number::text, 'creating',
            p->>'createdBy', (p->>'at')::timestamptz, (p->>'expiresAt')::timestamptz)
    returning id into fresh;
  return jsonb_build_object('kind', 'reserved', 'payment', payment_snapshot(pay.number), 'attemptId', fresh);
end $$;

-- Keeps a bank's message as it came, then answers what is known: {inboxId, earlier, payment}.
create function keep_message(
  bank text, via text, who text, correlation text, at timestamptz, media_type text, raw bytea,
  print text, ref text, number bigint
) returns jsonb language plpgsql as $$
declare
  fresh bigint;
  earlier jsonb;
begin
  if print is not null then
    select jsonb_build_object('inboxId', i.id, 'outcome', i.outcome, 'answerStatus', i.answer_status, 'sentence', i.sentence)
      into earlier from inbox i
      where i.bank_code = bank and i.route = via and i.fingerprint = print and i.decided_at is not null
      order by i.id limit 1;
  end if;
  insert into inbox (bank_code, route, subject, correlation_id, received_at, content_type, body, fingerprint, reference, payment_number)
    values (bank, via, who, correlation, at, media_type, raw, print, ref, number)
    returning id into fresh;
  return jsonb_build_object('inboxId', fresh, 'earlier', earlier, 'payment', payment_snapshot(number));
end $$;

create function write_receipt(r jsonb, payment bigint, reference text) returns bigint language plpgsql as $$
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
      amount_minor, currency, paid_at, proof, inbox_id, payer_digest)
    values (r->>'bankCode', (r->>'merchantAccountId')::integer, r->>'channel', r->>'bankTransactionId', payment, reference,
      (r->>'amountMinor')::bigint, r->>'currency', (r->>'paidAt')::timestamptz, r->>'proof', (r->>'inboxId')::bigint,
      r->>'payerDigest')
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
    insert into suspense (receipt_id, reason, amount_minor) values (fresh, r->>'suspenseReason', (r->>'suspendedMinor')::bigint);
  end if;
  return fresh;
end $$;

-- The one writer: receipts, ledger, status, history, attempts, events and deliveries of one payment, or none of it.
create function write_step(s jsonb) returns void language plpgsql as $$
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
        from jsonb_array_elements_text(r->'sinks') as k(sink);
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

create function write_steps(p jsonb) returns void language plpgsql as $$
declare
  s jsonb;
  m jsonb;
begin
  for s in select * from jsonb_array_elements(coalesce(p->'steps', '[]')) loop
    perform write_step(s);
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'inbox', '[]')) loop
    update inbox i set outcome = m->>'outcome', sentence = m->>'sentence', answer_status = (m->>'answerStatus')::integer,
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
  insert into exchanges (target, operation, payment_number, inbox_id, correlation_id, method, url, request_body, http_status,
      answer_body, error, started_at, duration_ms)
    select x.target, x.operation, x."paymentNumber", x."inboxId", x."correlationId", x.method, x.url, x."requestBody",
      x."httpStatus", x."answerBody", x.error, x."startedAt", x."durationMs"
    from jsonb_to_recordset(coalesce(p->'exchanges', '[]')) as x(target text, operation text, "paymentNumber" bigint,
      "inboxId" bigint, "correlationId" text, method text, url text, "requestBody" text, "httpStatus" integer,
      "answerBody" text, error text, "startedAt" timestamptz, "durationMs" integer);
  insert into cases (kind, dedupe_key, bank_code, payment_number, inbox_id, sentence, evidence)
    select c.kind, c."dedupeKey", c."bankCode", c."paymentNumber", c."inboxId", c.sentence, c.evidence
    from jsonb_to_recordset(coalesce(p->'cases', '[]')) as c(kind text, "dedupeKey" text, "bankCode" text,
      "paymentNumber" bigint, "inboxId" bigint, sentence text, evidence jsonb)
    on conflict (dedupe_key) do nothing;
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    select a.actor, a.action, a.object, a.before, a.after, a.reason, a."correlationId"
    from jsonb_to_recordset(coalesce(p->'audit', '[]')) as a(actor text, action text, object text, before jsonb, after jsonb,
      reason text, "correlationId" text);
end $$;
