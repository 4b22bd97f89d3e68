import * as fc from 'fast-check'
import type { Movement } from '../../src/banks/bank.ts'
import type { Notice } from '../../src/domain/match.ts'
import { showMoney } from '../../src/money/money.ts'
import { type BankCode, bankCodes, type Happening } from './payment-model.ts'
import { khr, minutesLater, usd } from './sample-payment.ts'

// Random worlds around one payment of USD 150.00: what money really reached the banks, and how we come to hear of it.

/** Money that is really on our account. */
export type RealMovement = Movement & {
  readonly bankCode: BankCode
  readonly amount: NonNullable<Movement['amount']>
  readonly paidAt: Date
}

const amounts = fc.oneof(
  { weight: 3, arbitrary: fc.constant(usd(15_000n)) },
  { weight: 4, arbitrary: fc.constantFrom(usd(7_500n), usd(14_999n), usd(15_001n), usd(30_000n), khr(15_000n)) },
)

const anyTime = fc.integer({ min: -17, max: 20 }).map(minutesLater)

/** Up to six movements; ids repeat at the other bank, times repeat, some are older than the payment. */
export function realMoney(banks: readonly BankCode[]): fc.Arbitrary<readonly RealMovement[]> {
  const movement: fc.Arbitrary<RealMovement> = fc.record({
    bankCode: fc.constantFrom(...banks),
    bankTransactionId: fc.integer({ min: 1, max: 4 }).map((number) => `TX-${number}`),
    keyedBy: fc.constant('bank' as const),
    amount: amounts,
    payeeAccount: fc.constant(undefined),
    payer: fc.constant(undefined),
    reversed: fc.constant(false),
    paidAt: anyTime,
  })
  const selector = (one: RealMovement) => `${one.bankCode} ${one.bankTransactionId}`
  return fc.uniqueArray<RealMovement, string>(movement, { selector, maxLength: 6 })
}

/** What a bank tells truly of this movement; equal time and amount give the same notice, as on the wire. */
export function noticeOf(movement: RealMovement): Notice {
  const { amount, paidAt, bankCode } = movement
  return { amount, paidAt, fingerprint: `${bankCode} ${showMoney(amount)} ${paidAt.toISOString()}` }
}

/** Part of what a bank holds, in any order, any of it any number of times; a notice may be why it was asked. */
export function truthfulList(money: readonly RealMovement[], banks: readonly BankCode[]): fc.Arbitrary<Happening> {
  return fc.constantFrom(...banks).chain((bankCode) => {
    const here = money.filter((one) => one.bankCode === bankCode)
    return fc
      .tuple(fc.shuffledSubarray(here), fc.shuffledSubarray(here), fc.boolean())
      .map(([some, again, told]): Happening => {
        const cause = told ? some[0] : undefined
        const movements = [...some, ...again]
        return { kind: 'list', bankCode, movements, ...(cause ? { notice: noticeOf(cause) } : {}) }
      })
  })
}

/** All that each bank holds: sooner or later a bank lists it. */
export function wholeLists(money: readonly RealMovement[], banks: readonly BankCode[]): fc.Arbitrary<Happening[]> {
  const whole = (bankCode: BankCode) => {
    const here = money.filter((one) => one.bankCode === bankCode)
    return fc
      .shuffledSubarray(here, { minLength: here.length })
      .map((movements): Happening => ({ kind: 'list', bankCode, movements }))
  }
  return fc.tuple(...banks.map(whole))
}

export const otherEvidence: fc.Arbitrary<Happening> = fc
  .constantFrom('attempt_opened' as const, 'bank_refused' as const, 'given_up' as const, 'deadline_passed' as const)
  .map((evidence) => ({ kind: 'evidence', evidence }))

/** Counter staff confirm the right amount, or another. */
export const confirmation: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constant('confirmation' as const),
  bankTransactionId: fc.constantFrom('BILL-1', 'BILL-2'),
  amount: fc.constantFrom(usd(15_000n), usd(14_999n), khr(15_000n)),
  paidAt: fc.constant(minutesLater(3)),
})

/** Some of these, and among them, at any places, each of those. */
export function woven(some: fc.Arbitrary<Happening>, those: fc.Arbitrary<Happening[]>): fc.Arbitrary<Happening[]> {
  const pieces = fc.array(some, { maxLength: 5 })
  return fc
    .tuple(pieces, those, fc.infiniteStream(fc.nat({ max: 5 })))
    .map(([pieces, those, places]) =>
      those.reduce(
        (history, one) => history.toSpliced((places.next().value ?? 0) % (history.length + 1), 0, one),
        pieces,
      ),
    )
}

/** What any bank may say, true or not: keys with changing contents, bare answers, notices of money nobody lists. */
export const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...bankCodes).chain(anyList) },
  { weight: 1, arbitrary: otherEvidence },
  { weight: 1, arbitrary: confirmation },
)

function anyList(bankCode: BankCode): fc.Arbitrary<Happening> {
  const listed: fc.Arbitrary<Movement> = fc.record({
    bankTransactionId: fc.integer({ min: 1, max: 3 }).map((number) => `TX-${number}`),
    keyedBy: fc.constant('bank' as const),
    amount: fc.oneof(amounts, fc.constantFrom(usd(0n), usd(-15_000n))),
    payeeAccount: fc.constant(undefined),
    payer: fc.constantFrom(undefined, 'Sok Sample'),
    reversed: fc.boolean(),
    paidAt: fc.option(anyTime, { nil: undefined }),
  })
  const bare = listed.chain((movement) =>
    fc
      .option(amounts, { nil: undefined })
      .map((amount): Movement[] => [{ ...movement, bankTransactionId: '150001', keyedBy: 'reference', amount }]),
  )
  const notice = fc.record({
    amount: amounts,
    paidAt: anyTime,
    fingerprint: fc.constantFrom('one', 'two', 'three'),
  })
  return fc
    .tuple(fc.oneof(bare, fc.array(listed, { maxLength: 4 }), listed.map(twice)), fc.option(notice, { nil: undefined }))
    .map(([movements, told]): Happening => ({ kind: 'list', bankCode, movements, ...(told ? { notice: told } : {}) }))
}

function twice(movement: Movement): Movement[] {
  return [movement, { ...movement }]
}
