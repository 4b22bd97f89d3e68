import type { Bank, MerchantAccount } from '../banks/bank.ts'
import type { PaymentMethod } from '../banks/purchase.ts'
import type { Biller, PremiumLookUp } from '../billers/biller.ts'
import type { CheckRules } from '../domain/check-schedule.ts'
import type { EventBody, EventType } from '../domain/events.ts'
import { sinksFor } from '../domain/events.ts'
import type { MoneyPolicy } from '../domain/match.ts'
import type { Payment } from '../domain/payment.ts'
import type { Clock } from '../kit/clock.ts'
import { newId } from '../kit/ids.ts'
import type { Log } from '../kit/log.ts'
import type { Metrics } from '../kit/metrics.ts'
import type { Messenger } from '../messengers/messenger.ts'
import type { Currency } from '../money/money.ts'
import type { CheckBudget } from '../store/checks.ts'
import type { Db } from '../store/db.ts'
import type { NewEvent } from '../store/writes.ts'
import type { LivePayments } from './live-payments.ts'
import type { OpenBills } from './open-bills.ts'

/** What a bank's messages may do, by its settings. */
export type BankPolicy = {
  /** Whether a bill confirmation that cannot be verified settles (AMK's counter payments). */
  readonly noticeSettlesBills: boolean
  /** Whether a KHQR notice settles, where the bank cannot be asked. */
  readonly noticeSettlesKhqr: boolean
  /** Above these a notice is a case, not a payment. Minor units. */
  readonly noticeLimits: Readonly<Record<Currency, { readonly perPaymentMinor: bigint; readonly perDayMinor: bigint }>>
  readonly money: MoneyPolicy
  /** Ways to pay orders that it is used for; empty: none. */
  readonly orderMethods: readonly PaymentMethod[]
  /** Whether wallets may be topped up through it. */
  readonly takesTopups: boolean
  /** Whether a top-up that could be confirmed only later is refused, not announced as delayed (clause 12). */
  readonly refusesDelayed: boolean
  /** How long a code is shown, in milliseconds. */
  readonly qrSessionMs: number
  /** How often the schedule may ask it. What is asked upon a notice or by a person is not counted. */
  readonly checkBudget: CheckBudget
}

/** One bank with everything the flows need of it. */
export type BankAtWork = {
  readonly code: string
  readonly numericId: number
  /** Off stops new inquiries and codes; notices, verification and late watching go on (clause 8). Changes while we run. */
  readonly active: boolean
  readonly bank: Bank
  /** Their `active` changes while we run, too. */
  readonly accounts: readonly MerchantAccount[]
  /** Codes of banks that make the codes of its bills while it cannot, in this order. */
  readonly fallback: readonly string[]
  /** Whether the bank's messages may come from this address; undefined: from anywhere. */
  readonly allows: ((address: string) => boolean) | undefined
  readonly policy: BankPolicy
}

/** The flows' world, wired at the roof. */
export type Hub = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly banks: ReadonlyMap<string, BankAtWork>
  /** Looks at the tables again: which banks and accounts are active. */
  readonly refreshBanks: () => Promise<void>
  readonly billers: ReadonlyMap<string, Biller>
  readonly lookUp: PremiumLookUp
  readonly openBills: OpenBills
  /** When codes and payments end, and how long they are watched then. */
  readonly deadlines: CheckRules & {
    /** An open payment that nobody used for so long is closed. */
    readonly unusedMs: number
  }
  /** The smallest and largest top-up, in minor units. */
  readonly topupLimits: Readonly<Record<Currency, { readonly minMinor: bigint; readonly maxMinor: bigint }>>
  /** The largest order that may be paid, in minor units. */
  readonly orderLimits: Readonly<Record<Currency, bigint>>
  /** The address of the page with this token. */
  readonly pageOf: (token: string) => string
  /** The address of the customer's receipt with this number and mac. */
  readonly receiptLinkOf: (number: string, mac: string) => string
  /** At the head of customers' receipts; undefined: nobody's name. */
  readonly receiptIssuer: string | undefined
  /** The channels that customers are told through; none: by their receipts' pages alone. */
  readonly messengers: readonly Messenger[]
  /** Above these amounts, in minor units, a refund or write-off needs a second operator (clause 11). */
  readonly secondPersonAbove: Readonly<Record<Currency, bigint>>
  /** Who looks at which payment in this process. */
  readonly live: LivePayments
  /** Tells the relay that events are waiting. */
  readonly wakeRelay: () => void
}

/** Who asks, and under which correlation. Goes into history, events, exchanges and every outgoing call. */
export type Asker = {
  /** "bank AMK", "client demo-app", "job reask-messages". */
  readonly actor: string
  readonly correlationId: string
  readonly traceparent?: string | undefined
}

/** Numbers a payment's new events from where its sequence stands. */
export function numberEvents(payment: Payment, drafts: readonly { type: EventType; body: EventBody }[]): NewEvent[] {
  return drafts.map((draft, index) => ({
    id: newId('evt'),
    type: draft.type,
    sequence: payment.eventSequence + index + 1,
    body: draft.body,
    sinks: sinksFor(draft.type, payment.payableKind),
  }))
}
