import type { Currency, Money } from '../money/money.ts'
import type { SuspenseReason } from './payment.ts'

/** One line of a journal: debits positive, credits negative, in minor units. */
export type Entry = { readonly account: string; readonly currency: string; readonly amountMinor: bigint }

/** Where a receipt's money stands: applied to what was owed, held until a person decides, or the one and the rest so. */
export type Placement =
  | { readonly kind: 'applied'; readonly creditAccount: string }
  | { readonly kind: 'suspense'; readonly reason: SuspenseReason }
  | {
      readonly kind: 'split'
      readonly creditAccount: string
      readonly appliedMinor: bigint
      readonly reason: SuspenseReason
    }

/** How much of a receipt of `amountMinor` is applied and how much is held. */
export function portionsOf(placement: Placement, amountMinor: bigint): { applied: bigint; held: bigint } {
  if (placement.kind === 'applied') return { applied: amountMinor, held: 0n }
  if (placement.kind === 'suspense') return { applied: 0n, held: amountMinor }
  return { applied: placement.appliedMinor, held: amountMinor - placement.appliedMinor }
}

/**
 * The journal of one receipt: the bank account holds more, and we owe it on (to the insurer, or to a wallet's user) or hold it (suspense).
 * Sums to zero by construction; the database refuses any journal that does not.
 */
export function postReceipt(bankCode: string, amount: Money, placement: Placement): Entry[] {
  const { applied, held } = portionsOf(placement, amount.amountMinor)
  const credited = placement.kind === 'suspense' ? undefined : placement.creditAccount
  return [
    { account: bankAccount(bankCode), currency: amount.currency, amountMinor: amount.amountMinor },
    ...(credited ? [{ account: credited, currency: amount.currency, amountMinor: -applied }] : []),
    ...(held > 0n ? [{ account: suspenseAccount(bankCode), currency: amount.currency, amountMinor: -held }] : []),
  ]
}

/** `amountMinor` leaves one account and stands on another: what is owed or held moves, the bank account does not. */
export function postMove(from: string, to: string, currency: Currency, amountMinor: bigint): Entry[] {
  return [
    { account: from, currency, amountMinor },
    { account: to, currency, amountMinor: -amountMinor },
  ]
}

/** The bank has sent a refund: the bank account holds less, and nothing is owed to the customer any more. */
export function postRefundPaid(bankCode: string, currency: Currency, amountMinor: bigint): Entry[] {
  return postMove(refundsAccount(bankCode), bankAccount(bankCode), currency, amountMinor)
}

/**
 * The bank took back what is left of a receipt there: everything that we owed on, held or wrote off of it is undone.
 * `credits` are positive amounts by account; they add up to what the bank account held.
 */
export function postReversal(
  bankCode: string,
  currency: Currency,
  credits: readonly { readonly account: string; readonly minor: bigint }[],
): Entry[] {
  const undone = credits.filter((credit) => credit.minor !== 0n)
  const total = undone.reduce((sum, credit) => sum + credit.minor, 0n)
  return [
    { account: bankAccount(bankCode), currency, amountMinor: -total },
    ...undone.map((credit) => ({ account: credit.account, currency, amountMinor: credit.minor })),
  ]
}

/** The bank lists money again that it had taken back: what the reversal undid stands as it stood before. */
export function postReturn(
  bankCode: string,
  currency: Currency,
  credits: readonly { readonly account: string; readonly minor: bigint }[],
): Entry[] {
  return postReversal(bankCode, currency, credits).map((entry) => ({ ...entry, amountMinor: -entry.amountMinor }))
}

export function bankAccount(bankCode: string): string {
  return `bank:${bankCode}`
}

/** What a user has with us: the sum of its entries. */
export function walletAccount(userId: string): string {
  return `wallet:${userId}`
}

export function suspenseAccount(bankCode: string): string {
  return `suspense:${bankCode}`
}

/** Promised to a customer and not sent by the bank yet. */
export function refundsAccount(bankCode: string): string {
  return `refunds:${bankCode}`
}

export const writeOffAccount = 'writeoff'
