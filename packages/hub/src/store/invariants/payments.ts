import { refundTransitions } from '../../domain/refund.ts'
import { statuses, transitions } from '../../domain/transitions.ts'

// credited_once and monotone.

/** Every move there is, as the code knows it: the database's own copy may have been changed. */
const moves = statuses
  .flatMap((from) => Object.entries(transitions[from]).map(([evidence, to]) => ({ from, evidence, to })))
  .filter(({ to }) => to !== undefined)
  .map(({ from, evidence, to }) => `('${from}', '${evidence}', '${to}')`)
  .join(', ')

// Of money that settled a payment some may have left again, by a refund or taken back by the bank: of a completed payment
// before it was completed or after, which the sums cannot tell. So its amount lies between what was applied and what is left.
export const creditedOnce = `with taken_back as (
    select j.receipt_id, sum(e.amount_minor) as minor from journals j join entries e on e.journal_id = j.id
      where j.kind in ('reversal', 'adjustment') and (e.account like 'payable:%' or e.account like 'wallet:%') group by j.receipt_id
  ), paid_back as (
    select receipt_id, payment_number, sum(amount_minor) as minor from refunds
      where status not in ('failed', 'cancelled') and payment_number is not null group by receipt_id, payment_number
  ), parts as (
    select receipt_id, payment_number, sum(amount_minor) as minor from applications group by receipt_id, payment_number
  ), applied as (
    select a.payment_number, sum(a.minor) as minor, string_agg(a.receipt_id::text, ', ' order by a.receipt_id) as receipts,
        sum(a.minor) - sum(least(a.minor, greatest(t.minor, 0) + coalesce(b.minor, 0))) as lasting, bool_or(r.currency <> p.currency) as is_foreign
      from parts a join receipts r on r.id = a.receipt_id join payments p on p.number = a.payment_number
        left join taken_back t on t.receipt_id = a.receipt_id
        left join paid_back b on b.receipt_id = a.receipt_id and b.payment_number = a.payment_number
      group by a.payment_number
  ), told as (
    select e.payment_number, count(*) as times, count(*) filter (where d.state = 'delivered') as delivered
      from event_deliveries d join events e on e.position = d.event_position
      where d.sink = 'integration' and e.type = 'gateway.payment.success' group by e.payment_number
  )
  select 'Payment ' || p.number || ' is ' || p.status || ' with ' || coalesce(a.minor, 0) || ' of ' || p.amount_minor || ' minor units applied'
      || case when a.lasting < a.minor then ' and ' || a.lasting || ' left' else '' end || coalesce(' (receipts ' || a.receipts || ')', '') as sentence
    from payments p left join applied a on a.payment_number = p.number
    where case when p.status = 'completed' then coalesce(a.minor, 0) < p.amount_minor or a.lasting > p.amount_minor
      else a.lasting >= p.amount_minor end
  union all select 'Payment ' || t.payment_number || ' tops up wallet:' || t.user_id || ', and of receipt ' || r.receipt_id || ' its wallet got ' || coalesce(w.minor, 0) || ' of ' || r.minor || ' minor units'
    from parts r join topups t on t.payment_number = r.payment_number
      left join paid_back b on b.receipt_id = r.receipt_id and b.payment_number = r.payment_number
      left join lateral (select -sum(e.amount_minor) as minor from journals j join entries e on e.journal_id = j.id
        where j.receipt_id = r.receipt_id and e.account = 'wallet:' || t.user_id and j.kind not in ('reversal', 'adjustment')) w on true
    where (select count(distinct payment_number) from applications x where x.receipt_id = r.receipt_id) = 1
      and coalesce(w.minor, 0) <> r.minor - coalesce(b.minor, 0)
  union all select 'Journal ' || j.id || ' posts ' || e.amount_minor || ' minor units to ' || e.account || ', and receipt ' || j.receipt_id || ' settled no top-up of it'
    from entries e join journals j on j.id = e.journal_id where e.account like 'wallet:%'
      and not exists (select from applications a join topups t on t.payment_number = a.payment_number
        where a.receipt_id = j.receipt_id and e.account = 'wallet:' || t.user_id)
  union all select 'Payment ' || p.number || ' is in ' || p.currency || ', and money of another currency is applied to it (receipts ' || a.receipts || ')'
    from payments p join applied a on a.payment_number = p.number where a.is_foreign
  union all select 'Payment ' || c.payment_number || ' is ' || p.status || ' and of ' || p.amount_minor || ' ' || p.currency || ', its credit is ' || c.state || ' and of ' || c.amount_minor || ' ' || c.currency
    from credits c join payments p on p.number = c.payment_number
    where p.status <> 'completed' or c.amount_minor <> p.amount_minor or c.currency <> p.currency
  union all select 'Payment ' || c.payment_number || ' is of ' || p.biller || ' ' || p.bill_number || ', its credit of ' || c.biller || ' ' || c.policy_number
    from credits c join payments p on p.number = c.payment_number where c.biller <> p.biller or c.policy_number <> p.bill_number
  union all select 'Payment ' || t.payment_number || ' was told to integration ' || t.delivered || ' times, and its credit is ' || coalesce(c.state, 'missing')
    from told t left join credits c on c.payment_number = t.payment_number
    where (t.delivered > 0) <> (coalesce(c.state, '') = 'credited')
  union all select 'Payment ' || t.payment_number || ' is to be credited ' || t.times || ' times' from told t where t.times > 1
  union all select 'The credit note of refund ' || n.refund_id || ' is ' || n.state || ' and of ' || n.amount_minor || ' ' || n.currency || ' of payment ' || n.payment_number
      || ', the refund is ' || coalesce(f.status || ' and of ' || f.amount_minor || ' ' || f.currency || ' of payment ' || coalesce(f.payment_number::text, 'none'), 'missing')
    from credit_notes n left join refunds f on f.id = n.refund_id
    where (f.status, f.amount_minor, f.currency, f.payment_number) is distinct from ('succeeded', n.amount_minor, n.currency, n.payment_number)
  union all select 'The credit note of refund ' || n.refund_id || ' is ' || n.state || ', and its event is ' || d.state
    from credit_notes n join events e on e.payment_number = n.payment_number and e.type = 'gateway.payment.refunded' and e.body->'refund'->>'id' = n.refund_id
      join event_deliveries d on d.event_position = e.position and d.sink = 'integration'
    where (n.state = 'noted') <> (d.state = 'delivered')`

