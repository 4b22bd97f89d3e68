import { statuses, transitions } from '../../domain/transitions.ts'

// credited_once and monotone.

/** Every move there is, as the code knows it: the database's own copy may have been changed. */
const moves = statuses
  .flatMap((from) => Object.entries(transitions[from]).map(([evidence, to]) => ({ from, evidence, to })))
  .filter(({ to }) => to !== undefined)
  .map(({ from, evidence, to }) => `('${from}', '${evidence}', '${to}')`)
  .join(', ')

export const creditedOnce = `with applied as (
    select a.payment_number, sum(a.amount_minor) as minor, string_agg(r.id::text, ', ' order by r.id) as receipts,
        bool_or(r.currency <> p.currency) as foreign_money
      from applications a join receipts r on r.id = a.receipt_id join payments p on p.number = a.payment_number group by a.payment_number
  ), told as (
    select e.payment_number, count(*) as times, count(*) filter (where d.state = 'delivered') as delivered
      from event_deliveries d join events e on e.position = d.event_position
      where d.sink = 'integration' and e.type = 'gateway.payment.success' group by e.payment_number
  )
  select 'Payment ' || p.number || ' is ' || p.status || ' with ' || coalesce(a.minor, 0) || ' of ' || p.amount_minor || ' minor units applied'
      || coalesce(' (receipts ' || a.receipts || ')', '') as sentence
    from payments p left join applied a on a.payment_number = p.number
    where (p.status = 'completed') <> (coalesce(a.minor, 0) = p.amount_minor) or a.minor > p.amount_minor
  union all select 'Payment ' || p.number || ' is in ' || p.currency || ', and money of another currency is applied to it (receipts ' || a.receipts || ')'
    from payments p join applied a on a.payment_number = p.number where a.foreign_money
  union all select 'Payment ' || c.payment_number || ' is ' || p.status || ' and of ' || p.amount_minor || ' ' || p.currency || ', its credit is ' || c.state || ' and of ' || c.amount_minor || ' ' || c.currency
    from credits c join payments p on p.number = c.payment_number
    where p.status <> 'completed' or c.amount_minor <> p.amount_minor or c.currency <> p.currency
  union all select 'Payment ' || c.payment_number || ' is of ' || p.biller || ' ' || p.bill_number || ', its credit of ' || c.biller || ' ' || c.policy_number
    from credits c join payments p on p.number = c.payment_number where c.biller <> p.biller or c.policy_number <> p.bill_number
  union all select 'Payment ' || t.payment_number || ' was told to integration ' || t.delivered || ' times, and its credit is ' || coalesce(c.state, 'missing')
    from told t left join credits c on c.payment_number = t.payment_number
    where (t.delivered > 0) <> (coalesce(c.state, '') = 'credited')
  union all select 'Payment ' || t.payment_number || ' is to be credited ' || t.times || ' times' from told t where t.times > 1`

export const monotone = `with history as (
    select h.payment_number, h.sequence, h.from_status, h.evidence, h.to_status,
        lag(h.to_status) over by_payment as before, lead(h.sequence) over by_payment is null as is_last
      from payment_history h window by_payment as (partition by h.payment_number order by h.sequence)
  )
  select 'Payment ' || payment_number || ' went from ' || coalesce(from_status, 'nothing') || ' to ' || to_status || ', after ' || coalesce(before, 'nothing') as sentence
    from history where from_status is distinct from before or (from_status is null and to_status <> 'pending')
  union all select 'Payment ' || h.payment_number || ' went from ' || h.from_status || ' to ' || h.to_status || ' by ' || h.evidence || ', which is no move of the status table'
    from history h where h.from_status is not null
      and not exists (select from (values ${moves}) as m(from_status, evidence, to_status)
        where m.from_status = h.from_status and m.evidence = h.evidence and m.to_status = h.to_status)
  union all select 'Payment ' || p.number || ' is ' || p.status || ', its history ends at ' || coalesce(h.to_status, 'nothing')
    from payments p left join history h on h.payment_number = p.number and h.is_last where h.to_status is distinct from p.status
  union all select 'Payment ' || number || ' is ' || status || ', and is said to be completed at ' || coalesce(completed_at::text, 'no time')
    from payments where (status = 'completed') <> (completed_at is not null)
  union all select 'The database lets a payment go from ' || from_status || ' to ' || to_status || ', which is no move of the status table'
    from payment_transitions t where not exists (select from (values ${moves}) as m(from_status, evidence, to_status)
      where m.from_status = t.from_status and m.to_status = t.to_status)`
