import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { patiently, pay } from '../../hub/test/support/bad-day.ts'
import { keepPicture, needsBrowser, openPage } from '../../hub/test/support/browser.ts'
import { openPremium } from '../../hub/test/support/hosted-page.ts'
import { askPayment, createOrder } from '../../hub/test/support/orders.ts'
import type { TestHub } from '../../hub/test/support/running-hub.ts'
import { timePasses } from '../../hub/test/support/schedule.ts'
import { openTopup, startWithCallsToSpare } from '../../hub/test/support/topups.ts'
import { exampleText, keepEvents, openShop, pageWith, type Shop } from './support/shop.ts'

type World = { readonly hub: TestHub; readonly shop: Shop; readonly stranger: Shop; readonly at: string }

test('<khqr-checkout> shows a payment on another site', needsBrowser, async (t) => {
  const shop = await openShop(t)
  const stranger = await openShop(t)
  const hub = await startWithCallsToSpare(t, { HUB_PAGE_FRAME_ORIGINS: shop.origin })
  const world = { hub, shop, stranger, at: `http://127.0.0.1:${hub.running.ports.gateway}` }
  for (const site of [shop, stranger]) {
    site.put('/keep.js', keepEvents)
    site.put('/shop.css', exampleText('plain/shop.css'))
  }
  await t.test('plain HTML: it is paid by the stream, told once, under a strict policy', (u) => plain(world, u))
  await t.test('what was paid before is told once, too, and never again', (u) => paidBefore(world, u))
  await t.test('two on one page keep apart, and one that is taken off listens no more', (u) => two(world, u))
  await t.test('given up, it says so', (u) => givenUp(world, u))
  await t.test('a code that has ended is told, and another one takes its place', (u) => anotherCode(world, u))
  await t.test('an order’s other payment takes the element over', (u) => moved(world, u))
  await t.test('what is wrong with it is seen, told, and mended by another value', (u) => wrong(world, u))
  await t.test(
    'a site that was not named is told why, and its customer sees the way to the page, and nothing of the payment',
    (u) => notAllowed(world, u),
  )
  await t.test('it is read in Khmer and English, by everybody', (u) => languages(world, u))
})

type Told = [name: string, detail: Record<string, unknown>, id: string]

async function told(page: Page): Promise<Told[]> {
  return page.evaluate<Told[]>('window.told')
}

async function tells(page: Page, ...names: readonly string[]): Promise<void> {
  const wanted = names.join(' ')
  const heard = async () => (await told(page)).map(([name]) => name).join(' ')
  const until = Date.now() + 8_000
  while ((await heard()) !== wanted && Date.now() < until) await page.waitForTimeout(30)
  assert.equal(await heard(), wanted)
}

function says(page: Page, state: string, which = 'khqr-checkout'): Promise<void> {
  return page.locator(`${which} .page[data-state="${state}"]`).waitFor({ state: 'attached', timeout: 8_000 })
}

/** What a function of the element says, in the browser. */
function ofElement<Answer>(page: Page, act: string): Promise<Answer> {
  return page.evaluate<Answer>(`(${act})(document.querySelector('khqr-checkout'))`)
}

function put({ shop, at }: World, body: string): string {
  return shop.put('/order', pageWith(at, body))
}

