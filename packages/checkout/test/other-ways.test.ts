import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { pay } from '../../hub/test/support/bad-day.ts'
import { keepPicture, needsBrowser, openPage } from '../../hub/test/support/browser.ts'
import { openPremium } from '../../hub/test/support/hosted-page.ts'
import type { TestHub } from '../../hub/test/support/running-hub.ts'
import { startWithCallsToSpare } from '../../hub/test/support/topups.ts'
import { bundled, keepEvents, openShop, pageWith, type Shop } from './support/shop.ts'

type World = { readonly hub: TestHub; readonly shop: Shop; readonly at: string }

test('<khqr-checkout> from npm, in frameworks and as a frame', needsBrowser, async (t) => {
  const shop = await openShop(t)
  const hub = await startWithCallsToSpare(t, { HUB_PAGE_FRAME_ORIGINS: `https://shop.example,${shop.origin}` })
  const world = { hub, shop, at: `http://127.0.0.1:${hub.running.ports.gateway}` }
  shop.put('/keep.js', keepEvents)
  shop.put('/shop.css', '')
  await t.test('the example in Vue is paid', (u) => example(world, u, 'vue/main.js'))
  await t.test('the example in React is paid', (u) => example(world, u, 'react/main.jsx'))
  await t.test('the page in a frame is paid, and its site hears of it; what others post is not heard', (u) =>
    framed(world, u),
  )
  await t.test('of a hub that is none, nothing runs in the site', (u) => hostile(world, u))
})

