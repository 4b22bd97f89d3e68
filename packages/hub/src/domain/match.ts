import { printAmount, showMoney, type Money } from '../money/money.ts'
import { type Placement, portionsOf } from './ledger.ts'
import { type Channel, type Payment, type Receipt, settledMinor, type SuspenseReason } from './payment.ts'
import { isOpen } from './transitions.ts'

/** Older money than this before its payment was opened is a case, not a credit (clause 4). */
export const oldMoneyToleranceMs = 15 * 60_000

/** One movement the bank lists, with its amount known. */
export type Proved = {
  readonly merchantAccountId: number
  readonly bankTransactionId: string
  readonly amount: Money
  readonly paidAt: Date
  readonly payer: string | undefined
  /** `reference`: the bank only said "paid"; the key is our own reference. */
  readonly keyedBy?: 'bank' | 'reference'
  /** All of it was sent back already. */
  readonly isReturned?: boolean | undefined
}

/** The operator's standing decisions about money that does not fit. */
export type MoneyPolicy = {
  /** Money for a payment that was closed: accepted when the payable is still owed, or held. */
  readonly latePolicy: 'accept' | 'suspense'
  /** More than is owed: hold the whole receipt, or apply what is owed and hold the rest. */
  readonly overpayment: 'suspense' | 'accept_overpayment'
  /** Less than is owed: hold it, or apply it and wait for the rest. */
  readonly parts: 'suspense' | 'accept'
}

export type Circumstances = MoneyPolicy & {
  readonly bankCode: string
  /**
   * What the policy system says right now; `unknown` when it cannot be asked: then the quote settles. `withdrawn`: an order
   * that its shop has given up.
   */
  readonly stillOwed: 'owed' | 'settled' | 'unknown' | 'withdrawn'
}

/** A doubt a person must decide: kept with its evidence, moves no money. */
export type Doubt = { readonly kind: CaseKind; readonly sentence: string }

/** What a case can be about. */
export const caseKinds = [
  'old_money',
  'receipt_changed',
  'receipt_elsewhere',
  'second_notice',
  'notice_differs',
  'unproved_notice',
  'unknown_payment',
  'confirmation_differs',
  'confirmation_not_allowed',
  /** A part of the money came, and the payment should have been closed. */
  'parts_unfinished',
  /** Money of a settled payment, or of suspense, that the bank took back. */
  'reversed',
  /** Money that was taken back is listed again. */
  'reversal_returned',
  /** The bank, asked, does not list money that is in the books; a second look decides. */
  'movement_missing',
  /** Whether a refund was sent cannot be told from what the bank says. */
  'refund_unclear',
  'credit_unknown',
  'credited_twice',
  'credit_note_unknown',
  'credit_noted_twice',
  'credit_note_by_hand',
] as const
export type CaseKind = (typeof caseKinds)[number]

/** What becomes of one movement. */
export type Placed = { readonly movement: Proved } & (
  | { readonly kind: 'known'; readonly receipt: Receipt }
  | { readonly kind: 'new'; readonly placement: Placement; readonly completes: boolean }
  | { readonly kind: 'doubt'; readonly doubt: Doubt }
)

/**
 * Places every movement the bank lists for one payment, oldest first: known ones stay, new ones are applied or held.
 * The table of `spec: what happens to money that does not fit`, as code. `disputed` is the movement about which bank and
 * notice contradict each other: it settles nothing, whatever it would have done, and stands in no other movement's way.
 */
