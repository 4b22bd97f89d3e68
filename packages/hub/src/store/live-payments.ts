import type { Payment } from '../domain/payment.ts'
import type { Db } from './db.ts'
import { readSnapshot, type Snapshot } from './payments.ts'

/** The channel on which processes tell each other which payments changed. */
export const paymentsChanged = 'payments_changed'

/** Tells every process, this one included. */
export async function tellChanged(db: Db, message: string): Promise<void> {
  await db.query('tell_changed', 'select pg_notify($1, $2)', [paymentsChanged, message])
}

/** Another payment of its bill may settle it: its page says so, and nobody writes to `p` then. */
const completedBy = `select o.number from payments o where o.payable_kind = p.payable_kind and o.biller = p.biller
  and o.bill_number = p.bill_number and o.bill_key = p.bill_key and o.currency = p.currency and o.status = 'completed'`

/** What of its bill's money waits for a person: a refund of that names no payment, nor does what another code brought. */
const held = `select sum(s.remaining_minor) from payments o join receipts r on r.payment_number = o.number
    join suspense s on s.receipt_id = r.id
  where o.payable_kind = p.payable_kind and o.biller = p.biller and o.bill_number = p.bill_number
    and o.bill_key = p.bill_key and o.currency = p.currency`

/** What goes back of money that named it, also of money that settled another one. */
const goingBack = `select sum(f.version) from refunds f join receipts r on r.id = f.receipt_id where r.payment_number = p.number`

/** A text that changes whenever what is shown of payment `p` does. */
const markOf = `p.version || ' ' || coalesce((select sum(f.version) from refunds f where f.payment_number = p.number), 0)
  || ' ' || coalesce((${completedBy}), 0) || ' ' || coalesce((${held}), 0) || ' ' || coalesce((${goingBack}), 0)`

/** How these payments stand. */
export async function readMarks(db: Db, numbers: readonly number[]): Promise<{ number: number; mark: string }[]> {
  const rows = await db.query<{ number: string; mark: string }>(
    'payment_marks',
    `select p.number, ${markOf} as mark from payments p where p.number = any($1)`,
    [numbers],
  )
  return rows.map(({ number, mark }) => ({ number: Number(number), mark }))
}

/** The same with all that there is to show of them; those whose number is not ours are left out. */
export async function readMarked(db: Db, numbers: readonly number[]): Promise<{ payment: Payment; mark: string }[]> {
  const rows = await db.query<{ snapshot: Snapshot | null; mark: string }>(
    'marked_payments',
    `select payment_snapshot(p.number) as snapshot, ${markOf} as mark from payments p where p.number = any($1)`,
    [numbers],
  )
  return rows.flatMap(({ snapshot, mark }) => {
    const payment = readSnapshot(snapshot)
    return payment ? [{ payment, mark }] : []
  })
}

/**
 * Somebody looks at these payments for `watchS` seconds from now: their banks are asked sooner. What was noted `everyS`
 * seconds ago or later is left, and what a writer holds just now: nobody waits for this, and the next note comes in time.
 */
export async function watchAll(db: Db, numbers: readonly number[], watchS: number, everyS: number): Promise<void> {
  await db.query(
    'watch_all',
    `with noted as (select k.payment_number, k.bank_code from checks k
        where k.payment_number = any($1) and k.watched_next_at is not null
          and (k.watched_until is null or k.watched_until < now() + make_interval(secs => $2::float8 - $3::float8))
        order by k.payment_number, k.bank_code for update skip locked)
      update checks c set watched_until = now() + make_interval(secs => $2::float8) from noted n
        where c.payment_number = n.payment_number and c.bank_code = n.bank_code`,
    [numbers, watchS, everyS],
  )
}
