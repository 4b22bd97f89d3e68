-- The ground: who we are, which banks, who may call.

create table installation (
  singleton boolean primary key default true check (singleton),
  -- Stamped once: a sandbox database never becomes a live one.
  mode text not null check (mode in ('sandbox', 'live')),
  installation_id text not null,
  first_payment_number bigint not null,
  created_at timestamptz not null default now()
);

create table banks (
  code text primary key check (code ~ '^[A-Z0-9]{2,20}$'),
  numeric_id integer not null unique,
  kind text not null,
  active boolean not null
);

create table merchant_accounts (
  id integer generated always as identity primary key,
  bank_code text not null references banks,
  account_number text not null,
  currency text not null check (currency in ('USD', 'KHR')),
  store_id text not null,
  terminal_id text not null,
  -- The payee that every code of this account must name.
  payee_account text not null,
  payee_merchant_id text,
  active boolean not null,
  unique (bank_code, account_number, currency)
);

create table api_clients (
  client_id text primary key,
  secret_sha256 text not null,
  scopes text[] not null,
  active boolean not null default true,
  created_at timestamptz not null default now()
);

-- Long-lived bearers of banks and services, kept as digests. Two live ones per holder, so that they can be rotated.
create table bearer_tokens (
  token_sha256 text primary key,
  kind text not null check (kind in ('bank', 'service')),
  holder text not null,
  slot smallint not null check (slot in (1, 2)),
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create unique index bearer_tokens_two_live on bearer_tokens (kind, holder, slot) where revoked_at is null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: its rows are evidence; a correction is a new row', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end $$;
