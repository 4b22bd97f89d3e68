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
import { again, moved, paid, paying, requested, standing, undoing } from '../../test/support/sample-refunds.ts'
import { newId } from '../kit/ids.ts'
import { currencies, type Currency, showMoney } from '../money/money.ts'
import { usd } from '../../test/support/sample-payment.ts'
import { finishCredits, startCredits } from './credits.ts'
import { readCustomerReceipts, writeCustomerReceipts } from './customer-receipts.ts'
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
    },
  ])
  await tellCustomer(number)
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
    'receipt: BANK01 TX-paid: USD 150.00, verified',
    'ledger: bank:BANK01 USD 150.00',
    'ledger: payable:premium USD -150.00',
    'ledger: suspense:BANK01 USD -0.01',
    'case: notice_differs, open: They differ.',
    'credit: DLIS credited, CR-1',
    'notification: email to s***@***: Thank you.',
    `customer receipt: R-000007, /receipt/R-000007/${Buffer.alloc(32, 255).toString('base64url')}`,
    'customer message: email to s***@***, due',
  ]) {
    assert.ok(told.includes(line), `${line}\nis not in\n${told.join('\n')}`)
  }
  assert.ok(
    told.some((line) => /^suspense: sus_\d+ underpaid, open: USD 0\.01 left of USD 0\.01, BANK01 TX-/.test(line)),
    told.join('\n'),
  )
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

test('every step of every refund is told, with its amount, what it is of, and who took it', async () => {
  const { payment, receiptId } = await paid(books)
  const sent = await requested(books, receiptId, 5_000n)
  await moved(books, await moved(books, sent, 'requires_evidence'), 'succeeded', {}, await paying(books, sent))
  const off = await requested(books, receiptId, 1n)
  await moved(books, off, 'cancelled', {}, await undoing(books, await again(books, off.id)))
  const rows = await readTimeline(books.db, payment.number)
  const of = (id: string) =>
    rows
      .filter((row) => row.what === 'refund' && row.sentence.startsWith(id))
      .map((row) => row.sentence.slice(id.length + 1))
  const [asked, waiting, succeeded, ...more] = of(sent.id)
  assert.match(
    String(asked),
    new RegExp(
      `^requested, USD 50\\.00 of payment ${payment.number}, BANK01 \\S+: Held\\. paid too much \\(a test\\)$`,
    ),
  )
  assert.match(String(waiting), /: It is requires_evidence\. \(a test\)$/)
  assert.match(String(succeeded), /^succeeded, USD 50\.00 of .*: It is succeeded\. \(a test\)$/)
  assert.deepEqual(more, [])
  assert.equal(of(off.id).length, 2)
  const ledger = rows.filter((row) => row.what === 'ledger').map((row) => row.sentence)
  assert.ok(ledger.includes(`bank:BANK01 USD -50.00, refund_paid ${sent.id}`), ledger.join('\n'))
})

test('acts on held money are told at the payment that the money named and at the one that it settles', async () => {
  const named = await hold(books, await openBill(books), { amount: usd(9_000n) })
  const other = await openBill(books)
  const [receipt] = named.receipts
  const { suspense } = await standing(books, receipt?.id ?? 0)
  const about = {
    suspenseId: suspense[0]?.id ?? 0,
    receiptId: receipt?.id ?? 0,
    amountMinor: 9_000n,
    currency: 'USD' as const,
  }
  const id = newId('act')
  const open = {
    ...about,
    kind: 'apply' as const,
    paymentNumber: other.number,
    reason: 'He typed the wrong number.',
    secondBecause: 'Another payable.',
    requestedBy: 'operator-1',
  }
  await write(books.db, {
    acts: [{ id, status: 'requires_approval', open, actor: 'operator-1', correlationId: 'test-1' }],
  })
  await write(books.db, {
    acts: [{ id, status: 'rejected', because: 'No.', actor: 'operator-2', correlationId: 'test-2' }],
  })
  for (const { number } of [named, other]) {
    const acts = (await readTimeline(books.db, number)).filter((row) => row.what === 'act').map((row) => row.sentence)
    assert.deepEqual(acts, [
      `${id} apply USD 90.00 of sus_${about.suspenseId} to payment ${other.number}: He typed the wrong number. ` +
        `(asked by operator-1; a second operator is needed: Another payable.)`,
      `${id} rejected: No. (decided by operator-2)`,
    ])
  }
})

test('the database says amounts as the code does', async () => {
  for (const currency of Object.keys(currencies) as Currency[]) {
    for (const amountMinor of [0n, 1n, -1n, 99n, 100n, 15_000n, -15_005n, 999_999_999_999n]) {
      const { rows } = await books.pool.query<{ said: string }>('select show_money($1, $2) as said', [
        amountMinor.toString(),
        currency,
      ])
      assert.equal(rows[0]?.said, showMoney({ amountMinor, currency }))
    }
  }
})

/** A receipt, with what its customer is told of it. */
async function tellCustomer(number: number): Promise<void> {
  const [receipt] = await readCustomerReceipts(books.db, [number])
  assert.ok(receipt)
  await writeCustomerReceipts(books.db, {
    receipts: [
      { number: 7, paymentNumber: number, secret: Buffer.alloc(32), mac: Buffer.alloc(32, 255), receiptIds: [1] },
    ],
    notes: [{ paymentNumber: number, channel: 'email', recipient: 's***@***', textEn: 'Thank you.', textKm: 'អរគុណ។' }],
    messages: [{ id: 'msg_1', paymentNumber: number, channel: 'email', recipient: 's***@***' }],
    positions: [],
  })
}
