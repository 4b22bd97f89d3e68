import type { Db } from './db.ts'

/** When a refund was first noted as being sent, however often it was sent since; undefined: never. */
export async function readFirstSentAt(db: Db, refundId: string): Promise<Date | undefined> {
  const rows = await db.query<{ at: Date | null }>(
    'refund_first_sent_at',
    `select min(at) as at from refund_history where refund_id = $1 and to_status = 'processing'`,
    [refundId],
  )
  return rows[0]?.at ?? undefined
}
