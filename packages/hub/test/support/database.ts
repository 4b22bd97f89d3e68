import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Client, Pool } from 'pg'
import { type PostgresConnection, postgresUrl } from '../../src/sandbox/postgres/connection.ts'
import { migrate } from '../../src/store/migrate.ts'
import { startTestCluster } from './test-cluster.ts'

export type TestDatabase = {
  /** For `openDatabase` and pg alike. */
  readonly address: PostgresConnection
  readonly url: string
  /** For looking and arranging; it is closed when the test ends. */
  readonly pool: Pool
}

/**
 * A migrated, empty database for one test, or for all tests of a file (`testDatabase({ after })`). It lies in the run's
 * PostgreSQL (`npm test` tells where in HUB_TEST_CLUSTER), or in one that this process starts and stops when a single file
 * is run by hand. Databases are dropped when the process has nothing else left to do: by then every test has closed what it
 * opened.
 */
export async function testDatabase(t: Until): Promise<TestDatabase> {
  const { cluster, template } = await (ready ??= prepare())
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  await ask(cluster, `create database ${name} template ${template} strategy wal_log`)
  made.push(name)
  const address = { ...cluster, database: name }
  const pool = new Pool({ ...address, max: 4 })
  pool.on('error', () => {})
  t.after(() => pool.end())
  return { address, url: postgresUrl(address), pool }
}

/** A test, or a file's `{ after }` of node:test: what is opened is closed at its end. */
export type Until = { after(close: () => Promise<unknown>): void }

type Prepared = { readonly cluster: PostgresConnection; readonly template: string }

let ready: Promise<Prepared> | undefined
const made: string[] = []

async function prepare(): Promise<Prepared> {
  const given = process.env.HUB_TEST_CLUSTER
  const own = given ? undefined : await startTestCluster()
  const cluster = own?.connection ?? (JSON.parse(given ?? '') as PostgresConnection)
  const end = own?.remove ?? (() => dropAll(cluster))
  process.once('beforeExit', () => void end())
  return { cluster, template: await makeTemplate(cluster) }
}

/** Made by whoever comes first; the others wait. It gets its name when complete. */
async function makeTemplate(cluster: PostgresConnection): Promise<string> {
  const template = `template_${migrationsFingerprint()}`
  await withClient(cluster, async (client) => {
    await client.query('select pg_advisory_lock($1)', [templateLock])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount === 1) return
    const making = `${template}_making`
    await client.query(`drop database if exists ${making}`)
    await client.query(`create database ${making} strategy wal_log`)
    const pool = new Pool({ ...cluster, database: making })
    try {
      await migrate(pool)
    } finally {
      await pool.end()
    }
    await client.query(`alter database ${making} rename to ${template}`)
  })
  return template
}

/** A cluster may outlive a change of the migrations. */
function migrationsFingerprint(): string {
  const folder = new URL('../../src/store/migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(new URL(file, folder)))
  return hash.digest('hex').slice(0, 12)
}

async function dropAll(cluster: PostgresConnection): Promise<void> {
  await withClient(cluster, async (client) => {
    for (const name of made) await client.query(`drop database if exists ${name} with (force)`)
  })
}

async function ask(cluster: PostgresConnection, statement: string): Promise<void> {
  await withClient(cluster, (client) => client.query(statement))
}

async function withClient(cluster: PostgresConnection, act: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ ...cluster })
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end()
  }
}

const templateLock = 7_446_211
