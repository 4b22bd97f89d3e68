import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { keepPicture, needsBrowser, openPage, screens } from '../support/browser.ts'
import { openTerminal, type Terminal } from '../support/docs/walk.ts'
import { misplaced } from '../support/page-geometry.ts'
import { eventually } from '../support/running-hub.ts'

// What a newcomer does with a browser and nothing else, at a hub that was started as `npm start` starts it.

test('a newcomer pays a premium, an order and a top-up with a browser alone', {
  ...needsBrowser,
  concurrency: 3,
}, async (t) => {
  const terminal = await openTerminal(t)
  const home = /Open (http:\S+) in a browser/.exec(terminal.greeting)?.[1] ?? assert.fail(terminal.greeting)
  const newcomer = { terminal, home }
  await t.test('a premium, in Khmer, on a phone', (u) => pays(u, newcomer, 'P123456789', 'km'))
  await Promise.all([
    t.test('an order through ABA PayWay, in English', (u) => pays(u, newcomer, 'app', 'en')),
    t.test('an order through Bakong, in Khmer', (u) => pays(u, newcomer, 'bakong', 'km')),
    t.test('a top-up, in English', (u) => pays(u, newcomer, 'dara', 'en')),
    t.test('a premium, without JavaScript', (u) => paysWithoutScripts(u, newcomer)),
    t.test('another tab that still offers a paid bill says what to do instead', (u) => pressesAgain(u, newcomer)),
    t.test('a picture of the page is scanned, and a wrong file explained', (u) => scans(u, newcomer)),
    t.test('home page and phone are right on every screen, in Khmer', (u) => looks(u, newcomer, 'km')),
    t.test('home page and phone are right on every screen, in English', (u) => looks(u, newcomer, 'en')),
  ])
  await t.test('with the simulator gone, the home page says so and what to do', (u) => losesSimulator(u, newcomer))
})

type Newcomer = { readonly terminal: Terminal; readonly home: string }
type Language = 'km' | 'en'

async function pays(t: TestContext, { home }: Newcomer, sample: string, language: Language): Promise<void> {
  const page = await openPage(t, { ...phone, locale: language })
  await page.goto(home)
  await press(page, sample)
  const html = page.locator(`html[lang=${language}]`)
  await html.and(page.locator('[data-state=ready]')).waitFor()
  const { pathname } = new URL(page.url())
  await page.evaluate('window.isSame = true')
  const tab = await openPhone(page)
  assert.equal(await tab.locator('html').getAttribute('lang'), language)
  await tab.locator('button[value=normal]').click()
  await tab.locator('html[data-screen=paid]').waitFor()
  await tab.close()
  await html.and(page.locator('[data-state=paid]')).waitFor()
  assert.equal(await page.evaluate('window.isSame'), true, 'it was not loaded again')
  await page.locator('a[href*="/receipt/"]').first().click()
  await page.waitForURL(/\/receipt\/R-/)
  await page.goto(home)
  const listed = page.locator(`.payments li:has(a[href="${pathname}"])`)
  assert.equal(await listed.getAttribute('data-status'), 'completed')
}

async function paysWithoutScripts(t: TestContext, { home }: Newcomer): Promise<void> {
  const page = await openPage(t, { ...phone, javaScriptEnabled: false })
  await page.goto(home)
  await press(page, '')
  await page.locator('html[data-state=ready]').waitFor()
  const tab = await openPhone(page)
  await tab.locator('button[value=normal]').click()
  await tab.locator('html[data-screen=paid]').waitFor()
  await page.locator('html[data-state=paid]').waitFor()
}

async function pressesAgain(t: TestContext, { home }: Newcomer): Promise<void> {
  const [page, stale] = [await openPage(t, phone), await openPage(t, { ...phone, locale: 'km', bypassCSP: true })]
  await stale.goto(home)
  await page.goto(home)
  await press(page, 'P400000004')
  const tab = await openPhone(page)
  await tab.locator('button[value=normal]').click()
  await page.locator('html[data-state=paid]').waitFor()
  // The earlier of its two instalments is paid: the other one is due now.
  await press(stale, 'P400000004')
  await stale.locator('html[data-state=ready]').waitFor()
  await stale.goto(home)
  assert.equal(await stale.locator('form:has([value=P123456789]) button').isDisabled(), true)
  await stale.evaluate(`document.querySelector('form:has([value=P123456789]) button').disabled = false`)
  await press(stale, 'P123456789')
  assert.match(await shown(stale, '#refused'), /វិក្កយបត្រថ្មី.*Nothing is due on P123456789/s)
  assert.deepEqual(await problems(stale), [])
}

