import type { Db } from './db.ts'
import type { KeyedAnswer } from './idempotency.ts'
import { storableJson } from './storable-text.ts'

/** How a case ended. The words are a constraint of the table too. */
export const caseOutcomes = ['resolved', 'no_action', 'duplicate', 'bank_error', 'our_error'] as const
export type CaseOutcome = (typeof caseOutcomes)[number]

/** A doubt that a person must decide. What was raised never changes; it is closed once. */
export type Case = {
  readonly id: number
  readonly kind: string
  readonly sentence: string
  readonly evidence: unknown
  readonly bankCode: string | undefined
  readonly payment: { readonly id: string; readonly number: number } | undefined
  readonly inboxId: number | undefined
  readonly openedAt: Date
  readonly closed:
    | { readonly outcome: CaseOutcome; readonly reason: string; readonly by: string; readonly at: Date }
    | undefined
}

export async function readCase(db: Db, id: number): Promise<Case | undefined> {
  const rows = await db.query<Row>('read_case', `${select} where c.id = $1`, [id])
  return rows[0] && fromRow(rows[0])
}

export type CaseFilter = {
  readonly state: 'open' | 'closed' | undefined
  readonly kind: string | undefined
  readonly bankCode: string | undefined
  readonly paymentNumber: number | undefined
  /** Only older ones than this. */
  readonly before: number | undefined
  readonly most: number
}

/** The newest first. */
export async function listCases(db: Db, filter: CaseFilter): Promise<Case[]> {
  const rows = await db.query<Row>(
    'list_cases',
    `${select} where ($1::text is null or c.state = $1) and ($2::text is null or c.kind = $2)
      and ($3::text is null or c.bank_code = $3) and ($4::bigint is null or c.payment_number = $4)
      and ($5::bigint is null or c.id < $5) order by c.id desc limit $6`,
    [filter.state, filter.kind, filter.bankCode, filter.paymentNumber, filter.before, filter.most],
  )
  return rows.map(fromRow)
}

export type CaseClosing = {
  readonly id: number
  readonly outcome: CaseOutcome
  readonly reason: string
  /** The operator's name. */
  readonly closedBy: string
  readonly closedAt: Date
  readonly actor: string
  readonly correlationId: string
  readonly answers: readonly KeyedAnswer[]
}

/** Closes an open case, with its audit row and its answers. Throws `Conflict` when it is no longer open. */
export async function writeCaseClosing(db: Db, closing: CaseClosing): Promise<void> {
  await db.query('close_case', 'select close_case($1)', [storableJson(closing)])
}

const select = `select c.id, c.kind, c.sentence, c.evidence, c.bank_code, c.payment_number, p.id as payment_id, c.inbox_id,
  c.opened_at, c.outcome, c.reason, c.closed_by, c.closed_at from cases c left join payments p on p.number = c.payment_number`

type Row = {
  id: string
  kind: string
  sentence: string
  evidence: unknown
  bank_code: string | null
  payment_number: string | null
  payment_id: string | null
  inbox_id: string | null
  opened_at: Date
  outcome: CaseOutcome | null
  reason: string | null
  closed_by: string | null
  closed_at: Date | null
}

function fromRow(row: Row): Case {
  const { outcome, reason, closed_by: by, closed_at: at } = row
  return {
    id: Number(row.id),
    kind: row.kind,
    sentence: row.sentence,
    evidence: row.evidence,
    bankCode: row.bank_code ?? undefined,
    payment: row.payment_id === null ? undefined : { id: row.payment_id, number: Number(row.payment_number) },
    inboxId: row.inbox_id === null ? undefined : Number(row.inbox_id),
    openedAt: row.opened_at,
    closed: outcome !== null && reason !== null && by !== null && at !== null ? { outcome, reason, by, at } : undefined,
  }
}
