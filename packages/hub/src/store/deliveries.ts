import type { EventBody } from '../domain/events.ts'
import type { Db } from './db.ts'
import type { Telling } from './telling-marks.ts'

export type Delivery = {
  readonly position: number
  readonly id: string
  readonly type: string
  readonly paymentNumber: number
  readonly sequence: number
  readonly body: EventBody
  readonly correlationId: string
  readonly occurredAt: string
  readonly tries: number
  /** What the integration service already knows of crediting this payment. */
  readonly credit: Telling | null
  /** What it knows of this refund's credit note. */
  readonly creditNote: Telling | null
}

/** Claims up to `most` due deliveries for `leaseS` seconds: at most one per payment, in the payment's order. */
export async function claimDeliveries(db: Db, sink: string, most: number, leaseS: number): Promise<Delivery[]> {
  const rows = await db.query<{ delivery: Delivery }>(
    'claim_deliveries',
    'select claim_deliveries($1, $2, make_interval(secs => $3)) as delivery',
    [sink, most, leaseS],
  )
  return rows.map((row) => row.delivery)
}

/** Ends a delivery that asks nothing of anybody. */
export async function markDelivered(db: Db, sink: string, position: number): Promise<void> {
  await db.query(
    'mark_delivered',
    `update event_deliveries set state = 'delivered', delivered_at = now(), last_error = null
      where sink = $1 and event_position = $2 and state = 'due'`,
    [sink, position],
  )
}

/**
 * Puts a delivery off after a failure: nothing of the same payment goes before it. One that was claimed again since is
 * left to whoever has it now.
 */
export async function postpone(
  db: Db,
  sink: string,
  { position, tries }: Pick<Delivery, 'position' | 'tries'>,
  waitS: number,
  why: string,
): Promise<void> {
  await db.query(
    'postpone_delivery',
    `update event_deliveries set next_try_at = now() + make_interval(secs => $3), last_error = $4
      where sink = $1 and event_position = $2 and state = 'due' and tries = $5`,
    [sink, position, waitS, why, tries],
  )
}

/** Seconds since the oldest undelivered event happened; 0 when all is delivered. */
export async function deliveryLag(db: Db): Promise<{ sink: string; due: number; oldestS: number }[]> {
  const rows = await db.query<{ sink: string; due: string; oldest: string }>(
    'delivery_lag',
    `select d.sink, count(*) as due, extract(epoch from now() - min(e.occurred_at)) as oldest
      from event_deliveries d join events e on e.position = d.event_position where d.state = 'due' group by d.sink`,
    [],
  )
  return rows.map((row) => ({ sink: row.sink, due: Number(row.due), oldestS: Math.max(0, Number(row.oldest)) }))
}
