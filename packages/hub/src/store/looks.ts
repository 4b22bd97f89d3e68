import { isOpen, type Status } from '../domain/transitions.ts'
import type { Look } from '../domain/call-plan.ts'
import type { Payment } from '../domain/payment.ts'
import type { CheckState } from './checks.ts'
import type { Db } from './db.ts'
import { readSnapshot, type Snapshot } from './payments.ts'

type LookRow = {
  paymentNumber: number
  status: Status
  madeAt: string
  endsAt: string
  watchedUntil: string | null
  asks: number
  lastAskedAt: string | null
  troubles: number
  now: string
}

/**
 * Codes of a counted bank that may have to be asked about, at most `most`, those of open payments first; and the database's
 * clock, by which all their times are.
 */
export async function readLooks(db: Db, bankCode: string, most: number): Promise<{ looks: Look[]; now: Date }> {
  const rows = await db.query<{ look: LookRow }>('read_looks', 'select read_looks($1, $2) as look', [bankCode, most])
  const now = rows[0] ? new Date(rows[0].look.now) : new Date()
  return { now, looks: rows.map(({ look }) => readLook(look)) }
}

function readLook({ status, now: _now, ...row }: LookRow): Look {
  const madeAt = new Date(row.madeAt)
  const lastAskedAt = row.lastAskedAt === null ? undefined : new Date(row.lastAskedAt)
  const isAsked = lastAskedAt !== undefined && lastAskedAt >= madeAt
  return {
    ...row,
    madeAt,
    endsAt: new Date(row.endsAt),
    // One that another bank's money completed: what comes here is late, and looked for as such.
    standing: isOpen(status) ? 'open' : 'closed',
    watchedUntil: row.watchedUntil === null ? undefined : new Date(row.watchedUntil),
    // Asks about an older code of the payment say nothing about this one.
    asks: isAsked ? row.asks : 0,
    lastAskedAt: isAsked ? lastAskedAt : undefined,
  }
}

/** One code that this process asks about now, held until its lease ends. */
export type ClaimedLook = {
  readonly paymentNumber: number
  readonly status: Status
  readonly askedFrom: Date
  readonly endsAt: Date
  readonly revision: number
  readonly lastState: CheckState | undefined
  readonly lastAskedAt: Date | undefined
  readonly troubles: number
  readonly asks: number
  readonly watchedUntil: Date | undefined
  /** By the database's clock. */
  readonly claimedAt: Date
  readonly payment: Payment
}

type ClaimedRow = Pick<ClaimedLook, 'paymentNumber' | 'status' | 'revision' | 'troubles' | 'asks'> & {
  askedFrom: string
  endsAt: string
  lastAskedAt: string | null
  lastState: CheckState | null
  watchedUntil: string | null
  claimedAt: string
  payment: Snapshot
}

/** Takes these looks, as far as no other process holds them, for `leaseS` seconds. */
export async function claimLooks(
  db: Db,
  bankCode: string,
  numbers: readonly number[],
  leaseS: number,
): Promise<ClaimedLook[]> {
  const rows = await db.query<{ claimed: ClaimedRow }>(
    'claim_looks',
    'select claim_looks($1, $2, make_interval(secs => $3)) as claimed',
    [bankCode, numbers, leaseS],
  )
  return rows.flatMap(({ claimed }) => {
    const payment = readSnapshot(claimed.payment)
    if (!payment) return []
    return [
      {
        ...claimed,
        askedFrom: new Date(claimed.askedFrom),
        endsAt: new Date(claimed.endsAt),
        lastAskedAt: claimed.lastAskedAt === null ? undefined : new Date(claimed.lastAskedAt),
        lastState: claimed.lastState ?? undefined,
        watchedUntil: claimed.watchedUntil === null ? undefined : new Date(claimed.watchedUntil),
        claimedAt: new Date(claimed.claimedAt),
        payment,
      },
    ]
  })
}

/** Takes looks off the list whose codes ended more than a day ago: nobody is asked about them again. */
export async function dropLooks(db: Db, bankCode: string, numbers: readonly number[]): Promise<void> {
  await db.query(
    'drop_looks',
    // Another code may have been made since they were read: it ends later.
    `update checks set next_at = null, watched_next_at = null
      where bank_code = $1 and payment_number = any($2) and ends_at < now() - interval '1 day'
        and (claimed_until is null or claimed_until <= now())`,
    [bankCode, numbers],
  )
}

/**
 * No code of this bank can be asked about before `until`: what was planned sooner is told so. That nobody asks until then
 * is the plan's doing, not this one's: what can be asked sooner all the same is.
 */
export async function putOffLooks(db: Db, bankCode: string, until: Date): Promise<void> {
  await db.query(
    'put_off_looks',
    `update checks set next_at = $2, watched_next_at = case when watched_next_at is null then null else $2 end
      where bank_code = $1 and next_at < $2 and (claimed_until is null or claimed_until <= now())`,
    [bankCode, until],
  )
}

/** How many codes of a bank are not asked for the last time yet: what a new one competes with. */
export async function countOpenLooks(db: Db, bankCode: string): Promise<number> {
  const rows = await db.query<{ open: string }>(
    'count_open_looks',
    `select count(*) as open from checks c join payments p on p.number = c.payment_number
      where c.bank_code = $1 and c.next_at is not null and p.status in ('pending', 'processing')`,
    [bankCode],
  )
  return Number(rows[0]?.open ?? 0)
}