async function plain(world: World, t: TestContext): Promise<void> {
  const { hub, shop, at } = world
  const code = await openPremium(hub)
  const policy =
    `default-src 'none'; script-src 'self' ${at}; connect-src ${at}; font-src ${at}; style-src 'self'; ` +
    `img-src data:; base-uri 'none'; form-action 'none'`
  const html = exampleText('plain/index.html').replaceAll('https://pay.example/pay/token', code.url)
  const url = shop.put('/plain/', html.replaceAll('https://pay.example', at), policy)
  for (const name of ['shop.css', 'shop.js']) shop.put(`/plain/${name}`, exampleText(`plain/${name}`))
  const page = await openPage(t, { locale: 'km-KH' })
  await page.addInitScript(keepEvents)
  await page.goto(url)
  await tells(page, 'ready')
  const [[, ready] = assert.fail('no event')] = await told(page)
  assert.deepEqual(
    { ...ready, expires_at: typeof ready['expires_at'] },
    {
      status: 'processing',
      state: 'ready',
      amount: '25.00',
      currency: 'USD',
      expires_at: 'string',
      receipt_url: null,
    },
  )
  const style = (what: string, property: string) =>
    ofElement(page, `(one) => getComputedStyle(one.shadowRoot.querySelector('${what}')).${property}`)
  assert.equal(await style('#act-paid', 'borderTopWidth'), '2px')
  assert.equal(await style('.card svg', 'display'), 'block')
  assert.equal(await style('.amount', 'letterSpacing'), '0.832px')
  assert.equal(await ofElement(page, '(one) => [one.state, one.status].join()'), 'ready,processing')
  await keepPicture(page, 'element/plain-ready')
  await pay(hub, code)
  await tells(page, 'ready', 'statechange', 'paid')
  assert.equal(await page.locator('#said').textContent(), 'Thank you for USD 25.00.')
  assert.match(String((await told(page)).at(-1)?.[1]['receipt_url']), /\/receipt\//)
  await says(page, 'paid')
  await keepPicture(page, 'element/plain-paid')
}

async function paidBefore(world: World, t: TestContext): Promise<void> {
  const code = await openPremium(world.hub)
  await pay(world.hub, code)
  await patiently('it to be paid', async () => (await (await fetch(`${code.url}/state`)).text()).includes('"paid"'))
  const page = await openPage(t)
  const [token = ''] = code.url.split('/').slice(-1)
  await page.goto(put(world, `<khqr-checkout client-token="${token}" hub="${world.at}/"></khqr-checkout>`))
  await tells(page, 'ready', 'paid')
  await ofElement(page, '(one) => document.body.append(one)')
  await ofElement(page, '(one) => { one.payment = one.hub + "pay/" + one.clientToken }')
  await page.waitForResponse((response) => response.url().endsWith('/state'))
  await says(page, 'paid')
  await tells(page, 'ready', 'paid')
}

async function two(world: World, t: TestContext): Promise<void> {
  const { hub } = world
  const [one, other] = [await openPremium(hub), await openPremium(hub)]
  const page = await openPage(t)
  const elements = [one, other].map(
    ({ url }, index) => `<khqr-checkout id="e${index}" payment="${url}"></khqr-checkout>`,
  )
  await page.goto(put(world, elements.join('')))
  const listening = (...ids: number[]) =>
    patiently(`${ids} to listen`, async () => {
      const watched = hub.running.hub.live.watched().filter((id) => [one.id, other.id].includes(id))
      return watched.sort().join() === ids.join()
    })
  await listening(one.id, other.id)
  await page.evaluate('window.away = document.querySelector("#e1"); window.away.remove()')
  await listening(one.id)
  await pay(hub, other)
  await pay(hub, one)
  const whoTold = async () => (await told(page)).filter(([name]) => name === 'paid').map(([, , id]) => id)
  await patiently('the first to be paid', async () => (await whoTold()).join() === 'e0')
  await patiently('the other to be paid', async () => {
    return (await (await fetch(`${other.url}/state`)).text()).includes('"paid"')
  })
  assert.deepEqual(await whoTold(), ['e0'])
  await page.evaluate('document.body.append(window.away)')
  await says(page, 'paid', '#e1')
  await patiently('both to have told', async () => (await whoTold()).join() === 'e0,e1')
}

async function givenUp(world: World, t: TestContext): Promise<void> {
  const { checkout_url } = await openTopup(world.hub)
  const page = await openPage(t)
  await page.goto(put(world, `<khqr-checkout payment="${checkout_url}"></khqr-checkout>`))
  await tells(page, 'ready')
  await page.getByText('Cancel this payment').click()
  await page.locator('#act-cancel').click()
  await says(page, 'cancelled')
  await tells(page, 'ready', 'statechange', 'cancelled')
  assert.equal(await ofElement(page, '(one) => one.shadowRoot.activeElement.id'), 'state')
}

async function anotherCode(world: World, t: TestContext): Promise<void> {
  const { hub } = world
  const code = await openPremium(hub)
  await timePasses(hub, code.id, 20)
  const page = await openPage(t)
  await page.goto(put(world, `<khqr-checkout payment="${code.url}"></khqr-checkout>`))
  await tells(page, 'ready', 'expired')
  await page.locator('#act-new_code').click()
  await says(page, 'ready')
  await tells(page, 'ready', 'expired', 'statechange')
  const text = await page.locator('khqr-checkout textarea').inputValue()
  assert.notEqual(text, code.qrString)
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: code.bank, qr: text })
  assert.equal(paid.status, 200, paid.text)
  await tells(page, 'ready', 'expired', 'statechange', 'statechange', 'paid')
}

