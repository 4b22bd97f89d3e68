import type { Payment } from '../domain/payment.ts'
import type { Status } from '../domain/transitions.ts'
import type { Db } from './db.ts'
import { readSnapshot, type Snapshot } from './payments.ts'
import { storableJson } from './storable-text.ts'

/** What a bank said about a payment; `unknown` also when it could not be asked. */
export type CheckState = 'paid' | 'unpaid' | 'not_found' | 'unknown'

/** How many checks of a bank the hub may ask, all processes together. */
export type CheckBudget = { readonly perMinute: number; readonly burst: number }

/** A check that is due, held by this process until its lease ends. */
export type ClaimedCheck = {
  readonly paymentNumber: number
  readonly status: Status
  readonly askedFrom: Date
  readonly endsAt: Date
  readonly revision: number
  readonly lastAskedAt: Date | undefined
  readonly lastState: CheckState | undefined
  readonly troubles: number
  /** By the database's clock, as every time of a check. */
  readonly claimedAt: Date
  /** Undefined: it was completed or closed since this check was planned, and only needs another plan. */
  readonly payment: Payment | undefined
}

type ClaimedRow = Pick<ClaimedCheck, 'paymentNumber' | 'status' | 'revision' | 'troubles'> & {
  readonly askedFrom: string
  readonly endsAt: string
  readonly lastAskedAt: string | null
  readonly lastState: CheckState | null
  readonly claimedAt: string
  readonly payment: Snapshot | null
}

/** Claims up to `most` checks of one bank that are due, as far as its budget goes, for `leaseS` seconds. */
export async function claimChecks(
  db: Db,
  claim: { readonly bankCode: string; readonly most: number; readonly leaseS: number; readonly budget: CheckBudget },
): Promise<ClaimedCheck[]> {
  const { bankCode, most, leaseS, budget } = claim
  const rows = await db.query<{ claimed: ClaimedRow }>(
    'claim_checks',
    'select claim_checks($1, $2, make_interval(secs => $3), $4, $5) as claimed',
    [bankCode, most, leaseS, budget.perMinute, budget.burst],
  )
  return rows.map(({ claimed }) => ({
    ...claimed,
    askedFrom: new Date(claimed.askedFrom),
    endsAt: new Date(claimed.endsAt),
    lastAskedAt: claimed.lastAskedAt === null ? undefined : new Date(claimed.lastAskedAt),
    lastState: claimed.lastState ?? undefined,
    claimedAt: new Date(claimed.claimedAt),
    payment: readSnapshot(claimed.payment),
  }))
}

export type FinishedCheck = {
  readonly paymentNumber: number
  readonly bankCode: string
  readonly revision: number
  /** Undefined: it is not asked again. */
  readonly nextAt: Date | undefined
  readonly watchedNextAt: Date | undefined
  /** Whether only the last looks are left. */
  readonly thin: boolean
  /** Undefined: only planned anew. */
  readonly asked: { readonly at: Date; readonly state: CheckState; readonly troubles: number } | undefined
  /** The bank says unpaid: codes that expired up to then are closed. */
  readonly closeUpTo: Date | undefined
}

/** Writes what became of claimed checks. A check whose plan was changed meanwhile keeps its new plan. */
export async function finishChecks(db: Db, finished: readonly FinishedCheck[]): Promise<void> {
  await db.query('finish_checks', 'select finish_checks($1)', [storableJson(finished)])
}

/** Takes one check out of a bank's budget; false when there is none left. */
export async function takeCheckToken(db: Db, bankCode: string, budget: CheckBudget): Promise<boolean> {
  const rows = await db.query<{ taken: boolean }>('take_check_token', 'select take_check_token($1, $2, $3) as taken', [
    bankCode,
    budget.perMinute,
    budget.burst,
  ])
  return rows[0]?.taken === true
}

