import assert from 'node:assert/strict'
import type { Payment } from '../../src/domain/payment.ts'
import { sealAudit } from '../../src/store/audit.ts'
import { finishCredits, startCredits } from '../../src/store/credits.ts'
import { claimDeliveries } from '../../src/store/deliveries.ts'
import { write } from '../../src/store/writes.ts'
import { complete, type EmptyBooks, end, hold, keepOne, openBill, receiptOf, showCode, stepOf } from './empty-books.ts'
import { khr, usd } from './sample-payment.ts'

/** Fills books with a bit of everything that may rightly stand in them, and answers the payments by what they are. */
export async function liveHealthily(books: EmptyBooks): Promise<Record<Standing, Payment>> {
  const completed = await complete(books, await showCode(books, await openBill(books)))
  const credited = await credit(books, await complete(books, await openBill(books)))
  const late = await complete(books, await end(books, await openBill(books), 'expired'))
  const cancelled = await end(books, await openBill(books), 'cancelled')
  const held = await hold(books, await openBill(books), { amount: khr(60_000n) })
  const pending = await openBill(books)
  const processing = await showCode(books, await openBill(books))
  const unknown = receiptOf(
    books,
    pending,
    { amount: usd(7n), bankTransactionId: 'TX-unknown' },
    { kind: 'suspense', reason: 'unknown_payment' },
  )
  const applied = await keepOne(books, completed)
  const waiting = await keepOne(books, processing, { fingerprint: 'a notice that waits' })
  await keepOne(books, undefined, { fingerprint: 'a notice that just came' })
  await write(books.db, {
    steps: [stepOf(pending, { payment: undefined, reference: '999', receipts: [unknown] })],
    inbox: [
      { id: applied, outcome: 'applied', sentence: 'Applied.', answerStatus: 200 },
      { id: waiting, outcome: 'waiting', sentence: 'Waits.', answerStatus: 503, nextTryAt: new Date() },
    ],
    audit: [
      { actor: 'a test', action: 'looked', object: 'nothing', correlationId: 'test-1' },
      {
        actor: 'a test',
        action: 'changed',
        object: 'ឯកសារ "1"',
        before: { b: 1, aa: [null] },
        after: {},
        reason: 'It: 2-was',
        correlationId: '',
      },
    ],
  })
  await write(books.db, {
    audit: [{ actor: 'another test', action: 'looked', object: 'nothing', correlationId: 'test-2' }],
  })
  await sealAudit(books.db, 100)
  return { pending, processing, completed, credited, late, held, cancelled }
}

type Standing = 'pending' | 'processing' | 'completed' | 'credited' | 'late' | 'held' | 'cancelled'

async function credit(books: EmptyBooks, payment: Payment): Promise<Payment> {
  const { number, billNumber, amount } = payment
  await startCredits(books.db, [{ paymentNumber: number, biller: 'DLIS', policyNumber: billNumber, amount }])
  const due = await claimDeliveries(books.db, 'integration', 100, 0)
  const delivery = due.find(({ paymentNumber }) => paymentNumber === number)
  assert.ok(delivery)
  await finishCredits(books.db, 'integration', [
    {
      position: delivery.position,
      paymentNumber: number,
      reference: 'CR-1',
    },
  ])
  return payment
}
