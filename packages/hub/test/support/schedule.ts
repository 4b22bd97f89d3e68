import type { Pool } from 'pg'
import { unguarded } from './unguarded.ts'

/** A hub, or books without one. */
type Books = { readonly pool: Pool }

/**
 * The banks' budgets are spent for years: nothing is asked on the schedule, so that what a test sees comes from what it
 * does itself.
 */
export async function restSchedule(hub: Books): Promise<void> {
  await hub.pool.query(
    `insert into check_budgets select code, -1e12, now() from banks
      on conflict (bank_code) do update set tokens = excluded.tokens, filled_at = excluded.filled_at`,
  )
}

/** A bank may be asked on the schedule so often from now on. */
export async function giveBudget(hub: Books, tokens: number): Promise<void> {
  await hub.pool.query('update check_budgets set tokens = $1, filled_at = now()', [tokens])
}

/** The next check of a payment is due now, if there is one left. */
export async function dueNow(hub: Books, id: number): Promise<void> {
  await hub.pool.query('update checks set next_at = now() where payment_number = $1 and next_at is not null', [id])
}

/** Lets everything about a payment be older by so many minutes: the tables refuse it, and a test's clock cannot wait. */
export async function timePasses(hub: Books, id: number, minutes: number): Promise<void> {
  for (const statement of [
    'update payments set opened_at = opened_at - d where number = $1',
    'update inquiries set first_at = first_at - d, last_at = last_at - d where payment_number = $1',
    'update attempts set created_at = created_at - d, expires_at = expires_at - d where payment_number = $1',
    'update payment_history set at = at - d where payment_number = $1',
    `update checks set asked_from = asked_from - d, ends_at = ends_at - d, next_at = next_at - d,
      watched_next_at = watched_next_at - d, watched_until = watched_until - d, last_asked_at = last_asked_at - d
      where payment_number = $1`,
  ]) {
    await unguarded(hub, statement.replaceAll(/ d\b/g, ' make_interval(mins => $2)'), [id, minutes])
  }
}

export type CheckRow = {
  readonly bank: string
  readonly asks: number
  readonly state: string | null
  readonly thin: boolean
  readonly troubles: number
  /** Seconds from now to the next check; null: there is none. */
  readonly nextInS: number | null
  /** Seconds from the code's end, or the payment's, to the next check. */
  readonly nextAfterEndS: number | null
}

export async function checksOf(hub: Books, id: number): Promise<CheckRow[]> {
  const { rows } = await hub.pool.query<CheckRow>(
    `select bank_code as bank, asks, last_state as state, thin, troubles, extract(epoch from next_at - now())::float8 as "nextInS",
      round(extract(epoch from next_at - ends_at))::float8 as "nextAfterEndS" from checks where payment_number = $1 order by bank_code`,
    [id],
  )
  return rows
}
