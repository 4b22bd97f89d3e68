import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPng } from '@khqr-hub/khqr'
import { makeCode, patiently } from '../support/bad-day.ts'
import { askPayment, createOrder } from '../support/orders.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { timePasses } from '../support/schedule.ts'
import { openTopup, payAndSaySo, payCode, readTopup, type Topup } from '../support/topups.ts'

test('the page behind checkout_url shows a payment to whoever has the link', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('a code, its amount, its end and a button, without a stranger, and small', () => shown(hub))
  await t.test('whoever asks for the head of a page gets its head, of every page', () => heads(hub))
  await t.test('the code as a picture', () => picture(hub))
  await t.test('in Khmer or English, as the browser wishes and the customer switches', () => languages(hub))
  await t.test('when it is paid it says so, and no longer looks again', () => paid(hub))
  await t.test('"I have paid" asks the bank at once', () => saysPaid(hub))
  await t.test('"I have paid" when nobody paid changes nothing, and says what happens', () => saysWrongly(hub))
  await t.test('a customer gives it up; no other site does so in his name', () => givesUp(hub))
  await t.test('the button never hammers the bank', () => manyClicks(hub))
  await t.test('a premium has a page as well, and names nobody on it', () => premium(hub))
  await t.test('a premium whose code has ended gets another one, and is paid with it', () => anotherCode(hub))
  await t.test('an order whose code has ended gets another one', () => anotherOrderCode(hub))
  await t.test('a code of a bank that was switched off is not shown any more', () => switchedOff(hub))
  await t.test('money that does not fit is shown with what arrived and the case it is', () => held(hub))
  await t.test('ways back lead to the shop', () => waysBack(hub))
})

function page(hub: TestHub, topup: Pick<Topup, 'checkout_url'>, headers: Record<string, string> = {}, method = 'GET') {
  return hub.gateway(method, new URL(topup.checkout_url).pathname, { headers })
}

function stateOf(answer: Answer): string | undefined {
  return /<html[^>]* data-status="([^"]+)"/.exec(answer.text)?.[1]
}

async function shown(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub, { userId: 'secret-user-name', description: 'secret words' })
  const answer = await page(hub, topup)
  assert.equal(answer.status, 200)
  assert.equal(stateOf(answer), 'processing')
  assert.match(answer.text, /<svg.*<\/svg>/s)
  assert.match(answer.text, /USD 10\.50/)
  assert.match(answer.text, new RegExp(`<dd>${topup.bill_number}</dd>`))
  assert.match(answer.text, /<form method="post".*<button[^>]*>I have paid<\/button>/)
  assert.match(answer.text, /<noscript><meta http-equiv="refresh" content="5;url=\/pay\//)
  assert.doesNotMatch(answer.text, /secret-user-name|secret words|<script>|<style/)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
  assert.equal(answer.headers.get('set-cookie'), null)
  assert.equal(
    answer.headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
      "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  const files = [...answer.text.matchAll(/(?:src|href)="(\/pay\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  assert.deepEqual(files.map((path) => path.split('.').at(-1)).sort(), ['css', 'js'])
  for (const path of files) {
    const file = await hub.gateway('GET', path)
    assert.deepEqual([file.status, file.headers.get('cache-control')], [200, 'public, max-age=31536000, immutable'])
    assert.equal(file.headers.get('content-encoding'), 'gzip')
    assert.equal((await hub.gateway('GET', path, { headers: { 'accept-encoding': 'identity' } })).text, file.text)
  }
}

/** The picture that is saved is the code that is shown. */
async function heads(hub: TestHub): Promise<void> {
  const { pathname } = new URL((await openTopup(hub)).checkout_url)
  for (const path of ['/', '/topup', pathname]) {
    const [head, got] = [await hub.gateway('HEAD', path), await hub.gateway('GET', path)]
    assert.deepEqual([head.status, head.text], [200, ''], path)
    for (const name of ['content-type', 'content-security-policy', 'content-language'])
      assert.equal(head.headers.get(name), got.headers.get(name), `${path} ${name}`)
  }
  assert.equal((await hub.gateway('HEAD', '/pay/no-such-link-of-anybody')).status, 404)
}

async function picture(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const answer = await fetch(`${topup.checkout_url}/card.png`)
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png'])
  assert.equal(readPng(new Uint8Array(await answer.arrayBuffer())), topup.qr_string)
}

function press(hub: TestHub, path: string, act: string, headers: Record<string, string> = {}): Promise<Answer> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return hub.gateway('POST', path, { body: `act=${act}`, headers: { ...type, ...headers } })
}

async function givesUp(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const path = new URL(topup.checkout_url).pathname
  const strange = await press(hub, path, 'cancel', { 'sec-fetch-site': 'cross-site' })
  const other = await press(hub, path, 'cancel', { origin: 'https://other.example' })
  assert.deepEqual([strange.status, other.status, stateOf(other)], [403, 403, 'refused'])
  assert.equal((await press(hub, path, 'everything')).status, 400)
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
  const answer = await press(hub, `${path}?lang=km`, 'cancel')
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, `${path}?lang=km`], answer.text)
  assert.equal(stateOf(await page(hub, topup)), 'cancelled')
}

