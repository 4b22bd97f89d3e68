import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { complete, openBill, openBooks } from '../../test/support/empty-books.ts'
import type { Payment } from '../domain/payment.ts'
import { type Credited, creditMarks, type CreditStart, finishCredits, startCredits } from './credits.ts'
import { claimDeliveries } from './deliveries.ts'

// A premium is credited once: whoever finds it under way asks the policy system instead of sending again.

const books = await openBooks({ after })

test('a credit that was never sent may be sent', async () => {
  const payment = await paid()
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map([[payment.number, 1]]))
  assert.deepEqual(await creditOf(payment), { state: 'sending', tries: 1, biller_reference: null, last_error: null })
})

test('a credit that is under way may not be sent again', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map())
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
  await creditMarks.notSent(books.db, payment.number, 1, 'connection refused')
  assert.equal((await creditOf(payment)).last_error, 'connection refused')
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map([[payment.number, 2]]))
  assert.equal((await creditOf(payment)).tries, 2)
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map())
})

test('a doubt about a credit is noted and lets nobody send it again', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await creditMarks.doubt(books.db, payment.number, 1, 'no answer within 5 s', false)
  assert.equal((await creditOf(payment)).last_error, 'no answer within 5 s')
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map())
})

test('of 16 who want to send a doubtful credit again one may', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  const again = await Promise.all(Array.from({ length: 16 }, () => creditMarks.sentAgain(books.db, payment.number, 1)))
  assert.deepEqual(
    again.filter((tryNumber) => tryNumber !== undefined),
    [2],
  )
})

test('who wakes up after a later try changes nothing of it', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  assert.equal(await creditMarks.sentAgain(books.db, payment.number, 1), 2)
  const before = await creditOf(payment)
  await creditMarks.notSent(books.db, payment.number, 1, 'held up too long')
  await creditMarks.doubt(books.db, payment.number, 1, 'no answer within 5 s', true)
  assert.equal(await creditMarks.sentAgain(books.db, payment.number, 1), undefined)
  assert.deepEqual(await creditOf(payment), before)
})

test('that a system said "done" is remembered until the end, whatever it says later', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await creditMarks.doubt(books.db, payment.number, 1, 'it has no number', true)
  await creditMarks.doubt(books.db, payment.number, 1, 'no answer within 5 s', false)
  const [delivery] = (await claimDeliveries(books.db, 'integration', 100, 0)).filter(
    ({ paymentNumber }) => paymentNumber === payment.number,
  )
  assert.deepEqual([delivery?.credit?.saidDone, delivery?.credit?.tries], [true, 1])
})

test('several credits are started in one statement, each judged by itself', async () => {
  const [fresh, underWay, notSent] = [await paid(), await paid(), await paid()]
  await startCredits(books.db, [startOf(underWay), startOf(notSent)])
  await creditMarks.notSent(books.db, notSent.number, 1, 'connection refused')
  const started = await startCredits(books.db, [fresh, underWay, notSent].map(startOf))
  assert.deepEqual(
    started,
    new Map([
      [fresh.number, 1],
      [notSent.number, 2],
    ]),
  )
  assert.deepEqual(await startCredits(books.db, []), new Map())
})

test('finishing credits the premium and ends its delivery, and leaves telling the customer to others', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await creditMarks.doubt(books.db, payment.number, 1, 'no answer within 5 s', false)
  await finishCredits(books.db, 'integration', [await creditedRow(payment, 'CR-1')])
  assert.deepEqual(await creditOf(payment), {
    state: 'credited',
    tries: 1,
    biller_reference: 'CR-1',
    last_error: null,
  })
  assert.deepEqual(await openDeliveriesOf(payment), ['customer'])
})

test('finishing again changes nothing: the first reference and the first time stay', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  const row = await creditedRow(payment, 'CR-1')
  await finishCredits(books.db, 'integration', [row])
  const times = await timesOf(payment)
  await finishCredits(books.db, 'integration', [{ ...row, reference: 'CR-2' }])
  assert.equal((await creditOf(payment)).biller_reference, 'CR-1')
  assert.deepEqual(await timesOf(payment), times)
})

test('a second reference for a credited premium is kept as a case, once', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  const row = await creditedRow(payment, 'CR-1')
  // At once, so that neither can have read what the other wrote.
  await Promise.all(
    ['CR-1', 'CR-2'].map((reference) => finishCredits(books.db, 'integration', [{ ...row, reference }])),
  )
  const kept = String((await creditOf(payment))['biller_reference'])
  const other = kept === 'CR-1' ? 'CR-2' : 'CR-1'
  await finishCredits(books.db, 'integration', [{ ...row, reference: other }])
  const { rows } = await books.pool.query(
    'select kind, sentence, evidence, state from cases where payment_number = $1',
    [payment.number],
  )
  assert.deepEqual(rows, [
    {
      kind: 'credited_twice',
      sentence: `DLIS credited payment ${payment.number} as ${kept} and again as ${other}.`,
      evidence: { biller: 'DLIS', reference: kept, furtherReference: other },
      state: 'open',
    },
  ])
})

test('what is credited is neither started nor called unsent any more', async () => {
  const payment = await paid()
  await startCredits(books.db, [startOf(payment)])
  await finishCredits(books.db, 'integration', [await creditedRow(payment, 'CR-1')])
  await creditMarks.notSent(books.db, payment.number, 1, 'a late failure')
  await creditMarks.doubt(books.db, payment.number, 1, 'a late doubt', true)
  assert.equal(await creditMarks.sentAgain(books.db, payment.number, 1), undefined)
  assert.deepEqual(await startCredits(books.db, [startOf(payment)]), new Map())
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
    assert.deepEqual(await openDeliveriesOf(payment), ['customer'])
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

async function timesOf({ number }: Payment): Promise<unknown> {
  const { rows } = await books.pool.query(
    `select c.credited_at, d.delivered_at from credits c join event_deliveries d using (payment_number) where payment_number = $1 and d.sink = 'integration'`,
    [number],
  )
  return rows
}

/** To whom something of it must still be told. */
async function openDeliveriesOf({ number }: Payment): Promise<string[]> {
  const { rows } = await books.pool.query<{ sink: string }>(
    `select sink from event_deliveries where payment_number = $1 and state = 'due' order by sink`,
    [number],
  )
  return rows.map(({ sink }) => sink)
}
