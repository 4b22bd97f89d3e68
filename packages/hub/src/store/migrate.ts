import { readdir, readFile } from 'node:fs/promises'
import type { Migration, MigrationProvider, Migrator } from 'kysely/migration'
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
  const { pending, unknown } = await migrationState(pool)
  if (unknown.length > 0) {
    throw new Error(
      `The database is newer than this hub: it has ${unknown.join(', ')}, which this version does not know. ` +
        'Start the newer version, or use another database.',
    )
  }
  if (pending.length === 0) return []
  const { error, results } = await (await openMigrator(pool)).migrateToLatest()
  const failed = results?.find((result) => result.status === 'Error')
  if (error) throw new Error(`Migration ${failed?.migrationName ?? ''} failed: ${text(error)}`, { cause: error })
  return (results ?? []).map((result) => result.migrationName)
}

/** What is applied and what is pending, without changing anything. */
export async function migrationState(pool: pg.Pool): Promise<MigrationState> {
  const [ours, done] = [await migrationNames(), await appliedNames(pool)]
  return {
    applied: ours.filter((name) => done.has(name)),
    pending: ours.filter((name) => !done.has(name)),
    unknown: [...done].filter((name) => !ours.includes(name)),
  }
}

async function migrationNames(): Promise<string[]> {
  const files = await readdir(folder)
  return files
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/\.sql$/, ''))
    .sort()
}

async function appliedNames(pool: pg.Pool): Promise<ReadonlySet<string>> {
  const { rows: tables } = await pool.query<{ known: boolean }>(`select to_regclass('migrations') is not null as known`)
  if (!tables[0]?.known) return new Set()
  const { rows } = await pool.query<{ name: string }>('select name from migrations order by name')
  return new Set(rows.map((row) => row.name))
}

async function openMigrator(pool: pg.Pool): Promise<Migrator> {
  // Loaded only when there is something to apply: it is a fifth of what a start loads.
  const [{ Kysely, PostgresDialect, sql }, { Migrator }] = await Promise.all([
    import('kysely'),
    import('kysely/migration'),
  ])
  const provider: MigrationProvider = {
    async getMigrations() {
      const migrations: Record<string, Migration> = {}
      for (const name of await migrationNames()) {
        const statements = await readFile(new URL(`${name}.sql`, folder), 'utf8')
        migrations[name] = {
          up: async (db) => {
            await sql.raw(statements).execute(db)
          },
        }
      }
      return migrations
    },
  }
  // Not destroyed: that would end the pool, which belongs to the caller.
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return new Migrator({ db, provider, migrationTableName: 'migrations', migrationLockTableName: 'migrations_lock' })
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
