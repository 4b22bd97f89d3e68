import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { complete, openBill, openBooks } from '../../test/support/empty-books.ts'
import type { Payment } from '../domain/payment.ts'
import {
  type Credited,
  type CreditStart,
  finishCredits,
  markNotSent,
  noteCreditDoubt,
  startCredits,
} from './credits.ts'
import { claimDeliveries } from './deliveries.ts'

// A premium is credited once: whoever finds it under way asks the policy system instead of sending again.

const books = await openBooks({ after })

test('a credit that was never sent may be sent', async () => {
  const payment = await paid()
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set([payment.number]))
  assert.deepEqual(await creditOf(payment), { state: 'sending', tries: 1, biller_reference: null, last_error: null })
})

test('a credit that is under way may not be sent again', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set())
  assert.deepEqual(await creditOf(payment), { state: 'sending', tries: 1, biller_reference: null, last_error: null })
})

test('of 16 who start a credit at once one may send it', async () => {
  const payment = await paid()
  const started = await Promise.all(Array.from({ length: 16 }, () => startCredits(books.db, [startOf(payment)])))
  assert.equal(started.filter((numbers) => numbers.has(payment.number)).length, 1)
})

test('a credit that certainly was not sent may be sent once more', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await markNotSent(books.db, payment.number, 'connection refused')
  assert.equal((await creditOf(payment)).last_error, 'connection refused')
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set([payment.number]))
  assert.equal((await creditOf(payment)).tries, 2)
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set())
})

test('a doubt about a credit is noted and lets nobody send it again', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await noteCreditDoubt(books.db, payment.number, 'no answer within 5 s')
  assert.equal((await creditOf(payment)).last_error, 'no answer within 5 s')
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set())
})

test('several credits are started in one statement, each judged by itself', async () => {
  const [fresh, underWay, notSent] = [await paid(), await paid(), await paid()]
  await startCredits(books.db, [startOf(underWay), startOf(notSent)])
  await markNotSent(books.db, notSent.number, 'connection refused')
  const started = await startCredits(books.db, [fresh, underWay, notSent].map(startOf))
  assert.deepEqual(started, new Set([fresh.number, notSent.number]))
  assert.deepEqual(await startCredits(books.db, []), new Set())
})

test('finishing credits the premium, tells the customer and ends the delivery', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await noteCreditDoubt(books.db, payment.number, 'no answer within 5 s')
  await finishCredits(books.db, 'integration', [await creditedRow(payment, 'CR-1')])
  assert.deepEqual(await creditOf(payment), {
    state: 'credited',
    tries: 1,
    biller_reference: 'CR-1',
    last_error: null,
  })
  assert.deepEqual(await toldOf(payment), ['s***@sample.test: Thank you.'])
  assert.deepEqual(await openDeliveriesOf(payment), 0)
})

test('finishing again changes nothing: the first reference, the first message and the first time stay', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  const row = await creditedRow(payment, 'CR-1')
  await finishCredits(books.db, 'integration', [row])
  const times = await timesOf(payment)
  await finishCredits(books.db, 'integration', [{ ...row, reference: 'CR-2', textEn: 'Thank you again.' }])
  assert.equal((await creditOf(payment)).biller_reference, 'CR-1')
  assert.deepEqual(await toldOf(payment), ['s***@sample.test: Thank you.'])
  assert.deepEqual(await timesOf(payment), times)
})

test('what is credited is neither started nor called unsent any more', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await finishCredits(books.db, 'integration', [await creditedRow(payment, 'CR-1')])
  await markNotSent(books.db, payment.number, 'a late failure')
  await noteCreditDoubt(books.db, payment.number, 'a late doubt')
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Set())
  assert.deepEqual(await creditOf(payment), {
    state: 'credited',
    tries: 1,
    biller_reference: 'CR-1',
    last_error: null,
  })
})

test('many credits are finished in one statement', async () => {
  const payments = [await paid(), await paid(), await paid()]
  await startCredits(books.db, payments.map(startOf))
  const rows = []
  for (const payment of payments) rows.push(await creditedRow(payment, `CR-${payment.number}`))
  await finishCredits(books.db, 'integration', rows)
  for (const payment of payments) {
    assert.equal((await creditOf(payment)).biller_reference, `CR-${payment.number}`)
    assert.equal(await openDeliveriesOf(payment), 0)
  }
})

async function paid(): Promise<Payment> {
  return complete(books, await openBill(books))
}

function startOf(payment: Payment): CreditStart {
  return { paymentNumber: payment.number, biller: 'DLIS', policyNumber: payment.billNumber, amount: payment.amount }
}

async function creditedRow(payment: Payment, reference: string): Promise<Credited> {
  const delivery = (await claimDeliveries(books.db, 'integration', 100, 0)).find(
    ({ paymentNumber }) => paymentNumber === payment.number,
  )
  assert.ok(delivery)
  return {
    position: delivery.position,
    paymentNumber: payment.number,
    reference,
    recipient: 's***@sample.test',
    channel: 'journal',
    textEn: 'Thank you.',
    textKm: 'អរគុណ។',
  }
}

async function creditOf({ number }: Payment): Promise<Record<string, unknown>> {
  const { rows } = await books.pool.query(
    'select state, tries, biller_reference, last_error from credits where payment_number = $1',
    [number],
  )
  assert.equal(rows.length, 1)
  return rows[0]
}

async function toldOf({ number }: Payment): Promise<string[]> {
  const { rows } = await books.pool.query('select recipient, text_en from notifications where payment_number = $1', [
    number,
  ])
  return rows.map((row) => `${row.recipient}: ${row.text_en}`)
}

async function timesOf({ number }: Payment): Promise<unknown> {
  const { rows } = await books.pool.query(
    `select c.credited_at, d.delivered_at from credits c join event_deliveries d using (payment_number) where payment_number = $1`,
    [number],
  )
  return rows
}

async function openDeliveriesOf({ number }: Payment): Promise<number> {
  const { rows } = await books.pool.query<{ count: number }>(
    `select count(*)::int as count from event_deliveries where payment_number = $1 and state = 'due'`,
    [number],
  )
  return rows[0]?.count ?? 0
}
