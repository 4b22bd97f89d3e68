import type { Position } from '../domain/position.ts'
import type { Db } from './db.ts'

/** Reads where one receipt's money stands; undefined when there is no such receipt. */
export async function readPosition(db: Db, receiptId: number): Promise<Position | undefined> {
  const rows = await db.query<{ position: PositionRow | null }>(
    'read_position',
    'select receipt_position($1) as position',
    [receiptId],
  )
  const row = rows[0]?.position
  return row ? readRow(row) : undefined
}

/** The same for several receipts at once; those that are not there are left out. */
export async function readPositions(db: Db, receiptIds: readonly number[]): Promise<Position[]> {
  const rows = await db.query<{ position: PositionRow | null }>(
    'read_positions',
    'select receipt_position(id) as position from unnest($1::bigint[]) as id',
    [receiptIds],
  )
  return rows.flatMap(({ position }) => (position ? [readRow(position)] : []))
}

/** The receipt that a suspense row holds money of; undefined when there is no such row. */
export async function findReceiptOfSuspense(db: Db, suspenseId: number): Promise<number | undefined> {
  const rows = await db.query<{ receipt_id: string }>(
    'receipt_of_suspense',
    'select receipt_id from suspense where id = $1',
    [suspenseId],
  )
  return rows[0] && Number(rows[0].receipt_id)
}

/** The JSON that `receipt_position` answers. */
type PositionRow = Omit<
  Position,
  | 'paymentNumber'
  | 'amountMinor'
  | 'paidAt'
  | 'bankMinor'
  | 'appliedMinor'
  | 'heldMinor'
  | 'refundingMinor'
  | 'writtenOffMinor'
  | 'appliedAccounts'
  | 'reversalCredits'
  | 'suspense'
  | 'applications'
  | 'refunds'
  | 'acts'
> & {
  paymentNumber: number | null
  amountMinor: string
  paidAt: string
  bankMinor: string
  appliedMinor: string
  heldMinor: string
  refundingMinor: string
  writtenOffMinor: string
  appliedAccounts: { account: string; minor: string }[]
  reversalCredits: { account: string; minor: string }[]
  suspense: (Omit<Position['suspense'][number], 'amountMinor' | 'remainingMinor'> & {
    amountMinor: string
    remainingMinor: string
  })[]
  applications: (Omit<Position['applications'][number], 'amountMinor'> & { amountMinor: string })[]
  refunds: (Omit<Position['refunds'][number], 'amountMinor' | 'paymentNumber' | 'suspenseId'> & {
    amountMinor: string
    paymentNumber: number | null
    suspenseId: number | null
  })[]
  acts: (Omit<Position['acts'][number], 'amountMinor'> & { amountMinor: string })[]
}

function readRow(row: PositionRow): Position {
  return {
    ...row,
    paymentNumber: row.paymentNumber ?? undefined,
    amountMinor: BigInt(row.amountMinor),
    paidAt: new Date(row.paidAt),
    bankMinor: BigInt(row.bankMinor),
    appliedMinor: BigInt(row.appliedMinor),
    heldMinor: BigInt(row.heldMinor),
    refundingMinor: BigInt(row.refundingMinor),
    writtenOffMinor: BigInt(row.writtenOffMinor),
    appliedAccounts: row.appliedAccounts.map(({ account, minor }) => ({ account, minor: BigInt(minor) })),
    reversalCredits: row.reversalCredits.map(({ account, minor }) => ({ account, minor: BigInt(minor) })),
    suspense: row.suspense.map((one) => ({
      ...one,
      amountMinor: BigInt(one.amountMinor),
      remainingMinor: BigInt(one.remainingMinor),
    })),
    applications: row.applications.map((one) => ({ ...one, amountMinor: BigInt(one.amountMinor) })),
    refunds: row.refunds.map((one) => ({
      ...one,
      amountMinor: BigInt(one.amountMinor),
      paymentNumber: one.paymentNumber ?? undefined,
      suspenseId: one.suspenseId ?? undefined,
    })),
    acts: row.acts.map((one) => ({ ...one, amountMinor: BigInt(one.amountMinor) })),
  }
}
