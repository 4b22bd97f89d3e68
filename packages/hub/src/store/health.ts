import type { Db } from './db.ts'

export async function ping(db: Db): Promise<void> {
  await db.query('ping', 'select 1', [])
}

/** Milliseconds by which the database's clock is ahead of ours. */
export async function databaseClockSkewMs(db: Db, now: () => Date): Promise<number> {
  const before = now().getTime()
  const rows = await db.query<{ at: Date }>('clock', 'select clock_timestamp() as at', [])
  const after = now().getTime()
  return (rows[0]?.at.getTime() ?? before) - (before + after) / 2
}

export type DurabilitySetting = { readonly name: string; readonly setting: string }

/** The settings without which an acknowledged write can be lost. */
export async function durabilitySettings(db: Db): Promise<DurabilitySetting[]> {
  return db.query<DurabilitySetting>(
    'durability',
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
    [],
  )
}