async function languages(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const path = new URL(topup.checkout_url).pathname
  const isKhmer = (answer: Answer) => answer.text.includes('<html lang="km"')
  assert.equal(isKhmer(await page(hub, topup, { 'accept-language': 'km-KH,km;q=0.9,en;q=0.8' })), true)
  assert.equal(isKhmer(await page(hub, topup, { 'accept-language': 'fr' })), false)
  const switched = await hub.gateway('GET', `${path}?lang=km`, { headers: { 'accept-language': 'en' } })
  assert.deepEqual([switched.status, isKhmer(switched), switched.headers.get('content-language')], [200, true, 'km'])
  const cookie = switched.headers.get('set-cookie') ?? ''
  assert.match(cookie, /^khqr_lang=km; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
  assert.equal(isKhmer(await page(hub, topup, { cookie: cookie.split(';')[0] ?? '', 'accept-language': 'en' })), true)
  assert.match(switched.text, /action="\/pay\/[\w-]+\?lang=km"/)
}

async function paid(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payAndSaySo(hub, topup)
  const answer = await page(hub, topup)
  assert.equal(stateOf(answer), 'completed')
  assert.match(answer.text, /USD 10\.50 has arrived/)
  assert.doesNotMatch(answer.text, /http-equiv="refresh"|<svg|I have paid/)
}

async function saysPaid(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  await payCode(hub, topup.qr_string)
  const answer = await page(hub, topup, { 'content-type': 'application/x-www-form-urlencoded' }, 'POST')
  assert.deepEqual([answer.status, stateOf(answer)], [200, 'completed'], answer.text)
}

async function saysWrongly(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const answer = await page(hub, topup, {}, 'POST')
  assert.deepEqual([answer.status, stateOf(answer)], [200, 'processing'])
  assert.match(answer.text, /role="status">The bank (was asked just now|cannot be asked again just now)/)
  assert.equal((await readTopup(hub, topup.id))['status'], 'pending')
}

async function manyClicks(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub)
  const before = await statusCalls(hub)
  const answers = await Promise.all(Array.from({ length: 10 }, () => page(hub, topup, {}, 'POST')))
  for (const answer of answers) assert.equal(answer.status, 200)
  const spent = (await statusCalls(hub)) - before
  assert.ok(spent <= 4, `10 clicks at once cost ${spent} calls`)
}

async function statusCalls(hub: TestHub): Promise<number> {
  const { rows } = await hub.pool.query('select coalesce(sum(spent), 0)::int as spent from call_days')
  return rows[0].spent
}

/** The page of a premium, as whoever asked for its code is told. */
async function pageOfPremium(hub: TestHub, id: number): Promise<string> {
  const answer = await hub.khqr('GET', `/khqr/${id}`, { token: hub.token('payments:read') })
  return new URL(String(answer.json['data']?.['checkout_url'])).pathname
}

async function premium(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  const path = await pageOfPremium(hub, code.id)
  assert.equal(await pageOfPremium(hub, code.id), path)
  const answer = await hub.gateway('GET', path)
  assert.deepEqual([answer.status, stateOf(answer)], [200, 'processing'])
  assert.match(answer.text, new RegExp(`<svg.*Policy number</dt><dd>${code.bill}</dd>`, 's'))
  const { rows } = await hub.pool.query('select name from payers where payment_number = $1', [code.id])
  assert.ok(rows[0].name && !answer.text.includes(rows[0].name))
}

