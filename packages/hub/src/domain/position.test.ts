import assert from 'node:assert/strict'
import { test } from 'node:test'
import { positionRefund, samplePosition } from '../../test/support/sample-position.ts'
import { givenAwayMinor, type Position, refundableOf } from './position.ts'
import { holdsMoney, refundStatuses } from './refund.ts'

test('what settled a payment may be refunded whole, and nothing of it for another payment', () => {
  assert.equal(refundableOf(samplePosition(), 150_001), 15_000n)
  assert.equal(refundableOf(samplePosition(), 150_002), 0n)
})

for (const status of refundStatuses) {
  const counts = holdsMoney(status)
  test(`a refund that is ${status} ${counts ? 'counts against' : 'leaves free'} what may still be refunded and given away`, () => {
    // As the ledger has it: what a refund holds or took stands on the payable no more.
    const position = samplePosition({
      refunds: [positionRefund({ status })],
      appliedMinor: counts ? 10_000n : 15_000n,
    })
    assert.equal(refundableOf(position, 150_001), counts ? 10_000n : 15_000n)
    assert.equal(givenAwayMinor(position), counts ? 5_000n : 0n)
  })
}

test('refunds of held money leave what was applied as it is, and count for the limit of one person', () => {
  const position = samplePosition({
    refunds: [positionRefund({ paymentNumber: undefined, suspenseId: 7, amountMinor: 3_000n, status: 'succeeded' })],
    appliedMinor: 12_000n,
    applications: [{ paymentNumber: 150_001, creditAccount: 'payable:premium', amountMinor: 12_000n }],
  })
  assert.equal(refundableOf(position, 150_001), 12_000n)
  assert.equal(givenAwayMinor(position), 3_000n)
})

test('of money that settled two payments, each gets back no more than its own part', () => {
  const position = samplePosition({
    applications: [
      { paymentNumber: 150_001, creditAccount: 'payable:premium', amountMinor: 9_000n },
      { paymentNumber: 150_002, creditAccount: 'payable:premium', amountMinor: 6_000n },
    ],
    refunds: [positionRefund({ amountMinor: 4_000n })],
    appliedMinor: 11_000n,
  })
  assert.equal(refundableOf(position, 150_001), 5_000n)
  assert.equal(refundableOf(position, 150_002), 6_000n)
})

test('money that was applied to one payment in two parts is refunded as one sum', () => {
  const applications = [5_000n, 10_000n].map((amountMinor) => ({
    paymentNumber: 150_001,
    creditAccount: 'payable:premium',
    amountMinor,
  }))
  assert.equal(refundableOf(samplePosition({ applications }), 150_001), 15_000n)
})

test('never more may be refunded than the ledger still has applied, and nothing after a reversal', () => {
  assert.equal(refundableOf(samplePosition({ appliedMinor: 1n }), 150_001), 1n)
  assert.equal(refundableOf(samplePosition({ reversed: true }), 150_001), 0n)
  assert.equal(refundableOf(samplePosition({ refunds: [positionRefund({ amountMinor: 20_000n })] }), 150_001), 0n)
})

test('what was written off counts for the limit of one person, what was only asked for or refused does not', () => {
  const act = (status: Position['acts'][number]['status'], kind: Position['acts'][number]['kind'] = 'write_off') => ({
    kind,
    status,
    amountMinor: 2_000n,
    requestedBy: 'operator-1',
  })
  const given = (...acts: Position['acts']) => givenAwayMinor(samplePosition({ acts }))
  assert.equal(given(act('done')), 2_000n)
  assert.equal(given(act('requires_approval'), act('rejected')), 0n)
  assert.equal(given(act('done', 'apply')), 0n)
  assert.equal(givenAwayMinor(samplePosition({ acts: [act('done')], refunds: [positionRefund()] })), 7_000n)
})