export function placeMovements(
  payment: Payment,
  movements: readonly Proved[],
  now: Circumstances,
  elsewhere: ReadonlySet<string> = new Set(),
  disputed?: Proved,
): Placed[] {
  let completed = payment.status === 'completed'
  let settled = settledMinor(payment)
  // Movements of one moment go by their ids: the place in the bank's list means nothing.
  const oldestFirst = [...movements].sort(
    (a, b) => a.paidAt.getTime() - b.paidAt.getTime() || (a.bankTransactionId < b.bankTransactionId ? -1 : 1),
  )
  const byKey = Map.groupBy(oldestFirst, (movement) => `${movement.merchantAccountId} ${movement.bankTransactionId}`)
  return [...byKey.values()].flatMap(([movement, ...again]): Placed[] => {
    if (!movement) return []
    if (again.some((twin) => !sameMovement(twin, movement))) {
      return [movement, ...again].map((twin) => ({ kind: 'doubt', movement: twin, doubt: listedTwice(twin) }))
    }
    const ours = payment.receipts.filter(
      (known) =>
        known.bankCode === now.bankCode &&
        known.channel === 'khqr' &&
        known.merchantAccountId === movement.merchantAccountId,
    )
    const receipt =
      ours.find((known) => known.bankTransactionId === movement.bankTransactionId) ??
      findToldOtherwise(movement, ours, oldestFirst, String(payment.number))
    if (receipt) return [compareWithReceipt(movement, receipt)]
    const doubt = elsewhere.has(movement.bankTransactionId)
      ? bookedElsewhere(payment, movement)
      : doubtAbout(payment, movement)
    if (doubt) return [{ kind: 'doubt', movement, doubt }]
    const fits = weigh(payment, movement.amount, { ...now, channel: 'khqr', completed, settled })
    const isDisputed = disputed !== undefined && sameKey(movement, disputed) && fits.placement.kind !== 'suspense'
    const weighed = isDisputed ? held('notice_disagrees') : fits
    if (weighed.placement.kind !== 'suspense')
      settled += portionsOf(weighed.placement, movement.amount.amountMinor).applied
    completed ||= weighed.completes
    return [{ kind: 'new', movement, ...weighed }]
  })
}

/**
 * Clause 3: "paid" without a list is one movement keyed by our reference, and never becomes two. A bank that answers bare
 * once and with a list another time speaks of the same money: the receipt of the one form stands for one movement of the
 * other, of the same amount where there is one; else the amounts contradict each other.
 */
function findToldOtherwise(
  movement: Proved,
  ours: readonly Receipt[],
  listed: readonly Proved[],
  reference: string,
): Receipt | undefined {
  if (movement.keyedBy === 'reference') return ours.find((known) => sameMoney(known.amount, movement.amount)) ?? ours[0]
  const bare = ours.find((known) => known.bankTransactionId === reference)
  if (!bare) return undefined
  const unbooked = listed.filter((one) => ours.every((known) => known.bankTransactionId !== one.bankTransactionId))
  const meant = unbooked.find((one) => sameMoney(one.amount, bare.amount)) ?? unbooked[0]
  return meant && sameKey(meant, movement) ? bare : undefined
}

export type Weighed = { readonly placement: Placement; readonly completes: boolean }

/** What becomes of money for this payment, of which `settled` minor units are applied already. */
export function weigh(
  payment: Payment,
  amount: Money,
  now: Circumstances & {
    readonly completed: boolean
    readonly settled: bigint
    /** At the counter no code is shown. */
    readonly channel: Channel
  },
): Weighed {
  const { creditAccount } = payment
  const reason = reasonToHold(payment, now)
  if (reason) return held(reason)
  const owedMinor = payment.amount.amountMinor - now.settled
  const misfit = compareAmounts(amount, { ...payment.amount, amountMinor: owedMinor })
  const isOpenStill = isOpen(payment.status)
  if (misfit === 'overpaid' && now.overpayment === 'accept_overpayment')
    return isOpenStill || now.latePolicy === 'accept'
      ? { placement: { kind: 'split', creditAccount, appliedMinor: owedMinor, reason: 'overpaid' }, completes: true }
      : held('late')
  // Only what completes it reopens a closed payment: a part of it would settle nothing.
  if (misfit === 'underpaid' && now.parts === 'accept' && isOpenStill)
    return { placement: { kind: 'applied', creditAccount }, completes: false }
  if (misfit) return held(misfit)
  if (!isOpenStill && now.latePolicy === 'suspense') return held('late')
  return { placement: { kind: 'applied', creditAccount }, completes: true }
}

function held(reason: SuspenseReason): Weighed {
  return { placement: { kind: 'suspense', reason }, completes: false }
}

/** Why no money at all may settle this payment; undefined when it may. The order is the order of questions. */
function reasonToHold(
  payment: Payment,
  now: Circumstances & { readonly completed: boolean; readonly channel: Channel },
): SuspenseReason | undefined {
  // Only a code that we showed at this bank settles (clause 10).
  const isShown = payment.attempts.some((attempt) => attempt.bankCode === now.bankCode)
  if (now.channel === 'khqr' && !isShown) return 'unknown_payment'
  if (now.completed) return 'duplicate_payment'
  if (payment.bill.completedBy !== undefined || payment.bill.heldBy !== undefined) return 'already_paid'
  if (now.stillOwed === 'settled') return 'already_paid'
  if (now.stillOwed === 'withdrawn') return 'late'
  return undefined
}

