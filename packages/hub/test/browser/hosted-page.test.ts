import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Client } from 'pg'
import type { Page } from 'playwright-core'
import { becomes, pay } from '../support/bad-day.ts'
import { needsBrowser, openPage } from '../support/browser.ts'
import { openLine } from '../support/cuttable-line.ts'
import { isRemembered, listenOn, openPremium, remember, says } from '../support/hosted-page.ts'
import { listen } from '../support/listen.ts'
import { openReader } from '../support/read-pixels.ts'
import { askRefund, refundBecomes, refundIn } from '../support/refund-days.ts'
import type { TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import { openTopup, payAndSaySo, payCode, startWithCallsToSpare } from '../support/topups.ts'

const streamsPerAddress = 3

test('the page tells of its payment whatever becomes of phone, line and money', needsBrowser, async (t) => {
  const hub = await startWithCallsToSpare(t, {
    HUB_PAGES_LISTENING_PER_ADDRESS: String(streamsPerAddress),
    HUB_PARTS: 'accept',
  })
  await t.test('it is paid on screen as soon as it is paid, without being loaded again', (u) => paidByStream(hub, u))
  await t.test('a phone that slept while its line was cut says paid when it wakes', (u) => sleeps(hub, u))
  await t.test('a page that nobody looks at holds no connection, and asks at once when it is looked at again', (u) =>
    looksAgain(hub, u),
  )
  await t.test('whoever comes back to a paid page sees that its money has gone back', (u) => goesBack(hub, u))
  await t.test('without a connection it says so, and has the news when it is back', (u) => offline(hub, u))
  await t.test('where too many pages listen it asks instead', (u) => asks(hub, u))
  await t.test('"I have paid" asks the bank once, and says what it said', (u) => saysPaid(hub, u))
  await t.test('a payment is given up after one more question', (u) => givesUp(hub, u))
  await t.test('a code that has ended gives way to another one', (u) => anotherCode(hub, u))
  await t.test('a code of a bank that is switched off goes away, and another bank’s takes its place', (u) =>
    switchedOff(hub, u),
  )
  await t.test('a part, too much, late money and the same money twice are each said to be what they are', (u) =>
    misfits(hub, u),
  )
  await t.test('the receipt opens, and the shop is a press away', (u) => waysOut(hub, u))
  await t.test('the picture that is saved is the payment’s code', (u) => saves(hub, u))
})

async function paidByStream(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  const page = await openPage(t)
  await listenOn(page, code.url)
  await page.evaluate(remember)
  await page.evaluate(`new MutationObserver(() => { window.changedAt ??= Date.now() })
    .observe(document.documentElement, { attributeFilter: ['data-status'] })`)
  const committed = await listenForCommits(hub, t)
  await pay(hub, code)
  await says(page, 'paid')
  assert.equal(await page.evaluate(isRemembered), true)
  assert.match(String(await page.locator('#news').textContent()), /^Paid\. Thank you\. USD 25\.00 has arrived/)
  assert.match(await page.title(), /^Paid/)
  assert.equal(await page.locator('.card, .ends, #act-paid').count(), 0)
  const changedAt = await page.evaluate<number>('window.changedAt')
  const committedAt = Math.max(...committed.filter((at) => at <= changedAt))
  t.diagnostic(`${changedAt - committedAt} ms from the commit to the screen`)
}

/** When changes of payments were committed: their notification is sent by the commit. */
async function listenForCommits(hub: TestHub, t: TestContext): Promise<readonly number[]> {
  const client = new Client(hub.pool.options)
  await client.connect()
  t.after(() => client.end())
  const committed: number[] = []
  client.on('notification', () => committed.push(Date.now()))
  await client.query('listen payments_changed')
  return committed
}

async function sleeps(hub: TestHub, t: TestContext): Promise<void> {
  const line = await openLine(t, hub.running.ports.gateway)
  const code = await openPremium(hub)
  const url = new URL(code.url)
  url.port = String(line.port)
  const page = await openPage(t)
  await listenOn(page, url.href)
  await page.evaluate(remember)
  const phone = await page.context().newCDPSession(page)
  await show(page, 'hidden')
  await phone.send('Page.setWebLifecycleState', { state: 'frozen' })
  line.cut()
  await pay(hub, code)
  await becomes(hub, code.id, {})
  assert.equal(await page.locator('html').getAttribute('data-state'), 'ready')
  line.mend()
  await phone.send('Page.setWebLifecycleState', { state: 'active' })
  await show(page, 'visible')
  await says(page, 'paid')
  assert.equal(await page.evaluate(isRemembered), true)
}

/** The browser of a test never hides a page by itself. */
async function show(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)
}

