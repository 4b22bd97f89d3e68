import { sinksOf } from '../../domain/events.ts'

// no_orphan_message and outbox_complete.

export const noOrphanMessage = `select 'Message ' || id || ' of ' || bank_code || ' was answered ' || answer_status || ' and is ' || outcome as sentence
    from inbox where answer_status between 200 and 299 and outcome in ('received', 'waiting') and next_try_at is null
  union all select 'Message ' || id || ' of ' || bank_code || ' has waited unjudged since ' || received_at
    from inbox where decided_at is null and next_try_at is null and received_at < now() - interval '5 minutes'
      and not (coalesce(answer_status, 0) between 200 and 299)
  union all select 'Message ' || id || ' of ' || bank_code || ' is ' || outcome || ', and is said to be decided at ' || decided_at
    from inbox where decided_at is not null and outcome in ('received', 'waiting')`

/** What each status is told by. */
const toldBy = [
  ['pending', 'payment.opened'],
  ['processing', 'khqr.generated-event'],
  ['completed', 'gateway.payment.success'],
  ['failed', 'gateway.payment.failed'],
  ['cancelled', 'gateway.payment.cancelled'],
  ['expired', 'gateway.payment.expired'],
]
  .map(([status, type]) => `('${status}', '${type}')`)
  .join(', ')

/** Who must hear of what. */
const heardBy = Object.entries(sinksOf)
  .flatMap(([type, kinds]) =>
    Object.entries(kinds).flatMap(([kind, sinks]) => sinks.map((sink) => `('${type}', '${kind}', '${sink}')`)),
  )
  .join(', ')

// The nth change to a status is told by the nth event of its type; the events come in the order of the changes.
export const outboxComplete = `with told_by as (select * from (values ${toldBy}) as t(status, type)
  ), changes as (
    select h.payment_number, h.sequence, h.to_status, t.type,
        row_number() over (partition by h.payment_number, t.type order by h.sequence) as nth
      from payment_history h join told_by t on t.status = h.to_status
  ), tellings as (
    select e.payment_number, e.sequence, e.id, e.type, row_number() over (partition by e.payment_number, e.type order by e.sequence) as nth
      from events e join told_by t on t.type = e.type
  ), told as (
    select c.payment_number, c.to_status, c.type, t.id, t.sequence, lag(t.sequence) over (partition by c.payment_number order by c.sequence) as before
      from changes c left join tellings t on t.payment_number = c.payment_number and t.type = c.type and t.nth = c.nth
  ), counted as (
    select payment_number, count(*) as events, max(sequence) as last, min(sequence) as first from events group by payment_number
  )
  select 'Payment ' || p.number || ' has ' || coalesce(c.events, 0) || ' events up to ' || coalesce(c.last, 0) || ', its sequence stands at ' || p.event_sequence as sentence
    from payments p left join counted c on c.payment_number = p.number
    where coalesce(c.events, 0) <> p.event_sequence or coalesce(c.last, 0) <> p.event_sequence or c.first <> 1
  union all select 'Payment ' || payment_number || ' went to ' || to_status || ' without an event ' || type from told where id is null
  union all select 'Event ' || id || ' tells that payment ' || payment_number || ' went to ' || to_status || ', before the change before it is told'
    from told where sequence < before
  union all select 'Event ' || e.id || ' of payment ' || e.payment_number || ' is on its way to nobody who should hear it (' || k.sink || ')'
    from events e join payments p on p.number = e.payment_number
      join (values ${heardBy}) as k(type, kind, sink) on k.type = e.type and k.kind = p.payable_kind
    where not exists (select from event_deliveries d where d.event_position = e.position and d.sink = k.sink)
      -- Of what happened before customers had receipts they are not told.
      and (k.sink <> 'customer' or e.position > coalesce((select customers_told_after from installation), 0))
  union all select 'Refund ' || f.id || ' of payment ' || coalesce(f.payment_number, r.payment_number) || ' succeeded without an event gateway.payment.refunded'
    from refunds f join receipts r on r.id = f.receipt_id
    where f.status = 'succeeded' and coalesce(f.payment_number, r.payment_number) is not null
      and not exists (select from events e where e.payment_number = coalesce(f.payment_number, r.payment_number)
        and e.type = 'gateway.payment.refunded' and e.body->'refund'->>'id' = f.id)
  union all select 'Receipt ' || r.id || ' of payment ' || r.payment_number || ' was taken back ' || count(*) || ' times, with fewer events gateway.payment.reversed'
    from journals j join receipts r on r.id = j.receipt_id where j.kind = 'reversal' and r.payment_number is not null group by r.id, r.payment_number
    having count(*) > (select count(*) from events e where e.payment_number = r.payment_number and e.type = 'gateway.payment.reversed')
  union all select 'The delivery of event ' || e.id || ' to ' || d.sink || ' names payment ' || d.payment_number || ' and sequence ' || d.sequence
      || ', the event payment ' || e.payment_number || ' and sequence ' || e.sequence
    from event_deliveries d join events e on e.position = d.event_position
    where d.payment_number <> e.payment_number or d.sequence <> e.sequence
  union all select 'A delivery to ' || d.sink || ' is of event position ' || d.event_position || ', which is not there'
    from event_deliveries d where not exists (select from events e where e.position = d.event_position)
  union all select 'Event position ' || d.event_position || ' of payment ' || d.payment_number || ' was delivered to ' || d.sink || ' before event position ' || b.event_position
    from event_deliveries b join event_deliveries d on d.sink = b.sink and d.payment_number = b.payment_number and d.sequence > b.sequence
    where b.state = 'due' and d.state = 'delivered'
  union all select 'The delivery of event position ' || event_position || ' to ' || sink || ' is ' || state || ', and is said to be delivered at ' || coalesce(delivered_at::text, 'no time')
    from event_deliveries where (state = 'delivered') <> (delivered_at is not null)`
