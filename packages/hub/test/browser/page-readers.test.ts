import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { readConfig } from '../../src/config.ts'
import { type PostgresConnection, postgresUrl } from '../../src/sandbox/postgres/connection.ts'
import { becomes, pay } from '../support/bad-day.ts'
import { needsBrowser, openContext, openPage } from '../support/browser.ts'
import { isRemembered, listenOn, openPremium, remember, says } from '../support/hosted-page.ts'
import { startTestHub, testEnvironment, type TestHub, startOnFreePorts } from '../support/running-hub.ts'
import { newUser, openTopup } from '../support/topups.ts'

// The page for those who read or use it another way than most, and on a slow line.

const mostBytes = 30 * 1_024

test('the page serves whoever opens it', needsBrowser, async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000', HUB_PAGE_APPS: 'Sample Bank,Another Bank' })
  await t.test('without a script the buttons work, and what was paid is shown by itself', (u) => noScript(hub, u))
  await t.test('with a keyboard alone everything is reached from the top down, seen and pressed', (u) =>
    keyboard(hub, u),
  )
  await t.test('a top-up is begun with a keyboard alone', (u) => keyboardTopup(hub, u))
  await t.test('language and digits are switched in one answer and remembered', (u) => switches(hub, u))
  await t.test('it moves only for those who do not mind', (u) => motion(hub, u))
  await t.test('it rings when it is paid only where somebody asked for it', (u) => chime(hub, u))
  await t.test('it weighs less than 30 KB beside its font', (u) => weight(hub, u))
  await t.test('Khmer is drawn with the font that is shipped, and can be read before that has come', (u) =>
    fonts(hub, u),
  )
  await t.test('it waits for a hub that is started again, and hears of its payment as before', (u) => restart(hub, u))
})

async function noScript(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t, { javaScriptEnabled: false })
  const given = await openPremium(hub)
  await page.goto(given.url)
  await says(page, 'ready')
  assert.equal(await page.locator('[data-script]:visible').count(), 0, 'what needs a script is not there')
  await page.locator('#act-paid').click()
  await says(page, 'waiting')
  await page.getByText('Show the code again').click()
  await page.getByText('Cancel this payment').click()
  await page.locator('#act-cancel').click()
  await says(page, 'cancelled')
  const code = await openPremium(hub)
  await page.goto(code.url)
  await pay(hub, code)
  await becomes(hub, code.id, {})
  // The page is loaded again by itself.
  await says(page, 'paid')
}

/** What has the focus, by its words or its name, and whether that can be seen. */
const focused = `(() => {
  const one = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(one)
  const isSeen = outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2 && one.getBoundingClientRect().height > 0
  return { name: one.getAttribute('aria-label') ?? (one.textContent.trim() || one.id), top: one.getBoundingClientRect().top + scrollY, isSeen }
})()`

type Focused = { readonly name: string; readonly top: number; readonly isSeen: boolean }

async function tabTo(page: Page, name: string | undefined): Promise<Focused[]> {
  const passed: Focused[] = []
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate<Focused>(focused)
    if (passed.some((one) => one.name === at.name)) return passed
    passed.push(at)
    if (at.name === name) return passed
  }
  return passed
}

async function keyboard(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  await page.goto((await openPremium(hub)).url)
  await page.locator('[data-chime]').waitFor({ state: 'visible' })
  const passed = await tabTo(page, 'Cancel this payment')
  assert.deepEqual(
    passed.map(({ name }) => name),
    [
      'Khmer digits ១២៣',
      'ខ្មែរ',
      'Save the code as a picture',
      'Open the sandbox phone',
      'Which apps can scan it?',
      'The code as text',
      'I have paid',
      'Play a sound when it is paid',
      'Cancel this payment',
    ],
  )
  assert.deepEqual(
    passed.filter(({ isSeen }) => !isSeen),
    [],
    'the focus is always seen',
  )
  const tops = passed.map(({ top }) => Math.round(top))
  assert.deepEqual(
    tops.slice(2),
    tops.slice(2).toSorted((one, other) => one - other),
  )
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.equal((await page.evaluate<Focused>(focused)).name, 'Yes, cancel it')
  await page.keyboard.press('Enter')
  await says(page, 'cancelled')
}

async function keyboardTopup(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  await page.goto(`http://127.0.0.1:${hub.running.ports.gateway}/topup`)
  await tabTo(page, 'user')
  await page.keyboard.type(newUser())
  await page.keyboard.press('Tab')
  await page.keyboard.type('40,000')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await says(page, 'ready')
  assert.equal(await page.locator('.amount').textContent(), '40,000៛')
}

async function switches(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  const { checkout_url: url } = await openTopup(hub)
  await page.goto(url)
  for (const [press, shown] of [
    ['ខ្មែរ', '$10.50'],
    ['១២៣', '$១០.៥០'],
  ] as const) {
    const answered = page.waitForResponse((response) => response.request().isNavigationRequest())
    await page.locator('nav').getByText(press).click()
    const answer = await answered
    assert.deepEqual([answer.status(), answer.request().redirectedFrom()], [200, null])
    await page.waitForURL((now) => now.search !== '')
    assert.equal(await page.locator('html').getAttribute('lang'), 'km')
    assert.equal(await page.locator('.amount').textContent(), shown)
  }
  await page.goto((await openTopup(hub)).checkout_url)
  assert.equal(await page.locator('html').getAttribute('lang'), 'km')
  assert.equal(await page.locator('.amount').textContent(), '$១០.៥០')
  await page.getByText(/^[០-៩]{2}:[០-៩]{2}$/).waitFor()
}

