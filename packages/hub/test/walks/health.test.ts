import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

const paths = ['', '/liveness', '/readiness'].map((path) => `/actuator/health${path}`)
const others = ['/actuator/info', '/actuator/metrics', '/actuator/prometheus']

function surfacesOf(hub: TestHub) {
  return { gateway: hub.gateway, khqr: hub.khqr, integration: hub.integration }
}

/** No host, no port of ours, no database, in anything that is told to callers without a token. */
function assertNoAddress(hub: TestHub, text: string): void {
  assert.doesNotMatch(text, /127\.0\.0\.1|localhost|https?:\/\/|postgres(ql)?:\/\/|:\d{4,5}\b/)
  for (const port of Object.values(hub.running.ports)) assert.ok(!text.includes(`:${port}`), `port ${port} is shown`)
}

function activeBanks(hub: TestHub): string[] {
  const active = [...hub.running.hub.banks.values()].filter((at) => at.active).map((at) => at.code)
  assert.ok(active.includes('BANK02') && !active.includes('BANK03'))
  return active.sort()
}

test('health is open on every port and shows no address', async (t) => {
  const hub = await startTestHub(t)
  for (const [name, ask] of Object.entries(surfacesOf(hub))) {
    await t.test(`${name}: everything is up, with and without a token`, async () => {
      for (const path of paths) {
        const answer = await ask('GET', path, path === paths[1] ? { token: 'unknown' } : {})
        assert.deepEqual([answer.status, answer.json['status']], [200, 'UP'], answer.text)
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        assertNoAddress(hub, answer.text)
      }
    })
    await t.test(`${name}: its components are named, each bank with its response time`, async () => {
      const { components } = (await ask('GET', '/actuator/health')).json as unknown as { components: Components }
      assert.deepEqual(Object.keys(components).sort(), ['bankApi', 'db', 'gatewayService', 'policySystems'])
      assert.deepEqual(Object.keys(components['bankApi']?.details ?? {}).sort(), activeBanks(hub))
      assert.deepEqual(Object.keys(components['policySystems']?.details ?? {}).sort(), ['DLIS', 'INGENIUM'])
      for (const component of Object.values(components)) assert.equal(component.status, 'UP')
      for (const bank of Object.values(components['bankApi']?.details ?? {})) {
        assert.equal(typeof (bank as { responseTime: unknown }).responseTime, 'number')
      }
    })
    await t.test(`${name}: info, metrics and prometheus`, async () => {
      const [info, metrics, prometheus] = await Promise.all(others.map((path) => ask('GET', path)))
      assert.deepEqual([info?.json['name'], info?.json['mode']], ['khqr-hub', 'sandbox'])
      assert.match(String(info?.json['version']), /^\d+\.\d+\.\d+/)
      assert.ok((metrics?.json['names']?.length ?? 0) > 10)
      assert.match(prometheus?.headers.get('content-type') ?? '', /^text\/plain/)
      assert.match(prometheus?.text ?? '', /^# TYPE \S+ histogram$/m)
      for (const answer of [info, metrics, prometheus]) {
        assert.equal(answer?.status, 200)
        assertNoAddress(hub, answer?.text ?? '')
      }
    })
  }
})

type Components = Record<string, { status: string; details?: Record<string, unknown> }>

test('with banks and policy systems gone the hub is degraded, not dead, and still shows no address', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.token('bills:read khqr:create')
  const known = '/khqr?bankCode=AMK&billNumber=P123456789'
  process.kill(hub.running.simulatorPid ?? 0, 'SIGKILL')
  await t.test('a look-up that must be fresh is a 503 that says when to come back', async () => {
    const answer = await hub.khqr('GET', known, { token })
    assertRefused(answer, 503, 'SERVER_UNAVAILABLE')
    assert.ok(Number(answer.json['error']?.['retryAfter']) >= 1)
    assertNoAddress(hub, answer.text)
    const asked = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token })
    assertRefused(asked, 503, 'SERVER_UNAVAILABLE')
    assertNoAddress(hub, asked.text)
    const premium = await hub.integration('GET', '/integration/premiums/P123456789', { token })
    assertRefused(premium, 503, 'SERVER_UNAVAILABLE')
    assertNoAddress(hub, premium.text)
  })
  for (const [name, ask] of Object.entries(surfacesOf(hub))) {
    await t.test(`${name}: DEGRADED with 200, live and ready`, async () => {
      const answer = await ask('GET', '/actuator/health')
      assert.deepEqual([answer.status, answer.json['status']], [200, 'DEGRADED'], answer.text)
      const components = answer.json['components'] as unknown as Components
      assert.deepEqual(
        [components['db']?.status, components['bankApi']?.status, components['policySystems']?.status],
        ['UP', 'DEGRADED', 'DEGRADED'],
      )
      assertNoAddress(hub, answer.text)
      assert.equal((await ask('GET', '/actuator/health/liveness')).status, 200)
      assert.equal((await ask('GET', '/actuator/health/readiness')).status, 200)
      assertNoAddress(hub, (await ask('GET', '/actuator/prometheus')).text)
    })
  }
})
