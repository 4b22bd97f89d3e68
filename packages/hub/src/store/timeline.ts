import type { Db } from './db.ts'

/** One thing that happened to a payment, as `payment show` prints it. */
export type TimelineRow = {
  readonly at: Date
  readonly what:
    | 'status'
    | 'event'
    | 'attempt'
    | 'message'
    | 'bank call'
    | 'check'
    | 'receipt'
    | 'missing'
    | 'ledger'
    | 'suspense'
    | 'act'
    | 'refund'
    | 'case'
    | 'credit'
    | 'credit note'
    | 'notification'
    | 'customer receipt'
    | 'customer message'
  readonly sentence: string
}

/**
 * Everything known of one payment, oldest first: history, events, codes, messages, calls, receipts and what became of
 * their money, credit. Receipts are those that named it, and those that an operator applied to it.
 */
export async function readTimeline(db: Db, number: number): Promise<TimelineRow[]> {
  return db.query<TimelineRow>(
    'timeline',
    `with mine as materialized (select id from receipts where payment_number = $1
        union select receipt_id from applications where payment_number = $1)
      select at, what, sentence from (${parts.join(' union all ')}) as t order by at, rank, place`,
    [number],
  )
}

const actInWords = `a.id || ' ' || a.kind || ' ' || show_money(a.amount_minor, a.currency) || ' of sus_' || a.suspense_id
  || coalesce(' to payment ' || a.payment_number, '')`
const actOfPayment = `(a.payment_number = $1 or a.receipt_id in (select id from receipts where payment_number = $1))`

const parts = [
  `select at, 1 as rank, 'status' as what, sequence as place, coalesce(from_status || ' → ', '') || to_status || ': ' || sentence || ' (' || actor || ')' as sentence
    from payment_history where payment_number = $1`,
  `select occurred_at, 9, 'event', sequence, sequence || '. ' || type from events where payment_number = $1`,
  `select created_at, 2, 'attempt', 0, bank_code || ' code ' || id || ' ' || state || ', until ' || to_char(expires_at at time zone 'UTC', 'HH24:MI:SS"Z"')
      || coalesce(': ' || closed_because, '') from attempts where payment_number = $1`,
  `select received_at, 3, 'message', 0, bank_code || ' ' || route || ' notice ' || id || ': ' || outcome || coalesce(', answered ' || answer_status, '')
      || coalesce('. ' || sentence, '') from inbox where payment_number = $1`,
  `select started_at, 4, 'bank call', 0, target || ' ' || operation || ' → ' || coalesce(http_status::text, error, 'no answer') || ' in ' || duration_ms || ' ms: '
      || left(answer_body, 200) from exchanges where payment_number = $1`,
  // Only answers that differ are kept as bank calls; how often the schedule asked is said here.
  `select last_asked_at, 4, 'check', 0, bank_code || ' asked ' || asks || ' times on the schedule, last ' || last_state
      || coalesce(', next at ' || to_char(next_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'), ', not again')
      from checks where payment_number = $1 and last_asked_at is not null`,
  `select r.recorded_at, 5, 'receipt', r.id, r.bank_code || ' ' || r.bank_transaction_id || ': ' || show_money(r.amount_minor, r.currency) || ', ' || r.proof
      || case when r.payment_number is distinct from $1 then ', named ' || coalesce('payment ' || r.payment_number, r.reference) else '' end
      from mine join receipts r using (id)`,
  `select m.first_missing_at, 5, 'missing', r.id, r.bank_code || ' does not list ' || r.bank_transaction_id || ', asked ' || m.asks || ' times'
      from mine join missing_movements m on m.receipt_id = mine.id join receipts r using (id)`,
  `select j.recorded_at, 6, 'ledger', j.id * 100 + e.line, e.account || ' ' || show_money(e.amount_minor, e.currency)
      || case when j.kind = 'receipt' then '' else ', ' || j.kind || coalesce(' ' || j.refund_id, '') end
      from mine join journals j on j.receipt_id = mine.id join entries e on e.journal_id = j.id`,
  `select s.opened_at, 7, 'suspense', s.id, 'sus_' || s.id || ' ' || s.reason || ', ' || s.state || ': ' || show_money(s.remaining_minor, r.currency)
      || ' left of ' || show_money(s.amount_minor, r.currency) || ', ' || r.bank_code || ' ' || r.bank_transaction_id
      from mine join receipts r using (id) join suspense s on s.receipt_id = r.id`,
  `select a.requested_at, 7, 'act', 0, ${actInWords} || ': ' || a.reason || ' (asked by ' || a.requested_by
      || coalesce('; a second operator is needed: ' || a.second_because, '') || ')' from acts a where ${actOfPayment}`,
  `select a.decided_at, 7, 'act', 1, a.id || ' ' || a.status || ': ' || coalesce(a.decided_because, a.reason) || ' (decided by ' || a.decided_by || ')'
      from acts a where a.decided_at is not null and ${actOfPayment}`,
  `select h.at, 8, 'refund', h.sequence, f.id || ' ' || h.to_status || ', ' || show_money(f.amount_minor, f.currency) || ' of '
      || coalesce('sus_' || f.suspense_id, 'payment ' || f.payment_number) || ', ' || r.bank_code || ' ' || r.bank_transaction_id
      || ': ' || h.sentence || case when h.sequence = 1 then ' ' || f.reason else '' end || ' (' || h.actor || ')'
      from refunds f join receipts r on r.id = f.receipt_id join refund_history h on h.refund_id = f.id
      where f.payment_number = $1 or r.payment_number = $1`,
  `select opened_at, 8, 'case', 0, kind || ', ' || state || ': ' || sentence from cases where payment_number = $1`,
  `select coalesce(credited_at, first_sent_at), 10, 'credit', 0, biller || ' ' || state || coalesce(', ' || biller_reference, '') || coalesce(': ' || last_error, '')
      from credits where payment_number = $1`,
  `select coalesce(noted_at, first_sent_at), 10, 'credit note', 1, biller || ' ' || refund_id || ' ' || state || coalesce(', ' || biller_reference, '')
      || coalesce(': ' || last_error, '') from credit_notes where payment_number = $1`,
  `select recorded_at, 11, 'notification', 0, channel || ' to ' || recipient || ': ' || text_en from notifications where payment_number = $1`,
  // As in its link, which is the same on every machine but for where it begins.
  `select issued_at, 11, 'customer receipt', 1, 'R-' || lpad(number::text, greatest(6, length(number::text)), '0') || ', /receipt/R-'
      || lpad(number::text, greatest(6, length(number::text)), '0') || '/' || translate(rtrim(encode(mac, 'base64'), '='), '+/', '-_')
      from customer_receipts where payment_number = $1`,
  `select coalesce(ended_at, queued_at), 11, 'customer message', 2, channel || ' to ' || recipient || ', ' || state || case when tries > 0 then ' after ' || tries
      || case tries when 1 then ' try' else ' tries' end else '' end || coalesce(': ' || last_error, '') from customer_messages where payment_number = $1`,
]
