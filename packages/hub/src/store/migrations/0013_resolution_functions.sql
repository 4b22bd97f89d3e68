-- The writer learns to move money that is in the books already, and the reader to say where it stands.

create or replace function payment_snapshot(wanted bigint) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'number', p.number, 'id', p.id, 'payableKind', p.payable_kind, 'biller', p.biller, 'billNumber', p.bill_number,
    'billKey', p.bill_key, 'amountMinor', p.amount_minor::text, 'currency', p.currency, 'status', p.status,
    'version', p.version, 'eventSequence', p.event_sequence, 'openedAt', p.opened_at, 'completedAt', p.completed_at,
    'closedAt', case when p.status not in ('pending', 'processing') then (select min(h.at) from payment_history h
        where h.payment_number = p.number and h.to_status in ('failed', 'cancelled', 'expired')) end,
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
        'isNamed', r.payment_number is not distinct from p.number,
        'appliedMinor', (select coalesce(sum(x.amount_minor), 0)::text from applications x
          where x.receipt_id = r.id and x.payment_number = p.number),
        'suspended', (select s.reason from suspense s where s.receipt_id = r.id order by s.id desc limit 1),
        'heldMinor', (select coalesce(sum(s.remaining_minor), 0)::text from suspense s where s.receipt_id = r.id),
        'reversed', coalesce((select j.kind = 'reversal' from journals j where j.receipt_id = r.id
          and j.kind in ('reversal', 'adjustment') order by j.id desc limit 1), false),
        'missingSince', (select m.first_missing_at from missing_movements m where m.receipt_id = r.id),
        'noticeFingerprint', (select i.fingerprint from inbox i where i.payment_number = p.number and i.receipt_id = r.id order by i.id limit 1)
        ) order by r.id)
      -- Its own receipts, and those of others that an operator applied to it.
      from receipts r where r.id in (select o.id from receipts o where o.payment_number = p.number
        union select x.receipt_id from applications x where x.payment_number = p.number)), '[]'),
    'refundedMinor', (select coalesce(sum(f.amount_minor), 0)::text from refunds f
      where f.payment_number = p.number and f.status = 'succeeded'),
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
    insert into suspense (receipt_id, reason, amount_minor, remaining_minor)
      values (fresh, r->>'suspenseReason', (r->>'suspendedMinor')::bigint, (r->>'suspendedMinor')::bigint);
  end if;
  return fresh;
end $$;

-- Where one receipt stands, with everything that an act on its money must know.
create function receipt_position(wanted bigint) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'receiptId', r.id, 'bankCode', r.bank_code, 'merchantAccountId', r.merchant_account_id, 'channel', r.channel,
    'bankTransactionId', r.bank_transaction_id, 'paymentNumber', r.payment_number, 'reference', r.reference,
    'amountMinor', r.amount_minor::text, 'currency', r.currency, 'paidAt', r.paid_at, 'proof', r.proof,
    'journals', (select count(*) from journals j where j.receipt_id = r.id),
    'bankMinor', b.bank::text, 'appliedMinor', b.applied::text, 'heldMinor', b.held::text,
    'refundingMinor', b.refunding::text, 'writtenOffMinor', b.written_off::text,
    'reversed', coalesce((select j.kind = 'reversal' from journals j where j.receipt_id = r.id
      and j.kind in ('reversal', 'adjustment') order by j.id desc limit 1), false),
    'appliedAccounts', coalesce((select jsonb_agg(jsonb_build_object('account', a.account, 'minor', a.minor::text))
      from (select e.account, -sum(e.amount_minor) as minor from journals j join entries e on e.journal_id = j.id
        where j.receipt_id = r.id and (e.account like 'payable:%' or e.account like 'wallet:%')
        group by 1 having sum(e.amount_minor) <> 0) a), '[]'),
    -- What the last reversal undid, should the bank list the money again.
    'reversalCredits', coalesce((select jsonb_agg(jsonb_build_object('account', e.account, 'minor', e.amount_minor::text))
      from entries e where e.account not like 'bank:%' and e.journal_id = (select max(j.id) from journals j
        where j.receipt_id = r.id and j.kind = 'reversal')), '[]'),
    'suspense', coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'reason', s.reason,
        'amountMinor', s.amount_minor::text, 'remainingMinor', s.remaining_minor::text) order by s.id)
      from suspense s where s.receipt_id = r.id), '[]'),
    'applications', coalesce((select jsonb_agg(jsonb_build_object('paymentNumber', x.payment_number,
        'payableKind', y.payable_kind, 'amountMinor', x.amount_minor::text) order by x.id)
      from applications x join payments y on y.number = x.payment_number where x.receipt_id = r.id), '[]'),
    'refunds', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'status', f.status, 'version', f.version,
        'amountMinor', f.amount_minor::text, 'paymentNumber', f.payment_number, 'suspenseId', f.suspense_id,
        'requestedBy', f.requested_by) order by f.created_at, f.id) from refunds f where f.receipt_id = r.id), '[]'),
    'acts', coalesce((select jsonb_agg(jsonb_build_object('kind', c.kind, 'status', c.status,
        'amountMinor', c.amount_minor::text, 'requestedBy', c.requested_by)) from acts c where c.receipt_id = r.id), '[]'))
  from receipts r, receipt_balances(r.id) b where r.id = wanted
