import { isCurrency, parseAmount, printAmount, type Money } from '../money/money.ts'
import type { PayableKind, Payment } from './payment.ts'
import type { Status } from './transitions.ts'

/** What the hub tells others. */
export const eventTypes = [
  /** A bill was found and a payment opened for it. */
  'payment.opened',
  /** A bank's confirmation of a bill payment was accepted. */
  'gateway.payment.confirmed',
  /** A KHQR payment was proved with the bank. */
  'gateway.payment.verified',
  /** The payment is completed, either way. */
  'gateway.payment.success',
  'gateway.payment.failed',
  'gateway.payment.cancelled',
  'gateway.payment.expired',
  /** Money arrived that does not fit. */
  'gateway.receipt.suspense',
  /** The bank paid money back to its payer. */
  'gateway.payment.refunded',
  /** The bank no longer lists money that it had listed. */
  'gateway.payment.reversed',
  'khqr.generated-event',
] as const
export type EventType = (typeof eventTypes)[number]

/** What every event tells of a payment. */
export type ToldPayment = Pick<
  Payment,
  'id' | 'number' | 'payableKind' | 'biller' | 'billNumber' | 'billKey' | 'amount' | 'openedAt'
>

export type Sink = 'integration' | 'customer'

/**
 * Who takes part in which event. The integration service credits a premium on success, and writes a credit note on a
 * refund; a wallet is credited in the ledger itself, and an order is its shop's. Whoever paid is told of success.
 */
export const sinksOf: Partial<Record<EventType, Readonly<Record<PayableKind, readonly Sink[]>>>> = {
  'gateway.payment.success': { premium: ['integration', 'customer'], topup: ['customer'], order: ['customer'] },
  'gateway.payment.refunded': { premium: ['integration'], topup: [], order: [] },
}

export function sinksFor(type: EventType, payableKind: PayableKind): readonly Sink[] {
  return sinksOf[type]?.[payableKind] ?? []
}

/** Everybody who is told of anything. */
export function allSinks(): Sink[] {
  return [...new Set(Object.values(sinksOf).flatMap((kinds) => Object.values(kinds).flat()))]
}

export type EventBody = {
  readonly payment: { readonly id: string; readonly number: number; readonly status: Status }
  readonly payable: {
    readonly kind: string
    readonly biller: string
    readonly number: string
    readonly dueDate: string
  }
  readonly bank?: string
  readonly amount: string
  readonly currency: string
  readonly openedAt: string
  /** Present where money moved. */
  readonly receipt?: {
    readonly bankTransactionId: string
    readonly amount: string
    readonly currency: string
    readonly paidAt: string
    readonly proof: string
    readonly suspenseReason?: string
  }
  readonly expiresAt?: string
  /** Present where money was paid back. */
  readonly refund?: {
    readonly id: string
    readonly amount: string
    readonly currency: string
    /** The movement that was paid back. */
    readonly bankTransactionId: string
    readonly reason: string
    readonly finishedAt: string
    /** `applied`: it had settled the payment and was credited, so a credit note follows. `suspense`: it never was. */
    readonly of: 'applied' | 'suspense'
  }
}

/** The body every event about a payment shares. Amounts are decimal strings, times RFC 3339 UTC. */
export function describePayment(payment: ToldPayment, status: Status, more: Partial<EventBody> = {}): EventBody {
  return {
    payment: { id: payment.id, number: payment.number, status },
    payable: {
      kind: payment.payableKind,
      biller: payment.biller,
      number: payment.billNumber,
      dueDate: payment.billKey,
    },
    amount: printAmount(payment.amount.amountMinor, payment.amount.currency),
    currency: payment.amount.currency,
    openedAt: payment.openedAt.toISOString(),
    ...more,
  }
}

export function describeReceipt(receipt: {
  bankTransactionId: string
  amount: Money
  paidAt: Date
  proof: string
  suspenseReason?: string
}): NonNullable<EventBody['receipt']> {
  return {
    bankTransactionId: receipt.bankTransactionId,
    amount: printAmount(receipt.amount.amountMinor, receipt.amount.currency),
    currency: receipt.amount.currency,
    paidAt: receipt.paidAt.toISOString(),
    proof: receipt.proof,
    ...(receipt.suspenseReason === undefined ? {} : { suspenseReason: receipt.suspenseReason }),
  }
}

/** The money that an event tells of. Throws when it is none: events are written by us alone. */
export function readMoney({ amount, currency }: { readonly amount: string; readonly currency: string }): Money {
  if (!isCurrency(currency)) throw new Error(`An event has the currency "${currency}"`)
  return { amountMinor: parseAmount(amount, currency), currency }
}
