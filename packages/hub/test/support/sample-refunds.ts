import assert from 'node:assert/strict'
import { type NewJournal, type Posting, type RefundMove, type RefundOpening } from '../../src/store/postings.ts'
import { postMove, postRefundPaid, refundsAccount } from '../../src/domain/ledger.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { Position } from '../../src/domain/position.ts'
import type { RefundStatus } from '../../src/domain/refund.ts'
import { newId } from '../../src/kit/ids.ts'
import { readPosition } from '../../src/store/positions.ts'
import { readRefund, type Refund } from '../../src/store/refunds.ts'
import { write, type Writes } from '../../src/store/writes.ts'
import { complete, type EmptyBooks, hold, openBill } from './empty-books.ts'

/** Writes about refunds as the flows make them, one at a time, so that a test may spoil any of them. */

/** A completed payment, with where its one receipt stands. */
export async function paid(books: EmptyBooks): Promise<{ payment: Payment; receiptId: number }> {
  const payment = await complete(books, await openBill(books))
  return { payment, receiptId: receiptOf(payment) }
}

/** Money that fits nothing: its suspense row. */
export async function held(books: EmptyBooks): Promise<{ receiptId: number; suspenseId: number }> {
  const payment = await hold(books, await openBill(books), { amount: { amountMinor: 9_000n, currency: 'USD' } })
  const receiptId = receiptOf(payment)
  const suspenseId = (await standing(books, receiptId)).suspense[0]?.id
  assert.ok(suspenseId !== undefined)
  return { receiptId, suspenseId }
}

function receiptOf({ receipts }: Payment): number {
  const [receipt] = receipts
  assert.ok(receipt)
  return receipt.id
}

export async function standing(books: EmptyBooks, receiptId: number): Promise<Position> {
  const position = await readPosition(books.db, receiptId)
  assert.ok(position)
  return position
}

/** What holds an amount for a refund: the posting and the row. */
export function holding(
  position: Position,
  amountMinor: bigint,
  more: Partial<RefundOpening> = {},
  id: string = newId('rfd'),
): Pick<Writes, 'postings' | 'refunds'> & { readonly id: string } {
  const { bankCode, currency, receiptId } = position
  const suspenseId = more.suspenseId
  const from = suspenseId === undefined ? 'payable:premium' : `suspense:${bankCode}`
  const open: RefundOpening = {
    receiptId,
    paymentNumber: suspenseId === undefined ? position.applications[0]?.paymentNumber : undefined,
    suspenseId,
    bankCode,
    amountMinor,
    currency,
    mode: 'automatic',
    reason: 'paid too much',
    requestedBy: 'operator-1',
    needsSecond: false,
    ...more,
  }
  return {
    id,
    postings: [
      posting(
        position,
        {
          kind: 'refund_held',
          memo: 'held',
          refundId: id,
          entries: postMove(from, refundsAccount(bankCode), currency, amountMinor),
        },
        suspenseId === undefined ? {} : { takes: [{ suspenseId, amountMinor }] },
      ),
    ],
    refunds: [
      { change: { id, open }, sentence: 'Held.', nextTryAt: undefined, actor: 'a test', correlationId: 'test-1' },
    ],
  }
}

export function posting(position: Position, journal: NewJournal | undefined, more: Partial<Posting> = {}): Posting {
  const journals = journal ? [journal] : []
  return { receiptId: position.receiptId, expectedJournals: position.journals, journals, ...more }
}

/** A refund that was asked for. */
export async function requested(
  books: EmptyBooks,
  receiptId: number,
  amountMinor: bigint,
  more: Partial<RefundOpening> = {},
): Promise<Refund> {
  const { id, ...writes } = holding(await standing(books, receiptId), amountMinor, more)
  await write(books.db, writes)
  return again(books, id)
}

export async function again(books: EmptyBooks, id: string): Promise<Refund> {
  const refund = await readRefund(books.db, id)
  assert.ok(refund)
  return refund
}

/** Moves the row alone; what the move means for the money is `paying` or `undoing`. */
export async function moved(
  books: EmptyBooks,
  refund: Refund,
  to: RefundStatus,
  more: Partial<RefundMove> = {},
  writes: Pick<Writes, 'postings'> = {},
): Promise<Refund> {
  const change = { id: refund.id, expectedVersion: refund.version, to, ...more }
  await write(books.db, {
    ...writes,
    refunds: [{ change, sentence: `It is ${to}.`, nextTryAt: undefined, actor: 'a test', correlationId: 'test-1' }],
  })
  return again(books, refund.id)
}

/** The journal of a refund that the bank has sent. */
export async function paying(books: EmptyBooks, refund: Refund): Promise<Pick<Writes, 'postings'>> {
  const position = await standing(books, refund.receiptId)
  const entries = postRefundPaid(refund.bankCode, refund.currency, refund.amountMinor)
  return { postings: [posting(position, { kind: 'refund_paid', memo: 'paid', refundId: refund.id, entries })] }
}

/** The journal of a refund that ends unsent. */
export async function undoing(books: EmptyBooks, refund: Refund): Promise<Pick<Writes, 'postings'>> {
  const { bankCode, currency, amountMinor, suspenseId } = refund
  const to = suspenseId === undefined ? 'payable:premium' : `suspense:${bankCode}`
  const entries = postMove(refundsAccount(bankCode), to, currency, amountMinor)
  const takes = suspenseId === undefined ? {} : { takes: [{ suspenseId, amountMinor: -amountMinor }] }
  const position = await standing(books, refund.receiptId)
  return {
    postings: [posting(position, { kind: 'refund_undone', memo: 'undone', refundId: refund.id, entries }, takes)],
  }
}
