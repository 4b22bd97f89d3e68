import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'
import { type Answer, startTestHub } from '../support/running-hub.ts'

const inquiry = '/AMK/payments?query=P123456789'
const times = (count: number, ask: () => Promise<Answer>) => Promise.all(Array.from({ length: count }, ask))

function assertLimited(answer: Answer): void {
  assertRefused(answer, 429, 'RATE_LIMIT_EXCEEDED')
  const retryAfter = Number(answer.headers.get('retry-after'))
  assert.ok(retryAfter >= 1 && retryAfter <= 60, `Retry-After ${retryAfter}`)
  assert.equal(answer.headers.get('ratelimit-limit'), '100')
  assert.equal(answer.headers.get('ratelimit-remaining'), '0')
  assert.match(answer.headers.get('ratelimit-reset') ?? '', /^\d{1,2}$/)
}

test('a client may ask a hundred times a minute', async (t) => {
  const hub = await startTestHub(t)
  await t.test('the first answers tell how many are left', async () => {
    const token = hub.token('bills:read')
    const first = await hub.gateway('GET', inquiry, { token })
    const second = await hub.gateway('GET', inquiry, { token })
    const left = (answer: Answer) => answer.headers.get('ratelimit-remaining')
    assert.deepEqual([first.status, left(first), left(second)], [200, '99', '98'])
    assert.equal(first.headers.get('ratelimit-limit'), '100')
  })
  await t.test('the 101st is refused, whatever its route, token or port; another client is not', async () => {
    const token = hub.token('bills:read', 'busy-client')
    const answers = await times(100, () => hub.gateway('GET', inquiry, { token }))
    assert.deepEqual(
      answers.filter((answer) => answer.status !== 200),
      [],
    )
    assertLimited(await hub.gateway('GET', inquiry, { token }))
    assertLimited(await hub.gateway('GET', '/gateway/payments?query=A10000001', { token }))
    assertLimited(await hub.gateway('GET', inquiry, { token: hub.token('bills:read khqr:create', 'busy-client') }))
    assertLimited(await hub.khqr('GET', '/khqr/150001', { token }))
    assertLimited(await hub.integration('GET', '/integration/premiums/P123456789', { token }))
    assert.equal((await hub.gateway('GET', inquiry, { token: hub.token('bills:read') })).status, 200)
  })
  await t.test('paths that lead nowhere count too', async () => {
    const token = hub.token('bills:read')
    const answers = await times(100, () => hub.gateway('GET', '/nowhere', { token }))
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [404])
    assertLimited(await hub.gateway('GET', '/nowhere', { token }))
    assertLimited(await hub.gateway('GET', inquiry, { token }))
  })
  await t.test('a refused request counts too, and whoever has no token is counted by address', async () => {
    const answers = await times(100, () => hub.gateway('GET', inquiry, { token: 'unknown' }))
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [401])
    assertLimited(await hub.gateway('GET', inquiry))
    const login = await hub.gateway('POST', '/auth/token', { json: {} })
    assert.equal(login.status, 429)
    assert.ok(login.headers.get('retry-after'))
    assert.equal(login.json['error'], 'temporarily_unavailable')
    assert.equal((await hub.gateway('GET', inquiry, { token: hub.token('bills:read') })).status, 200)
  })
  await t.test('bank tokens, service tokens, health and metrics are exempt', async () => {
    const bank = hub.secrets.banks['AMK']?.bankToken ?? ''
    const exempt = {
      'inquiries of a bank': () => hub.gateway('GET', inquiry, { token: bank }),
      'messages of a bank': () => hub.gateway('POST', '/AMK/payments', { token: bank, body: '' }),
      'a service': () =>
        hub.integration('GET', '/integration/premiums/P123456789', { token: hub.secrets.serviceToken }),
      'a service on a bank route': () => hub.gateway('GET', inquiry, { token: hub.secrets.serviceToken }),
      liveness: () => hub.khqr('GET', '/actuator/health/liveness'),
      metrics: () => hub.integration('GET', '/actuator/info'),
    }
    for (const [who, ask] of Object.entries(exempt)) {
      const statuses = new Set((await times(101, ask)).map((answer) => answer.status))
      assert.deepEqual([...statuses], who === 'messages of a bank' ? [400] : [200], who)
    }
  })
})

test('messages of banks have a limit of their own per source', async (t) => {
  const hub = await startTestHub(t, { HUB_WEBHOOKS_PER_MINUTE: '3' })
  const token = hub.secrets.banks['AMK']?.bankToken ?? ''
  const statuses: number[] = []
  for (const path of ['/AMK/khqr', '/AMK/payments', '/gateway/khqr', '/AMK/khqr']) {
    statuses.push((await hub.gateway('POST', path, { token, body: '' })).status)
  }
  assert.deepEqual(statuses, [400, 400, 400, 429])
  assert.equal((await hub.gateway('GET', inquiry, { token })).status, 200)
})
