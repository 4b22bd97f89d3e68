import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, call, eventually, startTestHub, type TestHub } from '../support/running-hub.ts'

/** Every sample and every page is asked for within a minute; then no more. */
const requestsPerMinute = 60

test('the sandbox’s home page leads a newcomer from a click to a paid payment', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: String(requestsPerMinute) })
  await t.test('every button opens the page of a payment', () => everyButton(hub))
  await t.test('a premium that is paid on the phone is shown as paid, and offered no more', () => paidPremium(hub))
  await t.test('a sample that cannot be paid says why, and what there is not says that', () => refused(hub))
  await t.test('another site’s form is refused', () => otherSites(hub))
  await t.test('it links to the phone, the journal, health and documents, and all of them are there', () => links(hub))
  await t.test('it speaks Khmer, and says that it asks no third party for anything', () => speaksKhmer(hub))
  await t.test('who asks too often is told to wait', () => tooOften(hub))
})

type Button = { readonly what: string; readonly which: string }

async function everyButton(hub: TestHub): Promise<void> {
  const buttons = buttonsIn((await hub.gateway('GET', '/')).text)
  assert.deepEqual(
    ['premium', 'new-bill', 'order', 'topup'].map((what) => buttons.filter((one) => one.what === what).length),
    [4, 1, 2, 2],
  )
  for (const button of buttons) {
    const page = await openedBy(hub, button)
    assert.match(page.text, /<html lang="en" data-status="(pending|processing)"/, button.which)
    assert.ok(page.text.includes(`${phoneOf(hub)}?qr=000201`), 'its page leads to the phone that pays it')
  }
  const again = await hub.gateway('GET', '/')
  assert.equal([...again.text.matchAll(/<li data-number/g)].length, buttons.length)
}

async function paidPremium(hub: TestHub): Promise<void> {
  const button = { what: 'premium', which: 'P123456789' }
  const path = (await press(hub, button)).headers.get('location') ?? ''
  const phone = await (await fetch(phoneOf(hub))).text()
  const code = [...phone.matchAll(/\/phone\?qr=([^"]+)"/g)]
    .map(([, qr]) => decodeURIComponent(qr ?? ''))
    .find((qr) => qr.includes('5406150.00'))
  assert.ok(code)
  await call(`${phoneOf(hub)}/pay`, 'POST', { body: new URLSearchParams({ qr: code, way: 'normal' }).toString() })
  await eventually('the page to turn paid', async () =>
    (await hub.gateway('GET', path)).text.includes('data-status="completed"'),
  )
  const home = await eventually('the home page to know of it', async () => {
    const { text } = await hub.gateway('GET', '/')
    return /value="P123456789"><button disabled>/.test(text) && text
  })
  assert.match(home, new RegExp(`data-status="completed"><span class="what"><a href="${path}">P123456789`))
  const answer = await press(hub, button)
  assert.equal(answer.status, 404)
  assert.match(answer.text, /Nothing is due on P123456789/)
}

async function refused(hub: TestHub): Promise<void> {
  const unknown = await press(hub, { what: 'premium', which: 'P300000003' })
  assert.deepEqual([unknown.status, /No such sample/.test(unknown.text)], [404, true])
}

async function otherSites(hub: TestHub): Promise<void> {
  const button = { what: 'topup', which: 'dara' }
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }])
    assert.equal((await press(hub, button, headers)).status, 403)
  assert.equal((await press(hub, button, { 'sec-fetch-site': 'same-origin' })).status, 303)
}

async function links(hub: TestHub): Promise<void> {
  const home = `http://127.0.0.1:${hub.running.ports.gateway}/`
  const { text } = await hub.gateway('GET', '/')
  const found = [...text.matchAll(/<(?:a|link)[^>]* href="([^"]+)"/g)].map(([, href]) => new URL(href ?? '', home))
  const plain = found.filter(({ pathname, protocol }) => protocol === 'http:' && !pathname.startsWith('/pay/'))
  const paths = new Set(plain.map(({ pathname }) => pathname))
  for (const path of ['/phone', '/_simulator/journal', '/actuator/health', '/sandbox/docs/README.md'])
    assert.ok(paths.has(path), path)
  // A few of the documents stand for all: they are served alike.
  const some = plain.filter(({ pathname }) => !pathname.startsWith('/sandbox/docs/') || /README|runbook/.test(pathname))
  for (const { href } of some) assert.equal((await fetch(href)).status, 200, href)
}

async function speaksKhmer(hub: TestHub): Promise<void> {
  const khmer = await hub.gateway('GET', '/?lang=km')
  assert.match(khmer.text, /<html lang="km">/)
  assert.match(khmer.headers.get('set-cookie') ?? '', /khqr_lang=km/)
  assert.match(
    khmer.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; style-src 'self'; font-src 'self'/,
  )
  assert.doesNotMatch(khmer.text, /<script|<style|style=/)
}

async function tooOften(hub: TestHub): Promise<void> {
  const statuses = new Set<number>()
  for (let n = 0; n <= requestsPerMinute; n++) statuses.add((await hub.gateway('GET', '/')).status)
  assert.ok(statuses.has(429))
}

function phoneOf(hub: TestHub): string {
  return `http://127.0.0.1:${hub.running.ports.simulator}/phone`
}

function buttonsIn(page: string): Button[] {
  const forms = page.matchAll(/name="what" value="([^"]*)"><input type="hidden" name="which" value="([^"]*)"><button>/g)
  return [...forms].map(([, what = '', which = '']) => ({ what, which }))
}

function press(hub: TestHub, button: Button, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const body = new URLSearchParams(button).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', '/sandbox/pay', { body, headers: { ...type, ...headers } })
}

async function openedBy(hub: TestHub, button: Button): Promise<Answer> {
  const answer = await press(hub, button)
  assert.equal(answer.status, 303, answer.text)
  const path = answer.headers.get('location') ?? ''
  assert.match(path, /^\/pay\/[\w-]{43}$/)
  return hub.gateway('GET', path)
}
