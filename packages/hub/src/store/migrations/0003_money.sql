-- Messages, receipts, ledger, suspense, cases.

create table inbox (
  id bigint generated always as identity primary key,
  bank_code text not null,
  route text not null check (route in ('khqr', 'bill')),
  subject text not null,
  correlation_id text not null,
  received_at timestamptz not null,
  content_type text,
  body bytea not null,
  -- What was read before judging; null where nothing could be read.
  fingerprint text,
  reference text,
  payment_number bigint,
  outcome text not null default 'received'
    check (outcome in ('received', 'applied', 'known', 'suspense', 'case', 'waiting', 'noted', 'refused')),
  sentence text,
  answer_status integer,
  -- The one movement this message told us about.
  receipt_id bigint,
  tries integer not null default 0,
  next_try_at timestamptz,
  decided_at timestamptz
);
create index inbox_of_fingerprint on inbox (bank_code, route, fingerprint);
create index inbox_of_payment on inbox (payment_number);
create index inbox_undecided on inbox (next_try_at, received_at) where decided_at is null;
create function inbox_guard() returns trigger language plpgsql as $$
begin
  if new.body <> old.body or new.bank_code <> old.bank_code or new.route <> old.route or new.received_at <> old.received_at
     or new.subject <> old.subject or new.content_type is distinct from old.content_type then
    raise exception 'inbox %: a message is kept as it came', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger inbox_guard before update on inbox for each row execute function inbox_guard();
create trigger inbox_keep before delete on inbox for each row execute function refuse_change();
create trigger inbox_keep_all before truncate on inbox execute function refuse_change();

create table receipts (
  id bigint generated always as identity primary key,
  bank_code text not null references banks,
  merchant_account_id integer not null references merchant_accounts,
  channel text not null check (channel in ('khqr', 'bill')),
  bank_transaction_id text not null,
  -- Null: money for a reference we do not know.
  payment_number bigint references payments,
  reference text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  paid_at timestamptz not null,
  proof text not null check (proof in ('verified', 'statement', 'notice')),
  inbox_id bigint references inbox,
  payer_digest text,
  recorded_at timestamptz not null default now(),
  unique (bank_code, merchant_account_id, channel, bank_transaction_id)
);
create index receipts_of_payment on receipts (payment_number);
create trigger receipts_keep before update or delete on receipts for each row execute function refuse_change();
create trigger receipts_keep_all before truncate on receipts execute function refuse_change();

create table journals (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('receipt', 'resolution', 'refund', 'reversal', 'adjustment')),
  receipt_id bigint not null references receipts,
  memo text not null,
  recorded_at timestamptz not null default now()
);
create unique index journals_one_per_receipt on journals (receipt_id) where kind = 'receipt';
create trigger journals_keep before update or delete on journals for each row execute function refuse_change();
create trigger journals_keep_all before truncate on journals execute function refuse_change();

-- Debits are positive, credits negative.
create table entries (
  journal_id bigint not null references journals,
  line smallint not null,
  account text not null check (account ~ '^(bank|payable|wallet|suspense|refunds):.+$' or account = 'writeoff'),
  currency text not null check (currency in ('USD', 'KHR')),
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (journal_id, line)
);
create index entries_of_account on entries (account, currency);
create trigger entries_keep before update or delete on entries for each row execute function refuse_change();
create trigger entries_keep_all before truncate on entries execute function refuse_change();

-- All entries of a journal come in one statement, so each statement must balance by itself.
create function entries_balance() returns trigger language plpgsql as $$
declare unbalanced record;
begin
  select journal_id, currency, sum(amount_minor) as total into unbalanced
    from added group by journal_id, currency having sum(amount_minor) <> 0 limit 1;
  if found then
    raise exception 'journal % does not balance: % minor units of % are left over',
      unbalanced.journal_id, unbalanced.total, unbalanced.currency using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger entries_balance after insert on entries referencing new table as added
  for each statement execute function entries_balance();

-- Which receipts settled which payment.
create table applications (
  receipt_id bigint primary key references receipts,
  payment_number bigint not null references payments,
  amount_minor bigint not null check (amount_minor > 0),
  applied_at timestamptz not null default now()
);
create index applications_of_payment on applications (payment_number);
create trigger applications_keep before update or delete on applications for each row execute function refuse_change();
create trigger applications_keep_all before truncate on applications execute function refuse_change();

-- Money that does not fit: an operator empties this list.
create table suspense (
  receipt_id bigint primary key references receipts,
  reason text not null check (reason in ('duplicate_payment', 'underpaid', 'overpaid', 'currency_mismatch',
    'unknown_payment', 'late', 'already_paid', 'notice_disagrees')),
  amount_minor bigint not null check (amount_minor > 0),
  state text not null default 'open' check (state in ('open', 'resolved')),
  opened_at timestamptz not null default now(),
  resolved_at timestamptz
);

create trigger suspense_keep before delete on suspense for each row execute function refuse_change();
create trigger suspense_keep_all before truncate on suspense execute function refuse_change();

create table cases (
  id bigint generated always as identity primary key,
  kind text not null,
  -- The same doubt is one case, however often it is raised.
  dedupe_key text not null unique,
  bank_code text,
  payment_number bigint references payments,
  inbox_id bigint references inbox,
  sentence text not null,
  evidence jsonb not null,
  state text not null default 'open' check (state in ('open', 'closed')),
  opened_at timestamptz not null default now()
);

-- Every call about a payment and its answer, redacted.
create table exchanges (
  id bigint generated always as identity primary key,
  target text not null,
  operation text not null,
  payment_number bigint,
  inbox_id bigint,
  correlation_id text not null,
  method text not null,
  url text not null,
  request_body text not null,
  http_status integer,
  answer_body text not null,
  error text,
  started_at timestamptz not null,
  duration_ms integer not null
);
create index exchanges_of_payment on exchanges (payment_number);
create trigger exchanges_keep before update on exchanges for each row execute function refuse_change();

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  object text not null,
  before jsonb,
  after jsonb,
  reason text,
  correlation_id text not null
);
create trigger audit_keep before update or delete on audit for each row execute function refuse_change();
create trigger audit_keep_all before truncate on audit execute function refuse_change();
create index receipts_by_notice on receipts (bank_code, currency, recorded_at) where proof = 'notice';
