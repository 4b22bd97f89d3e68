import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { complete, eventsOf, openBill, openBooks, stepOf } from '../../test/support/empty-books.ts'
import { usd } from '../../test/support/sample-payment.ts'
import type { Payment } from '../domain/payment.ts'
import { creditNoteMarks, type CreditNoteStart, finishCreditNotes, startCreditNotes } from './credit-notes.ts'
import { claimDeliveries } from './deliveries.ts'
import { write } from './writes.ts'

// A credit note is written once per refund, by the same rules as a credit.

const books = await openBooks({ after })
const sink = 'integration'

test('a credit note that was never sent may be sent, and one that is under way may not', async () => {
  const start = startOf(await complete(books, await openBill(books)))
  assert.deepEqual(await startCreditNotes(books.db, [start]), new Map([[start.refundId, 1]]))
  assert.deepEqual(await startCreditNotes(books.db, [start]), new Map())
  assert.deepEqual(await noteOf(start), { state: 'sending', tries: 1, biller_reference: null, last_error: null })
})

test('of 16 who start a credit note at once one may send it', async () => {
  const start = startOf(await complete(books, await openBill(books)))
  const started = await Promise.all(Array.from({ length: 16 }, () => startCreditNotes(books.db, [start])))
  assert.equal(started.filter((numbers) => numbers.has(start.refundId)).length, 1)
})

test('one that certainly was not sent may be sent once more, and an older try undoes nothing of it', async () => {
  const start = startOf(await complete(books, await openBill(books)))
  await startCreditNotes(books.db, [start])
  await creditNoteMarks.notSent(books.db, start.refundId, 1, 'connection refused')
  assert.deepEqual(await startCreditNotes(books.db, [start]), new Map([[start.refundId, 2]]))
  await creditNoteMarks.notSent(books.db, start.refundId, 1, 'held up too long')
  assert.deepEqual(await startCreditNotes(books.db, [start]), new Map())
})

test('two refunds of one payment are two credit notes', async () => {
  const payment = await complete(books, await openBill(books))
  const starts = [startOf(payment), startOf(payment)]
  assert.equal((await startCreditNotes(books.db, starts)).size, 2)
})

test('finishing notes it and ends its delivery, and a second number is a case', async () => {
  const payment = await complete(books, await openBill(books))
  const start = startOf(payment)
  const refund = {
    id: start.refundId,
    amount: '50.00',
    currency: 'USD',
    bankTransactionId: 'TX-1',
    reason: 'paid twice',
    finishedAt: '2026-01-08T05:00:00Z',
    of: 'applied',
  }
  const events = eventsOf(payment, ['gateway.payment.refunded']).map((event) => ({
    ...event,
    body: { ...(event.body as object), refund },
    sinks: [sink],
  }))
  await write(books.db, { steps: [stepOf(payment, { events })] })
  await startCreditNotes(books.db, [start])
  const position = await positionOf(payment)
  await finishCreditNotes(books.db, sink, [{ position, refundId: start.refundId, reference: 'CN-1' }])
  await finishCreditNotes(books.db, sink, [{ position, refundId: start.refundId, reference: 'CN-1' }])
  assert.deepEqual(await casesOf(payment), [])
  await finishCreditNotes(books.db, sink, [{ position, refundId: start.refundId, reference: 'CN-2' }])
  assert.deepEqual(await noteOf(start), { state: 'noted', tries: 1, biller_reference: 'CN-1', last_error: null })
  assert.deepEqual(await casesOf(payment), ['credit_noted_twice'])
  const { rows } = await books.pool.query('select state from event_deliveries where event_position = $1', [position])
  assert.deepEqual(rows, [{ state: 'delivered' }])
})

test('a delivery of a refund carries what is known of its credit note, and of no other', async () => {
  await books.pool.query(`update event_deliveries set state = 'delivered' where state = 'due'`)
  const payment = await complete(books, await openBill(books))
  await books.pool.query(`update event_deliveries set state = 'delivered' where state = 'due'`)
  const [known, other] = [startOf(payment), startOf(payment)]
  await startCreditNotes(books.db, [known, other])
  await creditNoteMarks.doubt(books.db, known.refundId, 1, 'no number', true)
  const [event] = eventsOf({ ...payment, eventSequence: payment.eventSequence }, ['gateway.payment.refunded'])
  assert.ok(event)
  const body = { ...(event.body as object), refund: { id: known.refundId } }
  await write(books.db, { steps: [stepOf(payment, { events: [{ ...event, body, sinks: [sink] }] })] })
  const [delivery] = await claimDeliveries(books.db, sink, 32, 0)
  assert.partialDeepStrictEqual(delivery, { creditNote: { state: 'sending', tries: 1, saidDone: true } })
})

let lastRefund = 0

function startOf(payment: Payment): CreditNoteStart {
  lastRefund += 1
  return {
    refundId: `rfd_${String(lastRefund).padStart(26, '0')}`,
    paymentNumber: payment.number,
    biller: 'DLIS',
    policyNumber: payment.billNumber,
    amount: usd(5_000n),
  }
}

async function noteOf({ refundId }: CreditNoteStart): Promise<Record<string, unknown>> {
  const { rows } = await books.pool.query(
    'select state, tries, biller_reference, last_error from credit_notes where refund_id = $1',
    [refundId],
  )
  assert.equal(rows.length, 1)
  return rows[0]
}

async function casesOf({ number }: Payment): Promise<string[]> {
  const { rows } = await books.pool.query('select kind from cases where payment_number = $1 order by id', [number])
  return rows.map((row) => row.kind)
}

async function positionOf({ number }: Payment): Promise<number> {
  const { rows } = await books.pool.query(
    `select position::int from events where payment_number = $1 and type = 'gateway.payment.refunded'`,
    [number],
  )
  return rows[0].position
}
