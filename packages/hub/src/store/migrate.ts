import { readdir, readFile } from 'node:fs/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import type pg from 'pg'

const folder = new URL('./migrations/', import.meta.url)

export type MigrationState = {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Applied by a newer version of the hub: this one must not write here. */
  readonly unknown: readonly string[]
}

/** Applies what is pending, once, whoever else tries at the same moment. Forward only. Returns the names applied now. */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const unknown = await unknownMigrations(pool)
  if (unknown.length > 0) {
    throw new Error(
      `The database is newer than this hub: it has ${unknown.join(', ')}, which this version does not know. ` +
        'Start the newer version, or use another database.',
    )
  }
  return withMigrator(pool, async (migrator) => {
    const { error, results } = await migrator.migrateToLatest()
    const failed = results?.find((result) => result.status === 'Error')
    if (error) throw new Error(`Migration ${failed?.migrationName ?? ''} failed: ${text(error)}`, { cause: error })
    return (results ?? []).map((result) => result.migrationName)
  })
}

/** What is applied and what is pending, without changing anything. */
export async function migrationState(pool: pg.Pool): Promise<MigrationState> {
  return withMigrator(pool, async (migrator) => {
    const all = await migrator.getMigrations()
    return {
      applied: all.filter((one) => one.executedAt).map((one) => one.name),
      pending: all.filter((one) => !one.executedAt).map((one) => one.name),
      unknown: await unknownMigrations(pool),
    }
  })
}

async function unknownMigrations(pool: pg.Pool): Promise<string[]> {
  const { rows: tables } = await pool.query<{ known: boolean }>(`select to_regclass('migrations') is not null as known`)
  if (!tables[0]?.known) return []
  const { rows } = await pool.query<{ name: string }>('select name from migrations order by name')
  const known = new Set((await readdir(folder)).map((file) => file.replace(/\.sql$/, '')))
  return rows.map((row) => row.name).filter((name) => !known.has(name))
}

const fromFiles: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {}
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()) {
      const statements = await readFile(new URL(file, folder), 'utf8')
      migrations[file.replace(/\.sql$/, '')] = {
        up: async (db) => {
          await sql.raw(statements).execute(db)
        },
      }
    }
    return migrations
  },
}

async function withMigrator<Result>(pool: pg.Pool, act: (migrator: Migrator) => Promise<Result>): Promise<Result> {
  // Not destroyed: that would end the pool, which belongs to the caller.
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return act(
    new Migrator({
      db,
      provider: fromFiles,
      migrationTableName: 'migrations',
      migrationLockTableName: 'migrations_lock',
    }),
  )
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