/** Somebody looks at a payment: it is asked about sooner for `watchS` seconds. Writes at most every `everyS` seconds. */
export async function watchChecks(db: Db, number: number, watchS: number, everyS: number): Promise<void> {
  await db.query(
    'watch_checks',
    `update checks set watched_until = now() + make_interval(secs => $2::float8)
      where payment_number = $1 and watched_next_at is not null
        and (watched_until is null or watched_until < now() + make_interval(secs => $2::float8 - $3::float8))`,
    [number, watchS, everyS],
  )
}

/** A bank that counts its calls, when its day began, and how many of them people's word may spend on that day. */
export type ClickCap = { readonly bankCode: string; readonly dayStart: Date; readonly most: number }

/**
 * Whether somebody's word may have the banks asked now, and counts it: at most `most` times per payment, `againAfterS`
 * apart, and not above the cap of the day.
 */
export async function takeAsk(
  db: Db,
  number: number,
  limits: { readonly most: number; readonly againAfterS: number },
  cap: ClickCap | undefined,
): Promise<boolean> {
  const rows = await db.query<{ taken: boolean }>(
    'take_click',
    'select take_click($1, $2, make_interval(secs => $3), $4, $5, $6) as taken',
    [number, limits.most, limits.againAfterS, cap?.bankCode ?? null, cap?.dayStart ?? null, cap?.most ?? null],
  )
  return rows[0]?.taken === true
}

/** How the checks of one payment stand, one row per bank with a code. */
export type Check = {
  readonly bankCode: string
  readonly asks: number
  readonly lastAskedAt: Date | undefined
  readonly lastState: CheckState | undefined
  readonly nextAt: Date | undefined
}

export async function readChecks(db: Db, number: number): Promise<Check[]> {
  const rows = await db.query<{
    bank_code: string
    asks: number
    last_asked_at: Date | null
    last_state: CheckState | null
    next_at: Date | null
  }>(
    'read_checks',
    'select bank_code, asks, last_asked_at, last_state, next_at from checks where payment_number = $1 order by bank_code',
    [number],
  )
  return rows.map((row) => ({
    bankCode: row.bank_code,
    asks: row.asks,
    lastAskedAt: row.last_asked_at ?? undefined,
    lastState: row.last_state ?? undefined,
    nextAt: row.next_at ?? undefined,
  }))
}

/** How many checks of each bank are due and not asked yet, and for how many seconds the oldest has been. */
export async function checkLag(db: Db): Promise<{ bankCode: string; due: number; oldestS: number }[]> {
  const rows = await db.query<{ bank_code: string; due: string; oldest: string }>(
    'check_lag',
    `select bank_code, count(*) as due, extract(epoch from now() - min(next_at)) as oldest
      from checks where next_at <= now() group by bank_code`,
    [],
  )
  return rows.map((row) => ({ bankCode: row.bank_code, due: Number(row.due), oldestS: Number(row.oldest) }))
}

/**
 * Takes up to `most` open payments that nobody used for `unusedMs`, the oldest first, and puts each off by `againS`
 * seconds, so that one which cannot be closed yet lets the others pass.
 */
export async function claimUnused(
  db: Db,
  claim: { readonly most: number; readonly unusedMs: number; readonly graceMs: number; readonly againS: number },
): Promise<Payment[]> {
  const rows = await db.query<{ snapshot: Snapshot }>(
    'claim_unused',
    `select claim_unused($1, make_interval(secs => $2::float8 / 1000), make_interval(secs => $3::float8 / 1000),
      make_interval(secs => $4)) as snapshot`,
    [claim.most, claim.unusedMs, claim.graceMs, claim.againS],
  )
  return rows.flatMap(({ snapshot }) => readSnapshot(snapshot) ?? [])
}

/** A payment whose bank has no budget left now is taken again after `waitS` seconds. */
export async function postponeExpiry(db: Db, number: number, waitS: number): Promise<void> {
  await db.query(
    'postpone_expiry',
    'update payments set expiry_try_at = now() + make_interval(secs => $2) where number = $1',
    [number, waitS],
  )
}
