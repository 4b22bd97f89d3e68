import type { Money } from '../money/money.ts'
import type { Bill, SuspenseReason } from './payment.ts'

/** One line of a journal: debits positive, credits negative, in minor units. */
export type Entry = { readonly account: string; readonly currency: string; readonly amountMinor: bigint }

/** Where a receipt's money stands: applied to what was owed, or held until a person decides. */
export type Placement =
  | { readonly kind: 'applied'; readonly payableKind: Bill['payableKind'] }
  | { readonly kind: 'suspense'; readonly reason: SuspenseReason }

/**
 * The journal of one receipt: the bank account holds more, and we owe it on (to the payable) or hold it (suspense).
 * Sums to zero by construction; the database refuses any journal that does not.
 */
export function postReceipt(bankCode: string, amount: Money, placement: Placement): Entry[] {
  const { currency, amountMinor } = amount
  const owedTo = placement.kind === 'applied' ? `payable:${placement.payableKind}` : `suspense:${bankCode}`
  return [
    { account: `bank:${bankCode}`, currency, amountMinor },
    { account: owedTo, currency, amountMinor: -amountMinor },
  ]
}
