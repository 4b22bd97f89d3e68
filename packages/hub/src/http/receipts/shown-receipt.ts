import { isByNotice, paidAtOf, paidForOf, printReceiptNumber } from '../../domain/customer-receipt.ts'
import type { Payment } from '../../domain/payment.ts'
import { maskName } from '../../kit/mask.ts'
import type { KnownReceipt } from '../../store/customer-receipts.ts'
import type { Language } from '../language.ts'
import { amountWords, dateWords } from '../page-text.ts'
import { type SentenceName, sentences } from './words.ts'

/** A receipt as its customer sees it, whatever it is drawn on. Nothing here is markup. */
export type ShownReceipt = {
  readonly language: Language
  readonly issuer: string | undefined
  readonly number: string
  readonly issuedAt: Date
  readonly amount: string
  /** Label and value, from the top. */
  readonly rows: readonly (readonly [label: string, value: string])[]
  readonly notes: readonly string[]
  readonly url: string
}

/** `payment` as it is now: what was sent back is told below what was paid. */
export function showReceipt(
  receipt: KnownReceipt,
  payment: Payment,
  more: { readonly language: Language; readonly issuer: string | undefined; readonly url: string },
): ShownReceipt {
  const { facts } = receipt
  const { language } = more
  const say = (name: SentenceName) => sentences[name][language]
  const isBackAny = payment.refundedMinor > 0n
  const isTakenBack = payment.receipts.some((one) => one.appliedMinor > 0n && one.reversed)
  const refunded = { ...payment.amount, amountMinor: payment.refundedMinor }
  const rows: [string, string][] = [
    [say('number'), printReceiptNumber(facts.number)],
    [say('payment'), String(facts.paymentNumber)],
    [say(facts.payableKind), paidForOf(facts)],
    ...(facts.payableKind === 'premium' ? row(say('dueDate'), facts.billKey) : []),
    ...row(say('payer'), maskName(receipt.payer?.name ?? '')),
    [say('amount'), amountWords(facts.amount, language)],
    [say('paidAt'), dateWords(paidAtOf(facts), language)],
    ...facts.movements.flatMap((one): [string, string][] => [
      [say('bank'), one.bankCode],
      [say('transaction'), one.bankTransactionId],
    ]),
    ...(isBackAny ? row(say('refunded'), amountWords(refunded, language)) : []),
  ]
  const notes = [say(isByNotice(facts) ? 'byNotice' : 'verified'), ...(isTakenBack ? [say('takenBack')] : [])]
  return {
    language,
    issuer: more.issuer,
    number: printReceiptNumber(facts.number),
    issuedAt: receipt.issued?.at ?? paidAtOf(facts),
    amount: amountWords(facts.amount, language),
    rows,
    notes,
    url: more.url,
  }
}

/** A row, where there is something to show. */
function row(label: string, value: string): [string, string][] {
  return value === '' ? [] : [[label, value]]
}