async function moved(world: World, t: TestContext): Promise<void> {
  const { hub } = world
  const order = await createOrder(hub)
  const answer = await askPayment(hub, order, { payment_method_code: 'bakong' })
  const url = String(answer.json['data']?.['checkout_url'] ?? answer.text)
  const { rows } = await hub.pool.query('select number from payments where bill_number = $1', [order.order_number])
  await timePasses(hub, Number(rows[0].number), 16)
  const page = await openPage(t)
  await page.goto(put(world, `<khqr-checkout payment="${url}"></khqr-checkout>`))
  await says(page, 'waiting')
  await page.locator('#act-new_code').click()
  await says(page, 'ready')
  const [, link = ''] = /"(http[^"]+)"/.exec(String(await page.locator('khqr-checkout nav').innerHTML())) ?? []
  const heard = page.waitForRequest(
    (request) => request.url().endsWith('/state') && link.startsWith(request.url().slice(0, -6)),
  )
  await page.evaluate('window.dispatchEvent(new Event("online"))')
  await heard
}

async function wrong(world: World, t: TestContext): Promise<void> {
  const { checkout_url } = await openTopup(world.hub)
  const page = await openPageInTrouble(t)
  for (const [given, what, value] of [
    ['', 'payment', 'nothing'],
    ['payment="javascript:alert(1)//pay/aaaaaaaaaaaaaaaaaaaaaaaaa"', 'payment', 'javascript:'],
    [`payment="${checkout_url}" lang="fr"`, 'lang', 'fr'],
    [`payment="${checkout_url}" variant="popup"`, 'variant', 'popup'],
    ['client-token="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', 'hub', 'nothing'],
    ['client-token="short" hub="https://pay.example"', 'client-token', 'short'],
  ] as const) {
    await page.goto(put(world, `<khqr-checkout ${given}></khqr-checkout>`))
    await tells(page, 'error')
    const [[, detail] = assert.fail('no event')] = await told(page)
    assert.match(String(detail['what']), new RegExp(`attribute ${what} `))
    assert.match(String(detail['value']), new RegExp(`^${value}`))
    const shown = await page.locator('khqr-checkout [role=alert]').textContent()
    assert.match(String(shown), new RegExp(`cannot be shown here.*${what}.*${value}`))
  }
  await ofElement(page, `(one) => { one.payment = ${JSON.stringify(checkout_url)} }`)
  await tells(page, 'error', 'ready')
}

/** One whose console may complain: it is told of what is wrong. */
async function openPageInTrouble(t: TestContext): Promise<Page> {
  const page = await openPage(t)
  page.removeAllListeners('console')
  return page
}

async function notAllowed({ hub, stranger, at }: World, t: TestContext): Promise<void> {
  const { checkout_url, bill_number } = await openTopup(hub)
  const page = await openPageInTrouble(t)
  for (const variant of ['element', 'iframe']) {
    const element = `<khqr-checkout payment="${checkout_url}" variant="${variant}"></khqr-checkout>`
    await page.goto(stranger.put('/order', pageWith(at, element)))
    await tells(page, 'error')
    const [[, detail] = assert.fail('no event')] = await told(page)
    assert.match(String(detail['todo']), new RegExp(`Name ${stranger.origin} in the hub’s HUB_PAGE_FRAME_ORIGINS`))
    const shown = String(await page.locator('khqr-checkout [role=alert]').textContent())
    assert.match(shown, /^This payment cannot be shown here\. Open the payment’s page$/)
    assert.doesNotMatch(shown, new RegExp(`10\\.50|${bill_number}\\b`))
    const link = page.getByRole('link', { name: 'Open the payment’s page' })
    assert.ok((await link.getAttribute('href'))?.startsWith(checkout_url))
  }
  await keepPicture(page, 'element/not-allowed')
}

async function languages(world: World, t: TestContext): Promise<void> {
  const { url } = await openPremium(world.hub)
  const page = await openPage(t, { bypassCSP: true })
  await page.goto(put(world, `<khqr-checkout payment="${url}" lang="km" digits="km"></khqr-checkout>`))
  await says(page, 'ready')
  const look = async (lang: string) => {
    await page.locator(`khqr-checkout .page[lang="${lang}"]`).waitFor()
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]),
      [],
    )
    await keepPicture(page, `element/ready-${lang}`)
  }
  assert.equal(await page.locator('khqr-checkout .amount').textContent(), '$២៥.០០')
  await page.evaluate('document.fonts.ready.then(() => {})')
  assert.equal(
    await page.evaluate(`document.fonts.check('16px "Noto Sans Khmer"', 'ខ') && document.fonts.size > 0`),
    true,
  )
  await look('km')
  await page.locator('khqr-checkout nav').getByText('English').click()
  await look('en')
  assert.match(page.url(), /\/order$/)
}