async function motion(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  for (const [reducedMotion, moves] of [
    ['no-preference', 'appear'],
    ['reduce', 'none'],
  ] as const) {
    const page = await openPage(t, { reducedMotion })
    await page.goto(code.url)
    if (moves === 'appear') await pay(hub, code)
    await says(page, 'paid')
    assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('#state')).animationName`), moves)
  }
}

async function chime(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  await page.addInitScript(`window.notes = 0
    const begin = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (at) { window.notes += 1; begin.call(this, at) }`)
  const first = await openPremium(hub)
  await listenOn(page, first.url)
  await pay(hub, first)
  await says(page, 'paid')
  assert.equal(await page.evaluate('window.notes'), 0)
  const second = await openPremium(hub)
  await listenOn(page, second.url)
  await page.locator('#chime').click()
  assert.equal(await page.locator('#chime').getAttribute('aria-pressed'), 'true')
  assert.equal(await page.evaluate('window.notes'), 2, 'it is heard what was switched on')
  await pay(hub, second)
  await says(page, 'paid')
  assert.equal(await page.evaluate('window.notes'), 4)
}

async function weight(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t, { locale: 'km-KH' })
  const phone = await page.context().newCDPSession(page)
  await phone.send('Network.enable')
  const kinds = new Map<string, string>()
  const bytes = new Map<string, number>()
  phone.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type))
  phone.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? 'other'
    bytes.set(kind, (bytes.get(kind) ?? 0) + encodedDataLength)
  })
  await page.goto((await openPremium(hub)).url, { waitUntil: 'load' })
  await page.locator('[data-ends]').getByText(/\d/).waitFor()
  await page.evaluate('document.fonts.ready.then(() => {})')
  const [html, style, script] = ['Document', 'Stylesheet', 'Script'].map((kind) => bytes.get(kind) ?? 0)
  assert.ok(html && style && script, [...bytes].join(' '))
  t.diagnostic(`${html} bytes of HTML, ${style} of CSS, ${script} of JavaScript, ${bytes.get('Font') ?? 0} of font`)
  assert.ok(html + style + script < mostBytes)
}

async function fonts(hub: TestHub, t: TestContext): Promise<void> {
  const { url } = await openPremium(hub)
  const page = await openPage(t, { locale: 'km-KH' })
  const fetched: string[] = []
  page.on('request', (request) => request.resourceType() === 'font' && fetched.push(new URL(request.url()).pathname))
  await page.goto(url)
  await page.evaluate('document.fonts.ready.then(() => {})')
  assert.deepEqual(fetched.map((path) => path.replace(/^\/fonts\/noto-sans-khmer-[\d.]+-/, '')).sort(), [
    '400.woff2',
    '700.woff2',
  ])
  assert.equal(await page.evaluate(`document.fonts.check('16px "Noto Sans Khmer"', 'បង់')`), true)
  assert.deepEqual(await page.evaluate('[...document.fonts].map((one) => one.display)'), ['swap', 'swap'])
  const drawn = await drawnWith(page)
  assert.equal(drawn['Noto Sans Khmer'], true)

  const slow = await (await openContext(t, { locale: 'km-KH' })).newPage()
  await slow.route('**/*.woff2', (route) => route.abort())
  await slow.goto(url)
  assert.equal(await slow.locator('#state').isVisible(), true)
  assert.equal((await drawnWith(slow))['Noto Sans Khmer'], undefined)
}

/** The last test: this hub is stopped. */
async function restart(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  const page = await openPage(t)
  await listenOn(page, code.url)
  await page.evaluate(remember)
  const { ports } = hub.running
  await hub.stop()
  await page.locator('#offline').waitFor({ state: 'visible' })
  const url = postgresUrl(hub.pool.options as PostgresConnection)
  const same = { HUB_GATEWAY_PORT: String(ports.gateway), HUB_SIMULATOR_PORT: String(ports.simulator) }
  const again = await startOnFreePorts(() => readConfig({}, testEnvironment(hub.dataDir, url, same)))
  t.after(() => again.stop())
  await pay(hub, code)
  await says(page, 'paid')
  assert.equal(await page.evaluate(isRemembered), true)
}

/** The fonts that the heading is really drawn with; true for one that the page brought with it. */
async function drawnWith(page: Page): Promise<Record<string, boolean>> {
  const phone = await page.context().newCDPSession(page)
  await phone.send('DOM.enable')
  await phone.send('CSS.enable')
  const { root } = await phone.send('DOM.getDocument')
  const { nodeId } = await phone.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#state' })
  const { fonts: used } = await phone.send('CSS.getPlatformFontsForNode', { nodeId })
  return Object.fromEntries(used.map((font) => [font.familyName, font.isCustomFont]))
}
