import assert from 'node:assert/strict'
import { checkAtBank } from '../../src/flows/check-at-bank.ts'
import { readPayment } from '../../src/store/payments.ts'
import type { Code } from './bad-day.ts'
import { look } from './operators.ts'
import type { TestHub } from './running-hub.ts'

type Paid = Pick<Code, 'bank' | 'id'>

/** The bank takes a payment's money back: one movement, or all that named it. */
export async function takeBack(hub: TestHub, paid: Paid, transactionId?: string): Promise<void> {
  const what = transactionId === undefined ? { paymentId: paid.id } : { transactionId }
  const taken = await hub.simulator('POST', '/_simulator/reverse', { bank: paid.bank, ...what })
  assert.equal(taken.status, 200, taken.text)
}

export async function giveAgain(hub: TestHub, paid: Paid, transactionId?: string): Promise<void> {
  const what = transactionId === undefined ? { paymentId: paid.id } : { transactionId }
  const given = await hub.simulator('POST', '/_simulator/restore', { bank: paid.bank, ...what })
  assert.equal(given.status, 200, given.text)
}

/** One look of the schedule at a payment's bank, now. */
export async function lookNow(hub: TestHub, paid: Paid): Promise<void> {
  const payment = await readPayment(hub.running.db, paid.id)
  const at = hub.running.hub.banks.get(paid.bank)
  assert.ok(payment && at)
  await checkAtBank(hub.running.hub, { actor: 'job check-payments', correlationId: `look-${paid.id}` }, payment, at)
}

/** A minute passes for all money that was missing. */
export async function minutePasses(hub: TestHub): Promise<void> {
  await hub.pool.query(`update missing_movements set first_missing_at = first_missing_at - interval '60 seconds'`)
}

/** The two looks, a minute apart, after which money that is not listed was taken back. */
export async function lookTwice(hub: TestHub, paid: Paid): Promise<void> {
  await lookNow(hub, paid)
  await minutePasses(hub)
  await lookNow(hub, paid)
}

/** How many movements of ours that named a payment were not listed when they were last looked for. */
export async function missingOf(hub: TestHub, id: number): Promise<number> {
  const { rows } = await hub.pool.query<{ n: number }>(
    `select count(*)::int as n from missing_movements m join receipts r on r.id = m.receipt_id where r.payment_number = $1`,
    [id],
  )
  return rows[0]?.n ?? 0
}

/** The kinds of journals of a movement's money, oldest first, and the types of a payment's events that tell of it. */
export async function journalsOf(hub: TestHub, transactionId: string): Promise<string[]> {
  const { rows } = await hub.pool.query<{ kind: string }>(
    'select j.kind from journals j join receipts r on r.id = j.receipt_id where r.bank_transaction_id = $1 order by j.id',
    [transactionId],
  )
  return rows.map((row) => row.kind)
}

export async function eventsOf(hub: TestHub, id: number, type: string): Promise<Record<string, unknown>[]> {
  const { rows } = await hub.pool.query<{ body: Record<string, unknown> }>(
    'select body from events where payment_number = $1 and type = $2 order by sequence',
    [id, type],
  )
  return rows.map((row) => row.body)
}

export type Shown = {
  readonly status: string
  readonly flags: readonly string[]
  readonly received: string
  readonly refunded: string
}

/** A payment as an operator sees it. */
export async function showPayment(hub: TestHub, id: number): Promise<Shown> {
  const { status, json, text } = await look(hub, `payments/${id}`)
  assert.equal(status, 200, text)
  return {
    status: String(json['status']),
    flags: json['flags'] as unknown as string[],
    received: String(json['amount_received']),
    refunded: String(json['amount_refunded']),
  }
}
