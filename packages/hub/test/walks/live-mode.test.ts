import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { startHub } from '../../src/main.ts'
import { testDatabase } from '../support/database.ts'
import { startTestHub } from '../support/running-hub.ts'

const secret = 'made-up-secret-made-up-secret-0001'

const bank = {
  'numeric-id': 7,
  base_url: 'https://bank.example/api',
  'verify-payment-url': 'https://bank.example/verify',
  'merchant-id': '900000000000077',
  'store-id': '1',
  'terminal-id': '1',
  currency: 'USD',
  'payee-account': 'made_up@bank',
  'secret-key': 'made-up-key',
  auth: { username: 'made-up', password: 'made-up-password' },
}

const wrong: readonly { title: string; env?: Record<string, string>; file?: unknown; says: RegExp }[] = [
  { title: 'without a database', env: { DATABASE_URL: '' }, says: /DATABASE_URL .*is missing, and live mode needs it/ },
  { title: 'without a token key', env: { JWT_SECRET: '' }, says: /JWT_SECRET .*is missing/ },
  {
    title: 'with a short token key',
    env: { JWT_SECRET: 'short' },
    says: /JWT_SECRET .*not printed.*at least 32 bytes/,
  },
  { title: 'with debug output', env: { LOG_LEVEL: 'debug' }, says: /LOG_LEVEL is debug/ },
  {
    title: "with a sandbox's secret",
    env: { JWT_SECRET: `sandbox-${secret}` },
    says: /tokens\.secret is a sandbox's own/,
  },
  {
    title: 'with plain HTTP to a public address',
    file: { banks: { BANK07: { ...bank, base_url: 'http://203.0.113.9/api', 'allow-plain-http': true } } },
    says: /banks\.BANK07\.base_url is plain HTTP to a public address/,
  },
  {
    title: 'with a credential missing',
    file: { banks: { BANK07: { ...bank, auth: { username: 'made-up' } } } },
    says: /banks\.BANK07\.auth\.password is missing/,
  },
  {
    title: 'where a notice settles from anywhere',
    file: { banks: { BANK07: { ...bank, notices: { 'settle-bills': true } } } },
    says: /banks\.BANK07\.allowed-addresses is empty/,
  },
  {
    title: 'where a KHQR notice settles from anywhere',
    file: { banks: { BANK07: { ...bank, notices: { 'settle-khqr': true } } } },
    says: /banks\.BANK07\.allowed-addresses is empty/,
  },
  {
    title: 'where a KHQR notice settles although the bank can be asked',
    file: {
      banks: { BANK07: { ...bank, 'allowed-addresses': ['203.0.113.0/24'], notices: { 'settle-khqr': true } } },
    },
    says: /banks\.BANK07\.notices\.settle-khqr is true, and BANK07 can be asked/,
  },
  { title: 'with a misspelt setting', file: { databse: { url: 'x' } }, says: /sets databse\.url, which is no setting/ },
]

for (const { title, env = {}, file = {}, says } of wrong) {
  test(`live mode does not start ${title}, and says which setting and what to do`, async (t) => {
    await assert.rejects(startLive(t, env, file), says)
  })
}

/** What the sandbox alone serves, on whichever port: its home page, and what the simulator plays. */
const sandboxOnly = [
  ['GET', '/'],
  ['POST', '/sandbox/pay'],
  ['GET', '/sandbox/docs/README.md'],
  ['GET', '/sandbox/docs/page.md'],
  ['GET', '/phone'],
  ['GET', '/phone/assets/phone.js'],
  ['POST', '/phone/scan'],
  ['POST', '/phone/pay'],
  ['GET', '/phone/done/any'],
  ['GET', '/_simulator'],
  ['GET', '/_simulator/journal'],
  ['POST', '/_simulator/pay'],
] as const

test('live mode starts with a real configuration, without a simulator, its phone, or a home page', async (t) => {
  const running = await startLive(t, {}, { banks: { BANK07: bank } })
  const { gateway, khqr, integration } = running.ports
  const health = await fetch(`http://127.0.0.1:${gateway}/actuator/info`)
  assert.equal(((await health.json()) as { mode: string }).mode, 'live')
  assert.equal(running.simulatorPid, undefined)
  const served: string[] = []
  for (const port of [gateway, khqr, integration])
    for (const [method, path] of sandboxOnly) {
      const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { method })
      if (status !== 404) served.push(`${method} ${path} is ${status} on ${port}`)
    }
  assert.deepEqual(served, [])
  // Where the simulator would listen nobody does.
  await assert.rejects(fetch(`http://127.0.0.1:${running.ports.simulator}/phone`), /fetch failed/)
})

test('live mode refuses a database that forgets', async (t) => {
  const { url, pool } = await testDatabase(t)
  await pool.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
  )
  await assert.rejects(startLive(t, { DATABASE_URL: url }, {}), /synchronous_commit off/)
})

test('a sandbox database never becomes a live one', async (t) => {
  const hub = await startTestHub(t)
  const { rows } = await hub.pool.query('select current_database() as name')
  await hub.stop()
  const url = hub.running.config.databaseUrl ?? ''
  assert.ok(url.includes(rows[0].name))
  await assert.rejects(startLive(t, { DATABASE_URL: url }, {}), /belongs to a sandbox installation/)
})

test('sandbox refuses an address that leaves this machine', async (t) => {
  const { url } = await testDatabase(t)
  await assert.rejects(
    start(t, { HUB_MODE: 'sandbox', DATABASE_URL: url }, { banks: { BANK07: bank } }),
    /banks\.BANK07\.base_url leaves this machine/,
  )
})

async function startLive(t: TestContext, env: Record<string, string>, file: unknown) {
  const { url } = await testDatabase(t)
  return start(t, { HUB_MODE: 'live', DATABASE_URL: url, JWT_SECRET: secret, ...env }, file)
}

async function start(t: TestContext, env: Record<string, string>, file: unknown) {
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-live-'))
  const path = join(dataDir, 'hub.yaml')
  writeFileSync(path, stringify(file))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const ports = { HUB_GATEWAY_PORT: '0', HUB_KHQR_PORT: '0', HUB_INTEGRATION_PORT: '0', HUB_SIMULATOR_PORT: '0' }
  const config = readConfig({ file: path }, { HUB_DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...ports, ...env })
  const running = await startHub(config, { progress: () => {} })
  t.after(() => running.stop())
  return running
}
