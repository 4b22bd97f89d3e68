import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplePayment, sampleReceipt } from '../../test/support/sample-payment.ts'
import { orderStatus } from './order.ts'

const paid = samplePayment({ payableKind: 'order', status: 'completed', receipts: [sampleReceipt()] })
const { amountMinor } = paid.amount

test('an order is what became of its money', () => {
  assert.equal(orderStatus(false, undefined), 'pending')
  assert.equal(orderStatus(false, samplePayment({ status: 'expired' })), 'pending')
  assert.equal(orderStatus(true, samplePayment({ status: 'cancelled' })), 'cancelled')
  assert.equal(orderStatus(false, paid), 'paid')
  assert.equal(orderStatus(true, paid), 'paid', 'late money that an operator applied')
})

test('an order is refunded when nothing of its money is here any more', () => {
  const back = (minor: bigint) => sampleReceipt({ appliedMinor: amountMinor, returnedMinor: minor })
  const half = amountMinor / 2n
  const status = (minor: bigint, done: bigint) =>
    orderStatus(false, { ...paid, receipts: [back(minor)], refundedMinor: done })
  assert.equal(status(half, half), 'paid')
  assert.equal(status(amountMinor, 0n), 'paid', 'the refund is on its way and may come to nothing')
  assert.equal(status(amountMinor, amountMinor), 'refunded')
})

test('an order whose money the bank took back is not paid', () => {
  const taken = sampleReceipt({ appliedMinor: amountMinor, returnedMinor: amountMinor, reversed: true })
  assert.equal(orderStatus(false, { ...paid, receipts: [taken] }), 'refunded')
})