export function compareAmounts(got: Money, owed: Money): 'currency_mismatch' | 'underpaid' | 'overpaid' | undefined {
  if (got.currency !== owed.currency) return 'currency_mismatch'
  if (got.amountMinor < owed.amountMinor) return 'underpaid'
  if (got.amountMinor > owed.amountMinor) return 'overpaid'
  return undefined
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.amountMinor === b.amountMinor
}

export type Notice = { readonly amount: Money; readonly paidAt: Date; readonly fingerprint: string }

/** How a notice stands to what the bank lists. */
export type Pairing =
  | { readonly kind: 'paired'; readonly movement: Proved }
  /** The bank lists money, but of another amount or currency. */
  | { readonly kind: 'differs'; readonly movement: Proved }
  /** Every movement it could mean was already told by another notice. */
  | { readonly kind: 'second_notice' }
  | { readonly kind: 'unproved' }

/**
 * Finds the movement that a notice tells about: same amount and currency, not yet told by another notice, nearest in
 * time. The clocks of notice and list may differ, so time only chooses among equals.
 */
export function pairNotice(notice: Notice, movements: readonly Proved[], receipts: readonly Receipt[]): Pairing {
  if (movements.length === 0) return { kind: 'unproved' }
  const toldBy = (movement: Proved) =>
    receipts.find(
      (receipt) =>
        receipt.channel === 'khqr' &&
        receipt.merchantAccountId === movement.merchantAccountId &&
        receipt.bankTransactionId === movement.bankTransactionId,
    )?.noticeFingerprint
  const own = movements.find((movement) => toldBy(movement) === notice.fingerprint)
  if (own) return { kind: 'paired', movement: own }
  const untold = movements
    .filter((movement) => toldBy(movement) === undefined)
    .sort((a, b) => distance(a, notice) - distance(b, notice))
  const equal = untold.find((movement) => sameMoney(movement.amount, notice.amount))
  if (equal) return { kind: 'paired', movement: equal }
  return untold[0] ? { kind: 'differs', movement: untold[0] } : { kind: 'second_notice' }
}

function distance(movement: Proved, notice: Notice): number {
  return Math.abs(movement.paidAt.getTime() - notice.paidAt.getTime())
}

function compareWithReceipt(movement: Proved, receipt: Receipt): Placed {
  if (sameMoney(movement.amount, receipt.amount)) return { kind: 'known', movement, receipt }
  const sentence =
    `The bank lists ${movement.bankTransactionId} with ${showMoney(movement.amount)}; ` +
    `our receipt of it says ${showMoney(receipt.amount)}.`
  return { kind: 'doubt', movement, doubt: { kind: 'receipt_changed', sentence } }
}

function sameKey(a: Proved, b: Proved): boolean {
  return a.merchantAccountId === b.merchantAccountId && a.bankTransactionId === b.bankTransactionId
}

function sameMovement(a: Proved, b: Proved): boolean {
  return sameMoney(a.amount, b.amount) && a.paidAt.getTime() === b.paidAt.getTime()
}

/** A key is one receipt. Which of two contents it has is not for us to guess. */
function listedTwice(movement: Proved): Doubt {
  const sentence =
    `The bank lists ${movement.bankTransactionId} twice in one answer, with different content: ` +
    `${showMoney(movement.amount)}, paid at ${movement.paidAt.toISOString()}.`
  return { kind: 'receipt_changed', sentence }
}

function bookedElsewhere(payment: Payment, movement: Proved): Doubt {
  const sentence =
    `The bank lists ${movement.bankTransactionId} for payment ${payment.number}, ` +
    `but it is in the books under another payment.`
  return { kind: 'receipt_elsewhere', sentence }
}

function doubtAbout(payment: Payment, movement: Proved): Doubt | undefined {
  if (movement.isReturned) {
    const sentence = `${showMoney(movement.amount)} (${movement.bankTransactionId}) was paid, and sent back whole before we saw it: nothing is credited.`
    return { kind: 'reversed', sentence }
  }
  if (movement.paidAt.getTime() < payment.openedAt.getTime() - oldMoneyToleranceMs) {
    const sentence =
      `${showMoney(movement.amount)} was paid at ${movement.paidAt.toISOString()}, more than 15 minutes before ` +
      `payment ${payment.number} was opened (${payment.openedAt.toISOString()}).`
    return { kind: 'old_money', sentence }
  }
  if (movement.amount.amountMinor <= 0n) {
    const amount = printAmount(movement.amount.amountMinor, movement.amount.currency)
    return { kind: 'receipt_changed', sentence: `The bank lists a movement of ${amount}: not money that came in.` }
  }
  return undefined
}
