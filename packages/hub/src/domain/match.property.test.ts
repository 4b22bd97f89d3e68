import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  type BankCode,
  bankCodes,
  type Happening,
  type Model,
  openedModel,
  play,
  type Rules,
} from '../../test/support/payment-model.ts'
import {
  confirmation,
  noticeOf,
  otherEvidence,
  type RealMovement,
  realMoney,
  truthfulList,
  wholeLists,
  woven,
} from '../../test/support/random-history.ts'
import { type Money, showMoney } from '../money/money.ts'
import { holdsAlways } from '../../test/support/random-test.ts'
import { minutesLater, usd } from '../../test/support/sample-payment.ts'
import { compareAmounts, sameMoney } from './match.ts'
import { settledMinor } from './payment.ts'

// The same money, heard of in any two ways, ends in the same books. Where two movements fit equally, the one heard of
// first is applied and the other is a duplicate; and money that does not fit is called a duplicate when it is heard of
// after the payment was completed. Nothing else may depend on the order.

const usual: Rules = { stillOwed: 'owed', latePolicy: 'accept', overpayment: 'suspense', parts: 'suspense' }
const owed = usd(15_000n)

/** The same money heard of in two ways: parts of lists, notices and closings at any places, each whole list at last once. */
function twoWays(banks: readonly BankCode[], more: fc.Arbitrary<Happening> = otherEvidence) {
  return realMoney(banks).chain((money) => {
    const way = woven(fc.oneof(truthfulList(money, banks), more), wholeLists(money, banks))
    return fc.record({ money: fc.constant(money), one: way, other: way })
  })
}

const anyRules = fc.constantFrom<Rules[]>(
  usual,
  { ...usual, stillOwed: 'unknown' },
  { ...usual, stillOwed: 'settled' },
  { ...usual, elsewhere: new Set(['TX-1']) },
)

test('at one bank, any order and any repetition end in the same receipts, the same status and the same sum on each account', (t) => {
  holdsAlways(
    t,
    fc.property(twoWays(['AMK']), anyRules, ({ one, other }, rules) => {
      const [first, second] = [play(one, rules), play(other, rules)]
      assert.deepEqual(receiptsOf(second), receiptsOf(first))
      assert.deepEqual(accountsOf(second), accountsOf(first))
      assert.equal(isCompleted(second), isCompleted(first))
    }),
  )
})

test('at two banks as well, but for the bank whose equal movement was heard of first: what is held is the same over both', (t) => {
  const overBoth = (model: Model) => accountsOf(model, (account) => account.replace(/^suspense:.*/, 'suspense'))
  holdsAlways(
    t,
    fc.property(twoWays(bankCodes), anyRules, ({ one, other }, rules) => {
      const [first, second] = [play(one, rules), play(other, rules)]
      assert.deepEqual(receiptsOf(second), receiptsOf(first))
      assert.deepEqual(overBoth(second), overBoth(first))
      assert.equal(isCompleted(second), isCompleted(first))
    }),
  )
})

test('what is applied, and why the rest is held, follows from the money and not from how we heard of it', (t) => {
  holdsAlways(
    t,
    fc.property(twoWays(bankCodes), anyRules, fc.boolean(), ({ money, one }, rules, pending) => {
      const end = play(one, rules, openedModel(pending ? 'pending' : 'processing'))
      const ours = money.filter((each) => isCredit(each, rules))
      const fitting = rules.stillOwed === 'settled' ? [] : ours.filter((each) => sameMoney(each.amount, owed))
      assert.deepEqual(receiptsOf(end), ours.map(show).sort())
      const applied = end.books.filter((each) => each.appliedMinor > 0n)
      assert.equal(applied.length, Math.min(1, fitting.length))
      assert.equal(isCompleted(end), fitting.length > 0)
      for (const each of end.books.filter((booked) => booked.appliedMinor === 0n)) {
        const why = rules.stillOwed === 'settled' ? 'already_paid' : compareAmounts(each.amount, owed)
        const heardAfter = isCompleted(end) ? ['duplicate_payment'] : []
        assert.ok([why, ...heardAfter].includes(each.reason), `${each.key} is held as ${each.reason}`)
      }
    }),
  )
})

