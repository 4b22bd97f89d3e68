import type { CurrencyCode } from './amounts.ts'

/** How a payer pays. */
export const payMethods = ['khqr', 'abapay', 'cards', 'alipay', 'wechat', 'google_pay'] as const
export type PayMethod = (typeof payMethods)[number]

/** One `tran_id`, as it was asked for, or made by PayWay itself for a link or a printed code. */
export type Tran = {
  readonly tranId: string
  /** PayWay's own number of it, in order of making. */
  readonly number: number
  readonly madeBy: 'purchase' | 'generate-qr' | 'link' | 'printed'
  /** As asked for; empty where the payer chooses. */
  readonly option: string
  /** Whether a hosted page was given out: what is open there can be paid after a close, and cards nowhere else. */
  readonly hasPage: boolean
  readonly type: 'purchase' | 'pre-auth'
  readonly amount: string
  readonly currency: CurrencyCode
  /** Empty where only the page shows one. */
  readonly qr: string
  readonly createdAtMs: number
  /** Check, and detail, do not know it before. */
  readonly checkFromMs: number
  readonly detailFromMs: number
  readonly expiresAtMs: number
  /** Decoded; empty where nobody is told. */
  readonly callbackUrl: string
  readonly continueUrl: string
  readonly returnParams: string
  readonly merchantRef: string
  readonly linkId: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly phone: string
  /** Split among others: cannot be refunded here. */
  readonly hasPayout: boolean
}

/** Money that a payer sent for a `tran_id`. */
export type Charge = {
  readonly tranId: string
  /** Booking number; also what tells a second charge from the first. */
  readonly bankRef: string
  readonly apv: string
  readonly atMs: number
  /** What PayWay took it for, in the currency of the order. */
  readonly amount: string
  readonly currency: CurrencyCode
  readonly discount: string
  /** What left the payer's account, in its own currency. */
  readonly paidAmount: string
  readonly paidCurrency: CurrencyCode
  readonly method: PayMethod
  /** `reversed`: it came too late, and the payer has it back. */
  readonly fate: 'booked' | 'reversed'
  readonly hidden: boolean
  readonly listedFromMs: number
}

export type Refund = { readonly tranId: string; readonly amount: string; readonly atMs: number }

/** What becomes of an authorised sum. */
export type Capture = {
  readonly tranId: string
  readonly act: 'complete' | 'cancel'
  readonly amount: string
  readonly atMs: number
}

/** What reads say of one `tran_id`: the truth (by turns only), nothing, or nonsense. */
export type LookMode = 'truth' | 'flap' | 'silent' | 'garbage'

/** From now on; `hidden` and `listedFromMs` speak of all charges so far. */
export type Look = {
  readonly tranId: string
  readonly mode: LookMode
  readonly hidden?: boolean | undefined
  readonly listedFromMs?: number | undefined
}

export type Link = {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly amount: string
  readonly currency: CurrencyCode
  /** 0: as often as one likes. */
  readonly paymentLimit: number
  readonly expiredDate: number
  readonly returnUrl: string
  readonly merchantRef: string
  readonly createdAtMs: number
}

export type JournalPayment = {
  /** The `tran_id`; of further charges with the booking number behind it. */
  readonly transactionId: string
  /** The `tran_id`. */
  readonly reference: string
  readonly amount: string
  readonly currency: string
  readonly paidAt: string
  /** SUCCESS is money on our account, less `refunded`; PENDING is not listed yet; PRE-AUTH is held; the rest never became ours. */
  readonly status: 'SUCCESS' | 'PENDING' | 'PRE-AUTH' | 'CANCELLED' | 'REVERSED'
  readonly refunded: string
  readonly refunds: readonly { readonly amount: string; readonly at: string }[]
  readonly method: PayMethod
  readonly paidAmount: string
  readonly paidCurrency: string
}

export type BookRecord =
  | ({ readonly k: 'tran' } & Tran)
  /** A page was asked for again: the same transaction, for the sum of the new form. */
  | { readonly k: 'again'; readonly tranId: string; readonly amount: string; readonly currency: CurrencyCode }
  /** A code given out for a `tran_id` that was used before: nobody can pay it. */
  | { readonly k: 'dead-code'; readonly tranId: string; readonly qr: string }
  | ({ readonly k: 'charge' } & Charge)
  | { readonly k: 'close'; readonly tranId: string }
  | ({ readonly k: 'refund' } & Refund)
  | ({ readonly k: 'capture' } & Capture)
  | ({ readonly k: 'look' } & Look)
  | ({ readonly k: 'link' } & Link)
  | { readonly k: 'void'; readonly linkId: string; readonly atMs: number }
