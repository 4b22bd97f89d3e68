import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import { readConfig } from '../../src/config.ts'
import type { RunningHub } from '../../src/main.ts'
import { readSandboxSecrets } from '../../src/sandbox/secrets.ts'
import { patiently, setFault } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { testDatabase } from '../support/database.ts'
import {
  assertOrderRefused,
  askPayment,
  createOrder,
  openPayment,
  type Paying,
  paymentBecomes,
  shopToken,
} from '../support/orders.ts'
import { paywayBank } from '../support/payway.ts'
import { call, startTestHub, talkTo, testEnvironment, type TestHub, startOnFreePorts } from '../support/running-hub.ts'
import { giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

const settings = {
  HUB_REQUESTS_PER_MINUTE: '10000',
  HUB_ORDER_PAYMENTS_PER_MINUTE: '10000',
  HUB_ORDER_PAYMENTS_PER_HOUR: '10000',
}
const methods = ['abapay_khqr_deeplink', 'bakong', 'cards']

test('a shop’s order is paid through ABA PayWay', async (t) => {
  const hub = await startTestHub(t, settings, (config) => ({
    ...config,
    banks: { ...config.banks, [paywayBank]: { 'order-methods': methods } },
  }))
  // Nothing is asked on the schedule: what is paid is known by a callback.
  await restSchedule(hub)
  await t.test('its customer gets a code and a link to the app; a callback comes, and the order is paid once', () =>
    paidByCallback(hub),
  )
  await t.test('riel are paid as whole riel', () => riel(hub))
  await t.test('a card is paid on the bank’s own page, which our page leads to', () => byCard(hub))
  await t.test('an order that is given up has its code closed at the bank, and nobody pays it any more', () =>
    givenUp(hub),
  )
  await t.test('once a code has ended there is another one, by another name', () => anotherCode(hub))
  await t.test('a callback that is lost costs nothing: the bank is asked while its customer waits', () =>
    lostCallback(hub),
  )
  await t.test('a bank that refuses our login is away for now, whatever key a request carries', () => loginRefused(hub))
  await t.test('the methods are listed, the usual ones and those that the settings add', () => listed(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

test('a merchant id that the settings have no more is left alone: an order is paid by the one they have now', async (t) => {
  const { url, pool } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const start = async (bank: object): Promise<RunningHub> => {
    const config = readConfig({}, testEnvironment(dataDir, url, settings))
    const running = await startOnFreePorts(() => ({ ...config, banks: { [paywayBank]: bank } }))
    t.after(() => running.stop())
    return running
  }
  await (await start({ 'merchant-id': 'made-up-old-shop' })).stop()
  const running = await start({})
  const secrets = readSandboxSecrets(dataDir)
  assert.ok(secrets)
  const hub = talkTo(running, secrets, pool, dataDir)
  await restSchedule(hub)
  const accounts = running.hub.banks.get(paywayBank)?.accounts ?? []
  assert.deepEqual(
    accounts.map((one) => `${one.accountNumber === 'made-up-old-shop' ? 'old' : 'new'} ${one.active}`).toSorted(),
    ['new true', 'new true', 'old false', 'old false'],
  )
  const order = await createOrder(hub)
  await pay(hub, await openPayment(hub, order))
  await paymentBecomes(hub, order, 'completed')
})

async function pay(hub: TestHub, { khqr }: Paying, more: object = {}): Promise<void> {
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: paywayBank, qr: khqr.qr_string, ...more })
  assert.equal(paid.status, 200, paid.text)
}

async function paidByCallback(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { items: [{ name: 'កាហ្វេ', quantity: 2, price: '25.00' }] })
  const paying = await openPayment(hub, order, { first_name: 'ដារ៉ា', email: 'dara@shop.example' })
  assert.match(paying.khqr.transaction_id, /^\d+-[0-9a-z]{6}$/)
  assert.match(paying.khqr.abapay_deeplink ?? '', /^[a-z]+:\/\//)
  assert.deepEqual(decode(paying.khqr.qr_string).money, { amountMinor: 5_000n, currency: 'USD' })
  await pay(hub, paying)
  const after = await paymentBecomes(hub, order, 'completed')
  assert.deepEqual(after['order'], { uuid: order.uuid, status: 'paid', is_paid: true })
  assertOrderRefused(await askPayment(hub, order), 422, 'This order has already been paid')
  const { rows } = await hub.pool.query(
    `select r.bank_code, r.bank_transaction_id, r.amount_minor::int as minor, i.route
      from receipts r join payments p on p.number = r.payment_number left join inbox i on i.payment_number = p.number
      where p.bill_number = $1`,
    [order.order_number],
  )
  assert.deepEqual(rows, [
    { bank_code: paywayBank, bank_transaction_id: paying.khqr.transaction_id, minor: 5_000, route: 'callback' },
  ])
}

async function riel(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { total: '20000', currency: 'KHR' })
  const paying = await openPayment(hub, order)
  assert.deepEqual(decode(paying.khqr.qr_string).money, { amountMinor: 20_000n, currency: 'KHR' })
  await pay(hub, paying)
  const { payment } = await paymentBecomes(hub, order, 'completed')
  assert.equal(payment?.['amount'], '20000')
}

async function givenUp(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const { khqr } = await openPayment(hub, order)
  const path = `/api/order/v1/orders/${order.uuid}/cancel`
  const answer = await hub.gateway('POST', path, { token: shopToken(hub), json: { reason: 'sold out' } })
  assert.deepEqual([answer.status, answer.json['data']?.['order']?.['status']], [200, 'cancelled'], answer.text)
  const { rows } = await hub.pool.query('select operation, target from exchanges where operation = $1', [
    'close-transaction',
  ])
  assert.equal(rows.length, 1)
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: paywayBank, qr: khqr.qr_string })
  assert.equal(paid.status, 422, paid.text)
}

