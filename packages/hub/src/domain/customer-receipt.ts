import type { Money } from '../money/money.ts'
import type { Bill, Proof } from './payment.ts'

/** One movement of money that settled the payment, or its part that did. */
export type ReceiptMovement = {
  readonly receiptId: number
  readonly bankCode: string
  readonly bankTransactionId: string
  /** What of it was applied. */
  readonly amount: Money
  readonly paidAt: Date
  readonly proof: Proof
}

/** What a customer's receipt says, all of it from the books. Nothing here tells who paid. */
export type ReceiptFacts = Bill & {
  readonly number: number
  readonly paymentNumber: number
  /** `wallet:user-1` where a wallet was filled. */
  readonly creditAccount: string
  readonly amount: Money
  /** Oldest first, at least one. */
  readonly movements: readonly ReceiptMovement[]
}

/** 1 → "R-000001", as it stands on the receipt and in its link. */
export function printReceiptNumber(number: number): string {
  return `R-${String(number).padStart(6, '0')}`
}

/** "R-000001" → 1; undefined for what `printReceiptNumber` does not print. */
export function parseReceiptNumber(text: string): number | undefined {
  if (!/^R-\d{6,15}$/.test(text)) return undefined
  const number = Number(text.slice(2))
  return number >= 1 && printReceiptNumber(number) === text ? number : undefined
}

/**
 * The facts as one text, the same for the same facts for ever: links in customers' hands are made of it. Another form
 * needs another first word, and the old one beside it.
 */
export function receiptContent(facts: ReceiptFacts): string {
  return JSON.stringify([
    'customer receipt 1',
    printReceiptNumber(facts.number),
    String(facts.paymentNumber),
    facts.payableKind,
    facts.biller,
    facts.billNumber,
    facts.billKey,
    facts.creditAccount,
    String(facts.amount.amountMinor),
    facts.amount.currency,
    facts.movements.map((one) => [
      one.bankCode,
      one.bankTransactionId,
      String(one.amount.amountMinor),
      one.amount.currency,
      one.paidAt.toISOString(),
      one.proof,
    ]),
  ])
}

/** When the last of its money was paid, by its bank. Throws when there is none: no receipt is issued without money. */
export function paidAtOf({ movements, number }: ReceiptFacts): Date {
  if (movements.length === 0) throw new Error(`Receipt ${number} tells of no money`)
  return new Date(Math.max(...movements.map((one) => one.paidAt.getTime())))
}

/** Some of its money is proved by a bank's notice alone, not by what the bank lists. */
export function isByNotice({ movements }: ReceiptFacts): boolean {
  return movements.some((one) => one.proof === 'notice')
}

/** The number that its customer knows it by: of a policy, of an order, or the user whose wallet was filled. */
export function paidForOf({ payableKind, billNumber, creditAccount }: ReceiptFacts): string {
  return payableKind === 'topup' ? creditAccount.replace(/^wallet:/, '') : billNumber
}
