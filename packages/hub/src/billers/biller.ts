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
  | { readonly state: 'credited'; readonly reference: string }
  | { readonly state: 'not_credited' }

/** One policy system, by its settings. It translates and calls; it never touches the database. Every call may throw `Trouble`. */
export type Biller = {
  readonly name: string
  /** Whether the settings declare that crediting the same payment number twice credits once. */
  readonly creditIsIdempotent: boolean
  /** Numbers that begin so are asked here first; the empty one means all others. */
  readonly prefixes: readonly string[]
  lookUp(number: string, call: CallContext): Promise<LookUp>
  /** After `Trouble` with outcome `unknown`, `findCredit` must be asked before this is sent again (unless idempotent). */
  credit(order: CreditOrder, call: CallContext): Promise<{ readonly reference: string }>
  findCredit(paymentNumber: string, call: CallContext): Promise<FoundCredit>
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
