-- What becomes of money after it arrived: suspense resolved in parts, refunds, write-offs, reversals.

-- A receipt's money in suspense is placed piece by piece.
alter table suspense drop constraint suspense_pkey;
alter table suspense add column id bigint generated always as identity primary key;
alter table suspense add column remaining_minor bigint;
update suspense set remaining_minor = case state when 'open' then amount_minor else 0 end;
alter table suspense alter column remaining_minor set not null;
alter table suspense add check (remaining_minor between 0 and amount_minor);
alter table suspense add check ((state = 'open') = (remaining_minor > 0));
create index suspense_of_receipt on suspense (receipt_id);
create index suspense_open on suspense (id) where state = 'open';
create function suspense_guard() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.receipt_id <> old.receipt_id or new.reason <> old.reason or new.amount_minor <> old.amount_minor
     or new.opened_at <> old.opened_at then
    raise exception 'suspense %: only what is left of it changes', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger suspense_guard before update on suspense for each row execute function suspense_guard();

-- One receipt may settle several payments, in parts, when an operator says so.
alter table applications drop constraint applications_pkey;
alter table applications add column id bigint generated always as identity primary key;
create index applications_of_receipt on applications (receipt_id);

alter table journals drop constraint journals_kind_check;
alter table journals add check (kind in ('receipt', 'resolution', 'refund_held', 'refund_paid', 'refund_undone', 'reversal', 'adjustment'));
alter table journals add column refund_id text;
-- Each stage of a refund is posted once.
create unique index journals_one_per_refund_stage on journals (refund_id, kind) where refund_id is not null;
create index journals_of_receipt on journals (receipt_id);

create table refunds (
  id text primary key check (id ~ '^rfd_[0-9a-z]{26}$'),
  receipt_id bigint not null references receipts,
  -- The payment whose applied money goes back; null when held money does.
  payment_number bigint references payments,
  suspense_id bigint references suspense,
  bank_code text not null references banks,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  mode text not null check (mode in ('automatic', 'manual')),
  status text not null default 'requested' check (status in
    ('requested', 'requires_approval', 'pending', 'requires_evidence', 'processing', 'succeeded', 'failed', 'cancelled')),
  version integer not null default 1,
  reason text not null,
  -- How it stands, in words.
  sentence text not null,
  requested_by text not null,
  approved_by text,
  needs_second boolean not null default false,
  -- What the bank had sent back of this movement just before this refund was sent.
  baseline_minor bigint,
  bank_refund_id text,
  evidence jsonb,
  correlation_id text not null,
  tries integer not null default 0,
  next_try_at timestamptz,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  finished_at timestamptz,
  check ((payment_number is null) <> (suspense_id is null)),
  check (approved_by <> requested_by),
  check (not needs_second or status not in ('pending', 'requires_evidence', 'processing', 'succeeded') or approved_by is not null)
);
-- The bank's totals can tell whether one refund happened, not which of two.
create unique index refunds_one_at_the_bank on refunds (receipt_id) where status = 'processing';
create index refunds_of_receipt on refunds (receipt_id);
create index refunds_of_payment on refunds (payment_number);
create index refunds_due on refunds (next_try_at) where status in ('requested', 'pending', 'processing');

-- The same table as domain/refund.ts; a test compares them.
create table refund_transitions (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);
insert into refund_transitions values
  ('requested', 'requires_approval'), ('requested', 'pending'), ('requested', 'requires_evidence'), ('requested', 'cancelled'),
  ('requires_approval', 'pending'), ('requires_approval', 'requires_evidence'), ('requires_approval', 'cancelled'),
  ('pending', 'processing'), ('pending', 'failed'), ('pending', 'cancelled'),
  ('requires_evidence', 'succeeded'), ('requires_evidence', 'cancelled'),
  ('processing', 'processing'), ('processing', 'succeeded'), ('processing', 'failed');

create function refunds_guard() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.receipt_id <> old.receipt_id or new.payment_number is distinct from old.payment_number
     or new.suspense_id is distinct from old.suspense_id or new.amount_minor <> old.amount_minor or new.currency <> old.currency
     or new.mode <> old.mode or new.reason <> old.reason or new.requested_by <> old.requested_by then
    raise exception 'refund % keeps what it was asked with', old.id using errcode = 'restrict_violation';
  end if;
  if new.version <> old.version and not exists (
    select from refund_transitions where from_status = old.status and to_status = new.status
  ) or new.version = old.version and new.status <> old.status then
    raise exception 'refund % cannot go from % to %', old.id, old.status, new.status using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger refunds_guard before update on refunds for each row execute function refunds_guard();