$$;

-- Moves money of one receipt: journals, and what they mean for the lists. One writer per receipt at a time.
create function write_posting(a jsonb) returns void language plpgsql as $$
declare
  about bigint := (a->>'receiptId')::bigint;
  j jsonb;
  fresh bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('receipt ' || about, 0));
  if (select count(*) from journals where receipt_id = about) <> (a->>'expectedJournals')::bigint then
    raise exception 'the money of receipt % has moved since it was read', about using errcode = 'KH409';
  end if;
  for j in select * from jsonb_array_elements(coalesce(a->'takes', '[]')) loop
    update suspense set remaining_minor = remaining_minor - (j->>'amountMinor')::bigint,
        state = case when remaining_minor = (j->>'amountMinor')::bigint then 'resolved' else 'open' end,
        resolved_at = case when remaining_minor = (j->>'amountMinor')::bigint then now() end
      where id = (j->>'suspenseId')::bigint and receipt_id = about;
  end loop;
  if a->'hold' is not null then
    insert into suspense (receipt_id, reason, amount_minor, remaining_minor)
      values (about, a->'hold'->>'reason', (a->'hold'->>'amountMinor')::bigint, (a->'hold'->>'amountMinor')::bigint);
  end if;
  if a->'application' is not null then
    insert into applications (receipt_id, payment_number, amount_minor)
      values (about, (a->'application'->>'paymentNumber')::bigint, (a->'application'->>'amountMinor')::bigint);
  end if;
  for j in select * from jsonb_array_elements(a->'journals') loop
    insert into journals (kind, receipt_id, memo, refund_id) values (j->>'kind', about, j->>'memo', j->>'refundId')
      returning id into fresh;
    insert into entries (journal_id, line, account, currency, amount_minor)
      select fresh, e.line, e.account, e.currency, e."amountMinor"::bigint
        from jsonb_to_recordset(j->'entries') as e(line smallint, account text, currency text, "amountMinor" text);
  end loop;
end $$;

-- Opens refunds, or moves them on by the version they were read at.
create function write_refund(f jsonb, actor text, correlation text) returns void language plpgsql as $$
declare
  old refunds;