async function example({ hub, shop }: World, t: TestContext, path: string): Promise<void> {
  const code = await openPremium(hub)
  shop.put('/main.js', await bundled(path))
  const page = await openPage(t)
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title><div id="order" data-payment="${code.url}"></div>`
  await page.goto(shop.put('/order', `${html}<script type="module" src="/main.js"></script>`))
  await page.locator('khqr-checkout .page[data-state="ready"][lang="km"]').waitFor()
  await pay(hub, code)
  await page.getByText('Thank you for USD 25.00.').waitFor()
  await page.locator('khqr-checkout .page[data-state="paid"]').waitFor()
}

async function names(page: Page): Promise<string> {
  return page.evaluate<string>('window.told.map(([name]) => name).join(" ")')
}

async function framed({ hub, shop, at }: World, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  const page = await openPage(t)
  const element = `<khqr-checkout payment="${code.url}" variant="iframe" lang="km"></khqr-checkout>`
  await page.goto(shop.put('/order', pageWith(at, element)))
  const frame = page.frameLocator('khqr-checkout iframe')
  await frame.locator('html[data-state="ready"][lang="km"]').waitFor()
  await page.waitForFunction(
    'parseFloat(document.querySelector("khqr-checkout").shadowRoot.firstChild.style.height) > 900',
  )
  assert.equal(await names(page), 'ready')
  await forge(page, at, new URL(code.url).pathname)
  assert.equal(await names(page), 'ready')
  await keepPicture(page, 'element/frame')
  await pay(hub, code)
  await frame.locator('html[data-state="paid"]').waitFor()
  await page.waitForFunction('window.told.length === 3')
  assert.equal(await names(page), 'ready statechange paid')
  const attributes = await page.evaluate<string[]>(
    `['sandbox', 'allow', 'referrerpolicy'].map((name) => document.querySelector('khqr-checkout').shadowRoot.firstChild.getAttribute(name))`,
  )
  assert.doesNotMatch(attributes.join(' '), /allow-top-navigation(?![-\w])|allow-modals|camera|microphone|payment|\*/)
  assert.equal(attributes[2], 'no-referrer')
}

/** As a script of the site, as another window, and as the right window with a wrong message: none makes it look at the hub. */
async function forge(page: Page, at: string, path: string): Promise<void> {
  const asked: string[] = []
  // What the page in the frame asks is its own affair.
  page.on('request', (request) => request.frame() === page.mainFrame() && asked.push(request.url()))
  const news = { source: 'khqr-checkout', status: 'completed', state: 'paid', path, height: 77 }
  await page.evaluate(`(() => {
    const frame = document.querySelector('khqr-checkout').shadowRoot.firstChild
    const other = document.createElement('iframe')
    document.body.append(other)
    const news = ${JSON.stringify(news)}
    const say = (origin, source, data) => window.dispatchEvent(new MessageEvent('message', { origin, source, data }))
    const hub = ${JSON.stringify(at)}
    window.postMessage(news, '*')
    other.contentWindow.eval('parent.postMessage(' + JSON.stringify(news) + ', "*")')
    for (const origin of ['null', '', location.origin, hub + '0', 'https' + hub.slice(4), hub + '.evil.example'])
      say(origin, frame.contentWindow, news)
    for (const source of [null, window, other.contentWindow]) say(hub, source, news)
    for (const data of [
      null, 'paid', [], {}, { ...news, more: 1 }, { ...news, source: 'other' }, { ...news, height: '77' },
      { ...news, height: 1e9 }, { ...news, state: '<b>' }, { ...news, path: 1 }, { status: 'completed', state: 'paid' },
    ]) say(hub, frame.contentWindow, data)
  })()`)
  // Messages are taken in order: after this round trip all of them were.
  await page.evaluate(`new Promise((done) => {
    window.addEventListener('message', ({ data }) => data === 'last' && done())
    window.postMessage('last', '*')
  })`)
  assert.deepEqual(
    asked.filter((url) => url.startsWith(at)),
    [],
  )
  const height = 'document.querySelector("khqr-checkout").shadowRoot.firstChild.style.height'
  assert.notEqual(await page.evaluate(height), '77px')
}

/** A site that takes `payment` from an address bar shows what anybody wrote, but runs nothing of it. */
async function hostile({ shop, at }: World, t: TestContext): Promise<void> {
  const page = await openPage(t, { hosts: ['127.0.0.1', 'hostile.example'] })
  const ran = 'window.ran = (window.ran || 0) + 1'
  const body = `<header><nav></nav></header><p id="offline"></p><main data-now="x" onclick="${ran}"><h1 id="state">Pay me</h1>
    <script>${ran}</script><img src="x" onerror="${ran}"><svg onload="${ran}"><script>${ran}</script>
    <a href="javascript:${ran}"><text>1</text></a><animate onbegin="${ran}" attributeName="x" dur="1s"></animate></svg>
    <iframe srcdoc="<script>parent.${ran}</script>"></iframe><a id="a1" href="javascript:${ran}">1</a>
    <a id="a2" href=" java\nscript:${ran}">2</a><a id="a3" href="javascript://%0a${ran}">3</a>
    <a id="a4" href="data:text/html,1">4</a><form action="javascript:${ran}"><button id="b1" formaction="javascript:${ran}">5</button></form>
    <style>* { color: red }</style><p style="position: fixed">6</p></main>`
  await page.route('https://hostile.example/**', (route) =>
    route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      contentType: 'text/html',
      body: `<html data-state="ready"><link rel="stylesheet" href="/x.css">${body}</html>`,
    }),
  )
  page.removeAllListeners('console')
  const payment = `https://hostile.example/pay/${'a'.repeat(40)}`
  await page.goto(shop.put('/order', pageWith(at, `<khqr-checkout payment="${payment}"></khqr-checkout>`)))
  await page.getByRole('heading', { name: 'Pay me' }).click()
  const left = await page.evaluate<string>(`(() => {
    const root = document.querySelector('khqr-checkout').shadowRoot
    for (const one of root.querySelectorAll('a')) one.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
    return root.querySelector('.main').outerHTML
  })()`)
  assert.doesNotMatch(left, /javascript|<script|<img|<iframe|<style|<animate|data:text| on[a-z]+=|style=|action=/i)
  assert.equal(await page.evaluate('window.ran'), undefined)
}
