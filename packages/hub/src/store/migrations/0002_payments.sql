-- Payments, their attempts, and every move they ever made.

create sequence payment_number as bigint minvalue 1;

create table payments (
  number bigint primary key default nextval('payment_number') check (number between 1 and 9007199254740991),
  id text not null unique,
  payable_kind text not null check (payable_kind in ('premium')),
  biller text not null,
  bill_number text not null,
  -- What tells one instalment of a bill from the next: its due date, yyyy-mm-dd.
  bill_key text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  status text not null default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled', 'expired')),
  -- Every writer carries the version it decided upon.
  version integer not null default 1,
  event_sequence integer not null default 0,
  opened_at timestamptz not null,
  completed_at timestamptz
);
create unique index payments_one_open_per_bill
  on payments (payable_kind, biller, bill_number, bill_key, currency) where status in ('pending', 'processing');
create unique index payments_one_completed_per_bill
  on payments (payable_kind, biller, bill_number, bill_key, currency) where status = 'completed';
create index payments_of_bill on payments (payable_kind, biller, bill_number, bill_key, currency);

-- Personal data stands apart, so that it can be erased without touching the books.
create table payers (
  payment_number bigint primary key references payments,
  name text not null,
  email text,
  phone text
);

-- The same table as domain/transitions.ts; a test compares them.
create table payment_transitions (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);
insert into payment_transitions values
  ('pending', 'processing'), ('pending', 'completed'), ('pending', 'failed'), ('pending', 'cancelled'), ('pending', 'expired'),
  ('processing', 'processing'), ('processing', 'completed'), ('processing', 'failed'), ('processing', 'cancelled'), ('processing', 'expired'),
  ('failed', 'completed'), ('cancelled', 'completed'), ('expired', 'completed');

create function payments_guard() returns trigger language plpgsql as $$
begin
  if new.number <> old.number or new.id <> old.id or new.payable_kind <> old.payable_kind or new.biller <> old.biller
     or new.bill_number <> old.bill_number or new.bill_key <> old.bill_key or new.amount_minor <> old.amount_minor
     or new.currency <> old.currency or new.opened_at <> old.opened_at then
    raise exception 'payment % keeps what it was opened with', old.number using errcode = 'restrict_violation';
  end if;
  if new.status <> old.status and not exists (
    select from payment_transitions where from_status = old.status and to_status = new.status
  ) then
    raise exception 'payment % cannot go from % to %', old.number, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payments_guard before update on payments for each row execute function payments_guard();
create trigger payments_keep before delete on payments for each row execute function refuse_change();

create table payment_history (
  payment_number bigint not null references payments,
  sequence integer not null,
  from_status text,
  to_status text not null,
  evidence text not null,
  sentence text not null,
  actor text not null,
  correlation_id text not null,
  at timestamptz not null default now(),
  primary key (payment_number, sequence)
);
create trigger payment_history_keep before update or delete on payment_history
  for each row execute function refuse_change();
create trigger payment_history_keep_all before truncate on payment_history execute function refuse_change();

-- Which bank asked for which payment, by which channel: a notice settles only what its bank asked about.
create table inquiries (
  payment_number bigint not null references payments,
  bank_code text not null,
  channel text not null check (channel in ('COUNTER', 'KHQR_PAYMENT')),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (payment_number, bank_code, channel)
);

create table attempts (
  id bigint generated always as identity primary key,
  payment_number bigint not null references payments,
  bank_code text not null references banks,
  merchant_account_id integer not null references merchant_accounts,
  -- Our reference at the bank.
  reference text not null,
  state text not null check (state in ('creating', 'open', 'closed')),
  qr_string text,
  qr_md5 text,
  deeplink text,
  bank_reference text,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  closed_at timestamptz,
  closed_because text,
  check (state <> 'open' or qr_string is not null)
);
create unique index attempts_one_live on attempts (payment_number, bank_code) where state in ('creating', 'open');
create index attempts_of_payment on attempts (payment_number);
create trigger attempts_keep before delete on attempts for each row execute function refuse_change();