begin
  if f->'open' is not null then
    insert into refunds (id, receipt_id, payment_number, suspense_id, bank_code, amount_minor, currency, mode, reason, sentence,
        requested_by, needs_second, correlation_id, next_try_at)
      select f->>'id', o."receiptId", o."paymentNumber", o."suspenseId", o."bankCode", o."amountMinor"::bigint, o.currency, o.mode,
        o.reason, f->>'sentence', o."requestedBy", o."needsSecond", correlation, (f->>'nextTryAt')::timestamptz
      from jsonb_to_record(f->'open') as o("receiptId" bigint, "paymentNumber" bigint, "suspenseId" bigint, "bankCode" text,
        "amountMinor" text, currency text, mode text, reason text, "requestedBy" text, "needsSecond" boolean);
    insert into refund_history (refund_id, sequence, from_status, to_status, sentence, actor, correlation_id)
      values (f->>'id', 1, null, 'requested', f->>'sentence', actor, correlation);
    return;
  end if;
  select * into old from refunds where id = f->>'id' and version = (f->>'expectedVersion')::integer for update;
  if not found then
    raise exception 'refund % has moved on since it was read', f->>'id' using errcode = 'KH409';
  end if;
  update refunds set status = f->>'to', version = version + 1, sentence = f->>'sentence',
      approved_by = coalesce(f->>'approvedBy', approved_by), baseline_minor = coalesce((f->>'baselineMinor')::bigint, baseline_minor),
      bank_refund_id = coalesce(f->>'bankRefundId', bank_refund_id), evidence = coalesce(f->'evidence', evidence),
      next_try_at = (f->>'nextTryAt')::timestamptz, tries = case when f->>'to' = status then tries + 1 else 0 end,
      sent_at = case when (f->>'sending')::boolean then now() else sent_at end,
      finished_at = case when f->>'to' in ('succeeded', 'failed', 'cancelled') then now() end
    where id = old.id;
  insert into refund_history (refund_id, sequence, from_status, to_status, sentence, actor, correlation_id)
    values (old.id, old.version + 1, old.status, f->>'to', f->>'sentence', actor, correlation);
end $$;

create function write_act(a jsonb, actor text, correlation text) returns void language plpgsql as $$
begin
  if a->'open' is not null then
    insert into acts (id, kind, suspense_id, receipt_id, payment_number, amount_minor, currency, reason, status, second_because,
        requested_by, decided_by, decided_because, decided_at, correlation_id)
      select a->>'id', o.kind, o."suspenseId", o."receiptId", o."paymentNumber", o."amountMinor"::bigint, o.currency, o.reason,
        a->>'status', o."secondBecause", o."requestedBy", case when a->>'status' = 'done' then actor end,
        case when a->>'status' = 'done' then o.reason end, case when a->>'status' = 'done' then now() end, correlation
      from jsonb_to_record(a->'open') as o(kind text, "suspenseId" bigint, "receiptId" bigint, "paymentNumber" bigint,
        "amountMinor" text, currency text, reason text, "secondBecause" text, "requestedBy" text);
    return;
  end if;
  update acts set status = a->>'status', decided_by = actor, decided_because = a->>'because', decided_at = now()
    where id = a->>'id' and status = 'requires_approval';
  if not found then
    raise exception 'act % was decided meanwhile', a->>'id' using errcode = 'KH409';
  end if;
end $$;

create or replace function write_steps(p jsonb) returns void language plpgsql as $$
declare
  s jsonb;
  m jsonb;
begin
  for s in select * from jsonb_array_elements(coalesce(p->'steps', '[]')) loop
    perform write_step(s);
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'postings', '[]')) loop
    perform write_posting(m);
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'refunds', '[]')) loop
    perform write_refund(m, m->>'actor', m->>'correlationId');
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'acts', '[]')) loop
    perform write_act(m, m->>'actor', m->>'correlationId');
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'listings', '[]')) loop
    if (m->>'listed')::boolean then
      delete from missing_movements where receipt_id = (m->>'receiptId')::bigint;
    else
      insert into missing_movements as x (receipt_id, first_missing_at, last_missing_at)
        values ((m->>'receiptId')::bigint, (m->>'at')::timestamptz, (m->>'at')::timestamptz)
        on conflict (receipt_id) do update set last_missing_at = excluded.last_missing_at, asks = x.asks + 1;
    end if;
  end loop;
  for m in select * from jsonb_array_elements(coalesce(p->'inbox', '[]')) loop
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
  for m in select * from jsonb_array_elements(coalesce(p->'closings', '[]')) loop
    perform close_case(m);
  end loop;
  perform store_answers(p->'answers');
end $$;
