import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { findRunningPostgres } from '../../src/sandbox/postgres/find-running-postgres.ts'
import { readPostmaster } from '../../src/sandbox/postgres/postmaster.ts'
import { processState } from '../../src/sandbox/postgres/processes.ts'
import { becomes, inquire, makeCode, notice, patiently, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startEmbeddedTestHub, type TestHub } from '../support/running-hub.ts'

test('[E33] the embedded PostgreSQL is killed alone: 503 meanwhile, then it runs again, and payments before, during and after are in the books once', async (t) => {
  const hub = await startEmbeddedTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const before = await makeCode(hub, 'AMK')
  await pay(hub, before)
  await becomes(hub, before.id, {})
  const during = await makeCode(hub, 'BANK01')

  const release = await holdOneBackend(t, hub)
  const killed = pidOf(hub)
  process.kill(killed, 'SIGKILL')
  await patiently('the postmaster to be gone', async () => processState(killed) !== 'running')
  // A customer pays; the bank tells us and is told to come back.
  await pay(hub, during, { webhook: 'drop' })
  for (const answer of [await notice(hub, during), await inquire(hub, 'AMK', before.bill)]) {
    assert.equal(answer.status, 503, answer.text)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
  }
  const health = await hub.gateway('GET', '/actuator/health')
  assert.deepEqual([health.status, health.json['status']], [503, 'DOWN'])
  release()

  await patiently(
    'the hub to be whole again',
    async () => (await hub.gateway('GET', '/actuator/health')).status === 200,
  )
  assert.notEqual(pidOf(hub), killed)
  assert.equal((await notice(hub, during)).status, 200)
  const after = await makeCode(hub, 'AMK')
  await pay(hub, after)
  for (const { id } of [before, during, after]) await becomes(hub, id, {})
  await booksAgree(hub)
})

test('a stop that comes while PostgreSQL is being started again ends everything, and no server is left', async (t) => {
  const hub = await startEmbeddedTestHub(t)
  const release = await holdOneBackend(t, hub)
  const killed = pidOf(hub)
  process.kill(killed, 'SIGKILL')
  await patiently('the postmaster to be gone', async () => processState(killed) !== 'running')
  await hub.stop()
  release()
  assert.equal(findRunningPostgres({ dataDir: hub.dataDir }), undefined)
})

function pidOf(hub: TestHub): number {
  const found = readPostmaster(hub.running.databaseIn)
  assert.equal(found?.state, 'ours')
  return found.pid
}

/** While it is held it cannot leave with its postmaster, so the cluster stays locked: "away" lasts until the release. */
async function holdOneBackend(t: TestContext, hub: TestHub): Promise<() => void> {
  const client = new Client({ ...findRunningPostgres({ dataDir: hub.dataDir }) })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  let isHeld = true
  const release = () => {
    if (isHeld) process.kill(pid, 'SIGCONT')
    isHeld = false
    client.end().catch(() => {})
  }
  t.after(release)
  return release
}
