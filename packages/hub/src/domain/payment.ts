import type { Money } from '../money/money.ts'
import type { Status } from './transitions.ts'

export const payableKinds = ['premium', 'topup', 'order'] as const
export type PayableKind = (typeof payableKinds)[number]

/** What somebody owes: (biller, number, due date, currency) is its identity; the amount is not part of it. */
export type Bill = {
  readonly payableKind: PayableKind
  readonly biller: string
  readonly billNumber: string
  /** Of a premium its due date `yyyy-mm-dd`: tells one instalment from the next. Empty where there are none. */
  readonly billKey: string
}

/** One try to collect a payment through one bank. Closed or superseded, never edited. */
export type Attempt = {
  readonly id: number
  readonly bankCode: string
  readonly merchantAccountId: number
  readonly reference: string
  readonly state: 'creating' | 'open' | 'closed'
  readonly qrString: string | undefined
  /** How an order is paid: a method of its bank. Open without a code, the bank's own page takes over. */
  readonly method: string | undefined
  readonly deeplink: string | undefined
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export type Channel = 'khqr' | 'bill'
export type Proof = 'verified' | 'statement' | 'notice'

export const suspenseReasons = [
  'duplicate_payment',
  'underpaid',
  'overpaid',
  'currency_mismatch',
  'unknown_payment',
  'late',
  'already_paid',
  'notice_disagrees',
] as const
export type SuspenseReason = (typeof suspenseReasons)[number]

/** Evidence that money arrived at a bank. Never changed. */
export type Receipt = {
  readonly id: number
  readonly bankCode: string
  readonly merchantAccountId: number
  readonly channel: Channel
  readonly bankTransactionId: string
  readonly amount: Money
  readonly paidAt: Date
  readonly recordedAt: Date
  readonly proof: Proof
  /** What of it settled this payment. */
  readonly appliedMinor: bigint
  /** What of that left again: paid back to the payer, on its way there, or taken back by the bank. */
  readonly returnedMinor: bigint
  /** Why it was held, also when the money was placed since. */
  readonly suspended: SuspenseReason | undefined
  /** What of it waits in suspense now. */
  readonly heldMinor: bigint
  /** The bank took it back after we had booked it. */
  readonly reversed: boolean
  /** Since when the bank, asked, did not list it. */
  readonly missingSince: Date | undefined
  /** Whether the money named this payment; else an operator applied it. */
  readonly isNamed: boolean
  /** The notice that was matched with this movement, if any. */
  readonly noticeFingerprint: string | undefined
}

/** A payment with everything a decision about it needs, as read in one statement at one version. */
export type Payment = Bill & {
  readonly number: number
  readonly id: string
  readonly amount: Money
  /** The ledger account that money for it is credited to: `payable:premium`, `wallet:user-1`. */
  readonly creditAccount: string
  readonly status: Status
  readonly version: number
  readonly eventSequence: number
  readonly openedAt: Date
  readonly completedAt: Date | undefined
  /** When it was closed unpaid (failed, cancelled, expired), also when late money completed it since. */
  readonly closedAt: Date | undefined
  /** What of its applied money was sent back. */
  readonly refundedMinor: bigint
  readonly payer: { readonly name: string; readonly email: string | undefined; readonly phone: string | undefined }
  readonly attempts: readonly Attempt[]
  readonly receipts: readonly Receipt[]
  /** Which banks asked for this payment, and where. */
  readonly inquiries: readonly { readonly bankCode: string; readonly channel: InquiryChannel }[]
  /** What became of the bill: other payments of it included. */
  readonly bill: {
    readonly completedBy: number | undefined
    readonly openBy: number | undefined
    /** Another payment of the bill has verified money in suspense. */
    readonly heldBy: number | undefined
  }
}

/** What is paid, for people: "P123456789 (DLIS, due 2026-02-15)", "wallet:user-1", "order A-1001". */
export function nameOfPayable(
  payment: Pick<Payment, 'payableKind' | 'billNumber' | 'biller' | 'billKey' | 'creditAccount'>,
): string {
  if (payment.payableKind === 'topup') return payment.creditAccount
  if (payment.payableKind === 'order') return `order ${payment.billNumber}`
  return `${payment.billNumber} (${payment.biller}, due ${payment.billKey})`
}

/** A premium waits for the next code; a top-up's or order's payment is given up with the code it was opened for. */
export function endsWithItsCode(payment: Bill): boolean {
  return payment.payableKind !== 'premium'
}

export type InquiryChannel = 'COUNTER' | 'KHQR_PAYMENT'

/** Derived from amounts and times, never stored. `by_notice`: proved by a notice only, until reconciled. */
export type Flag =
  | 'partial'
  | 'over'
  | 'late'
  | 'duplicate'
  | 'by_notice'
  | 'refunded'
  | 'partially_refunded'
  | 'reversed'

export function flagsOf(payment: Payment): Flag[] {
  const flags: Flag[] = []
  const own = payment.receipts.filter((receipt) => receipt.isNamed)
  const reasons = new Set(own.map((receipt) => receipt.suspended))
  const applied = payment.receipts.filter((receipt) => receipt.appliedMinor > 0n)
  const settled = settledMinor(payment)
  const isInParts = payment.status !== 'completed' && settled > 0n && settled < payment.amount.amountMinor
  if (reasons.has('underpaid') || isInParts) flags.push('partial')
  if (reasons.has('overpaid')) flags.push('over')
  if (reasons.has('duplicate_payment')) flags.push('duplicate')
  if (reasons.has('late') || applied.some((receipt) => isLate(payment, receipt))) flags.push('late')
  if (applied.some((receipt) => receipt.proof === 'notice')) flags.push('by_notice')
  if (payment.refundedMinor > 0n)
    flags.push(payment.refundedMinor < payment.amount.amountMinor ? 'partially_refunded' : 'refunded')
  if (applied.some((receipt) => receipt.reversed)) flags.push('reversed')
  return flags
}

/** Late = it settled a payment that was closed, or was paid after the last code that was open for it had expired. */
function isLate(payment: Payment, receipt: Receipt): boolean {
  if (payment.closedAt) return payment.status === 'completed'
  if (receipt.channel !== 'khqr') return false
  const lastExpiry = Math.max(
    ...payment.attempts.map((attempt) => attempt.expiresAt.getTime()),
    Number.NEGATIVE_INFINITY,
  )
  return Number.isFinite(lastExpiry) && receipt.paidAt.getTime() > lastExpiry
}

/** What all money that named this payment adds up to in its own currency, without what the bank took back. */
export function receivedMinor(payment: Payment): bigint {
  return payment.receipts
    .filter((receipt) => receipt.isNamed && !receipt.reversed && receipt.amount.currency === payment.amount.currency)
    .reduce((sum, receipt) => sum + receipt.amount.amountMinor, 0n)
}

/** What has settled of it so far, without what left again: a part that was paid back or taken back is owed again. */
export function settledMinor(payment: Payment): bigint {
  return payment.receipts.reduce((sum, receipt) => sum + receipt.appliedMinor - receipt.returnedMinor, 0n)
}

/**
 * What of its applied money has not left for good: a refund that is not done yet may still come to nothing, and its money
 * then stands here again.
 */
export function standingMinor(payment: Payment): bigint {
  const settled = settledMinor(payment)
  const applied = payment.receipts.filter((receipt) => !receipt.reversed)
  const unsent = applied.reduce((sum, receipt) => sum + receipt.appliedMinor, 0n) - payment.refundedMinor
  // A refund of money that the bank has taken back since says nothing about the money that is here.
  return unsent > settled ? unsent : settled
}
