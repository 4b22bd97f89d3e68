import type { Entry } from '../domain/ledger.ts'
import type { SuspenseReason } from '../domain/payment.ts'
import type { RefundStatus } from '../domain/refund.ts'
import type { Currency } from '../money/money.ts'

export type NewJournal = {
  readonly kind: 'resolution' | 'refund_held' | 'refund_paid' | 'refund_undone' | 'reversal' | 'adjustment'
  readonly memo: string
  readonly entries: readonly Entry[]
  readonly refundId?: string
}

/** Money of one receipt moves: journals, and what they mean for the lists of held and applied money. */
export type Posting = {
  readonly receiptId: number
  /** How many journals the receipt had when it was read. Another one since: `Conflict`. */
  readonly expectedJournals: number
  readonly journals: readonly NewJournal[]
  /** What leaves suspense; negative: what comes back to it. */
  readonly takes?: readonly { readonly suspenseId: number; readonly amountMinor: bigint }[]
  readonly hold?: { readonly reason: SuspenseReason; readonly amountMinor: bigint }
  readonly application?: { readonly paymentNumber: number; readonly amountMinor: bigint }
}

export type RefundOpening = {
  readonly receiptId: number
  /** The payment whose applied money goes back, or else the suspense row whose held money does. */
  readonly paymentNumber: number | undefined
  readonly suspenseId: number | undefined
  readonly bankCode: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly mode: 'automatic' | 'manual'
  readonly reason: string
  readonly requestedBy: string
  readonly needsSecond: boolean
}

export type RefundMove = {
  readonly id: string
  readonly expectedVersion: number
  readonly to: RefundStatus
  readonly approvedBy?: string | undefined
  readonly baselineMinor?: bigint | undefined
  readonly bankRefundId?: string | undefined
  readonly evidence?: unknown
  /** It is about to be sent: the moment is noted. */
  readonly sending?: boolean
}

/** Opens a refund, or moves it on. Throws `Conflict` when it has moved on since it was read. */
export type RefundWrite = {
  readonly change: { readonly id: string; readonly open: RefundOpening } | RefundMove
  /** How it stands now, in words. */
  readonly sentence: string
  /** When a job looks at it again; undefined: only a person moves it on. */
  readonly nextTryAt: Date | undefined
  readonly actor: string
  readonly correlationId: string
}

/** An operator's act on held money, asked for or decided. Throws `Conflict` when it was decided meanwhile. */
export type ActWrite = {
  readonly id: string
  readonly status: 'requires_approval' | 'done' | 'rejected'
  readonly open?: {
    readonly kind: 'apply' | 'write_off'
    readonly suspenseId: number
    readonly receiptId: number
    readonly paymentNumber: number | undefined
    readonly amountMinor: bigint
    readonly currency: Currency
    readonly reason: string
    /** Why a second person is needed; undefined: not. */
    readonly secondBecause: string | undefined
    readonly requestedBy: string
  }
  /** Why it was decided so, for an act that was asked for before. */
  readonly because?: string
  readonly actor: string
  readonly correlationId: string
}

/** Whether the bank, asked just now, listed a movement that is in the books. */
export type Listing = { readonly receiptId: number; readonly listed: boolean; readonly at: Date }

/** As `write_posting` reads it: bigints as text. Always in the order of the receipts, so that writers cannot cross. */
export function writeOutPostings(postings: readonly Posting[]) {
  return [...postings]
    .sort((a, b) => a.receiptId - b.receiptId)
    .map(({ journals, takes, hold, application, ...rest }) => ({
      ...rest,
      journals: journals.map(({ entries, ...journal }) => ({
        ...journal,
        entries: entries.map((entry, line) => ({ ...entry, line, amountMinor: entry.amountMinor.toString() })),
      })),
      takes: takes?.map((take) => ({ ...take, amountMinor: take.amountMinor.toString() })),
      hold: hold && { ...hold, amountMinor: hold.amountMinor.toString() },
      application: application && { ...application, amountMinor: application.amountMinor.toString() },
    }))
}

export function writeOutRefund({ change, ...rest }: RefundWrite) {
  if ('open' in change) {
    const open = { ...change.open, amountMinor: change.open.amountMinor.toString() }
    return { ...rest, id: change.id, open }
  }
  return { ...rest, ...change, baselineMinor: change.baselineMinor?.toString() }
}

export function writeOutAct({ open, ...rest }: ActWrite) {
  return { ...rest, open: open && { ...open, amountMinor: open.amountMinor.toString() } }
}
