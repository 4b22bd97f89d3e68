import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { khr, usd } from '../../test/support/sample-payment.ts'
import { type Placement, postReceipt } from './ledger.ts'
import { suspenseReasons } from './payment.ts'

test('money that is applied is at the bank and owed on to the payable', () => {
  assert.deepEqual(postReceipt('AMK', usd(15_000n), { kind: 'applied', payableKind: 'premium' }), [
    { account: 'bank:AMK', currency: 'USD', amountMinor: 15_000n },
    { account: 'payable:premium', currency: 'USD', amountMinor: -15_000n },
  ])
})

for (const reason of suspenseReasons) {
  test(`money held as ${reason} is at the bank and in that bank's suspense`, () => {
    assert.deepEqual(postReceipt('BANK01', khr(60_000n), { kind: 'suspense', reason }), [
      { account: 'bank:BANK01', currency: 'KHR', amountMinor: 60_000n },
      { account: 'suspense:BANK01', currency: 'KHR', amountMinor: -60_000n },
    ])
  })
}

test('a journal sums to zero in one currency, and no line of it is empty, whatever the money', (t) => {
  const placements = fc.constantFrom<Placement>(
    { kind: 'applied', payableKind: 'premium' },
    ...suspenseReasons.map((reason) => ({ kind: 'suspense', reason }) as const),
  )
  const money = fc.record({
    amountMinor: fc.bigInt({ min: 1n, max: 9_999_999_999_999n }),
    currency: fc.constantFrom('USD' as const, 'KHR' as const),
  })
  holdsAlways(
    t,
    fc.property(fc.stringMatching(/^[A-Z0-9]{2,20}$/), money, placements, (bank, amount, placement) => {
      const entries = postReceipt(bank, amount, placement)
      assert.equal(
        entries.reduce((sum, entry) => sum + entry.amountMinor, 0n),
        0n,
      )
      assert.ok(entries.every((entry) => entry.currency === amount.currency && entry.amountMinor !== 0n))
    }),
  )
})
