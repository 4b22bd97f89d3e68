import { setTimeout as delay } from 'node:timers/promises'
import type { Ground } from './ground.ts'

/** Banks whose codes end while nobody looks: top-ups and orders end with them. */
const banks = ['BAKONG', 'ABA']
/** Longer than a code is shown, the grace after it, and the first look for late money. */
const minutes = 60
const patienceMs = 60_000

/**
 * Everything that the hub knows about when to ask these banks is an hour older: about one payment, or about all. The
 * clocks of money, messages and credits go on as they are. Answers when it was, by the database's clock.
 */
export async function letCodesEnd(ground: Ground, payment?: number): Promise<Date> {
  const until = Date.now() + patienceMs
  for (;;) {
    try {
      return await moveClock(ground, payment)
    } catch (error) {
      // Locked, cut off, or killed: again.
      if (Date.now() > until) throw error
      await delay(200)
    }
  }
}

const tables = {
  attempts: ['created_at', 'expires_at'],
  checks: ['asked_from', 'ends_at', 'next_at', 'watched_next_at', 'watched_until', 'last_asked_at'],
}

async function moveClock(ground: Ground, payment: number | undefined): Promise<Date> {
  const client = await ground.postgres.connect()
  try {
    await client.query('begin')
    await client.query(`set local lock_timeout = '2s'`)
    // What an attempt was made with stays: only here is its clock moved.
    await client.query(`set local session_replication_role = 'replica'`)
    const which = `bank_code = any($2) and ($1::bigint is null or payment_number = $1)`
    const given = [payment ?? null, banks]
    for (const [table, columns] of Object.entries(tables)) {
      const older = columns.map((column) => `${column} = ${column} - make_interval(mins => ${minutes})`).join(', ')
      await client.query(`update ${table} set ${older} where ${which}`, given)
    }
    // Whoever asks just now decides by the times of before: it is dropped, as when a new code is made.
    await client.query(
      `update checks set revision = revision + 1, claimed_until = null, troubles = 0 where ${which}`,
      given,
    )
    // Closed codes are looked at ever more seldom: as if nobody had asked after they were closed.
    if (payment === undefined)
      await client.query(
        `update checks c set last_asked_at = null, next_at = least(next_at, now()) from payments p
          where p.number = c.payment_number and c.bank_code = any($1) and p.status not in ('pending', 'processing')`,
        [banks],
      )
    const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at')
    await client.query('commit')
    return rows[0]?.at ?? new Date()
  } finally {
    await client.end().catch(() => {})
  }
}

/** Codes that nobody was asked about since `endedAt`. Before that it cannot be said that money was overlooked. */
export type Unlooked = {
  /** Their time came over a minute ago: they should have been asked about. */
  readonly overdue: readonly string[]
  /** Their time will come: the plan puts what is most likely paid first, and what cannot be said again later and later. */
  readonly planned: readonly string[]
}

export async function readUnlooked(ground: Ground, endedAt: Date): Promise<Unlooked> {
  const rows = await ground.postgres.askPatiently<{ look: string; overdue: boolean }>(
    `select concat_ws(' ', c.payment_number, 'of', c.bank_code, p.status, c.last_state, 'next at', to_char(c.next_at, 'HH24:MI:SS')) as look,
        c.next_at < now() - interval '1 minute' and coalesce(c.claimed_until, now()) <= now() as overdue
      from checks c join payments p on p.number = c.payment_number
      where c.bank_code = any($2) and c.next_at is not null and c.asked_from < $1
        -- Codes that were still being made when the hour passed are young: the others were asked from an hour earlier.
        -- It tells one transfer of a code: there is nothing more to ask about.
        and not (c.bank_code = 'BAKONG' and p.status = 'completed'
          and exists (select from receipts r where r.payment_number = p.number and r.bank_code = c.bank_code))
        -- Open, and the bank says paid: that money is held, or in doubt, and waits for a person.
        and not (p.status in ('pending', 'processing') and c.last_state = 'paid')
        and (c.last_asked_at is null or c.last_asked_at < $1 or c.last_state = 'unknown')
      order by c.next_at`,
    [endedAt, banks],
  )
  const say = (wanted: boolean, what: string): string[] => {
    const looks = rows.filter(({ overdue }) => overdue === wanted).map(({ look }) => look)
    return looks.length === 0 ? [] : [`${looks.length} codes ${what} (${looks.slice(0, 3).join('; ')})`]
  }
  return {
    overdue: say(true, 'whose bank should have been asked'),
    planned: say(false, 'whose bank is still to be asked'),
  }
}

/** Midnight in Phnom Penh: both the bank and we count anew. */
export async function beginDay(ground: Ground): Promise<void> {
  await ground.simulator.controlPatiently('POST', '/_simulator/bakong/quota', { reset: true })
  await ground.postgres.askPatiently('delete from call_days')
}
