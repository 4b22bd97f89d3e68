import type { Ground } from './ground.ts'

/** Longer than a code is shown, the grace after it, and the first look for late money. */
const minutes = 60

/**
 * Everything that the hub knows about when to ask the counted bank is an hour older: about one payment, or about all. The
 * clocks of money, messages and credits go on as they are. Answers when it was, by the database's clock.
 */
export async function letCodesEnd(ground: Ground, payment?: number): Promise<Date | undefined> {
  for (let tries = 0; tries < 60; tries += 1) {
    const client = await ground.postgres.connect().catch(() => undefined)
    if (!client) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      continue
    }
    try {
      await client.query('begin')
      await client.query(`set local lock_timeout = '2s'`)
      // What an attempt was made with stays: only here is its clock moved.
      await client.query(`set local session_replication_role = 'replica'`)
      const which = `bank_code = 'BAKONG' and ($2::bigint is null or payment_number = $2)`
      const values = [minutes, payment ?? null]
      // In the hub's own order of locks.
      for (const [table, columns] of [
        ['attempts', ['created_at', 'expires_at']],
        ['checks', ['asked_from', 'ends_at', 'next_at', 'watched_next_at', 'watched_until', 'last_asked_at']],
      ] as const) {
        const older = columns.map((column) => `${column} = ${column} - make_interval(mins => $1)`).join(', ')
        await client.query(`update ${table} set ${older} where ${which}`, values)
      }
      // Closed codes are looked at ever more seldom: as if nobody had asked after they were closed.
      if (payment === undefined)
        await client.query(
          `update checks c set last_asked_at = null from payments p where p.number = c.payment_number
            and c.bank_code = 'BAKONG' and p.status in ('expired', 'cancelled', 'failed')`,
        )
      const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at')
      await client.query('commit')
      return rows[0]?.at
    } catch {
      // Locked, cut off, or killed: again.
      await new Promise((resolve) => setTimeout(resolve, 200))
    } finally {
      await client.end().catch(() => {})
    }
  }
  return undefined
}

/** What must still be asked about before nobody can say that money was overlooked. */
export async function countUnlooked(ground: Ground, since: Date | undefined): Promise<string[]> {
  const rows = await ground.postgres.askPatiently<{ look: string }>(
    `select concat_ws(' ', c.payment_number, p.status, c.last_state, c.last_asked_at) as look
      from checks c join payments p on p.number = c.payment_number
      where c.bank_code = 'BAKONG' and c.next_at is not null and p.status <> 'completed'
        and (c.last_asked_at is null or c.last_asked_at < $1 or c.last_state = 'unknown')`,
    [since ?? null],
  )
  const shown = rows.slice(0, 3).map(({ look }) => look)
  return rows.length > 0 ? [`${rows.length} codes whose bank is still to be asked (${shown.join('; ')})`] : []
}

/** Midnight in Phnom Penh: both the bank and we count anew. */
export async function beginDay(ground: Ground): Promise<void> {
  await ground.simulator.controlPatiently('POST', '/_simulator/bakong/quota', { reset: true })
  await ground.postgres.askPatiently('delete from call_days')
}