create trigger refunds_keep before delete on refunds for each row execute function refuse_change();
create trigger refunds_keep_all before truncate on refunds execute function refuse_change();

create table refund_history (
  refund_id text not null references refunds,
  sequence integer not null,
  from_status text,
  to_status text not null,
  sentence text not null,
  actor text not null,
  correlation_id text not null,
  at timestamptz not null default now(),
  primary key (refund_id, sequence)
);
create trigger refund_history_keep before update or delete on refund_history for each row execute function refuse_change();
create trigger refund_history_keep_all before truncate on refund_history execute function refuse_change();

-- What operators decided about money in suspense, refunds apart.
create table acts (
  id text primary key check (id ~ '^act_[0-9a-z]{26}$'),
  kind text not null check (kind in ('apply', 'write_off')),
  suspense_id bigint not null references suspense,
  receipt_id bigint not null references receipts,
  -- For `apply`: the payment that the money settles.
  payment_number bigint references payments,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  reason text not null,
  status text not null check (status in ('requires_approval', 'done', 'rejected')),
  -- Why a second person is needed; null: not.
  second_because text,
  requested_by text not null,
  requested_at timestamptz not null default now(),
  decided_by text,
  decided_because text,
  decided_at timestamptz,
  correlation_id text not null,
  check ((kind = 'apply') = (payment_number is not null)),
  check (second_because is null or status <> 'done' or decided_by <> requested_by),
  check ((status = 'requires_approval') = (decided_at is null))
);
create index acts_of_suspense on acts (suspense_id);
create index acts_of_receipt on acts (receipt_id);
create function acts_guard() returns trigger language plpgsql as $$
begin
  if old.status <> 'requires_approval' or new.id <> old.id or new.kind <> old.kind or new.suspense_id <> old.suspense_id
     or new.receipt_id <> old.receipt_id or new.payment_number is distinct from old.payment_number
     or new.amount_minor <> old.amount_minor or new.currency <> old.currency or new.reason <> old.reason
     or new.requested_by <> old.requested_by or new.second_because is distinct from old.second_because then
    raise exception 'act %: what was asked for stays, and is decided once', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger acts_guard before update on acts for each row execute function acts_guard();
create trigger acts_keep before delete on acts for each row execute function refuse_change();
create trigger acts_keep_all before truncate on acts execute function refuse_change();

-- Movements of ours that the bank did not list when asked: a second look decides whether it took them back.
create table missing_movements (
  receipt_id bigint primary key references receipts,
  first_missing_at timestamptz not null,
  last_missing_at timestamptz not null,
  asks integer not null default 1
);

-- Where a receipt's money stands, from the ledger alone. Credits are shown as positive amounts.
create function receipt_balances(wanted bigint,
  out bank bigint, out applied bigint, out held bigint, out refunding bigint, out written_off bigint)
language sql stable as $$
  select coalesce(sum(e.amount_minor) filter (where e.account like 'bank:%'), 0)::bigint,
    coalesce(-sum(e.amount_minor) filter (where e.account like 'payable:%' or e.account like 'wallet:%'), 0)::bigint,
    coalesce(-sum(e.amount_minor) filter (where e.account like 'suspense:%'), 0)::bigint,
    coalesce(-sum(e.amount_minor) filter (where e.account like 'refunds:%'), 0)::bigint,
    coalesce(-sum(e.amount_minor) filter (where e.account = 'writeoff'), 0)::bigint
  from journals j join entries e on e.journal_id = j.id where j.receipt_id = wanted
$$;

-- No receipt ever gives more than it brought, whatever the code above believes. Checked at commit; ordinary receipts, whose
-- one journal cannot do harm, are spared.
create function receipt_holds() returns trigger language plpgsql as $$
declare
  b record;
  kept bigint;
begin
  select * into b from receipt_balances(new.receipt_id);
  select coalesce(sum(remaining_minor), 0) into kept from suspense where receipt_id = new.receipt_id;
  if least(b.bank, b.applied, b.held, b.refunding, b.written_off) < 0 then
    raise exception 'receipt % would give more than it brought: bank %, applied %, held %, refunding %, written off %',
      new.receipt_id, b.bank, b.applied, b.held, b.refunding, b.written_off using errcode = 'check_violation';
  end if;
  if b.held <> kept then
    raise exception 'receipt %: the ledger holds % in suspense, the list %', new.receipt_id, b.held, kept using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger receipt_holds after insert on journals deferrable initially deferred
  for each row when (new.kind <> 'receipt') execute function receipt_holds();
