import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  complete,
  end,
  hold,
  nextBill,
  openBill,
  openBooks,
  openingOrder,
  readAgain,
  receiptOf,
  stepOf,
} from '../../test/support/empty-books.ts'
import { khr, openedAt, usd } from '../../test/support/sample-payment.ts'
import { newId } from '../kit/ids.ts'
import { findPaymentNumber, openPayment, type OpeningOrder, readPayment } from './payments.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

test('a bill asked for 32 times at once has one open payment, one history row and one event', async (t) => {
  const { db, pool } = await openBooks(t)
  // All connections are open first: otherwise the first one is done before the second has arrived.
  await Promise.all(Array.from({ length: 20 }, () => db.query('warm', 'select pg_sleep(0.05)', [])))
  const bill = nextBill()
  const openings = await Promise.all(
    Array.from({ length: 32 }, (_, index) =>
      openPayment(db, openingOrder({ ...bill, bankCode: index % 2 === 0 ? 'BANK01' : 'BANK02' })),
    ),
  )
  const numbers = new Set(openings.map((opening) => (opening.kind === 'open' ? opening.payment.number : opening.kind)))
  assert.equal(numbers.size, 1)
  const { rows } = await pool.query(`select (select count(*)::int from payments) as payments,
    (select count(*)::int from payers) as payers, (select count(*)::int from payment_history) as history,
    (select count(*)::int from events) as events, (select count(*)::int from inquiries) as inquiries`)
  assert.deepEqual(rows[0], { payments: 1, payers: 1, history: 1, events: 1, inquiries: 2 })
})

test('32 bills opened at once are 32 payments', async () => {
  const payments = await Promise.all(Array.from({ length: 32 }, () => openBill(books)))
  assert.equal(new Set(payments.map((payment) => payment.number)).size, 32)
})

test('a payment is read back as it was opened', async () => {
  const bill = nextBill()
  const at = new Date('2026-01-07T05:00:00.123Z')
  const order = openingOrder({ ...bill, at, payer: { name: 'សុខ Sample', email: undefined, phone: '012 000 000' } })
  const opening = await openPayment(books.db, order)
  assert.ok(opening.kind === 'open')
  const { number } = opening.payment
  assert.deepEqual(await readPayment(books.db, number), opening.payment)
  assert.deepEqual(opening.payment, {
    ...bill,
    payableKind: 'premium',
    creditAccount: 'payable:premium',
    biller: 'DLIS',
    number,
    id: order.id,
    amount: usd(15_000n),
    status: 'pending',
    version: 1,
    eventSequence: 1,
    openedAt: at,
    completedAt: undefined,
    closedAt: undefined,
    refundedMinor: 0n,
    payer: { name: 'សុខ Sample', email: undefined, phone: '012 000 000' },
    attempts: [],
    receipts: [],
    inquiries: [{ bankCode: 'BANK01', channel: 'KHQR_PAYMENT' }],
    bill: { completedBy: undefined, openBy: number, heldBy: undefined },
  })
})

test('the event of an opened payment carries the number and id that the database gave it', async () => {
  const payment = await openBill(books)
  const { rows } = await books.pool.query('select type, sequence, body from events where payment_number = $1', [
    payment.number,
  ])
  assert.deepEqual(rows, [
    {
      type: 'payment.opened',
      sequence: 1,
      body: { payment: { id: payment.id, number: payment.number, status: 'pending' } },
    },
  ])
})

test('the largest amounts of both currencies survive the way through the database', async () => {
  for (const amount of [usd(999_999_999_999n), khr(9_999_999_999_999n), usd(1n)]) {
    const payment = await openBill(books, { amount })
    assert.deepEqual((await readAgain(books, payment)).amount, amount)
  }
})

test('an open bill asked for again answers the same payment, and notes every bank and channel that asked', async () => {
  const bill = nextBill()
  const first = await openBill(books, bill)
  const again = await openBill(books, { ...bill, bankCode: 'BANK02', channel: 'COUNTER' })
  assert.equal(again.number, first.number)
  assert.equal(again.version, first.version)
  assert.deepEqual(again.inquiries, [
    { bankCode: 'BANK01', channel: 'KHQR_PAYMENT' },
    { bankCode: 'BANK02', channel: 'COUNTER' },
  ])
  assert.deepEqual((await openBill(books, { ...bill, bankCode: undefined })).inquiries, again.inquiries)
})

for (const [what, changed] of [
  ['another due date', { billKey: '2026-03-15' }],
  ['another amount', { amount: usd(16_000n) }],
  ['another currency', { amount: khr(15_000n) }],
] as const) {
  test(`an open payment of a bill that now has ${what} is outdated, and no second one is opened beside it`, async () => {
    const bill = nextBill()
    const old = await openBill(books, bill)
    const opening = await openPayment(books.db, openingOrder({ ...bill, ...changed }))
    assert.ok(opening.kind === 'outdated')
    assert.deepEqual(opening.payment, old)
    await end(books, old, 'cancelled')
    const fresh = await openBill(books, { ...bill, ...changed })
    assert.notEqual(fresh.number, old.number)
    assert.equal((await readAgain(books, old)).status, 'cancelled')
  })
}

