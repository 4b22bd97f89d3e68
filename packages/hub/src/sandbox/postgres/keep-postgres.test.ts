import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { PostgresConnection } from './connection.ts'
import { type KeptPostgres, keepPostgres, type PostgresNews } from './keep-postgres.ts'
import { readPostmaster } from './postmaster.ts'
import { processesStandingIn, processState } from './processes.ts'
import { startPostgres } from './start-postgres.ts'

const linuxOnly = process.platform === 'linux' ? false : 'only Linux tells who stands in a folder'

test('a postmaster that is killed alone is started again at the same address, and every committed row is there', async (t) => {
  const { kept, told } = await keep(t)
  await ask(kept.connection, `create table kept as select 'committed' as row`)
  const killed = await killPostmaster(kept)
  await until('PostgreSQL to run again', () => told('restarted'))
  assert.notEqual(pidOf(kept), killed)
  assert.deepEqual(await ask(kept.connection, 'select row from kept'), ['committed'])
  assert.match(told('ended')?.sentence ?? '', /ended by itself \(SIGKILL\)/)
  await kept.stop()
  assert.equal(pidOf(kept), undefined)
})

test('it is started again as often as it is killed', async (t) => {
  const { kept, news } = await keep(t)
  for (const times of [1, 2, 3]) {
    await killPostmaster(kept)
    await until('PostgreSQL to run again', () => news.filter((one) => one.kind === 'restarted').length === times)
    assert.deepEqual(await ask(kept.connection, 'select 1::text'), ['1'])
  }
})

test('one that was adopted from a killed hub is kept as well', async (t) => {
  const dataDir = temporaryFolder(t)
  // Nobody waits for this one as for a child: to the hub that adopts it, it is just a process.
  const left = await startPostgres({ dataDir, log: () => {} })
  const { kept, told } = await keep(t, dataDir)
  assert.equal(pidOf(kept), left.pid)
  await killPostmaster(kept)
  await until('PostgreSQL to run again', () => told('restarted'))
  assert.deepEqual(await ask(kept.connection, 'select 1::text'), ['1'])
})

test('while a backend of the killed one still works in the cluster, no second server is started beside it', {
  skip: linuxOnly,
}, async (t) => {
  const { kept, told, news } = await keep(t)
  const backend = await stuckBackend(t, kept)
  await killPostmaster(kept)
  await until('the start to be tried again', () => news.filter((one) => one.kind === 'restarting').length > 1)
  assert.deepEqual(processesStandingIn(kept.clusterIn), [backend])
  process.kill(backend, 'SIGCONT')
  await until('PostgreSQL to run again', () => told('restarted'))
  assert.equal(told('restart_failed'), undefined)
  assert.deepEqual(await ask(kept.connection, 'select 1::text'), ['1'])
})

test('stopping while it is being started again leaves no server behind', { skip: linuxOnly }, async (t) => {
  const { kept, told } = await keep(t)
  const backend = await stuckBackend(t, kept)
  await killPostmaster(kept)
  await until('the start to be tried again', () => told('restarting'))
  await Promise.all([kept.stop(), kept.stop()])
  assert.deepEqual(processesStandingIn(kept.clusterIn), [backend])
  process.kill(backend, 'SIGCONT')
  await until('the last backend to leave', () => processesStandingIn(kept.clusterIn).length === 0)
  assert.equal(told('restarted'), undefined)
})

test('what is stopped stays stopped, and is not told of as ended by itself', async (t) => {
  const { kept, news } = await keep(t)
  await kept.stop()
  assert.equal(pidOf(kept), undefined)
  assert.deepEqual(news, [])
})

test('a start that cannot work is told of with what PostgreSQL said, and tried again until it can', async (t) => {
  const { kept, told } = await keep(t)
  const control = join(kept.clusterIn, 'global', 'pg_control')
  renameSync(control, `${control}.away`)
  await killPostmaster(kept)
  const failed = await until('a start to fail', () => told('restart_failed'))
  assert.match(failed.sentence, /did not start from .*could not find the database system/s)
  renameSync(`${control}.away`, control)
  await until('PostgreSQL to run again', () => told('restarted'))
  assert.deepEqual(await ask(kept.connection, 'select 1::text'), ['1'])
})

type Keeping = {
  readonly kept: KeptPostgres
  readonly news: readonly PostgresNews[]
  /** The first news of this kind. */
  told(kind: PostgresNews['kind']): PostgresNews | undefined
}

async function keep(t: TestContext, dataDir = temporaryFolder(t)): Promise<Keeping> {
  const news: PostgresNews[] = []
  const kept = await keepPostgres({ dataDir, log: () => {}, tell: (one) => news.push(one) })
  stops.get(t)?.push(() => kept.stop())
  return { kept, news, told: (kind) => news.find((one) => one.kind === kind) }
}

/** What a test started is stopped before its folder goes. */
const stops = new WeakMap<TestContext, (() => Promise<unknown>)[]>()

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-kept-'))
  const all: (() => Promise<unknown>)[] = []
  stops.set(t, all)
  t.after(async () => {
    for (const stop of all.toReversed()) await stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

function pidOf(kept: KeptPostgres): number | undefined {
  const found = readPostmaster(kept.clusterIn)
  return found?.state === 'ours' ? found.pid : undefined
}

/** Resolves when it is gone; then nobody is a postmaster until the keeper has started another. */
async function killPostmaster(kept: KeptPostgres): Promise<number> {
  const pid = pidOf(kept)
  assert.ok(pid)
  process.kill(pid, 'SIGKILL')
  while (processState(pid) === 'running') await delay(1)
  return pid
}

/** A backend that is held, so that it cannot notice its postmaster's end: it keeps the cluster's shared memory. */
async function stuckBackend(t: TestContext, kept: KeptPostgres): Promise<number> {
  const client = new Client({ ...kept.connection })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  stops.get(t)?.push(async () => {
    if (processesStandingIn(kept.clusterIn).includes(pid)) process.kill(pid, 'SIGKILL')
    client.end().catch(() => {})
  })
  return pid
}

async function until<Found>(what: string, look: () => Found | undefined | false): Promise<Found> {
  const giveUpAt = Date.now() + 60_000
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > giveUpAt) throw new Error(`Waited 60 s for ${what}`)
    await delay(5)
  }
}

/** The first column of every row. */
async function ask(connection: PostgresConnection, statement: string): Promise<unknown[]> {
  const client = new Client({ ...connection })
  await client.connect()
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' })
    return rows.map((row) => row[0])
  } finally {
    await client.end()
  }
}
