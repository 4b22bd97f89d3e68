import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  completion,
  hold,
  keepOne,
  openBill,
  openBooks,
  readAgain,
  sampleExchange,
  showCode,
} from '../../test/support/empty-books.ts'
import { usd } from '../../test/support/sample-payment.ts'
import { finishCredits, startCredits } from './credits.ts'
import { claimDeliveries } from './deliveries.ts'
import { readTimeline } from './timeline.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

test('the timeline of a payment tells everything that happened to it, in order', async () => {
  const payment = await hold(books, await showCode(books, await openBill(books)), { amount: usd(1n) })
  const { number } = payment
  const inboxId = await keepOne(books, payment)
  await write(books.db, {
    steps: [completion(books, payment, { bankTransactionId: 'TX-paid' })],
    inbox: [{ id: inboxId, outcome: 'applied', sentence: 'Applied.', answerStatus: 200 }],
    exchanges: [{ exchange: sampleExchange(), paymentNumber: number, inboxId, correlationId: 'test-1' }],
    cases: [
      {
        kind: 'notice_differs',
        dedupeKey: 'a case',
        bankCode: 'BANK01',
        paymentNumber: number,
        inboxId,
        sentence: 'They differ.',
        evidence: {},
      },
    ],
  })
  await startCredits(books.db, [
    { paymentNumber: number, biller: 'DLIS', policyNumber: payment.billNumber, amount: payment.amount },
  ])
  const [delivery] = await claimDeliveries(books.db, 'integration', 1, 60)
  await finishCredits(books.db, 'integration', [
    {
      position: delivery?.position ?? 0,
      paymentNumber: number,
      reference: 'CR-1',
      recipient: 's***@sample.test',
      channel: 'journal',
      textEn: 'Thank you.',
      textKm: 'អរគុណ។',
    },
  ])
  const rows = await readTimeline(books.db, number)
  const times = rows.map((row) => row.at.getTime())
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  const told = rows.map((row) => `${row.what}: ${row.sentence}`)
  for (const line of [
    'status: pending: USD 150.00 is due. (a test)',
    'status: pending → processing: A code is shown. (a test)',
    'status: processing → completed: Paid. (a test)',
    'event: 1. payment.opened',
    'event: 5. gateway.payment.success',
    'bank call: BANK01 verify → 200 in 12 ms: {"status":"SUCCESS"}',
    'receipt: BANK01 TX-paid: 15000 minor units of USD, verified',
    'ledger: bank:BANK01 15000 USD',
    'ledger: payable:premium -15000 USD',
    'ledger: suspense:BANK01 -1 USD',
    'suspense: underpaid, open',
    'case: notice_differs, open: They differ.',
    'credit: DLIS credited, CR-1',
    'notification: journal to s***@sample.test: Thank you.',
  ]) {
    assert.ok(told.includes(line), `${line}\nis not in\n${told.join('\n')}`)
  }
  assert.ok(
    told.some((line) => /^attempt: BANK01 code \d+ closed, until 05:15:00Z: the payment is completed$/.test(line)),
  )
  assert.ok(told.some((line) => /^message: BANK01 khqr notice \d+: applied, answered 200\. Applied\.$/.test(line)))
})

test('no sentence of a timeline is empty, whatever is not known yet', async () => {
  const payment = await openBill(books)
  await keepOne(books, payment)
  const unanswered = sampleExchange({ httpStatus: undefined, error: undefined, answerBody: '' })
  await write(books.db, {
    exchanges: [{ exchange: unanswered, paymentNumber: payment.number, inboxId: undefined, correlationId: 'test-1' }],
  })
  await startCredits(books.db, [
    { paymentNumber: payment.number, biller: 'DLIS', policyNumber: payment.billNumber, amount: payment.amount },
  ])
  const rows = await readTimeline(books.db, (await readAgain(books, payment)).number)
  assert.deepEqual(
    rows.filter((row) => row.sentence === null || row.at === null),
    [],
  )
  assert.equal(rows.length, 5)
})

test('a number that is not ours has no timeline', async () => {
  assert.deepEqual(await readTimeline(books.db, 999_999), [])
})
