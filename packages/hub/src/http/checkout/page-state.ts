import { createHash } from 'node:crypto'
import { pageAttempt } from '../../domain/order.ts'
import {
  endsWithItsCode,
  flagsOf,
  type Payment,
  type Receipt,
  type SuspenseReason,
  settledMinor,
  standingMinor,
} from '../../domain/payment.ts'
import { isOpen } from '../../domain/transitions.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Money } from '../../money/money.ts'
import { shownCode } from '../shown-code.ts'
import type { GoneMoney } from './gone-money.ts'

/** What a customer is told: the word in `<html data-state>`, and in what the page hears of its payment. */
export type PageState =
  /** No code yet. */
  | 'loading'
  /** The code may be paid. */
  | 'ready'
  /** The bank's own page takes over. */
  | 'bank_page'
  /** The code has ended; whether it was paid is asked once more. */
  | 'waiting'
  /** The bank of its code was switched off: nobody should pay it any more. */
  | 'disabled'
  /** A part has arrived. */
  | 'part'
  /** Money has arrived that settles nothing, of this payment or of another one of its bill: a person decides about it. */
  | 'held'
  | 'paid'
  /** Paid after its codes had ended, or after it was closed: not what was paid in time and learnt of later. */
  | 'late'
  /** Paid, and then paid again: that money waits for a person. */
  | 'paid_twice'
  | 'failed'
  | 'cancelled'
  /** Its code has ended, and its bank said that nobody paid it; a premium may get another one. Or its bill is paid. */
  | 'expired'

/** What there is to say about a payment at a moment, whatever the language. */
export type PageFacts = {
  readonly state: PageState
  /** Whether looking again soon makes sense. */
  readonly isOpen: boolean
  readonly isPaid: boolean
  /** It was paid after its codes had ended, or after it was closed. */
  readonly isLate: boolean
  /** It is paid, and more money came than it needs. */
  readonly hasMore: boolean
  /** It is late because it was given up before it was paid: its code had not ended. */
  readonly isAfterClosing: boolean
  /** It is paid, and all of that money has gone back since. */
  readonly isAllBack: boolean
  /** What became of money that neither waits nor counts here. */
  readonly gone: readonly GoneMoney[]
  /** What waits for a person, why, and of how much that arrived. */
  readonly held: readonly {
    readonly amount: Money
    readonly arrived: Money
    readonly reason: SuspenseReason | undefined
  }[]
  /** What has settled of it so far. */
  readonly settled: Money
  /** Its bill was settled by another payment: nothing is due on it. */
  readonly isBillPaid: boolean
  /** Money came, and neither waits nor counts here any more: it was sent back, taken back or placed elsewhere. */
  readonly hasGone: boolean
  /** Until when late money is looked for; undefined unless it was closed unpaid, or its code has ended for good. */
  readonly watchedUntil: Date | undefined
}

export type PageRules = {
  readonly lateWatchMs: number
  readonly graceMs: number
  /** Whether new payments may be made through this bank. */
  readonly isActive: (bankCode: string) => boolean
}

export function pageRules(hub: Hub): PageRules {
  return { ...hub.deadlines, isActive: (bankCode) => hub.banks.get(bankCode)?.active ?? false }
}

/** `gone`: what `readGoneMoney` read of this payment. */
export function pageFacts(payment: Payment, now: Date, rules: PageRules, gone: readonly GoneMoney[] = []): PageFacts {
  const flags = new Set(flagsOf(payment))
  const held = payment.receipts.filter((receipt) => receipt.heldMinor > 0n)
  const state = stateOf(payment, now, rules)
  const ends = [payment.closedAt, ...payment.attempts.map((attempt) => attempt.expiresAt)]
  const lastEnd = Math.max(...ends.map((end) => end?.getTime() ?? 0))
  const isUnpaid = state === 'expired' || state === 'cancelled' || state === 'failed'
  const isPaid = payment.status === 'completed'
  return {
    state,
    isOpen: isOpen(payment.status),
    isPaid,
    isLate: isPaid && flags.has('late') && !wasInTime(payment),
    hasMore: isPaid && held.length > 0,
    isAfterClosing: payment.receipts.every(
      (receipt) => receipt.appliedMinor === 0n || isBeforeItsEnd(payment, receipt),
    ),
    isAllBack: isPaid && standingMinor(payment) === 0n,
    gone,
    held: held.map((receipt) => ({
      amount: { amountMinor: receipt.heldMinor, currency: receipt.amount.currency },
      arrived: receipt.amount,
      reason: receipt.suspended,
    })),
    settled: { amountMinor: settledMinor(payment), currency: payment.amount.currency },
    isBillPaid: !isPaid && payment.bill.completedBy !== undefined,
    hasGone: !isPaid && payment.receipts.some(isGone),
    watchedUntil: isUnpaid ? new Date(lastEnd + rules.lateWatchMs) : undefined,
  }
}

