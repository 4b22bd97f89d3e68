-- Takes deliveries that are due: one per payment at most, never n+1 before n is delivered.
create function claim_deliveries(which text, most integer, lease interval) returns setof jsonb language sql as $$
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
      'credit', (select jsonb_build_object('state', c.state, 'tries', c.tries,
        'sentAgoS', extract(epoch from now() - c.last_sent_at)::float8) from credits c where c.payment_number = e.payment_number))
    from taken t join events e on e.position = t.event_position
$$;
