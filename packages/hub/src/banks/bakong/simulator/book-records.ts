import type { CurrencyCode } from './amounts.ts'
import type { QuotaRecord } from './quota.ts'
import type { TokenRecord } from './tokens.ts'

/** Money on its way from a customer's bank, as Bakong knows it. */
export type Transfer = {
  /** 64 hex digits; Bakong's name of the transfer. */
  readonly hash: string
  readonly md5: string
  readonly isStatic: boolean
  /** The bill number in the code, or the MD5 where it has none. Bakong itself never tells it. */
  readonly reference: string
  readonly fromAccountId: string
  readonly toAccountId: string
  readonly amount: string
  readonly currency: CurrencyCode
  /** When the payer sent it. */
  readonly createdAtMs: number
  /** When Bakong recorded it. */
  readonly acknowledgedAtMs: number
  /** The payer's bank's own reference. */
  readonly externalRef: string
  readonly instructionRef: string | null
  /** `failed`: no money moved. `elsewhere`: it went to another account. `lie`: listed, but it is another code's transfer. */
  readonly kind: 'paid' | 'failed' | 'elsewhere' | 'lie'
  /** Not listed before it is told otherwise. */
  readonly hidden: boolean
  readonly listedFromMs: number
}

/** What the API does when it is asked about one MD5: the truth (every second time alone), nothing, or nonsense. */
export type LookMode = 'truth' | 'flap' | 'silent' | 'garbage'

/** From now on; `hidden` and `listedFromMs` speak of all transfers so far. */
export type Look = {
  readonly md5: string
  readonly mode: LookMode
  readonly hidden?: boolean | undefined
  readonly listedFromMs?: number | undefined
}

export type JournalPayment = {
  /** The transfer's hash. */
  readonly transactionId: string
  readonly reference: string
  readonly md5: string
  readonly amount: string
  readonly currency: string
  readonly paidAt: string
  /** SUCCESS is money on our account; PENDING is not listed yet; FAILED and ELSEWHERE never became ours. */
  readonly status: 'SUCCESS' | 'PENDING' | 'FAILED' | 'ELSEWHERE'
  /** Bakong gives nothing back: always none. */
  readonly refunded: string
  readonly refunds: readonly never[]
}

/** A code that somebody asked a link for: of no other does Bakong hear before it is paid. */
export type LinkedCode = { readonly qr: string }

export type BookRecord =
  | ({ readonly k: 'transfer' } & Transfer)
  | ({ readonly k: 'look' } & Look)
  | ({ readonly k: 'linked' } & LinkedCode)
export type BakongRecord = BookRecord | QuotaRecord | TokenRecord
