import type { NoticeClaims, Reading } from '../banks/bank.ts'
import type { Refusal } from '../domain/errors.ts'
import type { Payment } from '../domain/payment.ts'
import type { BankAtWork } from './hub.ts'

/** A notice that was kept, as it is judged: now, or again later by a job. */
export type KeptNotice = {
  readonly at: BankAtWork
  readonly inboxId: number
  readonly receivedAt: Date
  readonly reading: Reading<NoticeClaims>
  readonly payment: Payment | undefined
  /** How often it was judged before; the bank is not waiting for an answer any more after the first time. */
  readonly tries: number
}

export type Judgement =
  | { readonly kind: 'confirmed'; readonly sentence: string }
  /** Kept, but nothing was confirmed by it. */
  | { readonly kind: 'noted'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
