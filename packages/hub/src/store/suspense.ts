import type { Channel, Proof, SuspenseReason } from '../domain/payment.ts'
import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'

/** Money that fits nothing, and what is left of it. */
export type HeldMoney = {
  readonly id: number
  readonly state: 'open' | 'resolved'
  readonly reason: SuspenseReason
  readonly amountMinor: bigint
  readonly remainingMinor: bigint
  readonly currency: Currency
  readonly bankCode: string
  readonly bankTransactionId: string
  readonly channel: Channel
  readonly proof: Proof
  /** Our reference at the bank, as the money named it. */
  readonly reference: string
  /** The payment that the money named. */
  readonly payment: { readonly id: string; readonly number: number } | undefined
  readonly paidAt: Date
  readonly openedAt: Date
  readonly resolvedAt: Date | undefined
}

export async function readHeldMoney(db: Db, id: number): Promise<HeldMoney | undefined> {
  const rows = await db.query<Row>('read_suspense', `${select} where s.id = $1`, [id])
  return rows[0] && fromRow(rows[0])
}

export type HeldMoneyFilter = {
  readonly state: 'open' | 'resolved' | undefined
  readonly reason: SuspenseReason | undefined
  readonly bankCode: string | undefined
  readonly paymentNumber: number | undefined
  /** Only older ones than this. */
  readonly before: number | undefined
  readonly most: number
}

/** The newest first. */
export async function listHeldMoney(db: Db, filter: HeldMoneyFilter): Promise<HeldMoney[]> {
  const rows = await db.query<Row>(
    'list_suspense',
    `${select} where ($1::text is null or s.state = $1) and ($2::text is null or s.reason = $2)
      and ($3::text is null or r.bank_code = $3) and ($4::bigint is null or r.payment_number = $4)
      and ($5::bigint is null or s.id < $5) order by s.id desc limit $6`,
    [filter.state, filter.reason, filter.bankCode, filter.paymentNumber, filter.before, filter.most],
  )
  return rows.map(fromRow)
}

const select = `select s.id, s.state, s.reason, s.amount_minor, s.remaining_minor, r.currency, r.bank_code,
  r.bank_transaction_id, r.channel, r.proof, r.reference, p.id as payment_id, p.number as payment_number, r.paid_at,
  s.opened_at, s.resolved_at
  from suspense s join receipts r on r.id = s.receipt_id left join payments p on p.number = r.payment_number`

type Row = {
  id: string
  state: 'open' | 'resolved'
  reason: SuspenseReason
  amount_minor: string
  remaining_minor: string
  currency: Currency
  bank_code: string
  bank_transaction_id: string
  channel: Channel
  proof: Proof
  reference: string
  payment_id: string | null
  payment_number: string | null
  paid_at: Date
  opened_at: Date
  resolved_at: Date | null
}

function fromRow(row: Row): HeldMoney {
  return {
    id: Number(row.id),
    state: row.state,
    reason: row.reason,
    amountMinor: BigInt(row.amount_minor),
    remainingMinor: BigInt(row.remaining_minor),
    currency: row.currency,
    bankCode: row.bank_code,
    bankTransactionId: row.bank_transaction_id,
    channel: row.channel,
    proof: row.proof,
    reference: row.reference,
    payment: row.payment_id === null ? undefined : { id: row.payment_id, number: Number(row.payment_number) },
    paidAt: row.paid_at,
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at ?? undefined,
  }
}