async function looksAgain(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  await listenOn(page, (await openPremium(hub)).url)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''))
  const left = page.waitForEvent('requestfailed', (one) => one.url().endsWith('/live'))
  await show(page, 'hidden')
  await left
  assert.deepEqual(asked, [])
  const stream = page.waitForRequest((one) => one.url().endsWith('/live'))
  await show(page, 'visible')
  await stream
  assert.deepEqual(asked.sort(), ['live', 'state'])
}

async function goesBack(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  const page = await openPage(t)
  await listenOn(page, code.url)
  await pay(hub, code)
  await says(page, 'paid')
  await page.context().setOffline(true)
  await page.locator('#offline').waitFor({ state: 'visible' })
  await page.context().setOffline(false)
  await page.locator('#offline').waitFor({ state: 'hidden' })
  await refundBecomes(hub, refundIn(await askRefund(hub, code)), 'succeeded')
  assert.equal(await page.getByText('has been sent back').count(), 0)
  await show(page, 'hidden')
  await show(page, 'visible')
  await page.getByText('has been sent back').waitFor()
}

async function offline(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  const page = await openPage(t)
  await listenOn(page, code.url)
  await page.context().setOffline(true)
  await page.locator('#offline').waitFor({ state: 'visible' })
  assert.match(String(await page.locator('#offline').textContent()), /no connection.*your payment is not touched/)
  await pay(hub, code)
  await becomes(hub, code.id, {})
  await page.context().setOffline(false)
  await says(page, 'paid')
  await page.locator('#offline').waitFor({ state: 'hidden' })
}

async function asks(hub: TestHub, t: TestContext): Promise<void> {
  const other = await openTopup(hub)
  const listening = await Promise.all(
    Array.from({ length: streamsPerAddress }, () => listen(t, `${other.checkout_url}/live`)),
  )
  assert.deepEqual(new Set(listening.map(({ status }) => status)), new Set([200]))
  const code = await openPremium(hub)
  const page = await openPage(t)
  const refused = page.waitForResponse((response) => response.url().endsWith('/live'))
  await page.goto(code.url)
  assert.equal((await refused).status(), 429)
  await page.evaluate(remember)
  await pay(hub, code)
  await says(page, 'paid')
  assert.equal(await page.evaluate(isRemembered), true)
  for (const one of listening) one.close()
}

async function saysPaid(hub: TestHub, t: TestContext): Promise<void> {
  const topup = await openTopup(hub)
  const page = await openPage(t)
  await page.goto(topup.checkout_url)
  const before = await clicks(hub)
  const posts: string[] = []
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()))
  assert.deepEqual(await page.evaluate(pressTwice), [true, false])
  await says(page, 'waiting')
  assert.match(
    String(await page.locator('[role="status"].note').allTextContents()),
    /The bank (was asked just now|cannot)/,
  )
  assert.equal(await page.locator('#act-paid').count(), 0, 'it is not pressed again while its answer stands')
  assert.deepEqual(posts, [topup.checkout_url], 'two presses are one')
  assert.equal(await clicks(hub), before + 1)
  await page.getByText('Show the code again').click()
  await says(page, 'ready')
  await payCode(hub, topup.qr_string)
  await says(page, 'paid')
}

/** Whether each press sends the form. */
const pressTwice = `(() => {
  const sent = []
  document.addEventListener('submit', (event) => sent.push(!event.defaultPrevented))
  const button = document.getElementById('act-paid')
  button.click()
  button.click()
  return sent
})()`

