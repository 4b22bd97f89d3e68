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
    | 'ledger'
    | 'suspense'
    | 'case'
    | 'credit'
    | 'credit note'
    | 'notification'
  readonly sentence: string
}

/** Everything known of one payment, oldest first: history, events, codes, messages, calls, receipts, ledger, credit. */
export async function readTimeline(db: Db, number: number): Promise<TimelineRow[]> {
  return db.query<TimelineRow>(
    'timeline',
    `select at, what, sentence from (${parts.join(' union all ')}) as t order by at, rank, place`,
    [number],
  )
}

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
  `select recorded_at, 5, 'receipt', 0, bank_code || ' ' || bank_transaction_id || ': ' || amount_minor || ' minor units of ' || currency || ', ' || proof
      from receipts where payment_number = $1`,
  `select j.recorded_at, 6, 'ledger', e.line, e.account || ' ' || e.amount_minor || ' ' || e.currency from entries e join journals j on j.id = e.journal_id
      join receipts r on r.id = j.receipt_id where r.payment_number = $1`,
  `select s.opened_at, 7, 'suspense', 0, s.reason || ', ' || s.state from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = $1`,
  `select opened_at, 8, 'case', 0, kind || ', ' || state || ': ' || sentence from cases where payment_number = $1`,
  `select coalesce(credited_at, first_sent_at), 10, 'credit', 0, biller || ' ' || state || coalesce(', ' || biller_reference, '') || coalesce(': ' || last_error, '')
      from credits where payment_number = $1`,
  `select coalesce(noted_at, first_sent_at), 10, 'credit note', 1, biller || ' ' || refund_id || ' ' || state || coalesce(', ' || biller_reference, '')
      || coalesce(': ' || last_error, '') from credit_notes where payment_number = $1`,
  `select recorded_at, 11, 'notification', 0, channel || ' to ' || recipient || ': ' || text_en from notifications where payment_number = $1`,
]
