import { setTimeout as delay } from 'node:timers/promises'
import { Client, Pool, type QueryResultRow } from 'pg'
import type { PostgresConnection } from '../../../src/sandbox/postgres/connection.ts'
import { processState } from '../../../src/sandbox/postgres/processes.ts'
import { startPostgres } from '../../../src/sandbox/postgres/start-postgres.ts'

/** A real PostgreSQL that the suite starts, kills and starts again. */
export type PostgresUnderFaults = {
  readonly connection: PostgresConnection
  pid(): number
  /** kill -9 of the postmaster; it is started again by itself. Undefined: it was dead already. */
  kill(): number | undefined
  /** kill -9 of one of the hubs' backends: PostgreSQL ends all of them and recovers. Undefined: there was none. */
  killBackend(choose: (pids: readonly number[]) => number): Promise<number | undefined>
  /** Asks past the proxies. Throws while the database is away. */
  ask<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** As `ask`, asking again for up to a minute. */
  askPatiently<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** A connection of its own, to hold a lock with. */
  connect(): Promise<Client>
  stop(): Promise<void>
}

export const databaseName = 'hub'
const patienceMs = 60_000

export async function startPostgresUnderFaults(dataDir: string): Promise<PostgresUnderFaults> {
  const log: string[] = []
  const start = () => startPostgres({ dataDir, log: (sentence) => log.push(sentence) })
  let running = await start()
  const { connection } = running
  const state = { stopping: false }
  const address = { ...connection, database: databaseName }
  await makeDatabase(connection)
  const pool = new Pool({ ...address, max: 4, connectionTimeoutMillis: 5_000, statement_timeout: 60_000 })
  pool.on('error', () => {})
  const keeper = (async () => {
    while (!state.stopping) {
      await delay(50)
      if (state.stopping || processState(running.pid) === 'running') continue
      // With a full disk it cannot start: tried again until there is room.
      running = await start().catch(() => running)
    }
  })()
  const ask = async <Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(sql, [...values])).rows
  return {
    connection,
    pid: () => running.pid,
    kill: () => endAtOnce(running.pid),
    async killBackend(choose) {
      const rows = await ask<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'khqr-hub' and backend_type = 'client backend'`,
      )
      if (rows.length === 0) return undefined
      return endAtOnce(choose(rows.map((row) => row.pid)))
    },
    ask,
    async askPatiently(sql, values) {
      const until = Date.now() + patienceMs
      for (;;) {
        try {
          return await ask(sql, values)
        } catch (error) {
          if (Date.now() > until) throw error
          await delay(200)
        }
      }
    },
    async connect() {
      const client = new Client(address)
      client.on('error', () => {})
      await client.connect()
      return client
    },
    async stop() {
      state.stopping = true
      await keeper
      await pool.end()
      await running.stop()
    },
  }
}

function endAtOnce(pid: number): number | undefined {
  try {
    return process.kill(pid, 'SIGKILL') ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
    throw error
  }
}

async function makeDatabase(connection: PostgresConnection): Promise<void> {
  const client = new Client({ ...connection })
  await client.connect()
  await client.query(`create database ${databaseName}`)
  await client.end()
}
