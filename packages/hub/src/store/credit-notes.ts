import type { Money } from '../money/money.ts'
import type { Db } from './db.ts'
import { marksOf } from './telling-marks.ts'

export type CreditNoteStart = {
  readonly refundId: string
  readonly paymentNumber: number
  readonly biller: string
  readonly policyNumber: string
  readonly amount: Money
}

/** As `startCredits`: notes before the call that these are about to be sent, and answers which may be, by refund id. */
export async function startCreditNotes(db: Db, starts: readonly CreditNoteStart[]): Promise<Map<string, number>> {
  const rows = await db.query<{ refund_id: string; tries: number }>(
    'start_credit_notes',
    `insert into credit_notes as n (refund_id, payment_number, biller, policy_number, amount_minor, currency, state, tries, first_sent_at, last_sent_at)
      select s.refund, s.number, s.biller, s.policy, s.minor, s.currency, 'sending', 1, now(), now()
        from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[]) as s(refund, number, biller, policy, minor, currency)
      on conflict (refund_id) do update set state = 'sending', tries = n.tries + 1, last_sent_at = now() where n.state = 'not_sent'
      returning refund_id, tries`,
    [
      starts.map((start) => start.refundId),
      starts.map((start) => start.paymentNumber),
      starts.map((start) => start.biller),
      starts.map((start) => start.policyNumber),
      starts.map((start) => start.amount.amountMinor.toString()),
      starts.map((start) => start.amount.currency),
    ],
  )
  return new Map(rows.map((row) => [row.refund_id, row.tries]))
}

export const creditNoteMarks = marksOf('credit_notes', 'refund_id')

export type Noted = { readonly position: number; readonly refundId: string; readonly reference: string }

/** As `finishCredits`: noted and delivered in one statement; a second number for the same refund is a case. */
export async function finishCreditNotes(db: Db, sink: string, done: readonly Noted[]): Promise<void> {
  await db.query(
    'finish_credit_notes',
    `with done as (
      select * from unnest($2::bigint[], $3::text[], $4::text[]) as d(position, refund, reference)
    ), noted as (
      update credit_notes n set state = 'noted', biller_reference = coalesce(n.biller_reference, d.reference),
          noted_at = coalesce(n.noted_at, now()), last_error = null
        from done d where n.refund_id = d.refund
        returning n.refund_id as refund, n.payment_number as number, n.biller, n.biller_reference as kept, d.reference as found
    ), twice as (
      insert into cases (kind, dedupe_key, payment_number, sentence, evidence)
        select 'credit_noted_twice', 'credit_noted_twice ' || refund || ' ' || found, number,
            biller || ' took the credit note of refund ' || refund || ' as ' || kept || ' and again as ' || found || '.',
            jsonb_build_object('biller', biller, 'refundId', refund, 'reference', kept, 'furtherReference', found)
          from noted where kept <> found
        on conflict (dedupe_key) do nothing
    )
    update event_deliveries e set state = 'delivered', delivered_at = now(), last_error = null
      from done d where e.sink = $1 and e.event_position = d.position and e.state = 'due'`,
    [sink, done.map((one) => one.position), done.map((one) => one.refundId), done.map((one) => one.reference)],
  )
}
