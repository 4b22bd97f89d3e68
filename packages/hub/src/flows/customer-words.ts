import { paidForOf, type ReceiptFacts } from '../domain/customer-receipt.ts'
import type { PayableKind } from '../domain/payment.ts'
import { printAmount } from '../money/money.ts'

const names: Record<PayableKind, { readonly en: string; readonly km: string }> = {
  premium: { en: '', km: 'លេខ ' },
  topup: { en: 'the wallet ', km: 'កាបូបលុយ ' },
  order: { en: 'order ', km: 'ការបញ្ជាទិញលេខ ' },
}

/** What the customer is told of his payment, in both languages. It holds nothing about him. */
export function customerWords(facts: ReceiptFacts): {
  readonly subject: { readonly en: string; readonly km: string }
  readonly text: { readonly en: string; readonly km: string }
} {
  const { currency } = facts.amount
  const amount = printAmount(facts.amount.amountMinor, currency)
  const what = names[facts.payableKind]
  const paidFor = paidForOf(facts)
  const { paymentNumber } = facts
  return {
    subject: { en: `We received ${currency} ${amount}`, km: `យើងបានទទួលប្រាក់ ${amount} ${currency}` },
    text: {
      en: `We received ${currency} ${amount} for ${what.en}${paidFor}. Payment ${paymentNumber}. Thank you.`,
      km: `យើងបានទទួលប្រាក់ ${amount} ${currency} សម្រាប់${what.km}${paidFor}។ លេខបង់ប្រាក់ ${paymentNumber}។ សូមអរគុណ។`,
    },
  }
}
