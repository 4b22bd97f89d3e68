import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { accountId, openBooks } from '../../test/support/empty-books.ts'
import { minutesLater } from '../../test/support/sample-payment.ts'
import { held, moved, paid, paying, posting, requested, standing, undoing } from '../../test/support/sample-refunds.ts'
import { postMove, postReturn, postReversal } from '../domain/ledger.ts'
import { refundableOf } from '../domain/position.ts'
import { findReceiptOfSuspense, readPosition } from './positions.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

test('a receipt that settled its payment stands as it came', async () => {
  const { payment, receiptId } = await paid(books)
  assert.deepEqual(await readPosition(books.db, receiptId), {
    receiptId,
    bankCode: 'BANK01',
    merchantAccountId: accountId(books, 'BANK01 USD'),
    channel: 'khqr',
    bankTransactionId: `TX-${payment.number}`,
    paymentNumber: payment.number,
    reference: String(payment.number),
    amountMinor: 15_000n,
    currency: 'USD',
    paidAt: minutesLater(1),
    proof: 'verified',
    journals: 1,
    bankMinor: 15_000n,
    appliedMinor: 15_000n,
    heldMinor: 0n,
    refundingMinor: 0n,
    writtenOffMinor: 0n,
    reversed: false,
    appliedAccounts: [{ account: 'payable:premium', minor: 15_000n }],
    reversalCredits: [],
    suspense: [],
    applications: [{ paymentNumber: payment.number, creditAccount: 'payable:premium', amountMinor: 15_000n }],
    refunds: [],
    acts: [],
  })
})

test('a refund is promised, then gone; one that failed leaves no trace but its journals', async () => {
  const { payment, receiptId } = await paid(books)
  const figures = async () => {
    const position = await standing(books, receiptId)
    const { bankMinor, appliedMinor, refundingMinor, journals } = position
    return [bankMinor, appliedMinor, refundingMinor, refundableOf(position, payment.number), journals]
  }
  const first = await requested(books, receiptId, 6_000n)
  assert.deepEqual(await figures(), [15_000n, 9_000n, 6_000n, 9_000n, 2])
  const sent = await moved(books, await moved(books, first, 'pending'), 'processing')
  await moved(books, sent, 'succeeded', {}, await paying(books, sent))
  assert.deepEqual(await figures(), [9_000n, 9_000n, 0n, 9_000n, 3])
  const second = await moved(books, await requested(books, receiptId, 9_000n), 'pending')
  assert.deepEqual(await figures(), [9_000n, 0n, 9_000n, 0n, 4])
  await moved(books, second, 'failed', {}, await undoing(books, second))
  assert.deepEqual(await figures(), [9_000n, 9_000n, 0n, 9_000n, 5])
  const { refunds } = await standing(books, receiptId)
  assert.deepEqual(
    refunds.map((one) => [one.status, one.version, one.amountMinor, one.paymentNumber, one.requestedBy]),
    [
      ['succeeded', 4, 6_000n, payment.number, 'operator-1'],
      ['failed', 3, 9_000n, payment.number, 'operator-1'],
    ],
  )
})

test('held money stands on its row, less what a refund of it holds', async () => {
  const { receiptId, suspenseId } = await held(books)
  await requested(books, receiptId, 2_000n, { suspenseId })
  const position = await standing(books, receiptId)
  assert.deepEqual([position.heldMinor, position.refundingMinor, position.appliedMinor], [7_000n, 2_000n, 0n])
  assert.deepEqual(position.suspense, [
    { id: suspenseId, reason: 'underpaid', amountMinor: 9_000n, remainingMinor: 7_000n },
  ])
  assert.deepEqual(
    position.refunds.map((one) => [one.suspenseId, one.paymentNumber]),
    [[suspenseId, undefined]],
  )
  assert.equal(await findReceiptOfSuspense(books.db, suspenseId), receiptId)
})

test('a reversal empties it and is remembered until the money returns', async () => {
  const { payment, receiptId } = await paid(books)
  const credits = [{ account: 'payable:premium', minor: 15_000n }]
  const journal = async (kind: 'reversal' | 'adjustment', entries: ReturnType<typeof postMove>) =>
    write(books.db, { postings: [posting(await standing(books, receiptId), { kind, memo: kind, entries })] })
  await journal('reversal', postReversal('BANK01', 'USD', credits))
  const reversed = await standing(books, receiptId)
  assert.deepEqual([reversed.reversed, reversed.bankMinor, reversed.appliedMinor], [true, 0n, 0n])
  assert.deepEqual(reversed.reversalCredits, credits)
  assert.equal(refundableOf(reversed, payment.number), 0n)
  await journal('adjustment', postReturn('BANK01', 'USD', credits))
  const back = await standing(books, receiptId)
  assert.deepEqual([back.reversed, back.bankMinor, refundableOf(back, payment.number)], [false, 15_000n, 15_000n])
})

test('there is no position of a receipt or row that does not exist', async () => {
  assert.equal(await readPosition(books.db, 999_999), undefined)
  assert.equal(await findReceiptOfSuspense(books.db, 999_999), undefined)
})
