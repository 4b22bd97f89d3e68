import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import type { PostgresConnection } from './connection.ts'
import { findRunningPostgres } from './find-running-postgres.ts'
import { processState } from './processes.ts'
import { stopPostmaster } from './postmaster.ts'
import { type PostgresStart, type RunningPostgres, startPostgres } from './start-postgres.ts'

const rootOnly = process.getuid?.() === 0 ? false : 'only root can make a folder that PostgreSQL cannot reach'

test('the first start makes a cluster, the second finds what was written, and both stop cleanly', async (t) => {
  const dataDir = temporaryFolder(t)
  const first = await start(t, dataDir)
  assert.equal(statSync(first.connection.host).mode & 0o777, 0o700)
  assert.deepEqual(findRunningPostgres({ dataDir }), first.connection)
  const settings = ['listen_addresses', 'data_checksums', 'fsync', 'synchronous_commit', 'full_page_writes']
  const values = await Promise.all(settings.map((name) => ask(first.connection, `select current_setting('${name}')`)))
  assert.deepEqual(values.flat(), ['', 'on', 'on', 'on', 'on'])
  assert.deepEqual(await ask(first.connection, 'select distinct datcollate from pg_database'), ['C'])
  await ask(first.connection, `create table kept as select 'committed' as row`)
  await Promise.all([first.stop(), first.stop()])
  assert.notEqual(processState(first.pid), 'running')
  assert.equal(findRunningPostgres({ dataDir }), undefined)

  const second = await start(t, dataDir)
  assert.equal(second.adopted, false)
  assert.deepEqual(await ask(second.connection, 'select row from kept'), ['committed'])
})

test('after kill -9 of the hub the next start adopts its PostgreSQL, and every committed row is there', async (t) => {
  const dataDir = temporaryFolder(t)
  const hub = spawnHub(t, dataDir)
  const postmaster = await holding(t, hub)
  await kill(hub)
  const next = await start(t, dataDir)
  assert.equal(next.adopted, true)
  assert.equal(next.pid, postmaster)
  assert.deepEqual(await ask(next.connection, 'select row from kept'), ['committed'])
  await next.stop()
  assert.notEqual(processState(postmaster), 'running')
})

test('after kill -9 of hub and PostgreSQL both, the next start replays the log', async (t) => {
  const dataDir = temporaryFolder(t)
  const hub = spawnHub(t, dataDir)
  const postmaster = await holding(t, hub)
  await kill(hub)
  await killPostmaster(postmaster)
  const next = await start(t, dataDir)
  assert.equal(next.adopted, false)
  assert.deepEqual(await ask(next.connection, 'select row from kept'), ['committed'])
})

test('a killed PostgreSQL that nobody has collected holds its lock, and is waited for', async (t) => {
  const dataDir = temporaryFolder(t)
  const hub = spawnHub(t, dataDir)
  const postmaster = await holding(t, hub)
  // Its parent sleeps, so the killed one stays a zombie until the parent is gone too.
  hub.kill('SIGSTOP')
  await killPostmaster(postmaster)
  const next = await start(t, dataDir, { log: () => hub.kill('SIGKILL') })
  assert.deepEqual(await ask(next.connection, 'select row from kept'), ['committed'])
})

test('a running PostgreSQL with other settings is stopped and started with ours', async (t) => {
  const dataDir = temporaryFolder(t)
  const first = await start(t, dataDir)
  await first.stop()
  const program = join(first.binariesIn, 'bin', 'postgres')
  const { uid, gid } = statSync(first.clusterIn)
  const other = spawn(program, ['-D', first.clusterIn, '-k', first.connection.host, '-c', 'listen_addresses='], {
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    stdio: 'ignore',
  })
  while (!findRunningPostgres({ dataDir })) await delay(5)
  const next = await start(t, dataDir)
  assert.equal(next.adopted, false)
  assert.notEqual(next.pid, other.pid)
})

test('Ctrl-C reaches the whole group of the terminal, yet the hub drains with its database up', async (t) => {
  const dataDir = temporaryFolder(t)
  const hub = spawnHub(t, dataDir)
  const postmaster = await holding(t, hub)
  process.kill(-(hub.pid ?? 0), 'SIGINT')
  const [code] = await once(hub, 'exit')
  assert.equal(code, 0)
  assert.notEqual(processState(postmaster), 'running')
  const next = await start(t, dataDir)
  assert.deepEqual(await ask(next.connection, 'select row from kept order by 1'), ['committed', 'drained'])
})

test('a cluster whose making was interrupted is made again', async (t) => {
  const dataDir = temporaryFolder(t)
  const hub = spawnHub(t, dataDir)
  const halfMade = () => readdirSync(dataDir).some((name) => name.includes('.making-'))
  while (!halfMade()) await delay(5)
  await kill(hub)
  const next = await start(t, dataDir)
  assert.deepEqual(await ask(next.connection, 'select 1::text'), ['1'])
})

