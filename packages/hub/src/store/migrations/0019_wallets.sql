-- Wallets: what a user has is what his top-ups brought. Codes that a network's own transaction ids prove.

alter table payments drop constraint payments_payable_kind_check;
alter table payments add check (payable_kind in ('premium', 'topup'));

create table topups (
  payment_number bigint primary key references payments,
  user_id text not null check (user_id ~ '^[A-Za-z0-9._@-]{1,64}$'),
  description text,
  -- Names the code to callers of the façade before anything is paid: SHA-256 of the KHQR text.
  handle text unique check (handle ~ '^[0-9a-f]{64}$'),
  -- The façade's caller and its own number; null for others.
  merchant_key text,
  caller_bill_number text,
  -- What was said when it was opened: whether it will be seen by itself soon (clause 12).
  announced text not null check (announced in ('automatic', 'delayed')),
  created_at timestamptz not null default now()
);
create index topups_of_user on topups (user_id, payment_number);
create function topups_guard() returns trigger language plpgsql as $$
begin
  if (new.payment_number, new.user_id, new.announced, new.created_at) <> (old.payment_number, old.user_id, old.announced, old.created_at)
     or (new.description, new.merchant_key, new.caller_bill_number)
        is distinct from (old.description, old.merchant_key, old.caller_bill_number)
     or old.handle is not null and new.handle is distinct from old.handle then
    raise exception 'top-up % keeps what it was opened with', old.payment_number using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger topups_guard before update on topups for each row execute function topups_guard();
create trigger topups_keep before delete on topups for each row execute function refuse_change();
create trigger topups_keep_all before truncate on topups execute function refuse_change();

-- The page a payment is paid on.
create table checkouts (
  token text primary key check (token ~ '^[A-Za-z0-9_-]{43}$'),
  payment_number bigint not null unique references payments,
  return_url text,
  cancel_url text,
  created_at timestamptz not null default now()
);

-- "I have paid": how often the bank was asked because somebody said so.
alter table checks add column clicks integer not null default 0, add column clicked_at timestamptz;

create index attempts_by_md5 on attempts (qr_md5) where qr_md5 is not null;

-- Where money that settles this payment is credited.
create function credit_account(wanted bigint) returns text language sql stable as $$
  select case p.payable_kind when 'topup' then 'wallet:' || (select t.user_id from topups t where t.payment_number = wanted)
    else 'payable:' || p.payable_kind end from payments p where p.number = wanted
$$;

-- One transfer on a payment network is one receipt, whichever of our accounts or banks there is told of it (clause 3).
alter table receipts add column network text;
create unique index receipts_one_per_network_transfer on receipts (bank_transaction_id, network) where network is not null;

-- Opens the one payment of a top-up, or finds it: {…open_payment, topup: {userId, description, merchantKey, callerBillNumber,
-- announced}, checkout: {token, returnUrl, cancelUrl}}.
create function open_topup(p jsonb) returns jsonb language plpgsql as $$
declare
  opened jsonb := open_payment(p);
  opened_number bigint := (opened->'payment'->>'number')::bigint;
begin
  if opened->>'kind' <> 'open' then
    return opened;
  end if;
  insert into topups (payment_number, user_id, description, merchant_key, caller_bill_number, announced)
    select opened_number, t."userId", t.description, t."merchantKey", t."callerBillNumber", t.announced
      from jsonb_to_record(p->'topup') as t("userId" text, description text, "merchantKey" text, "callerBillNumber" text, announced text)
    on conflict do nothing;
  insert into checkouts (token, payment_number, return_url, cancel_url)
    select c.token, opened_number, c."returnUrl", c."cancelUrl"
      from jsonb_to_record(p->'checkout') as c(token text, "returnUrl" text, "cancelUrl" text)
    on conflict do nothing;
  return jsonb_build_object('kind', 'open', 'payment', payment_snapshot(opened_number));
end $$;

-- As before; what settled a payment says where it was credited.
create or replace function receipt_position(wanted bigint) returns jsonb language sql stable as $$
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
        'creditAccount', credit_account(x.payment_number), 'amountMinor', x.amount_minor::text) order by x.id)
      from applications x where x.receipt_id = r.id), '[]'),
    'refunds', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'status', f.status, 'version', f.version,
        'amountMinor', f.amount_minor::text, 'paymentNumber', f.payment_number, 'suspenseId', f.suspense_id,
        'requestedBy', f.requested_by) order by f.created_at, f.id) from refunds f where f.receipt_id = r.id), '[]'),
    'acts', coalesce((select jsonb_agg(jsonb_build_object('kind', c.kind, 'status', c.status,
        'amountMinor', c.amount_minor::text, 'requestedBy', c.requested_by)) from acts c where c.receipt_id = r.id), '[]'))
  from receipts r, receipt_balances(r.id) b where r.id = wanted
$$;
