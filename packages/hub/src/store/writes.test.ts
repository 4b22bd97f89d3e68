import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  completion,
  eventsOf,
  keepOne,
  openBill,
  openBooks,
  readAgain,
  receiptOf,
  sampleExchange,
  showCode,
  stepOf,
} from '../../test/support/empty-books.ts'
import { khr, minutesLater, usd } from '../../test/support/sample-payment.ts'
import type { Payment } from '../domain/payment.ts'
import { readPayment } from './payments.ts'
import { type NewCase, write } from './writes.ts'

const books = await openBooks({ after })

test('one write completes a payment: receipt, ledger, application, status, history, code, events, deliveries, message', async () => {
  const payment = await showCode(books, await openBill(books))
  const inboxId = await keepOne(books, payment)
  const step = completion(books, payment, { inboxId, payerDigest: 'ab'.repeat(32) })
  const told = {
    merchantAccountId: step.receipts[0]?.merchantAccountId ?? 0,
    bankTransactionId: `TX-${payment.number}`,
  }
  const outcome = { id: inboxId, outcome: 'applied', sentence: 'Applied.', answerStatus: 200, told } as const
  await write(books.db, {
    steps: [step],
    inbox: [outcome],
    exchanges: [{ exchange: sampleExchange(), paymentNumber: payment.number, inboxId, correlationId: 'test-1' }],
    cases: [sampleCase(payment)],
    audit: [{ actor: 'a test', action: 'looked', object: `payment ${payment.number}`, correlationId: 'test-1' }],
  })
  const after = await readAgain(books, payment)
  assert.deepEqual([after.status, after.version, after.eventSequence], ['completed', 3, 4])
  assert.deepEqual(after.completedAt, step.at)
  assert.equal(after.bill.completedBy, payment.number)
  assert.equal(after.attempts[0]?.state, 'closed')
  assert.deepEqual([after.receipts.length, after.receipts[0]?.appliedMinor], [1, 15_000n])
  assert.equal(after.receipts[0]?.noticeFingerprint, 'a notice')
  assert.deepEqual(await written(payment), {
    entries: ['bank:BANK01 USD 15000', 'payable:premium USD -15000'],
    applications: [15_000],
    suspense: [],
    history: ['1. → pending', '2. pending → processing', '3. processing → completed'],
    events: ['payment.opened', 'khqr.generated-event', 'gateway.payment.verified', 'gateway.payment.success'],
    deliveries: ['4. customer due', '4. integration due'],
    messages: ['applied 200 tries 1'],
    exchanges: ['BANK01 verify 200'],
    cases: ['second_notice open'],
  })
})

test('money that does not fit is in suspense with its reason, and the status stays', async () => {
  const payment = await openBill(books)
  const held = { kind: 'suspense', reason: 'currency_mismatch' } as const
  const receipts = [receiptOf(books, payment, { amount: khr(60_000n) }, held)]
  await write(books.db, {
    steps: [stepOf(payment, { receipts, events: eventsOf(payment, ['gateway.receipt.suspense']) })],
  })
  const after = await readAgain(books, payment)
  assert.deepEqual([after.status, after.version, after.completedAt], ['pending', 2, undefined])
  assert.equal(after.receipts[0]?.suspended, 'currency_mismatch')
  const { entries, applications, suspense, history, deliveries } = await written(payment)
  assert.deepEqual(
    { entries, applications, suspense, history, deliveries },
    {
      entries: ['bank:BANK01 KHR 60000', 'suspense:BANK01 KHR -60000'],
      applications: [],
      suspense: ['currency_mismatch 60000 open'],
      history: ['1. → pending'],
      deliveries: [],
    },
  )
})

test('two movements of one payment are written together: one applied, one held', async () => {
  const payment = await openBill(books)
  const again = receiptOf(
    books,
    payment,
    { bankTransactionId: 'TX-again' },
    { kind: 'suspense', reason: 'duplicate_payment' },
  )
  const step = completion(books, payment)
  await write(books.db, { steps: [{ ...step, receipts: [...step.receipts, again] }] })
  const { applications, suspense } = await written(payment)
  assert.deepEqual([applications, suspense], [[15_000], ['duplicate_payment 15000 open']])
})

test('money for a reference we do not know is a receipt without a payment, under that reference', async () => {
  const payment = await openBill(books)
  const held = { kind: 'suspense', reason: 'unknown_payment' } as const
  const receipts = [receiptOf(books, payment, { amount: usd(1n) }, held)]
  await write(books.db, { steps: [stepOf(payment, { payment: undefined, reference: '999', receipts })] })
  const { rows } = await books.pool.query(
    `select r.payment_number, r.reference, s.reason from receipts r join suspense s on s.receipt_id = r.id where r.reference = '999'`,
  )
  assert.deepEqual(rows, [{ payment_number: null, reference: '999', reason: 'unknown_payment' }])
  assert.deepEqual(await readPayment(books.db, payment.number), payment)
})

