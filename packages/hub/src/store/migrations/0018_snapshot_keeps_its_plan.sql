-- As before, in a language that keeps its plan: planning the whole reader anew cost more than reading.
create or replace function payment_snapshot(wanted bigint) returns jsonb language plpgsql stable as $$
begin
  return (
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
  );
end $$;