test('a cluster that was complete once is never made again: damage is told', async (t) => {
  const dataDir = temporaryFolder(t)
  mkdirSync(join(dataDir, 'postgres'))
  writeFileSync(join(dataDir, 'postgres', 'somebodys-books'), '')
  await assert.rejects(
    start(t, dataDir),
    /cluster in .* is damaged: it has no PG_VERSION\. Bring it back from a backup/,
  )
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '11\n')
  await assert.rejects(start(t, dataDir), /is of version 11, and this hub brings version 18/)
  assert.ok(existsSync(join(dataDir, 'postgres', 'somebodys-books')))
})

test("a PostgreSQL that cannot start is told of with its log's last lines", async (t) => {
  const dataDir = temporaryFolder(t)
  const first = await start(t, dataDir)
  await first.stop()
  rmSync(join(first.clusterIn, 'global', 'pg_control'))
  await assert.rejects(start(t, dataDir), /did not start from .*exit code 2.*could not find the database system/s)
})

for (const [what, name] of [
  ['a path too long for a socket', 'a-folder-with-a-long-name/'.repeat(5)],
  ['a path with blanks, commas, an apostrophe and Khmer', `it's ours, ក`],
]) {
  test(`${what} is no trouble`, async (t) => {
    const dataDir = join(temporaryFolder(t), name ?? '')
    const postgres = await start(t, dataDir)
    later(t, () => rmSync(postgres.connection.host, { recursive: true, force: true }))
    assert.deepEqual(await ask(postgres.connection, 'select 1::text'), ['1'])
    assert.equal(statSync(postgres.connection.host).mode & 0o777, 0o700)
    await postgres.stop()
    assert.equal((await start(t, dataDir)).adopted, false)
  })
}

test("in a closed folder of root's the cluster goes where PostgreSQL can reach it", { skip: rootOnly }, async (t) => {
  const closed = mkdtempSync(join(tmpdir(), 'khqr-hub-closed-'))
  later(t, () => rmSync(closed, { recursive: true, force: true }))
  const dataDir = join(closed, 'data')
  const shelter = temporaryFolder(t)
  const first = await start(t, dataDir, { shelter })
  assert.ok(first.clusterIn.startsWith(`${shelter}/khqr-hub-`))
  await ask(first.connection, `create table kept as select 'committed' as row`)
  await first.stop()
  const second = await start(t, dataDir, { shelter })
  assert.deepEqual(await ask(second.connection, 'select row from kept'), ['committed'])
  await second.stop()

  const copy = join(closed, 'copy')
  cpSync(dataDir, copy, { recursive: true })
  await assert.rejects(start(t, copy, { shelter }), /looks like a copy of .*\/data/)
  rmSync(dataDir, { recursive: true })
  const moved = await start(t, copy, { shelter })
  assert.deepEqual(await ask(moved.connection, 'select row from kept'), ['committed'])
  await moved.stop()

  const anew = await start(t, dataDir, { shelter })
  assert.notEqual(anew.clusterIn, moved.clusterIn, 'a folder made again does not meet the books of the one before')
  await anew.stop()
  rmSync(anew.clusterIn, { recursive: true })
  rmSync(join(anew.clusterIn, '..'), { recursive: true })
  await assert.rejects(start(t, dataDir, { shelter }), /which is gone\. Bring it back from a backup/)
})

/** What a test leaves is cleared in reverse order: a server before its folder. */
function later(t: TestContext, clear: () => unknown): void {
  const known = clearings.get(t)
  if (known) return void known.push(clear)
  const all = [clear]
  clearings.set(t, all)
  t.after(async () => {
    for (const each of all.toReversed()) await each()
  })
}

const clearings = new WeakMap<TestContext, (() => unknown)[]>()

/** Others may pass through it, as through most folders that a data folder lies in. */
function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-postgres-'))
  chmodSync(folder, 0o755)
  later(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

async function start(t: TestContext, dataDir: string, how: Partial<PostgresStart> = {}): Promise<RunningPostgres> {
  const postgres = await startPostgres({ dataDir, log: () => {}, ...how })
  later(t, postgres.stop)
  return postgres
}

/** A process that holds the folder as a hub does, in a group of its own as below a terminal. */
function spawnHub(t: TestContext, dataDir: string): ChildProcess {
  const holder = fileURLToPath(new URL('../../../test/support/postgres-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [holder, dataDir], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  later(t, () => child.kill('SIGKILL'))
  return child
}

/** Resolves with the number of its PostgreSQL, which is stopped with the test. */
async function holding(t: TestContext, hub: ChildProcess): Promise<number> {
  assert.ok(hub.stdout)
  const [line] = (await once(hub.stdout, 'data')) as [Buffer]
  const { postmaster } = JSON.parse(line.toString('utf8')) as { postmaster: number }
  later(t, () => stopPostmaster(postmaster))
  return postmaster
}

async function kill(hub: ChildProcess): Promise<void> {
  hub.kill('SIGKILL')
  await once(hub, 'exit')
}

/** The system takes a moment: until then it looks alive and would be adopted. */
async function killPostmaster(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  while (processState(pid) === 'running') await delay(1)
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