/** The calls to a bank that counts them which were spent because somebody pressed a button. */
async function clicks(hub: TestHub): Promise<number> {
  const { rows } = await hub.pool.query('select coalesce(sum(clicks), 0)::int as clicks from call_clicks')
  return rows[0].clicks
}

async function givesUp(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  await page.goto((await openPremium(hub)).url)
  assert.equal(await page.locator('#act-cancel').isVisible(), false)
  await page.getByText('Cancel this payment').click()
  await page.locator('#act-cancel').click()
  await says(page, 'cancelled')
}

async function anotherCode(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub)
  const page = await openPage(t)
  await timePasses(hub, code.id, 20)
  await page.goto(code.url)
  await says(page, 'expired')
  await page.locator('#act-new_code').click()
  await says(page, 'ready')
  assert.notEqual(await page.locator('#khqr').inputValue(), code.qrString)
}

async function switchedOff(hub: TestHub, t: TestContext): Promise<void> {
  const code = await openPremium(hub, 'BANK01')
  const page = await openPage(t)
  await page.goto(code.url)
  await says(page, 'ready')
  const turn = async (isActive: boolean) => {
    await hub.pool.query("update banks set active = $1 where code = 'BANK01'", [isActive])
    await hub.running.hub.refreshBanks()
  }
  await turn(false)
  try {
    await page.reload()
    await says(page, 'disabled')
    assert.equal(await page.locator('.card, #khqr').count(), 0)
    await page.locator('#act-new_code').click()
    await says(page, 'ready')
  } finally {
    await turn(true)
  }
}

async function misfits(hub: TestHub, t: TestContext): Promise<void> {
  const page = await openPage(t)
  for (const [state, how, said] of [
    ['part', { amount: '20.00' }, /USD 20\.00 of USD 25\.00 has arrived so far/],
    ['held', { amount: '25.01' }, /USD 25\.01 arrived, and only USD 25\.00 was asked for.*sus_\d+/s],
    ['paid_twice', { times: 2 }, /USD 25\.00 arrived once more, after this had been paid.*sus_\d+/s],
  ] as const) {
    const code = await openPremium(hub)
    await listenOn(page, code.url)
    await pay(hub, code, how)
    await says(page, state)
    assert.match(String(await page.locator('main').textContent()), said)
  }
  const late = await openPremium(hub)
  await timePasses(hub, late.id, 20)
  await page.goto(late.url)
  await says(page, 'expired')
  await pay(hub, late)
  await says(page, 'late')
}

async function waysOut(hub: TestHub, t: TestContext): Promise<void> {
  const shop = `http://127.0.0.1:${hub.running.ports.gateway}`
  const topup = await openTopup(hub, {
    return_url: 'https://shop.example/thanks',
    cancel_url: 'https://shop.example/cart',
  })
  const page = await openPage(t, { hosts: ['127.0.0.1', 'shop.example'] })
  await page.route('https://shop.example/**', (route) => route.fulfill({ body: 'the shop' }))
  await page.goto(topup.checkout_url)
  await page.getByText('Go back without paying').click()
  assert.equal(page.url(), 'https://shop.example/cart')
  await page.goBack()
  await payAndSaySo(hub, topup)
  await says(page, 'paid')
  assert.equal(await page.getByText('Back', { exact: true }).getAttribute('href'), 'https://shop.example/thanks')
  await page.getByText('Show the receipt').click()
  await page.waitForURL(`${shop}/receipt/**`)
  await page.locator('html[data-status="agrees"]').waitFor()
  assert.match(String(await page.locator('.amount').textContent()), /USD 10\.50/)
}

async function saves(hub: TestHub, t: TestContext): Promise<void> {
  const topup = await openTopup(hub)
  const page = await openPage(t)
  await page.goto(topup.checkout_url)
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#picture').click()])
  assert.equal(download.suggestedFilename(), `khqr-${topup.bill_number}.png`)
  const parts: Buffer[] = []
  for await (const part of await download.createReadStream()) parts.push(part as Buffer)
  const read = await openReader(t)
  assert.equal(await read(Buffer.concat(parts)), topup.qr_string)
}
