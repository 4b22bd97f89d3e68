import type { Db } from './db.ts'

/** The channel on which processes tell each other which payments changed. */
export const paymentsChanged = 'payments_changed'

/** Tells every process, this one included. */
export async function tellChanged(db: Db, message: string): Promise<void> {
  await db.query('tell_changed', 'select pg_notify($1, $2)', [paymentsChanged, message])
}

/** How these payments stand: a text that changes whenever what is shown of one does. */
export async function readMarks(db: Db, numbers: readonly number[]): Promise<{ number: number; mark: string }[]> {
  const rows = await db.query<{ number: string; mark: string }>(
    'payment_marks',
    `select p.number, p.version || ' ' || coalesce((select sum(f.version) from refunds f where f.payment_number = p.number), 0)
        as mark from payments p where p.number = any($1)`,
    [numbers],
  )
  return rows.map(({ number, mark }) => ({ number: Number(number), mark }))
}

/** Somebody looks at these payments for `watchS` seconds from now: their banks are asked sooner. */
export async function watchAll(db: Db, numbers: readonly number[], watchS: number): Promise<void> {
  await db.query(
    'watch_all',
    `update checks set watched_until = now() + make_interval(secs => $2::float8)
      where payment_number = any($1) and watched_next_at is not null`,
    [numbers, watchS],
  )
}
