import assert from 'node:assert/strict'
import { test } from 'node:test'
import { khr, minutesLater, samplePayment, usd } from '../../test/support/sample-payment.ts'
import { allSinks, describePayment, describeReceipt, eventTypes, sinksFor, sinksOf } from './events.ts'
import { payableKinds } from './payment.ts'
import { statuses } from './transitions.ts'

test('the body of an event says payment, payable, amount and times, and never who paid', () => {
  const payment = samplePayment({ payer: { name: 'Sok Sample', email: 'sok@sample.test', phone: '012 345 678' } })
  const body = describePayment(payment, 'processing')
  assert.deepEqual(body, {
    payment: { id: payment.id, number: 150_001, status: 'processing' },
    payable: { kind: 'premium', biller: 'DLIS', number: 'P123456789', dueDate: '2026-02-15' },
    amount: '150.00',
    currency: 'USD',
    openedAt: '2026-01-07T05:00:00.000Z',
  })
  assert.doesNotMatch(JSON.stringify(body), /Sok|sample\.test|012/)
})

test('an event tells the status that the payment moves to, not the one it was read with', () => {
  for (const status of statuses) assert.equal(describePayment(samplePayment(), status).payment.status, status)
})

test('amounts in events are decimal texts with the decimals of their currency', () => {
  assert.equal(describePayment(samplePayment({ amount: khr(60_000n) }), 'pending').amount, '60000')
  assert.equal(describePayment(samplePayment({ amount: usd(5n) }), 'pending').amount, '0.05')
})

test('what is added to the body of an event stands beside the rest', () => {
  const body = describePayment(samplePayment(), 'processing', { bank: 'AMK', expiresAt: '2026-01-07T05:15:00Z' })
  assert.equal(body.bank, 'AMK')
  assert.equal(body.expiresAt, '2026-01-07T05:15:00Z')
  assert.equal(body.amount, '150.00')
})

test('a receipt in an event says how it was proved, and why it is held only where it is held', () => {
  const receipt = { bankTransactionId: 'TX-1', amount: usd(15_000n), paidAt: minutesLater(1), proof: 'verified' }
  const applied = {
    bankTransactionId: 'TX-1',
    amount: '150.00',
    currency: 'USD',
    paidAt: '2026-01-07T05:01:00.000Z',
    proof: 'verified',
  }
  assert.deepEqual(describeReceipt(receipt), applied)
  assert.deepEqual(describeReceipt({ ...receipt, suspenseReason: 'overpaid' }), {
    ...applied,
    suspenseReason: 'overpaid',
  })
})

test('the integration service hears of success and refunds of premiums, whoever paid of success, and nobody else of anything', () => {
  assert.deepEqual(sinksOf, {
    'gateway.payment.success': { premium: ['integration', 'customer'], topup: ['customer'], order: ['customer'] },
    'gateway.payment.refunded': { premium: ['integration'], topup: [], order: [] },
  })
  assert.deepEqual(allSinks(), ['integration', 'customer'])
  for (const type of eventTypes)
    for (const kind of payableKinds)
      assert.deepEqual(sinksFor(type, kind), sinksOf[type]?.[kind] ?? [], `${type} of ${kind}`)
})

test('every end that a payment can have, and every topic that was promised, has its event', () => {
  for (const type of [
    'gateway.payment.confirmed',
    'gateway.payment.verified',
    'gateway.payment.success',
    'gateway.payment.failed',
    'gateway.payment.cancelled',
    'gateway.payment.expired',
    'gateway.receipt.suspense',
    'gateway.payment.refunded',
    'gateway.payment.reversed',
    'khqr.generated-event',
  ]) {
    assert.ok(
      eventTypes.some((one) => one === type),
      type,
    )
  }
  assert.equal(new Set(eventTypes).size, eventTypes.length)
})
