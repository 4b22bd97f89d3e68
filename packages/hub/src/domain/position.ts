import type { Currency } from '../money/money.ts'
import type { Channel, Proof, SuspenseReason } from './payment.ts'
import { holdsMoney, type RefundStatus } from './refund.ts'

/** Where one receipt's money stands, read from the ledger at one moment (`journals` is its version). */
export type Position = {
  readonly receiptId: number
  readonly bankCode: string
  readonly merchantAccountId: number
  readonly channel: Channel
  readonly bankTransactionId: string
  /** The payment that the money named; undefined: a reference that we do not know. */
  readonly paymentNumber: number | undefined
  readonly reference: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly paidAt: Date
  readonly proof: Proof
  /** How many journals it has: another one since means that somebody was faster. */
  readonly journals: number
  /** What the bank account still holds of it: without what was refunded or taken back. */
  readonly bankMinor: bigint
  readonly appliedMinor: bigint
  readonly heldMinor: bigint
  readonly refundingMinor: bigint
  readonly writtenOffMinor: bigint
  readonly reversed: boolean
  readonly appliedAccounts: readonly { readonly account: string; readonly minor: bigint }[]
  /** What the last reversal undid, by account; empty when there was none. */
  readonly reversalCredits: readonly { readonly account: string; readonly minor: bigint }[]
  readonly suspense: readonly {
    readonly id: number
    readonly reason: SuspenseReason
    readonly amountMinor: bigint
    readonly remainingMinor: bigint
  }[]
  readonly applications: readonly {
    readonly paymentNumber: number
    readonly creditAccount: string
    readonly amountMinor: bigint
  }[]
  readonly refunds: readonly {
    readonly id: string
    readonly status: RefundStatus
    readonly version: number
    readonly amountMinor: bigint
    /** The payment whose applied money goes back; undefined when held money does. */
    readonly paymentNumber: number | undefined
    readonly suspenseId: number | undefined
    readonly requestedBy: string
  }[]
  readonly acts: readonly {
    readonly kind: 'apply' | 'write_off'
    readonly status: 'requires_approval' | 'done' | 'rejected'
    readonly amountMinor: bigint
    readonly requestedBy: string
  }[]
}

/** What may still be refunded of the money that settled `paymentNumber`, in minor units. */
export function refundableOf(position: Position, paymentNumber: number): bigint {
  const applied = sum(position.applications.filter((one) => one.paymentNumber === paymentNumber))
  const gone = sum(position.refunds.filter((one) => one.paymentNumber === paymentNumber && holdsMoney(one.status)))
  const left = applied - gone
  // A reversal took all that was left of it.
  return position.reversed || left < 0n ? 0n : left < position.appliedMinor ? left : position.appliedMinor
}

/** What was refunded and written off of this receipt before, whoever asked: the limit for one person counts it all. */
export function givenAwayMinor(position: Position): bigint {
  return (
    sum(position.refunds.filter((one) => holdsMoney(one.status))) +
    sum(position.acts.filter((one) => one.kind === 'write_off' && one.status === 'done'))
  )
}

function sum(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((total, row) => total + row.amountMinor, 0n)
}
