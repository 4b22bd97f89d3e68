import { pageAttempt } from '../../domain/order.ts'
import { flagsOf, type Payment, settledMinor } from '../../domain/payment.ts'
import { isOpen } from '../../domain/transitions.ts'
import { shownCode } from '../shown-code.ts'

/** What a customer is told. `open` states may still change by themselves soon. */
export type PageState =
  /** No code yet. */
  | 'preparing'
  /** The code may be paid. */
  | 'ready'
  /** The bank's own page takes over. */
  | 'atBank'
  /** The code has ended; whether it was paid is asked once more. */
  | 'checking'
  /** A part has arrived. */
  | 'part'
  /** Money has arrived that settles nothing: a person decides about it. */
  | 'held'
  | 'paid'
  | 'failed'
  | 'cancelled'
  | 'expired'

/** What there is to say about a payment at a moment, whatever the language. */
export type PageFacts = {
  readonly state: PageState
  /** Whether looking again soon makes sense. */
  readonly isOpen: boolean
  /** It settled after its code had ended, or after it was closed. */
  readonly isLate: boolean
  /** It is paid, and more money came than it needs. */
  readonly hasMore: boolean
  readonly isSentBack: boolean
  /** Until when late money is looked for; undefined unless it was closed unpaid. */
  readonly watchedUntil: Date | undefined
}

export function pageFacts(payment: Payment, now: Date, rules: { readonly lateWatchMs: number }): PageFacts {
  const flags = new Set(flagsOf(payment))
  const state = stateOf(payment, now)
  const ends = [payment.closedAt, ...payment.attempts.map((attempt) => attempt.expiresAt)]
  const lastEnd = Math.max(...ends.map((end) => end?.getTime() ?? 0))
  const isUnpaid = state === 'expired' || state === 'cancelled' || state === 'failed'
  return {
    state,
    isOpen: isOpen(payment.status),
    isLate: state === 'paid' && flags.has('late'),
    hasMore: state === 'paid' && payment.receipts.some((receipt) => receipt.heldMinor > 0n),
    isSentBack: flags.has('refunded') || flags.has('partially_refunded') || flags.has('reversed'),
    watchedUntil: isUnpaid ? new Date(lastEnd + rules.lateWatchMs) : undefined,
  }
}

function stateOf(payment: Payment, now: Date): PageState {
  const { status } = payment
  if (status === 'completed') return 'paid'
  if (payment.receipts.some((receipt) => receipt.heldMinor > 0n)) return 'held'
  if (settledMinor(payment) > 0n) return 'part'
  if (status !== 'pending' && status !== 'processing') return status
  const atBank = pageAttempt(payment)
  if (atBank) return atBank.expiresAt > now ? 'atBank' : 'checking'
  const code = shownCode(payment)
  if (!code) return 'preparing'
  return code.expiresAt > now && code.state === 'open' ? 'ready' : 'checking'
}
