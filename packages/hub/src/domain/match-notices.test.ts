import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  khr,
  minutesLater,
  sampleMovement,
  sampleNotice,
  sampleReceipt,
  usd,
} from '../../test/support/sample-payment.ts'
import { type Notice, pairNotice, type Proved } from './match.ts'
import type { Receipt } from './payment.ts'

// How a notice stands to what the bank lists: the same money, a second notice, another amount, or nothing to prove it.

const first = sampleMovement()
const second = sampleMovement({ bankTransactionId: 'TX-2', paidAt: minutesLater(5) })
const toldFirst = sampleReceipt({ noticeFingerprint: 'notice 1' })

type Row = {
  readonly sentence: string
  readonly notice?: Partial<Notice>
  readonly movements?: readonly Proved[]
  readonly receipts?: readonly Receipt[]
  /** The kind, and the movement's transaction id where there is one. */
  readonly becomes: string
}

const rows: readonly Row[] = [
  { sentence: 'a notice of the money that is listed is about it', becomes: 'paired TX-1' },
  { sentence: 'a notice without anything listed is unproved', movements: [], becomes: 'unproved' },
  {
    sentence: 'a notice of money that polling booked before is about it',
    receipts: [sampleReceipt()],
    becomes: 'paired TX-1',
  },
  {
    sentence: 'the same notice again is about the same movement',
    receipts: [toldFirst],
    becomes: 'paired TX-1',
  },
  {
    sentence: 'the same notice again is about the same movement though another would be nearer in time',
    notice: { paidAt: minutesLater(5) },
    movements: [first, second],
    receipts: [toldFirst],
    becomes: 'paired TX-1',
  },
  {
    sentence: 'another notice while only one movement is listed is a second notice',
    notice: { fingerprint: 'notice 2', paidAt: minutesLater(5) },
    receipts: [toldFirst],
    becomes: 'second_notice',
  },
  {
    sentence: 'another notice of another amount while all movements are told is a second notice, not a difference',
    notice: { fingerprint: 'notice 2', amount: usd(1n) },
    receipts: [toldFirst],
    becomes: 'second_notice',
  },
  {
    sentence: 'another notice when a second movement is listed is about that one',
    notice: { fingerprint: 'notice 2' },
    movements: [first, second],
    receipts: [toldFirst],
    becomes: 'paired TX-2',
  },
  {
    sentence: 'of two equal movements the one nearest in time is meant',
    notice: { paidAt: minutesLater(4) },
    movements: [first, second],
    becomes: 'paired TX-2',
  },
  {
    sentence: 'the clocks of notice and list may differ by hours',
    notice: { paidAt: minutesLater(-420) },
    becomes: 'paired TX-1',
  },
  {
    sentence: 'the amount decides before the time does',
    notice: { paidAt: minutesLater(5) },
    movements: [first, { ...second, amount: usd(1n) }],
    becomes: 'paired TX-1',
  },
  { sentence: 'a notice of less than is listed differs', notice: { amount: usd(14_999n) }, becomes: 'differs TX-1' },
  { sentence: 'a notice of more than is listed differs', notice: { amount: usd(15_001n) }, becomes: 'differs TX-1' },
  { sentence: 'a notice in another currency differs', notice: { amount: khr(15_000n) }, becomes: 'differs TX-1' },
  {
    sentence: 'a notice that fits no movement differs from the nearest in time that no other notice told',
    notice: { amount: usd(1n), fingerprint: 'notice 2', paidAt: minutesLater(1) },
    movements: [first, second],
    receipts: [toldFirst],
    becomes: 'differs TX-2',
  },
  {
    sentence: 'a receipt of the counter does not count as told',
    receipts: [sampleReceipt({ channel: 'bill', noticeFingerprint: 'bill 1' })],
    becomes: 'paired TX-1',
  },
  {
    sentence: 'a receipt of another merchant account does not count as told',
    receipts: [sampleReceipt({ merchantAccountId: 2, noticeFingerprint: 'notice 0' })],
    becomes: 'paired TX-1',
  },
]

for (const { sentence, notice, movements, receipts, becomes } of rows) {
  test(sentence, () => {
    const pairing = pairNotice(sampleNotice(notice), movements ?? [first], receipts ?? [])
    const told = 'movement' in pairing ? ` ${pairing.movement.bankTransactionId}` : ''
    assert.equal(pairing.kind + told, becomes)
  })
}

test('the movement that is found is the one that was listed, not a copy of it', () => {
  const pairing = pairNotice(sampleNotice(), [second, first], [])
  assert.ok(pairing.kind === 'paired' && pairing.movement === first)
})
