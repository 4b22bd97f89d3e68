import type { CallContext, Probe } from '../kit/call.ts'
import type { Money } from '../money/money.ts'

/** What a policy system says is owed on a number. */
export type Premium = {
  /** The policy system's name: "DLIS", "INGENIUM". */
  readonly biller: string
  readonly number: string
  readonly payer: string
  readonly amount: Money
  /** `yyyy-mm-dd`; with the number and the currency it is the bill's identity. */
  readonly dueDate: string
  /** Recipients of the customer's message, where the system gives them. */
  readonly email: string | undefined
  readonly phone: string | undefined
}

export type LookUp =
  | { readonly state: 'due'; readonly premium: Premium }
  | { readonly state: 'nothing_due'; readonly biller: string }
  | { readonly state: 'not_found' }

export type CreditOrder = {
  /** Our payment number as text: the policy system's key for this credit. */
  readonly paymentNumber: string
  readonly policyNumber: string
  readonly amount: Money
  readonly dueDate: string
  readonly paidAt: Date
  readonly bankCode: string
  readonly bankTransactionId: string
}

export type FoundCredit =
  | {
      readonly state: 'credited'
      readonly reference: string
      /** Further receipts of the same payment, where the system lists several: it was credited more than once. */
      readonly others?: readonly string[]
    }
  | { readonly state: 'not_credited' }

/** Money that was credited and has been paid back to the payer. */
export type CreditNoteOrder = {
  /** Our refund's id: the policy system's key for this credit note. */
  readonly refundId: string
  readonly paymentNumber: string
  readonly policyNumber: string
  readonly amount: Money
  readonly reason: string
  readonly refundedAt: Date
}

export type FoundCreditNote =
  | { readonly state: 'noted'; readonly reference: string; readonly others?: readonly string[] }
  | { readonly state: 'not_noted' }

/** One policy system, by its settings. It translates and calls; it never touches the database. Every call may throw `Trouble`. */
export type Biller = {
  readonly name: string
  /** Whether the settings declare that crediting the same payment number twice credits once. */
  readonly creditIsIdempotent: boolean
  /** The same for credit notes and their refund's id. */
  readonly creditNoteIsIdempotent: boolean
  /** Whether its settings say how it is told of credit notes. Where not, both calls throw an `Error`. */
  readonly takesCreditNotes: boolean
  /** How old a sending must be, in seconds, before the system's "I know nothing of it" is believed. */
  readonly believeNoAfterS: number
  /** Numbers that begin so are asked here first; the empty one means all others. */
  readonly prefixes: readonly string[]
  lookUp(number: string, call: CallContext): Promise<LookUp>
  /** After `Trouble` with outcome `unknown`, `findCredit` must be asked before this is sent again (unless idempotent). */
  credit(order: CreditOrder, call: CallContext): Promise<{ readonly reference: string }>
  findCredit(paymentNumber: string, call: CallContext): Promise<FoundCredit>
  /** As `credit`, with `findCreditNote`. */
  creditNote(order: CreditNoteOrder, call: CallContext): Promise<{ readonly reference: string }>
  findCreditNote(refundId: string, call: CallContext): Promise<FoundCreditNote>
  probe(call: CallContext): Promise<Probe>
}

/** A look-up through prefix rules, the other system, and the cache. */
export type SourcedLookUp = LookUp & {
  readonly cached: boolean
  /** The system is down and this is an old answer: for display only, never to settle or to make a QR. */
  readonly stale: boolean
}

export type PremiumLookUp = {
  /** `fresh: true` asks the policy system now (and refreshes the cache). Throws `Trouble` when it cannot be known. */
  (number: string, how: { fresh: boolean; call: CallContext }): Promise<SourcedLookUp>
}
