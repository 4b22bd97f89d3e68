import type { Entry } from '../domain/ledger.ts'
import type { CaseKind } from '../domain/match.ts'
import type { Channel, Proof, SuspenseReason } from '../domain/payment.ts'
import type { Evidence, Status } from '../domain/transitions.ts'
import type { Exchange } from '../kit/trouble.ts'
import type { Money } from '../money/money.ts'
import type { Db } from './db.ts'
import type { CaseClosing } from './cases.ts'
import type { KeyedAnswer } from './idempotency.ts'
import {
  type ActWrite,
  type Listing,
  type Posting,
  type RefundWrite,
  writeOutAct,
  writeOutPostings,
  writeOutRefund,
} from './postings.ts'
import { storableJson } from './storable-text.ts'

export type NewReceipt = {
  readonly bankCode: string
  readonly merchantAccountId: number
  readonly channel: Channel
  readonly bankTransactionId: string
  /** The payment network whose transaction id it is: one transfer there is one receipt. */
  readonly network?: string | undefined
  readonly amount: Money
  readonly paidAt: Date
  readonly proof: Proof
  readonly inboxId: number | undefined
  readonly payerDigest: string | undefined
  readonly memo: string
  readonly entries: readonly Entry[]
  readonly applied: bigint | undefined
  readonly suspended: { readonly reason: SuspenseReason; readonly amountMinor: bigint } | undefined
  /** For receipts by notice: what the bank's notices may add up to since `since`. Above it: `OverLimit`. */
  readonly noticeLimit?: { readonly perDayMinor: bigint; readonly since: Date }
}

export type NewEvent = {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly body: unknown
  readonly sinks: readonly string[]
}

/** Everything that happens to one payment at once; or, without a payment, to money for a reference we do not know. */
export type Step = {
  readonly payment: { readonly number: number; readonly expectedVersion: number } | undefined
  /** The reference at the bank, kept on each receipt. */
  readonly reference: string
  readonly receipts: readonly NewReceipt[]
  readonly move: { readonly to: Status; readonly evidence: Evidence; readonly sentence: string } | undefined
  readonly attempt:
    | {
        readonly id: number
        readonly state: 'open' | 'closed'
        readonly qrString?: string
        readonly qrMd5?: string
        readonly deeplink?: string | undefined
        readonly bankReference?: string | undefined
        readonly closedBecause?: string
      }
    | undefined
  /** Closes every live attempt, with this reason. */
  readonly closeAttempts: string | undefined
  readonly events: readonly NewEvent[]
  readonly actor: string
  readonly correlationId: string
  readonly at: Date
}

/** What became of one bank message. */
export type InboxOutcome = {
  readonly id: number
  readonly outcome: 'applied' | 'known' | 'suspense' | 'case' | 'waiting' | 'noted' | 'refused'
  readonly sentence: string
  /** What the bank was answered; undefined where a person decided later. */
  readonly answerStatus: number | undefined
  readonly nextTryAt?: Date | undefined
  readonly paymentNumber?: number | undefined
  /** The movement it told about. */
  readonly told?: { readonly merchantAccountId: number; readonly bankTransactionId: string } | undefined
}

export type NewCase = {
  readonly kind: CaseKind
  readonly dedupeKey: string
  readonly bankCode: string | undefined
  readonly paymentNumber: number | undefined
  readonly inboxId: number | undefined
  readonly sentence: string
  readonly evidence: unknown
}

export type KeptExchange = {
  readonly exchange: Exchange
  readonly paymentNumber: number | undefined
  readonly inboxId: number | undefined
  readonly correlationId: string
}

export type AuditRow = {
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string
  readonly correlationId: string
}

export type Writes = {
  readonly steps?: readonly Step[]
  readonly postings?: readonly Posting[]
  readonly refunds?: readonly RefundWrite[]
  readonly acts?: readonly ActWrite[]
  readonly listings?: readonly Listing[]
  /** Cases that are closed with the rest. Throws `Conflict` when one is no longer open. */
  readonly closings?: readonly CaseClosing[]
  /** Answers to keyed requests, stored with the effect they tell of. */
  readonly answers?: readonly KeyedAnswer[]
  readonly inbox?: readonly InboxOutcome[]
  readonly exchanges?: readonly KeptExchange[]
  readonly cases?: readonly NewCase[]
  readonly audit?: readonly AuditRow[]
}

/** Writes all of it in one transaction and one round trip, or nothing. Throws `Conflict` when a payment has moved on. */
export async function write(db: Db, writes: Writes): Promise<void> {
  const sheet = {
    steps: each(writes.steps, writeOutStep),
    postings: writes.postings?.length ? writeOutPostings(writes.postings) : undefined,
    refunds: each(writes.refunds, writeOutRefund),
    acts: each(writes.acts, writeOutAct),
    listings: each(writes.listings, asItIs),
    closings: each(writes.closings, asItIs),
    answers: each(writes.answers, asItIs),
    inbox: each(writes.inbox, ({ told, ...outcome }) => ({ ...outcome, ...told })),
    exchanges: each(writes.exchanges, ({ exchange, ...about }) => ({ ...exchange, ...about })),
    cases: each(writes.cases, asItIs),
    audit: each(writes.audit, asItIs),
  }
  await db.query('write_steps', 'select write_steps($1)', [storableJson(sheet)])
}

/** What there is none of is left out: the writer looks only at what is there. */
function each<One, Written>(ones: readonly One[] | undefined, write: (one: One) => Written): Written[] | undefined {
  return ones?.length ? ones.map(write) : undefined
}

function asItIs<One>(one: One): One {
  return one
}

function writeOutStep(step: Step) {
  const { payment, move, receipts, ...rest } = step
  return {
    ...rest,
    ...move,
    paymentNumber: payment?.number,
    expectedVersion: payment?.expectedVersion,
    receipts: receipts.map(({ amount, applied, suspended, entries, noticeLimit, ...receipt }) => ({
      ...receipt,
      amountMinor: amount.amountMinor.toString(),
      currency: amount.currency,
      appliedMinor: applied?.toString(),
      suspenseReason: suspended?.reason,
      suspendedMinor: suspended?.amountMinor.toString(),
      noticeLimitMinor: noticeLimit?.perDayMinor.toString(),
      noticesSince: noticeLimit?.since,
      entries: entries.map((entry, line) => ({ ...entry, line, amountMinor: entry.amountMinor.toString() })),
    })),
  }
}
