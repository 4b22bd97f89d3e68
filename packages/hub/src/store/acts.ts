import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'

/** What an operator decided, or asked a second one to decide, about money in suspense. */
export type Act = {
  readonly id: string
  readonly kind: 'apply' | 'write_off'
  readonly suspenseId: number
  readonly receiptId: number
  /** For `apply`: the payment that the money settles. */
  readonly paymentNumber: number | undefined
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly reason: string
  readonly status: 'requires_approval' | 'done' | 'rejected'
  readonly secondBecause: string | undefined
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly decidedBy: string | undefined
  readonly decidedBecause: string | undefined
  readonly decidedAt: Date | undefined
}

export async function readAct(db: Db, id: string): Promise<Act | undefined> {
  const rows = await db.query<ActRow>('read_act', 'select * from acts where id = $1', [id])
  return rows[0] && readActRow(rows[0])
}

/** An act with what a list shows besides. */
export type ListedAct = Act & { readonly paymentId: string | undefined }

type ListedRow = ActRow & { payment_id: string | null }

const listed = 'select a.*, p.id as payment_id from acts a left join payments p on p.number = a.payment_number'

export async function readListedAct(db: Db, id: string): Promise<ListedAct | undefined> {
  const rows = await db.query<ListedRow>('read_listed_act', `${listed} where a.id = $1`, [id])
  return rows[0] && readListedRow(rows[0])
}

export type ActFilter = {
  readonly status: Act['status'] | undefined
  readonly kind: Act['kind'] | undefined
  readonly suspenseId: number | undefined
  /** Only older ones than this. */
  readonly before: string | undefined
  readonly most: number
}

/** The newest first: the ids sort by time. */
export async function listActs(db: Db, filter: ActFilter): Promise<ListedAct[]> {
  const rows = await db.query<ListedRow>(
    'list_acts',
    `${listed} where ($1::text is null or a.status = $1) and ($2::text is null or a.kind = $2)
      and ($3::bigint is null or a.suspense_id = $3) and ($4::text is null or a.id < $4) order by a.id desc limit $5`,
    [filter.status, filter.kind, filter.suspenseId, filter.before, filter.most],
  )
  return rows.map(readListedRow)
}

function readListedRow(row: ListedRow): ListedAct {
  return { ...readActRow(row), paymentId: row.payment_id ?? undefined }
}

export type ActRow = {
  id: string
  kind: 'apply' | 'write_off'
  suspense_id: string
  receipt_id: string
  payment_number: string | null
  amount_minor: string
  currency: Currency
  reason: string
  status: 'requires_approval' | 'done' | 'rejected'
  second_because: string | null
  requested_by: string
  requested_at: Date
  decided_by: string | null
  decided_because: string | null
  decided_at: Date | null
}

export function readActRow(row: ActRow): Act {
  return {
    id: row.id,
    kind: row.kind,
    suspenseId: Number(row.suspense_id),
    receiptId: Number(row.receipt_id),
    paymentNumber: row.payment_number === null ? undefined : Number(row.payment_number),
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    reason: row.reason,
    status: row.status,
    secondBecause: row.second_because ?? undefined,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    decidedBy: row.decided_by ?? undefined,
    decidedBecause: row.decided_because ?? undefined,
    decidedAt: row.decided_at ?? undefined,
  }
}
