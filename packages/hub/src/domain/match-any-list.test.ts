import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import {
  khr,
  minutesLater,
  sampleAttempt,
  samplePayment,
  sampleReceipt,
  usd,
  usualCircumstances,
} from '../../test/support/sample-payment.ts'
import { compareAmounts, placeMovements, type Proved, sameMoney } from './match.ts'

// Whatever a bank lists: what holds for every list, and how amounts are compared.

test('amounts are compared in one currency only', () => {
  assert.equal(compareAmounts(usd(15_000n), usd(15_000n)), undefined)
  assert.equal(compareAmounts(usd(14_999n), usd(15_000n)), 'underpaid')
  assert.equal(compareAmounts(usd(15_001n), usd(15_000n)), 'overpaid')
  assert.equal(compareAmounts(khr(1n), usd(15_000n)), 'currency_mismatch')
  assert.ok(sameMoney(usd(1n), usd(1n)) && !sameMoney(usd(1n), khr(1n)) && !sameMoney(usd(1n), usd(2n)))
})

test('whatever the bank lists, at most one movement is applied, it is what was owed, and its place in the list is nothing', (t) => {
  const movements = fc.uniqueArray(
    fc.record({
      merchantAccountId: fc.constant(1),
      bankTransactionId: fc.integer({ min: 1, max: 9 }).map((number) => `TX-${number}`),
      amount: fc.constantFrom(usd(15_000n), usd(14_999n), usd(15_001n), khr(15_000n)),
      paidAt: fc.integer({ min: -20, max: 60 }).map(minutesLater),
      payer: fc.constant(undefined),
    }),
    { selector: (movement) => movement.bankTransactionId },
  )
  const payments = fc.record({
    status: fc.constantFrom('pending', 'processing', 'completed', 'failed', 'cancelled', 'expired'),
    attempts: fc.constantFrom([], [sampleAttempt()]),
    receipts: fc.constantFrom([], [sampleReceipt()]),
  } as const)
  holdsAlways(
    t,
    fc.property(payments, movements, fc.infiniteStream(fc.nat()), (payment, listed, chance) => {
      const place = (list: readonly Proved[]) => placeMovements(samplePayment(payment), list, usualCircumstances)
      const placed = place(listed)
      assert.deepEqual(new Set(placed.map((one) => one.movement)), new Set(listed))
      const applied = placed.filter((one) => one.kind === 'new' && one.completes)
      assert.ok(applied.length <= (payment.status === 'completed' || payment.attempts.length === 0 ? 0 : 1))
      for (const one of applied) assert.deepEqual(one.movement.amount, usd(15_000n))
      if (new Set(listed.map((one) => one.paidAt.getTime())).size === listed.length) {
        const shuffled = [...listed]
          .map((movement) => ({ movement, at: chance.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
        assert.deepEqual(place(shuffled.map(({ movement }) => movement)), placed)
      }
    }),
  )
})
