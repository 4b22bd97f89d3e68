import { setTimeout as delay } from 'node:timers/promises'
import type { Ground } from './ground.ts'

/** Longer than a code is shown, the grace after it, and the first look for late money. */
const minutes = 60
const patienceMs = 60_000

/**
 * Everything that the hub knows about when to ask the counted bank is an hour older: about one payment, or about all. The
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
    const which = `bank_code = 'BAKONG' and ($1::bigint is null or payment_number = $1)`
    const one = payment ?? null
    for (const [table, columns] of Object.entries(tables)) {
      const older = columns.map((column) => `${column} = ${column} - make_interval(mins => $2)`).join(', ')
      await client.query(`update ${table} set ${older} where ${which}`, [one, minutes])
    }
    // Whoever asks just now decides by the times of before: it is dropped, as when a new code is made.
    await client.query(`update checks set revision = revision + 1, claimed_until = null, troubles = 0 where ${which}`, [
      one,
    ])
    // Closed codes are looked at ever more seldom: as if nobody had asked after they were closed.
    if (payment === undefined)
      await client.query(
        `update checks c set last_asked_at = null from payments p where p.number = c.payment_number
          and c.bank_code = 'BAKONG' and p.status not in ('pending', 'processing')`,
      )
    const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at')
    await client.query('commit')
    return rows[0]?.at ?? new Date()
  } finally {
    await client.end().catch(() => {})
  }
}

/** What must still be asked about before nobody can say that money was overlooked. */
export async function countUnlooked(ground: Ground, since: Date): Promise<string[]> {
  const rows = await ground.postgres.askPatiently<{ look: string }>(
    `select concat_ws(' ', c.payment_number, p.status, c.last_state, c.last_asked_at) as look
      from checks c join payments p on p.number = c.payment_number
      where c.bank_code = 'BAKONG' and c.next_at is not null
        and not exists (select from receipts r where r.payment_number = p.number and r.bank_code = c.bank_code
          and p.status = 'completed')
        -- Open, and the bank says paid: that money is held, or in doubt, and waits for a person.
        and not (p.status in ('pending', 'processing') and c.last_state = 'paid')
        and (c.last_asked_at is null or c.last_asked_at < $1 or c.last_state = 'unknown')`,
    [since],
  )
  const shown = rows.slice(0, 3).map(({ look }) => look)
  return rows.length > 0 ? [`${rows.length} codes whose bank is still to be asked (${shown.join('; ')})`] : []
}

/** Midnight in Phnom Penh: both the bank and we count anew. */
export async function beginDay(ground: Ground): Promise<void> {
  await ground.simulator.controlPatiently('POST', '/_simulator/bakong/quota', { reset: true })
  await ground.postgres.askPatiently('delete from call_days')
}
