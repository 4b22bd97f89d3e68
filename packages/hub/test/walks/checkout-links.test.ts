import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import { openTopup, payAndSaySo, type Topup } from '../support/topups.ts'
import { unguarded } from '../support/unguarded.ts'

test('behind a trusted proxy that was asked over TLS, browsers are told to stay there, and cookies are secure', async (t) => {
  for (const [proxies, scheme, isSecure] of [
    ['127.0.0.1', 'https', true],
    ['127.0.0.1', 'http', false],
    ['192.0.2.1', 'https', false],
  ] as const) {
    const hub = await startTestHub(t, { HUB_TRUSTED_PROXIES: proxies })
    const { id, checkout_url } = await openTopup(hub)
    const headers = { 'x-forwarded-proto': scheme }
    const shown = await hub.gateway('GET', `${new URL(checkout_url).pathname}?lang=km`, { headers })
    const read = await hub.gateway('GET', `/api/topups/v1/${id}`, { headers, token: hub.token('payments:read') })
    const refused = await hub.gateway('GET', '/api/topups/v1/methods', { headers })
    for (const answer of [shown, read, refused])
      assert.equal(answer.headers.get('strict-transport-security'), isSecure ? 'max-age=31536000' : null)
    assert.equal(shown.headers.get('set-cookie')?.endsWith('; Secure'), isSecure)
  }
})

test('a link leads to its payment, and to nothing else', async (t) => {
  const hub = await startTestHub(t)
  await t.test('an unknown link has a page of its own, and tells nothing', () => unknown(hub))
  await t.test('a link works until 30 days after its payment is over', () => oldLinks(hub))
})

function stateOf(answer: Answer): string | undefined {
  return /<html[^>]* data-status="([^"]+)"/.exec(answer.text)?.[1]
}

async function unknown(hub: TestHub): Promise<void> {
  const { checkout_url } = await openTopup(hub)
  const known = new URL(checkout_url).pathname
  const changed = `${known.slice(0, -1)}${known.endsWith('A') ? 'B' : 'A'}`
  for (const path of [changed, '/pay/x', `/pay/${'a'.repeat(150)}`, '/pay/%00', "/pay/'or'1'='1"]) {
    for (const method of ['GET', 'POST']) {
      const answer = await hub.gateway(method, path)
      assert.deepEqual([answer.status, stateOf(answer)], [404, 'not_found'], `${method} ${path}`)
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
  }
}

/** What an old link answers, on the page and on what the page hears. */
async function statusOf(hub: TestHub, topup: Pick<Topup, 'checkout_url'>): Promise<number[]> {
  const path = new URL(topup.checkout_url).pathname
  const asked = [
    await hub.gateway('GET', path),
    await hub.gateway('POST', path),
    await hub.gateway('GET', `${path}/state`),
    await hub.gateway('GET', `${path}/card.png`),
  ]
  return [...new Set(asked.map(({ status }) => status))]
}

async function oldLinks(hub: TestHub): Promise<void> {
  const [waiting, paid] = [await openTopup(hub), await openTopup(hub)]
  await payAndSaySo(hub, paid)
  for (const [days, expected] of [
    [29, 200],
    [2, 404],
  ] as const) {
    for (const topup of [waiting, paid]) await isOlder(hub, topup, days)
    assert.deepEqual(await statusOf(hub, paid), [expected], `${days} days more`)
  }
  // Nobody has closed it yet: it may still be paid.
  assert.deepEqual(await statusOf(hub, waiting), [200])
}

/** Tables refuse that, and a test's clock cannot wait. */
async function isOlder(hub: TestHub, { checkout_url }: Topup, days: number): Promise<void> {
  const token = new URL(checkout_url).pathname.split('/').at(-1)
  const { rows } = await hub.pool.query('select payment_number from checkouts where token = $1', [token])
  const number = Number(rows[0].payment_number)
  await timePasses(hub, number, days * 24 * 60)
  for (const [table, column, key] of [
    ['payments', 'completed_at', 'number'],
    ['receipts', 'recorded_at', 'payment_number'],
  ]) {
    const statement = `update ${table} set ${column} = ${column} - make_interval(days => $2) where ${key} = $1`
    await unguarded(hub, statement, [number, days])
  }
}
