import type { Money } from '../money/money.ts'
import type { Db } from './db.ts'
import { marksOf } from './telling-marks.ts'

export type CreditStart = {
  readonly paymentNumber: number
  readonly biller: string
  readonly policyNumber: string
  readonly amount: Money
}

/**
 * Notes, before the call, that these credits are about to be sent: whoever finds `sending` later asks the policy system
 * instead of sending again. Answers which may be sent, never sent before or certainly not sent, each with the number of
 * its try.
 */
export async function startCredits(db: Db, starts: readonly CreditStart[]): Promise<Map<number, number>> {
  const rows = await db.query<{ payment_number: string; tries: number }>(
    'start_credits',
    `insert into credits as c (payment_number, biller, policy_number, amount_minor, currency, state, tries, first_sent_at, last_sent_at)
      select s.number, s.biller, s.policy, s.minor, s.currency, 'sending', 1, now(), now()
        from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[]) as s(number, biller, policy, minor, currency)
      on conflict (payment_number) do update set state = 'sending', tries = c.tries + 1, last_sent_at = now() where c.state = 'not_sent'
      returning payment_number, tries`,
    [
      starts.map((start) => start.paymentNumber),
      starts.map((start) => start.biller),
      starts.map((start) => start.policyNumber),
      starts.map((start) => start.amount.amountMinor.toString()),
      starts.map((start) => start.amount.currency),
    ],
  )
  return new Map(rows.map((row) => [Number(row.payment_number), row.tries]))
}

export const creditMarks = marksOf('credits', 'payment_number')

export type Credited = {
  readonly position: number
  readonly paymentNumber: number
  readonly reference: string
}

/**
 * In one statement: the premiums are credited, the deliveries done. What was finished before, by somebody whose claim had
 * run out, stays as it is; if it was finished under another reference, the premium was credited twice, and that is a case.
 */
export async function finishCredits(db: Db, sink: string, done: readonly Credited[]): Promise<void> {
  await db.query(
    'finish_credits',
    `with done as (
      select * from unnest($2::bigint[], $3::bigint[], $4::text[]) as d(position, number, reference)
    ), credited as (
      -- Of two who finish at once the second sees here what the first has written.
      update credits c set state = 'credited', biller_reference = coalesce(c.biller_reference, d.reference),
          credited_at = coalesce(c.credited_at, now()), last_error = null
        from done d where c.payment_number = d.number
        returning c.payment_number as number, c.biller, c.biller_reference as kept, d.reference as found
    ), twice as (
      insert into cases (kind, dedupe_key, payment_number, sentence, evidence)
        select 'credited_twice', 'credited_twice ' || number || ' ' || found, number,
            biller || ' credited payment ' || number || ' as ' || kept || ' and again as ' || found || '.',
            jsonb_build_object('biller', biller, 'reference', kept, 'furtherReference', found)
          from credited where kept <> found
        on conflict (dedupe_key) do nothing
    )
    update event_deliveries e set state = 'delivered', delivered_at = now(), last_error = null
      from done d where e.sink = $1 and e.event_position = d.position and e.state = 'due'`,
    [sink, done.map((one) => one.position), done.map((one) => one.paymentNumber), done.map((one) => one.reference)],
  )
}
