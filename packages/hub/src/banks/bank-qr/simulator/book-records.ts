import type { CurrencyCode } from './amounts.ts'
import { isMoneyBackRecord, type MoneyBackRecord, type ShownRefund } from './money-back.ts'

/** A QR this bank made. The same bill number may have several; all of them can be paid. */
export type Code = {
  readonly billNumber: string
  readonly merchantId: string
  readonly currency: CurrencyCode
  /** What the code itself says. */
  readonly amount: string
  readonly payer: string
  readonly qr: string
}

/** Money that arrived through one of our codes. */
export type Movement = {
  readonly transactionId: string
  readonly reference: string
  readonly merchantId: string
  readonly amount: string
  readonly currency: CurrencyCode
  /** By the bank's clock, which may be wrong. */
  readonly atMicros: number
  /** Verify does not tell it until it is told otherwise. */
  readonly hidden: boolean
  /** Verify does not tell it before then. */
  readonly hiddenUntilMs?: number | undefined
}

/** Money on our account, however it came. */
export type MoneyHere = {
  readonly transactionId: string
  readonly amount: string
  readonly currency: CurrencyCode
  /** Undefined where it was paid at the counter. */
  readonly merchantId?: string | undefined
}

/** Money paid at the bank's counter for a bill it had inquired about. */
export type CounterPayment = {
  readonly transactionId: string
  /** The payment id our inquiry gave. */
  readonly paymentId: string
  readonly policyNumber: string
  readonly payer: string
  readonly amount: string
  readonly currency: CurrencyCode
  readonly atMicros: number
  /** PENDING until we confirmed it; REFUSED when the bank gave up telling us. */
  readonly status: 'PENDING' | 'SUCCESS' | 'REFUSED'
}

/** A bill as our gateway told it when the bank inquired; the amount as it was written. */
export type InquiredBill = {
  readonly paymentId: string
  readonly policyNumber: string
  readonly payer: string
  readonly amount: unknown
  readonly currency: CurrencyCode
}

/** What verify does for one reference: the truth (by every second call alone), no answer at all, or an unreadable one. */
export type VerifyMode = 'truth' | 'flap' | 'silent' | 'garbage'

/** Until when all movements so far are unknown to verify: for good, until a time, or not at all. */
export type Hiding = { readonly hidden: boolean; readonly hiddenUntilMs?: number | undefined }

export type JournalPayment = {
  readonly transactionId: string
  readonly reference: string
  readonly amount: string
  readonly currency: string
  readonly paidAt: string
  /** SUCCESS counts as money on our account, less what was refunded of it. REVERSED is money that the bank took back. */
  readonly status: string
  /** What went back of it so far, as a decimal. */
  readonly refunded: string
  readonly refunds: readonly ShownRefund[]
}

export type BankRecord =
  | ({ readonly k: 'code' } & Code)
  | ({ readonly k: 'movement' } & Movement)
  | ({ readonly k: 'inquiry' } & InquiredBill)
  | ({ readonly k: 'counter' } & CounterPayment)
  | { readonly k: 'counter-status'; readonly transactionId: string; readonly status: CounterPayment['status'] }
  | ({ readonly k: 'verify'; readonly reference: string; readonly mode: VerifyMode } & Partial<Hiding>)
  | MoneyBackRecord

/** Makes sure that a line of the file is one of this bank's; the file is the simulator's own, so its form is trusted. */
export function isBankRecord(record: Readonly<Record<string, unknown>>): record is BankRecord {
  const kind = String(record['k'])
  return (
    ['code', 'movement', 'inquiry', 'counter', 'counter-status', 'verify'].includes(kind) || isMoneyBackRecord(kind)
  )
}