async function anotherCode(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  const path = await pageOfPremium(hub, code.id)
  await timePasses(hub, code.id, 20)
  const ended = await hub.gateway('GET', path)
  assert.match(ended.text, /data-status="processing" data-state="expired".*Make a new code/s)
  const answer = await press(hub, path, 'new_code')
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, path], answer.text)
  const shown = await hub.gateway('GET', path)
  assert.match(shown.text, /data-state="ready".*<svg/s)
  assert.notEqual(textOn(shown), code.qrString)
  await hub.simulator('POST', '/_simulator/pay', { bank: 'AMK', qr: textOn(shown) })
  await patiently('it to be paid', async () => (await hub.gateway('GET', path)).text.includes('data-state="paid"'))
  const { rows } = await hub.pool.query('select count(*)::int as number from attempts where payment_number = $1', [
    code.id,
  ])
  assert.equal(rows[0].number, 2)
}

function textOn(answer: Answer): string {
  return /<textarea[^>]*>([^<]*)</.exec(answer.text)?.[1]?.replaceAll('&#39;', "'").replaceAll('&amp;', '&') ?? ''
}

/** An order's code that has ended is asked about before another one is made; its page stays. */
async function anotherOrderCode(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const answer = await askPayment(hub, order, { payment_method_code: 'bakong' })
  const path = new URL(String(answer.json['data']?.['checkout_url'] ?? answer.text)).pathname
  const first = textOn(await hub.gateway('GET', path))
  const { rows } = await hub.pool.query('select number from payments where bill_number = $1', [order.order_number])
  await timePasses(hub, Number(rows[0].number), 16)
  assert.match((await hub.gateway('GET', path)).text, /data-state="waiting".*Make a new code.*Order number/s)
  const pressed = await press(hub, path, 'new_code')
  assert.equal(pressed.status, 303, pressed.text)
  const shown = await hub.gateway('GET', pressed.headers.get('location') ?? '')
  assert.match(shown.text, /data-state="ready".*<svg/s)
  assert.notEqual(textOn(shown), first)
}

async function switchedOff(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  const path = await pageOfPremium(hub, code.id)
  await hub.pool.query("update banks set active = false where code = 'BANK01'")
  await hub.running.hub.refreshBanks()
  try {
    const { text } = await hub.gateway('GET', path)
    assert.match(text, /data-state="disabled".*is not lost.*Make a new code/s)
    assert.doesNotMatch(text, /<svg|<textarea|Open banking app/)
    await press(hub, path, 'new_code')
    assert.match((await hub.gateway('GET', path)).text, /data-state="ready".*<svg/s)
  } finally {
    await hub.pool.query("update banks set active = true where code = 'BANK01'")
    await hub.running.hub.refreshBanks()
  }
}

async function held(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK', { amount: '60.00' })
  const path = await pageOfPremium(hub, code.id)
  await hub.simulator('POST', '/_simulator/pay', { bank: 'AMK', paymentId: String(code.id), amount: '50.00' })
  const text = await patiently('the money to be held', async () => {
    const answer = await hub.gateway('GET', path)
    return answer.text.includes('data-state="held"') && answer.text
  })
  const { rows } = await hub.pool.query(
    'select s.id from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = $1',
    [code.id],
  )
  assert.match(text, /USD 50\.00 arrived, and USD 60\.00 was asked for.*not lost/s)
  assert.match(text, new RegExp(`<dd>${code.id} · sus_${rows[0].id}</dd>`))
}

async function waysBack(hub: TestHub): Promise<void> {
  const topup = await openTopup(hub, {
    return_url: 'https://shop.example/thanks?order=1&ok=1',
    cancel_url: 'https://shop.example/cart',
  })
  const before = await page(hub, topup)
  assert.match(before.text, /href="https:\/\/shop\.example\/cart" target="_top">Go back without paying/)
  assert.doesNotMatch(before.text, /thanks/)
  await payAndSaySo(hub, topup)
  const after = await page(hub, topup)
  assert.match(after.text, /href="https:\/\/shop\.example\/thanks\?order=1&amp;ok=1" target="_top">Back<\/a>/)
}
