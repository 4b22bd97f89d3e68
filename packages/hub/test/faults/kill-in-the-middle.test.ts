import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { freePorts } from '../support/free-ports.ts'
import type { Pool } from 'pg'
import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import { readSandboxSecrets } from '../../src/sandbox/secrets.ts'
import { openDatabase } from '../../src/store/db.ts'
import { checkInvariants } from '../../src/flows/check-invariants.ts'
import { testDatabase } from '../support/database.ts'
import { type HubProcess, startHubProcess } from '../support/hub-process.ts'
import { type Answer, call, eventually, type Journal, testEnvironment } from '../support/running-hub.ts'

const bills = 64

for (const killed of [false, true]) {
  const title = killed ? ', with kill -9 of the hub in the middle' : ''
  test(`[E69] 64 payments at once, each told three times${title}: 64 receipts, 64 credits, ledger sums zero`, async (t) => {
    const world = await startWorld(t)
    const numbers = await makeCodes(world)
    const paying = Promise.all(
      numbers.map((paymentId) =>
        world.simulator('POST', '/_simulator/pay', { bank: 'AMK', paymentId, webhook: 'duplicate' }),
      ),
    )
    if (killed) await killInTheMiddle(world)
    for (const paid of await paying) assert.equal(paid.status, 200, paid.text)
    await eventually('every credit', async () => (await creditCount(world)) >= bills, 60_000)
    await settled(world)
    assert.deepEqual(await figures(world.pool), { receipts: bills, applied: bills, held: 0, unbalanced: 0, cases: 0 })
    const journal = await journalOf(world)
    const credited = journal.policySystems['DLIS']?.credits.map((credit) => String(credit.paymentId)) ?? []
    assert.deepEqual([...credited].sort(), numbers.map(String).sort(), 'each payment is credited exactly once')
    const db = openDatabase(
      { connectionString: world.environment['DATABASE_URL'] ?? '' },
      { poolSize: 1, onError: () => {} },
    )
    const broken = (await checkInvariants(db, { writesReference: () => true })).filter(
      (one) => one.violations.length > 0,
    )
    await db.close()
    assert.deepEqual(broken, [])
  })
}

type World = {
  hub: HubProcess
  readonly environment: Readonly<Record<string, string>>
  readonly pool: Pool
  readonly token: string
  simulator(method: string, path: string, body?: unknown): Promise<Answer>
}

async function startWorld(t: TestContext): Promise<World> {
  const { url, pool } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-kill-'))
  // Fixed ports: the bank must find the hub again where it was.
  const [gateway, khqr, integration, simulator] = await freePorts(4)
  const environment = testEnvironment(dataDir, url, {
    HUB_GATEWAY_PORT: String(gateway),
    HUB_KHQR_PORT: String(khqr),
    HUB_INTEGRATION_PORT: String(integration),
    HUB_SIMULATOR_PORT: String(simulator),
    // 64 codes are asked for within a second.
    HUB_REQUESTS_PER_MINUTE: '10000',
  })
  const hub = await startHubProcess(environment)
  const secret = readSandboxSecrets(dataDir)?.tokenSecret ?? ''
  const settings = { secret, issuer: 'khqr-hub', audience: 'khqr-hub' }
  const world: World = {
    hub,
    environment,
    pool,
    token: signAccessToken(settings, { subject: 'kill-test', scope: 'khqr:create', ttlS: 3_600 }),
    simulator: (method, path, body) =>
      call(`http://127.0.0.1:${simulator}${path}`, method, body === undefined ? {} : { json: body }),
  }
  t.after(async () => {
    await world.hub.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return world
}

async function makeCodes(world: World): Promise<number[]> {
  const made = await world.simulator('POST', '/_simulator/bills', { count: bills })
  const numbers = made.json['numbers'] as unknown as string[]
  const codes = await Promise.all(
    numbers.map((number) =>
      call(`http://127.0.0.1:${world.hub.ports.khqr}/khqr?bankCode=AMK&billNumber=${number}`, 'GET', {
        token: world.token,
      }),
    ),
  )
  return codes.map((code) => {
    assert.equal(code.status, 200, code.text)
    return Number(code.json['data']?.['paymentId'])
  })
}

/** Waits until some, not all, notices were taken; then kills the hub and starts it again. */
async function killInTheMiddle(world: World): Promise<void> {
  await eventually('the first receipts', async () => {
    const { rows } = await world.pool.query('select count(*)::int as count from inbox')
    return rows[0].count >= 20
  })
  await world.hub.kill()
  world.hub = await startHubProcess(world.environment)
}

async function journalOf(world: World): Promise<Journal> {
  return (await world.simulator('GET', '/_simulator/journal')).json as unknown as Journal
}

async function creditCount(world: World): Promise<number> {
  return (await journalOf(world)).policySystems['DLIS']?.credits.length ?? 0
}

/** No message waits to be judged, no event to be delivered. */
async function settled(world: World): Promise<void> {
  await eventually(
    'everything to come to rest',
    async () => {
      const { rows } = await world.pool.query(
        `select (select count(*) from inbox where decided_at is null)::int + (select count(*) from event_deliveries where state = 'due')::int as open`,
      )
      return rows[0].open === 0
    },
    60_000,
  )
}

async function figures(pool: Pool) {
  const { rows } = await pool.query(`select (select count(*)::int from receipts) as receipts,
    (select count(*)::int from applications) as applied, (select count(*)::int from suspense) as held,
    (select count(*)::int from (select from entries group by journal_id, currency having sum(amount_minor) <> 0) u) as unbalanced,
    (select count(*)::int from cases) as cases`)
  return rows[0]
}
