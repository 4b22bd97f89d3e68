import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { sha256Hex } from '../../src/kit/crypto.ts'
import { testDatabase } from '../support/database.ts'
import { call, eventually, startTestHub, testEnvironment, startOnFreePorts } from '../support/running-hub.ts'

test("a bank's token from an address that is not the bank's is refused, kept from the books, and audited", async (t) => {
  const { url, pool } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-strangers-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const file = join(dataDir, 'hub.yaml')
  writeFileSync(file, stringify({ banks: { BANK07: bank } }))
  const running = await startOnFreePorts(() => readConfig({ file }, testEnvironment(dataDir, url)))
  t.after(() => running.stop())
  await pool.query(
    `insert into bearer_tokens (token_sha256, kind, holder, slot, scopes) values ($1, 'bank', 'BANK07', 1, '{bank:BANK07}')`,
    [sha256Hex('made-up-bank-token')],
  )
  const gateway = `http://127.0.0.1:${running.ports.gateway}`
  const answer = await call(`${gateway}/BANK07/payments`, 'POST', { token: 'made-up-bank-token', json: { id: 1 } })
  assert.equal(answer.status, 403, answer.text)
  assert.equal((await pool.query('select from inbox')).rowCount, 0)
  await eventually('the audit row', async () => {
    const { rows } = await pool.query(`select actor from audit where action = 'security.wrong_address'`)
    return rows.length === 1
  })
})

const bank = {
  'numeric-id': 7,
  base_url: 'http://127.0.0.1:9/api',
  'merchant-id': '900000000000077',
  'store-id': '1',
  'terminal-id': '1',
  currency: 'USD',
  'payee-account': 'made_up@bank',
  auth: { username: 'made-up', password: 'made-up-password' },
  'allowed-addresses': ['203.0.113.0/24'],
}

test('forged tokens, steps out of scope and failed log-ins are counted and audited; a request without a bearer is not', async (t) => {
  const hub = await startTestHub(t)
  await hub.gateway('GET', '/AMK/payments?query=P123456789')
  await hub.gateway('GET', '/AMK/payments?query=P123456789', { token: `${hub.token('bills:read')}x` })
  await hub.gateway('POST', '/AMK/khqr', { token: hub.token('bills:read'), json: {} })
  await hub.gateway('POST', '/auth/token', { json: { client_id: 'demo-app', client_secret: 'wrong' } })
  await eventually('three audit rows', async () => {
    const { rows } = await hub.pool.query(`select action from audit order by action`)
    const actions = rows.map((row) => row.action)
    return (
      actions.length === 3 &&
      assert.deepEqual(actions, ['security.bad_token', 'security.failed_login', 'security.out_of_scope']) === undefined
    )
  })
  const metrics = await hub.gateway('GET', '/actuator/prometheus')
  for (const kind of ['bad_token', 'failed_login', 'out_of_scope']) {
    assert.match(metrics.text, new RegExp(`hub_security_events_total\\{kind="${kind}"\\} 1`))
  }
})