test('two payments are written in one transaction', async () => {
  const [one, other] = [await openBill(books), await openBill(books)]
  await write(books.db, { steps: [completion(books, one), completion(books, other)] })
  assert.equal((await readAgain(books, one)).status, 'completed')
  assert.equal((await readAgain(books, other)).status, 'completed')
})

test('a message that waits keeps its time to be asked about, and counts its tries', async () => {
  const id = await keepOne(books)
  const wait = { id, outcome: 'waiting', sentence: 'The bank is away.', answerStatus: 503 } as const
  for (const nextTryAt of [minutesLater(1), minutesLater(2)]) await write(books.db, { inbox: [{ ...wait, nextTryAt }] })
  const { rows } = await books.pool.query('select outcome, tries, next_try_at, decided_at from inbox where id = $1', [
    id,
  ])
  assert.deepEqual(rows, [{ outcome: 'waiting', tries: 2, next_try_at: minutesLater(2), decided_at: null }])
  await write(books.db, { inbox: [{ id, outcome: 'noted', sentence: 'Noted.', answerStatus: 200 }] })
  const { rows: decided } = await books.pool.query(
    'select outcome, tries, next_try_at, decided_at is not null as decided from inbox where id = $1',
    [id],
  )
  assert.deepEqual(decided, [{ outcome: 'noted', tries: 3, next_try_at: null, decided: true }])
})

test('the same doubt raised again is one case', async () => {
  const payment = await openBill(books)
  await write(books.db, { cases: [sampleCase(payment), sampleCase(payment)] })
  await write(books.db, { cases: [{ ...sampleCase(payment), sentence: 'Said otherwise.' }] })
  const { cases } = await written(payment)
  assert.deepEqual(cases, ['second_notice open'])
})

test('what a bank says in characters that PostgreSQL cannot hold stops no payment', async () => {
  const payment = await openBill(books, { payer: { name: 'Sok\0\ud834', email: undefined, phone: undefined } })
  assert.equal(payment.payer.name, 'Sok\ufffd\ufffd')
  const exchange = sampleExchange({ answerBody: '{"payer":"\0\udc00"}' })
  await write(books.db, {
    steps: [completion(books, payment, { memo: 'of \0' })],
    exchanges: [{ exchange, paymentNumber: payment.number, inboxId: undefined, correlationId: 'test-1' }],
    cases: [{ ...sampleCase(payment), evidence: { word: '\ud834' } }],
  })
  assert.equal((await readAgain(books, payment)).status, 'completed')
  const { rows } = await books.pool.query('select answer_body from exchanges where payment_number = $1', [
    payment.number,
  ])
  assert.deepEqual(rows, [{ answer_body: '{"payer":"\ufffd\ufffd"}' }])
})

test('the largest amounts are written to the last digit', async () => {
  for (const amount of [usd(999_999_999_999n), khr(9_999_999_999_999n)]) {
    const payment = await openBill(books, { amount })
    await write(books.db, { steps: [completion(books, payment)] })
    assert.deepEqual((await readAgain(books, payment)).receipts[0]?.amount, amount)
  }
})

/** Everything that stands written of one payment, in short. */
async function written({ number }: Payment): Promise<Record<string, unknown[]>> {
  const ask = async (sql: string) => (await books.pool.query<{ is: unknown }>(sql, [number])).rows.map((row) => row.is)
  return {
    entries: await ask(`select e.account || ' ' || e.currency || ' ' || e.amount_minor as is from entries e
      join journals j on j.id = e.journal_id join receipts r on r.id = j.receipt_id where r.payment_number = $1 order by r.id, e.line`),
    applications: await ask(`select amount_minor::int as is from applications where payment_number = $1`),
    suspense: await ask(`select s.reason || ' ' || s.amount_minor || ' ' || s.state as is from suspense s
      join receipts r on r.id = s.receipt_id where r.payment_number = $1`),
    history: await ask(`select sequence || '. ' || coalesce(from_status || ' ', '') || '→ ' || to_status as is
      from payment_history where payment_number = $1 order by sequence`),
    events: await ask(`select type as is from events where payment_number = $1 order by sequence`),
    deliveries: await ask(
      `select sequence || '. ' || sink || ' ' || state as is from event_deliveries where payment_number = $1 order by sequence, sink`,
    ),
    messages: await ask(
      `select outcome || ' ' || answer_status || ' tries ' || tries as is from inbox where payment_number = $1`,
    ),
    exchanges: await ask(
      `select target || ' ' || operation || ' ' || http_status as is from exchanges where payment_number = $1`,
    ),
    cases: await ask(`select kind || ' ' || state as is from cases where payment_number = $1`),
  }
}

function sampleCase(payment: Payment): NewCase {
  return {
    kind: 'second_notice',
    dedupeKey: `second_notice:BANK01:${payment.number}`,
    bankCode: 'BANK01',
    paymentNumber: payment.number,
    inboxId: undefined,
    sentence: 'A second notice came.',
    evidence: { noticeAmount: 'USD 150.00' },
  }
}
