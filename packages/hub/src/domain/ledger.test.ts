import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { khr, usd } from '../../test/support/sample-payment.ts'
import {
  type Entry,
  type Placement,
  postMove,
  postReceipt,
  postRefundPaid,
  postReturn,
  postReversal,
  refundsAccount,
} from './ledger.ts'
import { suspenseReasons } from './payment.ts'

test('money that is applied is at the bank and owed on to the payable', () => {
  assert.deepEqual(postReceipt('AMK', usd(15_000n), { kind: 'applied', creditAccount: 'payable:premium' }), [
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
    { kind: 'applied', creditAccount: 'payable:premium' },
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

test('a refund is first promised out of what was owed on, and leaves the bank account only when it was sent', () => {
  assert.deepEqual(postMove('payable:premium', refundsAccount('BANK01'), 'USD', 500n), [
    { account: 'payable:premium', currency: 'USD', amountMinor: 500n },
    { account: 'refunds:BANK01', currency: 'USD', amountMinor: -500n },
  ])
  assert.deepEqual(postRefundPaid('BANK01', 'USD', 500n), [
    { account: 'refunds:BANK01', currency: 'USD', amountMinor: 500n },
    { account: 'bank:BANK01', currency: 'USD', amountMinor: -500n },
  ])
})

test('a refund that was not sent leaves every account as it stood', () => {
  const held = postMove('suspense:BANK01', refundsAccount('BANK01'), 'KHR', 4_000n)
  const undone = postMove(refundsAccount('BANK01'), 'suspense:BANK01', 'KHR', 4_000n)
  assert.deepEqual(balances([...held, ...undone]), {})
})

test('a reversal empties what stood on the money, and no account is named for nothing', () => {
  const credits = [
    { account: 'payable:premium', minor: 900n },
    { account: 'suspense:BANK01', minor: 100n },
    { account: 'writeoff', minor: 0n },
  ]
  assert.deepEqual(postReversal('BANK01', 'USD', credits), [
    { account: 'bank:BANK01', currency: 'USD', amountMinor: -1_000n },
    { account: 'payable:premium', currency: 'USD', amountMinor: 900n },
    { account: 'suspense:BANK01', currency: 'USD', amountMinor: 100n },
  ])
})

test('every journal of money that goes back sums to zero, and money that returns undoes its reversal to the last unit', (t) => {
  const minor = fc.bigInt({ min: 0n, max: 9_999_999_999n })
  const credits = fc.uniqueArray(
    fc.record({ account: fc.constantFrom('payable:premium', 'suspense:BANK01', 'writeoff'), minor }),
    { selector: (one) => one.account, minLength: 1 },
  )
  holdsAlways(
    t,
    fc.property(credits, fc.bigInt({ min: 1n, max: 9_999_999_999n }), (given, amount) => {
      const reversal = postReversal('BANK01', 'USD', given)
      const returned = postReturn('BANK01', 'USD', given)
      for (const journal of [reversal, returned, postRefundPaid('BANK01', 'USD', amount)])
        assert.equal(sumOf(journal), 0n)
      assert.deepEqual(balances([...reversal, ...returned]), {})
    }),
  )
})

function sumOf(entries: readonly Entry[]): bigint {
  return entries.reduce((sum, entry) => sum + entry.amountMinor, 0n)
}

/** Accounts that do not stand at zero. */
function balances(entries: readonly Entry[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { account, amountMinor } of entries) sums[account] = (sums[account] ?? 0n) + amountMinor
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n))
}