test('the same number at another policy system is another bill', async () => {
  const bill = nextBill()
  const dlis = await openBill(books, bill)
  const other = await openBill(books, { ...bill, biller: 'INGENIUM' })
  assert.notEqual(other.number, dlis.number)
})

test('a bill with a completed payment is settled, and so is each of its other ids', async () => {
  const bill = nextBill()
  const cancelled = await end(books, await openBill(books, bill), 'cancelled')
  const completed = await complete(books, await openBill(books, bill))
  assert.deepEqual(await openPayment(books.db, openingOrder(bill)), { kind: 'settled', by: completed.number })
  const { bill: others } = await readAgain(books, cancelled)
  assert.deepEqual(others, { completedBy: completed.number, openBy: undefined, heldBy: undefined })
})

test('a settled bill is settled for every amount, and open again for the next due date or the other currency', async () => {
  const bill = nextBill()
  const completed = await complete(books, await openBill(books, bill))
  const settled = { kind: 'settled', by: completed.number }
  assert.deepEqual(await openPayment(books.db, openingOrder({ ...bill, amount: usd(1n) })), settled)
  const next = await openBill(books, { ...bill, billKey: '2026-03-15' })
  await end(books, next, 'cancelled')
  const riel = await openBill(books, { ...bill, amount: khr(60_000n) })
  assert.equal(new Set([completed.number, next.number, riel.number]).size, 3)
})

test('a bill with verified money in suspense is settled until a person has resolved it', async () => {
  const bill = nextBill()
  const held = await hold(books, await openBill(books, bill), { amount: usd(1n) })
  assert.deepEqual(await openPayment(books.db, openingOrder(bill)), { kind: 'settled', by: held.number })
  await books.pool.query(
    `update suspense set state = 'resolved', remaining_minor = 0, resolved_at = now() where receipt_id in (select id from receipts where payment_number = $1)`,
    [held.number],
  )
  const opening = await openPayment(books.db, openingOrder(bill))
  assert.ok(opening.kind === 'open' && opening.payment.number === held.number)
})

test('money held under one payment of a bill is seen from the others, and is not news to the payment itself', async () => {
  const bill = nextBill()
  const first = await openBill(books, bill)
  const cancelled = await end(books, first, 'cancelled')
  const second = await openBill(books, bill)
  const held = await hold(books, cancelled, { amount: usd(1n) })
  assert.equal(held.bill.heldBy, undefined)
  assert.equal((await readAgain(books, second)).bill.heldBy, held.number)
})

test('only looking opens nothing: it finds the payment that says just this, or none', async () => {
  const bill = nextBill()
  const look = (more: Partial<OpeningOrder> = {}) =>
    openPayment(books.db, openingOrder({ ...bill, ...more, lookOnly: true }))
  assert.deepEqual(await look(), { kind: 'none' })
  const payment = await openBill(books, bill)
  const found = await look()
  assert.ok(found.kind === 'open' && found.payment.number === payment.number)
  assert.deepEqual(await look({ amount: usd(1n) }), { kind: 'none' })
  assert.deepEqual(await look({ billKey: '2026-03-15' }), { kind: 'none' })
  await complete(books, payment)
  assert.deepEqual(await look(), { kind: 'settled', by: payment.number })
})

test('receipts are read with where they stand and which notice told of them', async () => {
  const bill = nextBill()
  const payment = await openBill(books, bill)
  const held = receiptOf(
    books,
    payment,
    { bankTransactionId: 'TX-2', amount: khr(60_000n), proof: 'statement' },
    { kind: 'suspense', reason: 'currency_mismatch' },
  )
  await write(books.db, { steps: [stepOf(payment, { receipts: [receiptOf(books, payment), held] })] })
  const { receipts } = await readAgain(books, payment)
  assert.partialDeepStrictEqual(receipts, [
    {
      bankTransactionId: `TX-${payment.number}`,
      amount: usd(15_000n),
      proof: 'verified',
      appliedMinor: 15_000n,
      heldMinor: 0n,
    },
    { bankTransactionId: 'TX-2', amount: khr(60_000n), proof: 'statement', appliedMinor: 0n, heldMinor: 60_000n },
  ])
  assert.deepEqual(
    receipts.map(({ suspended }) => suspended),
    [undefined, 'currency_mismatch'],
  )
  assert.equal(receipts[0]?.paidAt.getTime(), openedAt.getTime() + 60_000)
})

test('a payment is found by its id, and an unknown number or id finds none', async () => {
  const payment = await openBill(books)
  assert.equal(await findPaymentNumber(books.db, payment.id), payment.number)
  assert.equal(await findPaymentNumber(books.db, newId('pay')), undefined)
  assert.equal(await readPayment(books.db, payment.number + 1), undefined)
  assert.equal(await readPayment(books.db, Number.MAX_SAFE_INTEGER), undefined)
})