test('the same history played again changes nothing in the books', (t) => {
  holdsAlways(
    t,
    fc.property(twoWays(bankCodes, fc.oneof(otherEvidence, confirmation)), anyRules, ({ one }, rules) => {
      const end = play(one, rules)
      const again = play(one, rules, end)
      assert.deepEqual(again.books, end.books)
      assert.equal(isCompleted(again), isCompleted(end))
    }),
  )
})

test('with confirmations of the counter among them, the money that the banks list is booked the same, and one receipt at most is applied', (t) => {
  const listed = (model: Model) => receiptsOf(model).filter((receipt) => receipt.includes(' khqr '))
  holdsAlways(
    t,
    fc.property(twoWays(bankCodes, confirmation), anyRules, ({ money, one, other }, rules) => {
      const ends = [play(one, rules), play(other, rules)] as const
      assert.deepEqual(listed(ends[0]), listed(ends[1]))
      for (const end of ends) {
        const applied = end.books.filter((each) => each.appliedMinor > 0n)
        assert.equal(applied.length, isCompleted(end) ? 1 : 0)
        // A confirmation is booked only where it is what completes the payment; else it is a case.
        assert.ok(end.books.filter((each) => each.channel === 'bill').every((each) => each.appliedMinor > 0n))
        const fits = money.some((each) => isCredit(each, rules) && sameMoney(each.amount, owed))
        if (fits && rules.stillOwed !== 'settled') assert.ok(isCompleted(end))
      }
    }),
  )
})

test('where late money is held, it is first heard of before or after the closing that decides, and nothing else', (t) => {
  const rules: Rules = { ...usual, latePolicy: 'suspense' }
  const closing = fc.constantFrom('bank_refused' as const, 'given_up' as const, 'deadline_passed' as const)
  const histories = realMoney(['AMK']).chain((money) => {
    const lists = woven(truthfulList(money, ['AMK']), wholeLists(money, ['AMK']))
    return fc.record({ before: fc.array(truthfulList(money, ['AMK']), { maxLength: 3 }), closing, after: lists })
  })
  holdsAlways(
    t,
    fc.property(histories, ({ before, closing, after }) => {
      const known = play(before, rules)
      const end = play([{ kind: 'evidence', evidence: closing }, ...after], rules, known)
      assert.equal(isCompleted(end), isCompleted(known))
      for (const each of end.books.slice(known.books.length)) {
        const why = compareAmounts(each.amount, owed) ?? 'late'
        assert.equal(each.reason, isCompleted(known) ? 'duplicate_payment' : why)
      }
    }),
  )
})

test('where more than is owed is accepted, in any order the owed part is applied once and all the rest is held', (t) => {
  const rules: Rules = { ...usual, overpayment: 'accept_overpayment' }
  holdsAlways(
    t,
    fc.property(twoWays(['AMK']), ({ money, one, other }) => {
      const [first, second] = [play(one, rules), play(other, rules)]
      const enough = dollars(money).some((each) => each.amount.amountMinor >= owed.amountMinor)
      assert.equal(isCompleted(first), enough)
      assert.equal(settledMinor(first.payment), enough ? owed.amountMinor : 0n)
      assert.deepEqual(receiptsOf(second), receiptsOf(first))
      assert.deepEqual(accountsOf(second), accountsOf(first))
    }),
  )
})

test('where parts are accepted as well, in any order as much as is owed is applied while the payment is open, and never more', (t) => {
  const rules: Rules = { ...usual, overpayment: 'accept_overpayment', parts: 'accept' }
  const histories = realMoney(['AMK']).chain((money) => {
    const way = woven(truthfulList(money, ['AMK']), wholeLists(money, ['AMK']))
    return fc.record({ money: fc.constant(money), one: way, other: way })
  })
  holdsAlways(
    t,
    fc.property(histories, ({ money, one, other }) => {
      const [first, second] = [play(one, rules), play(other, rules)]
      const came = dollars(money).reduce((sum, each) => sum + each.amount.amountMinor, 0n)
      assert.equal(settledMinor(first.payment), came < owed.amountMinor ? came : owed.amountMinor)
      assert.equal(isCompleted(first), came >= owed.amountMinor)
      assert.deepEqual(receiptsOf(second), receiptsOf(first))
      assert.deepEqual(accountsOf(second), accountsOf(first))
    }),
  )
})