async function scans(t: TestContext, { terminal, home }: Newcomer): Promise<void> {
  const page = await openPage(t, phone)
  await page.goto(home)
  await press(page, 'A10000001')
  await page.locator('html[data-state=ready]').waitFor()
  const picture = await keepPicture(page, 'first-minute/code')
  await page.goto(phoneOf(terminal))
  const upload = (name: string, buffer: Buffer) =>
    page.locator('#picture').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
  await upload('picture.png', picture)
  await page.locator('html[data-screen=pay]').waitFor()
  assert.match(await shown(page, 'main'), /\$320\.00.*BANK02/s)
  await page.goto(phoneOf(terminal))
  await upload('picture.heic', Buffer.from('\0\0\0\x18ftypheic', 'latin1'))
  await page.getByText('no PNG or JPEG').waitFor()
  await page.locator('form.scan button').click()
  await page.getByText('Paste a code’s text, or choose a picture').waitFor()
  // By its path, as a person chooses it: as bytes it would go to the browser as one message of 23 MB.
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-large-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'large.png'), Buffer.alloc(17_000_000))
  await page.locator('#picture').setInputFiles(join(folder, 'large.png'))
  const said = await page.locator('#picture').evaluate((field) => (field as unknown as Field).validationMessage)
  assert.match(said, /too large: at most 16 MB/)
}

type Field = { readonly validationMessage: string }

async function looks(t: TestContext, { terminal, home }: Newcomer, language: Language): Promise<void> {
  const page = await openPage(t, { ...phone, locale: language, bypassCSP: true })
  const list = phoneOf(terminal)
  const found: string[] = []
  const look = async (name: string, prepare?: () => Promise<unknown>, at = lights) => {
    for (const { screen, size, colorScheme, rules } of at) {
      // The narrow and dark one has the same colours in both languages, and Khmer's longer words.
      if (language === 'en' && colorScheme === 'dark') continue
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      await prepare?.()
      found.push(...(await problems(page, rules)).map((one) => `${name}, ${screen}: ${one}`))
      await keepPicture(page, `first-minute/${name}-${language}-${screen}`)
    }
  }
  await look('home', () => page.goto(home))
  await press(page, '')
  await page.locator('html[data-state=ready]').waitFor()
  const pay = (await page.locator('a[target=phone]').getAttribute('href')) ?? ''
  const onPhones = lights.filter(({ size }) => size !== screens.desk)
  await look('phone-list', () => page.goto(list))
  await look('phone-error', () => page.goto(`${list}?qr=hello`), onPhones)
  await look('phone-pay', async () => {
    await page.goto(pay)
    await page.locator('summary').click()
  })
  await page.locator('button[value=twice]').click()
  await look('phone-paid', undefined, onPhones)
  await look('phone-nothing', () => page.goto(`${list}/done/unknown`), onPhones)
  assert.deepEqual(found, [])
}

async function losesSimulator(t: TestContext, { terminal, home }: Newcomer): Promise<void> {
  process.kill(Number(readFileSync(join(terminal.dataDir, 'simulator.jsonl.pid'), 'utf8')), 'SIGKILL')
  const page = await openPage(t, { ...phone, bypassCSP: true })
  await eventually('the home page to miss the simulator', async () => {
    await page.goto(home)
    return (await page.getByRole('alert').count()) === 1
  })
  assert.match(await shown(page, '[role=alert]'), /simulator has stopped.*start it again/)
  assert.deepEqual(await problems(page), [])
  await press(page, '')
  assert.match(await shown(page, '#refused'), /simulator has stopped/)
  assert.deepEqual(await problems(page), [])
}

const phone = { viewport: screens.phone, hasTouch: true } as const

const everyRule = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }

/** All rules once; in the dark those that it changes. */
const lights: readonly Light[] = [
  { screen: 'phone', size: screens.phone, colorScheme: 'light', rules: everyRule },
  {
    screen: 'narrow-dark',
    size: { width: 320, height: 640 },
    colorScheme: 'dark',
    rules: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
  },
  { screen: 'desk', size: screens.desk, colorScheme: 'light', rules: 'none' },
]

type Light = {
  readonly screen: string
  readonly size: { readonly width: number; readonly height: number }
  readonly colorScheme: 'light' | 'dark'
  readonly rules: object | 'none'
}

/** The button of a sample, by what its form says. */
async function press(page: Page, which: string): Promise<void> {
  await page.locator(`form:has([name=which][value="${which}"]) button`).click()
}

async function openPhone(page: Page): Promise<Page> {
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page.locator('a[target=phone]').first().click(),
  ])
  await tab.locator('html[data-screen=pay]').waitFor()
  return tab
}

/** Without the invisible spaces between words of Khmer. */
async function shown(page: Page, selector: string): Promise<string> {
  return String(await page.locator(selector).textContent()).replaceAll('\u200b', '')
}

/** What a reader of whatever kind would stumble upon. */
async function problems(page: Page, rules: object | 'none' = everyRule): Promise<string[]> {
  await page.evaluate('document.fonts.ready.then(() => {})')
  const found = await misplaced(page)
  if (rules === 'none') return found
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run({ runOnly: ${JSON.stringify(rules)} })`)
  return violations
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' | ')}`)
    .concat(found)
}

function phoneOf({ ports }: Terminal): string {
  return `http://127.0.0.1:${ports.simulator}/phone`
}
