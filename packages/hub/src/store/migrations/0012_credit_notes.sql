-- What was credited and then paid back is told to the policy system too, once per refund.

-- The policy system said that it has it, without a number to prove it: a later "no" of it contradicts this, and nothing
-- is sent on such a "no".
alter table credits add column said_done boolean not null default false;

create table credit_notes (
  refund_id text primary key,
  payment_number bigint not null references payments,
  biller text not null,
  policy_number text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency in ('USD', 'KHR')),
  -- sending: written before the call, so that a crash leaves a question, not a second credit note.
  state text not null check (state in ('sending', 'not_sent', 'noted')),
  tries integer not null default 0,
  said_done boolean not null default false,
  biller_reference text,
  last_error text,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  noted_at timestamptz
);
create index credit_notes_of_payment on credit_notes (payment_number);

-- As before, and with what is known of a refund's credit note.
create or replace function claim_deliveries(which text, most integer, lease interval) returns setof jsonb language sql as $$
  with due as (
    select d.event_position, d.sink from event_deliveries d
      where d.sink = which and d.state = 'due' and d.next_try_at <= now()
        and not exists (select from event_deliveries e where e.sink = d.sink and e.payment_number = d.payment_number
          and e.state = 'due' and e.sequence < d.sequence)
      order by d.next_try_at, d.event_position limit most for update of d skip locked
  ), taken as (
    update event_deliveries d set next_try_at = now() + lease, tries = d.tries + 1
      from due where d.event_position = due.event_position and d.sink = due.sink
      returning d.event_position, d.tries
  )
  select jsonb_build_object('position', e.position, 'id', e.id, 'type', e.type, 'paymentNumber', e.payment_number,
      'sequence', e.sequence, 'body', e.body, 'correlationId', e.correlation_id, 'occurredAt', e.occurred_at, 'tries', t.tries,
      'credit', (select jsonb_build_object('state', c.state, 'tries', c.tries, 'saidDone', c.said_done,
        'sentAgoS', extract(epoch from now() - c.last_sent_at)::float8) from credits c where c.payment_number = e.payment_number),
      'creditNote', case when e.type = 'gateway.payment.refunded' then
        (select jsonb_build_object('state', n.state, 'tries', n.tries, 'saidDone', n.said_done,
          'sentAgoS', extract(epoch from now() - n.last_sent_at)::float8) from credit_notes n
          where n.refund_id = e.body->'refund'->>'id') end)
    from taken t join events e on e.position = t.event_position
$$;
