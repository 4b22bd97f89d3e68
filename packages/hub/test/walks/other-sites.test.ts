import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { openTopup, readTopup, type Topup } from '../support/topups.ts'

const named = 'https://shop.example'

/** Each looks like the one that is named, or is what browsers send for none. */
const others = [
  'null',
  'http://shop.example',
  'https://shop.example:8443',
  'https://shop.example.evil.example',
  'https://evil-shop.example',
  'https://pay.shop.example',
  'https://shop.exampl',
  'https://shop.example/',
  'https://SHOP.example',
  'https://shop.example, https://evil.example',
  'https://evil.example',
  '*',
  '',
]

test('only the sites that are named read payments by script', async (t) => {
  const hub = await startTestHub(t, {
    HUB_PAGE_FRAME_ORIGINS: `${named}, https://other-shop.example`,
    HUB_REQUESTS_PER_MINUTE: '10000',
  })
  const topup = await openTopup(hub)
  const paths = await readable(hub, topup)
  await t.test('a named site reads the page, its state, its files and what went wrong, without cookies', async () => {
    for (const path of [...paths, '/pay/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      const answer = await hub.gateway('GET', path, { headers: { origin: named } })
      assert.equal(answer.headers.get('access-control-allow-origin'), named, path)
      assert.equal(answer.headers.get('access-control-allow-credentials'), null, path)
      assert.match(String(answer.headers.get('vary')), /\bOrigin\b/, path)
    }
  })
  await t.test('the stream too', async () => {
    const stop = new AbortController()
    const answer = await fetch(`${topup.checkout_url}/live`, { headers: { origin: named }, signal: stop.signal })
    const stranger = await fetch(`${topup.checkout_url}/live`, { headers: { origin: 'null' }, signal: stop.signal })
    const found = [answer, stranger].map(({ headers }) => headers.get('access-control-allow-origin'))
    stop.abort()
    assert.deepEqual(found, [named, null])
  })
  for (const origin of others)
    await t.test(`"${origin}" reads nothing, and presses nothing`, async () => {
      for (const path of paths) {
        const answer = await hub.gateway('GET', path, { headers: { origin } })
        assert.deepEqual(corsOf(answer), [], path)
        assert.match(String(answer.headers.get('vary')), /\bOrigin\b/, path)
      }
      const pressed = await press(hub, topup, 'cancel', { origin, 'sec-fetch-site': 'cross-site' })
      assert.equal(pressed.status, 403)
      assert.deepEqual(corsOf(pressed), [])
      assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
    })
  await t.test('what needs to be asked for beforehand is not allowed, and other paths are nobody’s', async () => {
    const path = new URL(topup.checkout_url).pathname
    const headers = { origin: named, 'access-control-request-method': 'PUT' }
    for (const asked of [path, '/api/topups/v1', '/v1/payments'])
      assert.deepEqual(corsOf(await hub.gateway('OPTIONS', asked, { headers })), [], asked)
    for (const asked of ['/topup', '/v1/payments', '/actuator/health', '/api/topups/v1/methods'])
      assert.deepEqual(corsOf(await hub.gateway('GET', asked, { headers: { origin: named } })), [], asked)
  })
  await t.test('the element itself may be loaded by anybody, and is asked for again when it has changed', async () => {
    const path = '/pay/assets/khqr-checkout.js'
    const answer = await hub.gateway('GET', path, { headers: { origin: 'https://evil.example' } })
    const { headers } = answer
    assert.deepEqual([answer.status, headers.get('access-control-allow-origin')], [200, '*'])
    assert.match(headers.get('content-type') ?? '', /^text\/javascript/)
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
    assert.equal(headers.get('cache-control'), 'public, max-age=300')
    const again = await hub.gateway('GET', path, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    assert.equal(again.status, 304)
    const plain = await hub.gateway('GET', path, { headers: { 'accept-encoding': 'identity' } })
    assert.equal(plain.text, answer.text)
  })
  await t.test('a named site presses what its customer presses', async () => {
    const pressed = await press(hub, topup, 'cancel', { origin: named, 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([pressed.status, pressed.headers.get('access-control-allow-origin')], [303, named], pressed.text)
    assert.equal((await readTopup(hub, topup.id))['status'], 'cancelled')
  })
})

test('where no site is named, none reads anything, and no answer hangs on who asks', async (t) => {
  const hub = await startTestHub(t)
  const topup = await openTopup(hub)
  for (const path of await readable(hub, topup)) {
    const answer = await hub.gateway('GET', path, { headers: { origin: named } })
    assert.deepEqual(corsOf(answer), [], path)
    assert.doesNotMatch(String(answer.headers.get('vary')), /Origin/, path)
  }
})

/** The page, what it is made of, and what it hears. */
async function readable(hub: TestHub, topup: Topup): Promise<string[]> {
  const path = new URL(topup.checkout_url).pathname
  const { text } = await hub.gateway('GET', path)
  const [, stylesheet = ''] = /href="(\/pay\/assets\/[^"]+\.css)"/.exec(text) ?? []
  const [, font = ''] = /url\((\/fonts\/[^)]+)\)/.exec((await hub.gateway('GET', stylesheet)).text) ?? []
  assert.ok(stylesheet && font)
  return [path, `${path}/state`, `${path}/card.png`, stylesheet, font]
}

function press(hub: TestHub, topup: Topup, act: string, headers: Record<string, string>): Promise<Answer> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', new URL(topup.checkout_url).pathname, {
    body: `act=${act}`,
    headers: { ...type, ...headers },
  })
}

function corsOf({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'))
}