test('the place of a movement in the list is nothing, even among movements of one moment', (t) => {
  const lists = realMoney(['AMK']).chain((money) => {
    const sameMoment = money.map((each) => ({ ...each, paidAt: minutesLater(1) }))
    const list = fc.shuffledSubarray(sameMoment, { minLength: money.length })
    return fc.tuple(list, list)
  })
  holdsAlways(
    t,
    fc.property(lists, ([one, other]) => {
      const end = (movements: readonly RealMovement[]) => play([{ kind: 'list', bankCode: 'AMK', movements }], usual)
      assert.deepEqual(end(one).books, end(other).books)
    }),
  )
})

test('a bank that says only "paid" at times and lists its movements at others tells of no more money than there is', (t) => {
  const histories = realMoney(['AMK']).chain((all) => {
    const money = all.filter((each) => isCredit(each, usual))
    const bare = money.length > 0 ? [fc.constantFrom(...money).map(saidBare)] : []
    const some = fc.oneof(truthfulList(money, ['AMK']), ...bare)
    return fc.record({ money: fc.constant(money), history: woven(some, wholeLists(money, ['AMK'])) })
  })
  const amountsOf = (all: readonly { readonly amount: Money }[]) => all.map((each) => showMoney(each.amount)).sort()
  holdsAlways(
    t,
    fc.property(histories, ({ money, history }) => {
      const whole: Happening = { kind: 'list', bankCode: 'AMK', movements: money }
      assert.deepEqual(amountsOf(play([...history, whole], usual).books), amountsOf(money))
    }),
  )
})

test('one movement, told bare or by its own id, with one amount or with several, is one receipt', (t) => {
  const histories = realMoney(['AMK'])
    .filter((money) => money.length > 0)
    .chain((money) => {
      const asOne = money.map((each) => ({ ...each, bankTransactionId: 'TX-1' }))
      return fc.array(fc.constantFrom(...asOne.map(listedAlone), ...asOne.map(saidBare)), { maxLength: 6 })
    })
  holdsAlways(
    t,
    fc.property(histories, (history) => {
      assert.ok(play(history, usual).books.length <= 1)
    }),
  )
})

function listedAlone(movement: RealMovement): Happening {
  return { kind: 'list', bankCode: 'AMK', movements: [movement] }
}

/** "Paid", and nothing more: the amount is the notice's. */
function saidBare(movement: RealMovement): Happening {
  const bare = { ...movement, bankTransactionId: '150001', keyedBy: 'reference' as const, amount: undefined }
  return { kind: 'list', bankCode: 'AMK', movements: [bare], notice: noticeOf(movement) }
}

/** Money that may be booked at all: not older than 15 minutes before the payment, and of no other payment. */
function isCredit(movement: RealMovement, rules: Rules): boolean {
  return movement.paidAt >= minutesLater(-15) && !rules.elsewhere?.has(movement.bankTransactionId)
}

function dollars(money: readonly RealMovement[]): readonly RealMovement[] {
  return money.filter((each) => isCredit(each, usual) && each.amount.currency === 'USD')
}

function show(movement: RealMovement): string {
  const account = movement.bankCode === 'AMK' ? 1 : 2
  const { amountMinor, currency } = movement.amount
  return `${movement.bankCode} ${account} khqr ${movement.bankTransactionId}: ${amountMinor} ${currency}`
}

function receiptsOf(model: Model): string[] {
  return model.books.map(({ key, amount }) => `${key}: ${amount.amountMinor} ${amount.currency}`).sort()
}

function isCompleted(model: Model): boolean {
  return model.payment.status === 'completed'
}

/** "suspense:AMK USD" → minor units; accounts at zero are left out. */
function accountsOf(model: Model, named = (account: string) => account): Record<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { account, currency, amountMinor } of model.books.flatMap((one) => one.entries)) {
    const key = `${named(account)} ${currency}`
    sums.set(key, (sums.get(key) ?? 0n) + amountMinor)
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0n).sort())
}
