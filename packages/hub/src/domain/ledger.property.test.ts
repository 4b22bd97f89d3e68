import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  type Booked,
  type Happening,
  type Model,
  openedModel,
  type Rules,
  settle,
} from '../../test/support/payment-model.ts'
import { anyHappening } from '../../test/support/random-history.ts'
import { holdsAlways } from '../../test/support/random-test.ts'
import { sameMoney } from './match.ts'
import { settledMinor } from './payment.ts'
import { statuses, transitions } from './transitions.ts'

// Whatever happens to one payment, true or not: banks that lie in notices, list one key with two contents, answer bare or
// with a list, policies that change in between. After every single step, the books are right.

const anyRules: fc.Arbitrary<Rules> = fc.record({
  stillOwed: fc.constantFrom<Rules['stillOwed'][]>('owed', 'settled', 'unknown'),
  latePolicy: fc.constantFrom<Rules['latePolicy'][]>('accept', 'suspense'),
  overpayment: fc.constantFrom<Rules['overpayment'][]>('suspense', 'accept_overpayment'),
  parts: fc.constantFrom<Rules['parts'][]>('suspense', 'accept'),
  elsewhere: fc.constantFrom(new Set<string>(), new Set(['TX-2'])),
})
const anything = fc.array(fc.record({ happening: anyHappening, rules: anyRules }), { maxLength: 12 })

test('after every step each journal sums to zero, each bank holds what its receipts say, and all of it is applied or held', (t) => {
  eachStep(t, (model) => {
    for (const { key, entries, appliedMinor, suspendedMinor, amount, bankCode } of model.books) {
      assert.equal(sum(entries), 0n, key)
      assert.ok(
        entries.every((entry) => entry.currency === amount.currency && entry.amountMinor !== 0n),
        key,
      )
      assert.equal(appliedMinor + suspendedMinor, amount.amountMinor, key)
      assert.equal(sumOf(entries, `bank:${bankCode}`), amount.amountMinor, key)
      assert.equal(sumOf(entries, 'payable:premium'), -appliedMinor, key)
      assert.equal(sumOf(entries, `suspense:${bankCode}`), -suspendedMinor, key)
    }
  })
})

test('after every step a payment is completed by exactly what it asks for, and never by more or less', (t) => {
  eachStep(t, (model) => {
    const { status, amount } = model.payment
    const applied = model.books.filter((one) => one.appliedMinor > 0n)
    const settled = applied.reduce((sum, one) => sum + one.appliedMinor, 0n)
    assert.ok(applied.every((one) => one.amount.currency === amount.currency))
    assert.ok(settled <= amount.amountMinor)
    assert.equal(status === 'completed', settled === amount.amountMinor)
  })
})

test('money is called a duplicate only where the payment is completed, and held as in doubt only where a notice differs', (t) => {
  eachStep(t, (model) => {
    const isHeld = (reason: string) => model.books.some((one) => one.reason === reason)
    if (isHeld('duplicate_payment')) assert.equal(model.payment.status, 'completed')
    if (isHeld('notice_disagrees')) assert.ok([...model.cases].some((key) => key.startsWith('notice_differs')))
  })
})

test('money about which bank and notice contradict each other settles nothing', (t) => {
  eachStep(t, (model, before, happening) => {
    const { notice, movements } = happening.kind === 'list' ? happening : { notice: undefined, movements: [] }
    const only = movements[0]
    const others = movements.some((one) => one.bankTransactionId !== only?.bankTransactionId || one.reversed)
    if (!notice || !only?.amount || others || sameMoney(only.amount, notice.amount)) return
    assert.equal(settledMinor(model.payment), settledMinor(before.payment))
  })
})

test('nothing in the books is ever changed, dropped or booked again', (t) => {
  eachStep(t, (model, before) => {
    assert.deepEqual(model.books.slice(0, before.books.length), before.books)
    assert.equal(new Set(model.books.map((one) => one.key)).size, model.books.length)
    for (const one of before.cases) assert.ok(model.cases.has(one))
  })
})

test('every status that a payment ever has is reached by moves of the table', (t) => {
  eachStep(t, (model) => {
    for (const [index, status] of model.walked.entries()) {
      const before = model.walked[index - 1]
      assert.ok(statuses.includes(status))
      if (before) assert.ok(Object.values(transitions[before]).includes(status), `${before} became ${status}`)
    }
  })
})

/** Plays random histories and looks after every step; `settle` itself refuses a move or a key that the database would. */
function eachStep(
  t: Parameters<typeof holdsAlways>[0],
  look: (model: Model, before: Model, happening: Happening) => void,
): void {
  holdsAlways(
    t,
    fc.property(anything, fc.constantFrom('pending' as const, 'processing' as const), (history, from) => {
      let model = openedModel(from)
      for (const { happening, rules } of history) {
        const before = model
        model = settle(model, happening, rules)
        look(model, before, happening)
      }
    }),
  )
}

type Entries = Booked['entries']

function sum(entries: Entries): bigint {
  return entries.reduce((total, entry) => total + entry.amountMinor, 0n)
}

function sumOf(entries: Entries, account: string): bigint {
  return sum(entries.filter((entry) => entry.account === account))
}