const refundMoves = Object.entries(refundTransitions)
  .flatMap(([from, tos]) => tos.map((to) => `('${from}', '${to}')`))
  .join(', ')

export const monotone = `with history as (
    select h.payment_number, h.sequence, h.from_status, h.evidence, h.to_status,
        lag(h.to_status) over by_payment as before, lead(h.sequence) over by_payment is null as is_last
      from payment_history h window by_payment as (partition by h.payment_number order by h.sequence)
  ), refunding as (
    select h.refund_id, h.from_status, h.to_status, lag(h.to_status) over by_refund as before, lead(h.sequence) over by_refund is null as is_last
      from refund_history h window by_refund as (partition by h.refund_id order by h.sequence)
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
  union all select 'Refund ' || refund_id || ' went from ' || coalesce(from_status, 'nothing') || ' to ' || to_status || ', after ' || coalesce(before, 'nothing')
    from refunding where from_status is distinct from before or (from_status is null and to_status <> 'requested')
  union all select 'Refund ' || refund_id || ' went from ' || from_status || ' to ' || to_status || ', which is no move of a refund'
    from refunding h where from_status is not null
      and not exists (select from (values ${refundMoves}) as m(from_status, to_status) where m.from_status = h.from_status and m.to_status = h.to_status)
  union all select 'Refund ' || f.id || ' is ' || f.status || ', its history ends at ' || coalesce(h.to_status, 'nothing')
    from refunds f left join refunding h on h.refund_id = f.id and h.is_last where h.to_status is distinct from f.status
  union all select 'The database lets a refund go from ' || from_status || ' to ' || to_status || ', which is no move of a refund'
    from refund_transitions t where not exists (select from (values ${refundMoves}) as m(from_status, to_status)
      where m.from_status = t.from_status and m.to_status = t.to_status)
  union all select 'The database lets a payment go from ' || from_status || ' to ' || to_status || ', which is no move of the status table'
    from payment_transitions t where not exists (select from (values ${moves}) as m(from_status, evidence, to_status)
      where m.from_status = t.from_status and m.to_status = t.to_status)`
