import { fromMinor, minorOf, phpNumber } from './amounts.ts'
import { type Entry, sum } from './book.ts'
import type { Charge, PayMethod } from './book-records.ts'

export type Status = { readonly code: 0 | 2 | 3 | 4 | 7; readonly word: string }

export const pending: Status = { code: 2, word: 'PENDING' }
const approved: Status = { code: 0, word: 'APPROVED' }

/** PayWay's status: a part of the money given back turns all of it to REFUNDED, and a close turns nothing. */
export function statusOf({ tran, refunds, capture }: Entry, charges: readonly Charge[]): Status {
  if (charges.length === 0) return pending
  if (refunds.length > 0) return { code: 4, word: 'REFUNDED' }
  if (tran.type !== 'pre-auth' || capture?.act === 'complete') return approved
  return capture ? { code: 7, word: 'CANCELLED' } : { code: 0, word: 'PRE-AUTH' }
}

/** The other one: what a read says that disagrees with the others. */
export function opposite(status: Status): Status {
  return status.code === pending.code ? approved : pending
}

/** The sums of a transaction, by its first charge; of an unpaid one those that were asked for. */
export function sumsOf({ tran, refunds }: Entry, charge: Charge | undefined) {
  const { amount, currency } = charge ?? tran
  const discount = charge?.discount ?? '0'
  return {
    original_amount: phpNumber(amount),
    total_amount: phpNumber(charge ? totalOf(charge) : amount),
    discount_amount: phpNumber(discount),
    refund_amount: phpNumber(fromMinor(sum(refunds), currency)),
    payment_amount: phpNumber(charge?.paidAmount ?? '0'),
    payment_currency: charge?.paidCurrency ?? '',
  }
}

/** What was to be paid after the discount. */
export function totalOf({ amount, discount, currency }: Pick<Charge, 'amount' | 'discount' | 'currency'>): string {
  return fromMinor(minorOf(amount) - minorOf(discount), currency)
}

type Source = {
  readonly payment_type: string
  readonly bank_name: string
  readonly payer: string
  readonly card: string
}

const sources: Readonly<Record<PayMethod, Source>> = {
  khqr: { payment_type: 'KHQR', bank_name: 'Sample Wallet', payer: '', card: '' },
  abapay: { payment_type: 'ABA Pay', bank_name: 'ABA Bank', payer: '*001', card: '' },
  cards: { payment_type: 'VISA', bank_name: 'ABA Bank', payer: '411111******1111', card: 'ONUS' },
  google_pay: { payment_type: 'MC', bank_name: '', payer: '555555******4444', card: 'OFFUS_INTERNATIONAL' },
  alipay: { payment_type: 'Alipay', bank_name: '', payer: '', card: '' },
  wechat: { payment_type: 'Wechat', bank_name: '', payer: '', card: '' },
}

/** Who paid, and by what. */
export function payerOf(charge: Charge | undefined) {
  const source = charge && sources[charge.method]
  return {
    bank_ref: charge?.bankRef ?? '',
    payer_account: source?.payer ?? '',
    bank_name: source?.bank_name ?? '',
    card_source: source?.card ?? '',
    payment_type: source?.payment_type ?? 'N/A',
  }
}