async function anotherCode(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const first = await openPayment(hub, order)
  const [number = ''] = first.khqr.transaction_id.split('-')
  await timePasses(hub, Number(number), 16)
  // The bank knows a code a moment after it made it; until then nobody can say that it was not paid.
  const second = await patiently('another code', async () => {
    const answer = await askPayment(hub, order)
    assert.ok(answer.status === 200 || answer.status === 502, answer.text)
    return answer.status === 200 && (answer.json['data'] as unknown as Paying)
  })
  assert.equal(second.payment.uuid, first.payment.uuid)
  assert.notEqual(second.khqr.transaction_id, first.khqr.transaction_id)
  assert.equal(second.khqr.transaction_id.split('-')[0], number)
  await pay(hub, second)
  await paymentBecomes(hub, order, 'completed')
}

async function lostCallback(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const paying = await openPayment(hub, order, { payment_method_code: 'payway_abapay_khqr_deeplink' })
  await pay(hub, paying, { webhook: 'drop' })
  await giveBudget(hub, 1_000)
  await paymentBecomes(hub, order, 'completed')
}

async function byCard(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { cancel_url: 'https://shop.example/cart' })
  const { khqr, checkout_url } = await openPayment(hub, order, { payment_method_code: 'cards' })
  assert.deepEqual([khqr.qr_string, khqr.abapay_deeplink], [null, null])
  const look = () => hub.gateway('GET', new URL(checkout_url).pathname, { headers: { 'accept-language': 'en' } })
  const page = await look()
  assert.match(page.text, /data-status="processing".*Pay on the bank’s page/s)
  assert.match(page.text, /href="https:\/\/shop\.example\/cart"/)
  const [form = ''] = /<form [^>]*enctype="multipart\/form-data".*?<\/form>/.exec(page.text) ?? []
  const action = /action="([^"]+)"/.exec(form)?.[1] ?? ''
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.ok(policy.includes(`form-action 'self' ${new URL(action).origin};`), policy)
  assert.equal(page.headers.get('referrer-policy'), 'strict-origin')
  const body = new FormData()
  for (const [, name = '', value = ''] of form.matchAll(/name="([^"]*)" value="([^"]*)"/g))
    body.set(name, value.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"'))
  assert.deepEqual(
    [body.get('tran_id'), body.get('amount'), body.get('cancel_url')],
    [khqr.transaction_id, '50.00', checkout_url],
  )
  const shown = await fetch(action, { method: 'POST', body })
  assert.deepEqual([shown.status, shown.headers.get('content-type')?.split(';')[0]], [200, 'text/html'])
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: paywayBank, paymentId: khqr.transaction_id })
  assert.equal(paid.status, 200, paid.text)
  await paymentBecomes(hub, order, 'completed')
  assert.doesNotMatch((await look()).text, /multipart/)
  assert.equal((await call(checkout_url, 'GET', {})).headers.get('referrer-policy'), 'no-referrer')
}

async function loginRefused(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const headers = { 'idempotency-key': `login-${order.uuid}` }
  await setFault(hub, paywayBank, 'purchase', 'wrong-hash')
  for (const how of [{}, { headers }]) {
    const refused = await askPayment(hub, order, {}, how)
    assertOrderRefused(refused, 503)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    assert.equal(refused.headers.get('www-authenticate'), null)
  }
  await setFault(hub, paywayBank, 'purchase', 'none')
  const paying = await askPayment(hub, order, {}, { headers })
  assert.equal(paying.status, 200, paying.text)
}

async function listed(hub: TestHub): Promise<void> {
  const answer = await hub.gateway('GET', '/api/order/v1/payment-methods', { token: hub.token('orders:pay') })
  const all = answer.json['data']?.['payment_methods'] as unknown as { code: string; shows: string }[]
  assert.deepEqual(
    new Set(all.map(({ code, shows }) => `${code} ${shows}`)),
    new Set(['abapay_khqr_deeplink code', 'bakong code', 'cards page']),
  )
}
