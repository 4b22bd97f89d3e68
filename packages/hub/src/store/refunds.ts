import type { RefundStatus } from '../domain/refund.ts'
import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'

export type Refund = {
  readonly id: string
  readonly receiptId: number
  /** The payment whose applied money goes back; undefined when held money does. */
  readonly paymentNumber: number | undefined
  readonly suspenseId: number | undefined
  readonly bankCode: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly mode: 'automatic' | 'manual'
  readonly status: RefundStatus
  readonly version: number
  readonly reason: string
  readonly sentence: string
  readonly requestedBy: string
  readonly approvedBy: string | undefined
  readonly needsSecond: boolean
  /** What the bank had sent back of the movement just before this was sent. */
  readonly baselineMinor: bigint | undefined
  readonly bankRefundId: string | undefined
  readonly evidence: unknown
  readonly correlationId: string
  /** Tries in this status. */
  readonly tries: number
  readonly nextTryAt: Date | undefined
  readonly createdAt: Date
  readonly sentAt: Date | undefined
  readonly finishedAt: Date | undefined
}

export async function readRefund(db: Db, id: string): Promise<Refund | undefined> {
  const rows = await db.query<RefundRow>('read_refund', 'select * from refunds where id = $1', [id])
  return rows[0] && readRefundRow(rows[0])
}

/** What the bank was asked to send back of one movement and did, one by one, in minor units. */
export async function readSentRefunds(db: Db, receiptId: number): Promise<bigint[]> {
  const rows = await db.query<{ amount_minor: string }>(
    'read_sent_refunds',
    `select amount_minor from refunds where receipt_id = $1 and mode = 'automatic' and status = 'succeeded'`,
    [receiptId],
  )
  return rows.map((row) => BigInt(row.amount_minor))
}

/** A refund with what a list shows besides. */
export type ListedRefund = Refund & {
  readonly paymentId: string | undefined
  /** The payment that the money named when it came; undefined where that is none of ours. */
  readonly named: { readonly id: string; readonly number: number } | undefined
}

type ListedRow = RefundRow & { payment_id: string | null; named_id: string | null; named_number: string | null }

const listed = `select f.*, p.id as payment_id, n.id as named_id, n.number as named_number
  from refunds f join receipts r on r.id = f.receipt_id left join payments p on p.number = f.payment_number
    left join payments n on n.number = r.payment_number`

export async function readListedRefund(db: Db, id: string): Promise<ListedRefund | undefined> {
  const rows = await db.query<ListedRow>('read_listed_refund', `${listed} where f.id = $1`, [id])
  return rows[0] && readListedRow(rows[0])
}

export type RefundFilter = {
  readonly status: RefundStatus | undefined
  readonly bankCode: string | undefined
  /** Whose applied money goes back, or whom the money named. */
  readonly paymentNumber: number | undefined
  readonly suspenseId: number | undefined
  /** Only older ones than this. */
  readonly before: string | undefined
  readonly most: number
}

/** The newest first: the ids sort by time. */
export async function listRefunds(db: Db, filter: RefundFilter): Promise<ListedRefund[]> {
  const rows = await db.query<ListedRow>(
    'list_refunds',
    `${listed} where ($1::text is null or f.status = $1) and ($2::text is null or f.bank_code = $2)
      and ($3::bigint is null or f.payment_number = $3 or r.payment_number = $3)
      and ($4::bigint is null or f.suspense_id = $4)
      and ($5::text is null or f.id < $5) order by f.id desc limit $6`,
    [filter.status, filter.bankCode, filter.paymentNumber, filter.suspenseId, filter.before, filter.most],
  )
  return rows.map(readListedRow)
}

function readListedRow(row: ListedRow): ListedRefund {
  const named = row.named_id === null ? undefined : { id: row.named_id, number: Number(row.named_number) }
  return { ...readRefundRow(row), paymentId: row.payment_id ?? undefined, named }
}

/** Takes refunds that a job must move on: each is pushed `leaseS` seconds on, so that no two processes hold the same one. */
export async function claimRefunds(db: Db, most: number, leaseS: number): Promise<Refund[]> {
  const rows = await db.query<RefundRow>(
    'claim_refunds',
    `with due as materialized (
      select id from refunds where status in ('requested', 'pending', 'processing') and next_try_at <= now()
        order by next_try_at limit $1 for update skip locked)
    update refunds f set next_try_at = now() + make_interval(secs => $2) from due where f.id = due.id returning f.*`,
    [most, leaseS],
  )
  return rows.map(readRefundRow)
}

/** Looks at a refund again later, without moving it on. */
export async function postponeRefund(db: Db, id: string, waitS: number, sentence: string): Promise<void> {
  await db.query(
    'postpone_refund',
    `update refunds set next_try_at = now() + make_interval(secs => $2), sentence = $3, tries = tries + 1
      where id = $1 and status in ('requested', 'pending', 'processing')`,
    [id, waitS, sentence],
  )
}

export type RefundRow = {
  id: string
  receipt_id: string
  payment_number: string | null
  suspense_id: string | null
  bank_code: string
  amount_minor: string
  currency: Currency
  mode: 'automatic' | 'manual'
  status: RefundStatus
  version: number
  reason: string
  sentence: string
  requested_by: string
  approved_by: string | null
  needs_second: boolean
  baseline_minor: string | null
  bank_refund_id: string | null
  evidence: unknown
  correlation_id: string
  tries: number
  next_try_at: Date | null
  created_at: Date
  sent_at: Date | null
  finished_at: Date | null
}

export function readRefundRow(row: RefundRow): Refund {
  return {
    id: row.id,
    receiptId: Number(row.receipt_id),
    paymentNumber: row.payment_number === null ? undefined : Number(row.payment_number),
    suspenseId: row.suspense_id === null ? undefined : Number(row.suspense_id),
    bankCode: row.bank_code,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    mode: row.mode,
    status: row.status,
    version: row.version,
    reason: row.reason,
    sentence: row.sentence,
    requestedBy: row.requested_by,
    approvedBy: row.approved_by ?? undefined,
    needsSecond: row.needs_second,
    baselineMinor: row.baseline_minor === null ? undefined : BigInt(row.baseline_minor),
    bankRefundId: row.bank_refund_id ?? undefined,
    evidence: row.evidence ?? undefined,
    correlationId: row.correlation_id,
    tries: row.tries,
    nextTryAt: row.next_try_at ?? undefined,
    createdAt: row.created_at,
    sentAt: row.sent_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  }
}
