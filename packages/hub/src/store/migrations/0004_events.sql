-- Events in the transaction that made them true, their deliveries, and what the consumers keep.

create table events (
  position bigint generated always as identity primary key,
  id text not null unique,
  type text not null,
  payment_number bigint not null references payments,
  -- Per payment, from 1, without a hole.
  sequence integer not null,
  body jsonb not null,
  correlation_id text not null,
  occurred_at timestamptz not null,
  unique (payment_number, sequence)
);
create trigger events_keep before update or delete on events for each row execute function refuse_change();
create trigger events_keep_all before truncate on events execute function refuse_change();

create table event_deliveries (
  event_position bigint not null references events,
  sink text not null,
  payment_number bigint not null,
  sequence integer not null,
  state text not null default 'due' check (state in ('due', 'delivered')),
  tries integer not null default 0,
  -- While claimed: the end of the claim.
  next_try_at timestamptz not null default now(),
  delivered_at timestamptz,
  last_error text,
  primary key (event_position, sink)
);
create index event_deliveries_due on event_deliveries (sink, next_try_at) where state = 'due';
create index event_deliveries_order on event_deliveries (sink, payment_number, sequence) where state = 'due';

-- What the integration service knows of crediting each premium.
create table credits (
  payment_number bigint primary key references payments,
  biller text not null,
  policy_number text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  -- sending: written before the call, so that a crash leaves a question, not a second credit.
  state text not null check (state in ('sending', 'not_sent', 'credited')),
  tries integer not null default 0,
  biller_reference text,
  last_error text,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  credited_at timestamptz
);

-- One message to the customer per payment.
create table notifications (
  payment_number bigint primary key references payments,
  channel text not null,
  recipient text not null,
  text_en text not null,
  text_km text not null,
  recorded_at timestamptz not null default now()
);
