import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlCall, openWays, type Sum, sumOf, type Way } from './pay-ways.ts'
import type { SeenCode } from './waiting-codes.ts'

const nowMs = Date.parse('2026-01-07T05:00:00Z')
const sample: SeenCode = {
  bank: 'AMK',
  kind: 'bank',
  qr: 'a code',
  merchantName: 'Sample Insurance',
  account: 'sample@amkb',
  amount: '150.00',
  currency: 'USD',
  reference: '150001',
  createdAtMs: nowMs - 60_000,
  endsAtMs: nowMs + 60_000,
  state: 'waiting',
}

const sums: readonly (readonly [way: Way, wanted: string, paid: string])[] = [
  ['normal', '150.00 USD', '150.00 USD'],
  ['short', '150.00 USD', '149.00 USD'],
  ['short', '1.00 USD', '0.50 USD'],
  ['short', '0.03 USD', '0.02 USD'],
  ['short', '0.01 USD', 'nothing'],
  ['short', '40000 KHR', '39000 KHR'],
  ['short', '1 KHR', 'nothing'],
  ['over', '0.01 USD', '1.01 USD'],
  ['over', '40000 KHR', '41000 KHR'],
  ['other-currency', '150.00 USD', '600000 KHR'],
  ['other-currency', '40000 KHR', '10.00 USD'],
  ['other-currency', '100 KHR', '0.03 USD'],
]

test('every way of paying moves the sum that its button says', () => {
  for (const [way, wanted, paid] of sums) {
    const [amount = '', currency] = wanted.split(' ')
    const sum = sumOf(way, { amount, currency: currency as Sum['currency'] })
    assert.equal(sum ? `${sum.amount} ${sum.currency}` : 'nothing', paid, `${way} ${wanted}`)
  }
})

test('a code that has ended is paid late or not at all, and one that its bank has closed by nobody', () => {
  assert.deepEqual(openWays({ ...sample, state: 'ended' }), ['late', 'decline'])
  assert.deepEqual(openWays({ ...sample, kind: 'payway', state: 'paid' }), [])
  assert.deepEqual(openWays({ ...sample, kind: 'payway', state: 'closed' }), [])
  assert.ok(openWays({ ...sample, state: 'paid' }).includes('normal'))
  assert.ok(!openWays({ ...sample, kind: 'bakong' }).includes('webhook-lost'))
})

test('late is after the code’s end by the bank’s clock, and at once where it has ended', () => {
  const late = (code: Partial<SeenCode>) => {
    const {
      bank: _bank,
      qr: _qr,
      amount: _amount,
      currency: _currency,
      ...rest
    } = controlCall({ ...sample, ...code }, 'late', { amount: '150.00', currency: 'USD' }, nowMs) ?? {}
    return rest
  }
  assert.deepEqual(late({}), { paidAt: '2026-01-07T05:02:00.000Z' })
  assert.deepEqual(late({ kind: 'bakong' }), { late: true, paidAt: '2026-01-07T05:02:00.000Z' })
  assert.deepEqual(late({ kind: 'payway' }), { late: true })
  assert.deepEqual(late({ endsAtMs: nowMs - 1 }), {})
  assert.deepEqual(late({ kind: 'bakong', endsAtMs: nowMs - 1 }), { late: true })
})