/** Whether its link works no more: it was over so long ago, and none of its money waits for anybody. */
export function linkHasEnded(payment: Payment, now: Date, keptMs: number): boolean {
  if (isOpen(payment.status) || payment.receipts.some(({ heldMinor }) => heldMinor > 0n)) return false
  const ends = [
    payment.completedAt,
    payment.closedAt,
    ...payment.attempts.map(({ expiresAt }) => expiresAt),
    ...payment.receipts.map(({ recordedAt }) => recordedAt),
  ]
  return now.getTime() > Math.max(...ends.map((end) => end?.getTime() ?? 0)) + keptMs
}

/** A text that changes whenever the page would look different: the page carries it, and is told of another one. */
export function pageVersion(payment: Payment, facts: PageFacts): string {
  const seen = [
    payment.version,
    payment.attempts.at(-1)?.id,
    payment.refundedMinor,
    facts.state,
    facts.isLate,
    facts.isAllBack,
    facts.isBillPaid,
    facts.hasGone,
    facts.settled.amountMinor,
    ...facts.held.map(({ amount }) => amount.amountMinor),
    ...facts.gone.flatMap(({ way, amount }) => [way, amount.amountMinor]),
  ]
  return createHash('sha256').update(seen.join(' ')).digest('base64url').slice(0, 16)
}

function stateOf(payment: Payment, now: Date, rules: PageRules): PageState {
  const { status } = payment
  const held = payment.receipts.filter((receipt) => receipt.heldMinor > 0n)
  if (status === 'completed') {
    if (held.some(({ suspended }) => suspended === 'duplicate_payment')) return 'paid_twice'
    return flagsOf(payment).includes('late') && !wasInTime(payment) ? 'late' : 'paid'
  }
  if (held.length > 0) return 'held'
  if (settledMinor(payment) > 0n) return 'part'
  if (status !== 'pending' && status !== 'processing') return status
  // Another payment settled its bill: whoever pays this code pays twice.
  if (payment.bill.completedBy !== undefined) return 'expired'
  // What were paid by this code now would only wait beside it.
  if (payment.bill.heldBy !== undefined) return 'held'
  const shown = pageAttempt(payment) ?? shownCode(payment)
  if (!shown) return 'loading'
  const isLive = shown.expiresAt > now && shown.state === 'open'
  if (isLive && !rules.isActive(shown.bankCode)) return 'disabled'
  if (isLive) return pageAttempt(payment) ? 'bank_page' : 'ready'
  const isOver = now.getTime() > shown.expiresAt.getTime() + rules.graceMs
  return isOver && !endsWithItsCode(payment) ? 'expired' : 'waiting'
}

/** By the bank's own times: what its customer paid in time is not called late because it was listed or found later. */
function wasInTime(payment: Payment): boolean {
  const closedMs = payment.closedAt?.getTime() ?? Number.POSITIVE_INFINITY
  return payment.receipts.every(
    (receipt) =>
      receipt.appliedMinor === 0n || (isBeforeItsEnd(payment, receipt) && receipt.paidAt.getTime() <= closedMs),
  )
}

/** Whether it was paid before the last of its payment's codes had ended. */
function isBeforeItsEnd({ attempts }: Payment, { paidAt }: Receipt): boolean {
  return attempts.some(({ expiresAt }) => paidAt <= expiresAt)
}

function isGone({ heldMinor, appliedMinor, returnedMinor }: Receipt): boolean {
  return heldMinor === 0n && appliedMinor === returnedMinor
}
