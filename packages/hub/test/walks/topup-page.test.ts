import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { readPageTheme } from '../../src/config/page-settings.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'

test('a top-up is begun on a page of its own', async (t) => {
  const hub = await startTestHub(t, {
    HUB_PAGE_NAME: 'Sample Shop & Sons',
    HUB_PAGE_COLOUR: '#0b6e4f',
    HUB_PAGE_FRAME_ORIGINS: 'https://shop.example',
    HUB_PAGE_CONTACT: 'Ask at the counter',
    HUB_REQUESTS_PER_MINUTE: '200',
  })
  await t.test('what is right leads to the page on which it is paid', () => begins(hub))
  await t.test('what is wrong is said at its field, in either language, and nothing is opened', () => refuses(hub))
  await t.test('no other site sends the form in somebody’s name', () => otherSites(hub))
  await t.test('it looks as its merchant wants, and only his sites frame it', () => looks(hub))
  await t.test('too many are refused', () => tooMany(hub))
})

test('there is no such page in live, nor where it is switched off, unless it is switched on', () => {
  const live = {
    HUB_MODE: 'live',
    DATABASE_URL: 'postgresql://hub@db.example/hub',
    JWT_SECRET: 'made-up-secret-made-up-secret-made-up-secret',
  }
  const has = (env: Record<string, string>) => readConfig({}, env).hasTopupPage
  assert.deepEqual(
    [has({}), has({ HUB_TOPUP_PAGE: 'off' }), has(live), has({ ...live, HUB_TOPUP_PAGE: 'on' })],
    [true, false, false, true],
  )
})

test('a colour on which white words cannot be read, and an origin that is none, stop the start', () => {
  for (const [name, value, problem] of [
    ['HUB_PAGE_COLOUR', '#ff9900', /must be darker: white words on it have a contrast of 2\.\d/],
    ['HUB_PAGE_COLOUR', 'red', /must be a colour/],
    ['HUB_PAGE_FRAME_ORIGINS', 'https://shop.example/path', /must be origins/],
    ['HUB_PAGE_FRAME_ORIGINS', 'https://*.shop.example', /must be origins/],
    ['HUB_PAGE_FRAME_ORIGINS', 'https://shop.example;x', /must be origins/],
    ['HUB_PAGE_CONTACT', 'two\nlines', /one line/],
  ] as const)
    assert.throws(() => readConfig({}, { [name]: value }), problem)
})

function send(hub: TestHub, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', '/topup', { body: String(new URLSearchParams(fields)), headers: { ...type, ...headers } })
}

async function payments(hub: TestHub): Promise<number> {
  const { rows } = await hub.pool.query('select count(*)::int as number from payments')
  return rows[0].number
}

async function begins(hub: TestHub): Promise<void> {
  const form = await hub.gateway('GET', '/topup?user=user-1&amount=5', { headers: { 'accept-language': 'km' } })
  assert.match(form.text, /<html lang="km".*name="user" value="user-1".*name="amount" value="5"/s)
  for (const [amount, currency, shown] of [
    ['10.50', 'USD', '\\$10\\.50'],
    ['1,000.00', 'USD', '\\$1,000\\.00'],
    ['៤០០០០', 'KHR', '40,000៛'],
  ] as const) {
    const answer = await send(hub, { user: 'user-1', amount, currency })
    assert.equal(answer.status, 303, answer.text)
    const page = await hub.gateway('GET', answer.headers.get('location') ?? '')
    assert.match(page.text, new RegExp(`data-state="ready".*<p class="amount">${shown}</p>.*<svg`, 's'))
  }
  const { rows } = await hub.pool.query('select distinct user_id from topups')
  assert.deepEqual(rows, [{ user_id: 'user-1' }])
}

async function refuses(hub: TestHub): Promise<void> {
  const before = await payments(hub)
  const right = { user: 'user-1', amount: '10.50', currency: 'USD' }
  for (const [field, value, english, khmer] of [
    ['user', 'two words', /id="user-wrong">Enter the user/, /id="user-wrong">សូម/],
    ['user', '', /id="user-wrong">Enter the user/, /id="user-wrong">សូម/],
    ['amount', 'ten', /id="amount-wrong">Enter an amount/, /id="amount-wrong">សូម/],
    ['amount', '0.001', /id="amount-wrong">Enter an amount/, /id="amount-wrong">សូម/],
    ['amount', '1000.01', /id="amount-wrong">The amount must be from USD 0\.01 to USD 1,000\.00/, /1,000\.00 ដុល្លារ/],
    ['currency', 'THB', /id="currency-wrong">Choose one/, /id="currency-wrong">សូម/],
  ] as const) {
    const said = await send(hub, { ...right, [field]: value })
    assert.equal(said.status, 422, said.text)
    assert.match(said.text, english)
    assert.match((await send(hub, { ...right, [field]: value }, { cookie: 'khqr_lang=km' })).text, khmer)
  }
  const evil = await send(hub, { ...right, user: '"><script>alert(1)</script>' })
  assert.match(evil.text, /value="&quot;&gt;&lt;script&gt;/)
  assert.equal(await payments(hub), before)
}

async function otherSites(hub: TestHub): Promise<void> {
  const before = await payments(hub)
  const right = { user: 'user-1', amount: '10.50', currency: 'USD' }
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://other.example' }]) {
    const answer = await send(hub, right, headers)
    assert.equal(answer.status, 403)
    assert.match(answer.text, /sent from another site/)
  }
  assert.equal(await payments(hub), before)
}

async function looks(hub: TestHub): Promise<void> {
  const answer = await hub.gateway('GET', '/topup')
  assert.match(answer.text, /Sample Shop &amp; Sons.*Ask at the counter/s)
  assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors https:\/\/shop\.example$/)
  assert.equal(answer.headers.get('x-frame-options'), null)
  const [, path = ''] = /href="(\/pay\/assets\/[^"]+\.css)"/.exec(answer.text) ?? []
  assert.match((await hub.gateway('GET', path)).text, /:root\{--brand:#0b6e4f\}/)
}

async function tooMany(hub: TestHub): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 45 }, () => send(hub, { user: '', amount: '', currency: '' })))
  const refused = answers.find(({ status }) => status === 429)
  assert.match(refused?.text ?? '', /Too many top-ups/)
  assert.ok(Number(refused?.headers.get('retry-after')) > 0)
}

test('a logo is served from here, and nothing runs in it', async (t) => {
  const config = readConfig({}, { HUB_PAGE_LOGO: import.meta.filename })
  assert.throws(() => readPageTheme(config.page), /must end in \.png/)
  assert.throws(() => readPageTheme({ ...config.page, logo: '/no/such.png' }), /does not exist/)
  const dir = mkdtempSync(join(tmpdir(), 'khqr-logo-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const logo = join(dir, 'logo.svg')
  writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>')
  const hub = await startTestHub(t, { HUB_PAGE_LOGO: logo })
  const page = await hub.gateway('GET', '/topup')
  const [, path = ''] = /<img src="([^"]+)" alt=""/.exec(page.text) ?? []
  const picture = await hub.gateway('GET', path)
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/svg+xml'])
  assert.match(picture.headers.get('content-security-policy') ?? '', /^default-src 'none'.*sandbox$/)
})
