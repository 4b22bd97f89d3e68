import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import { booksAgree } from '../support/books.ts'
import {
  assertOrderRefused,
  askOrder,
  askPayment,
  askStatus,
  createOrder,
  customerToken,
  fresh,
  type Order,
  openPayment,
  paymentBecomes,
  readOrder,
  sayPaid,
  shopToken,
} from '../support/orders.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { unguarded } from '../support/unguarded.ts'
import { payCode, startWithCallsToSpare, topupBank } from '../support/topups.ts'

/** Which bank makes its codes does not matter here: what a shop and its customer see is the same. */
const byBakong = { payment_method_code: 'bakong' }
const paidAlready = 'This order has already been paid'
const inProcess = 'A payment is already being processed for this order'

test('a shop’s order is paid by its customer', async (t) => {
  const hub = await startWithCallsToSpare(t)
  await t.test('it is created with just the promised fields, whatever the shop tells of it', () => created(hub))
  await t.test('its code is shown to its customer, paid with any banking app, and the order is paid once', () =>
    paidOnce(hub),
  )
  await t.test('riel are paid as whole riel', () => riel(hub))
  await t.test('while a code of it may be paid, another one is refused, and the refusal leads to the first', () =>
    refusedWhileOpen(hub),
  )
  await t.test('of requests at once, whatever way they want, one is shown a code', () => atOnce(hub))
  await t.test('a code that was never finished, as its process died, is no payment in process', () =>
    diedMeanwhile(hub),
  )
  await t.test('under an Idempotency-Key the first answer is given again', () => keyed(hub))
  await t.test('an order is given up, with its open payment, and a paid one is not', () => cancelled(hub))
  await t.test('an order module asks at the gateway, by uuid or number, and must know the amount', () => byModule(hub))
  await t.test('the methods are listed while they are open', () => methods(hub))
  await t.test('shops list orders in parts, and find those of a customer or of a number', () => lists(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
})

async function created(hub: TestHub): Promise<void> {
  const order_number = fresh('A')
  const answer = await askOrder(hub, {
    order_number,
    total: 50.5,
    items: [{ name: 'នំបុ័ង', quantity: 2, price: 25.25 }],
    customer: { first_name: 'សុខា', last_name: "D'Angelo-ចាន់", email: 'sokha@shop.example', phone: '+855 (0)12-345' },
    return_url: 'https://shop.example/thanks',
    cancel_url: 'https://shop.example/cart',
  })
  assert.equal(answer.status, 201, answer.text)
  const { uuid, ...order } = (answer.json['data']?.['order'] ?? {}) as unknown as Record<string, string>
  assert.deepEqual(Object.keys(answer.json), ['success', 'data'])
  assert.deepEqual(order, { order_number, total: '50.50', currency: 'USD', status: 'pending' })
  assert.match(uuid ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  const { items, customer, payment, return_url, checkout_url } = await readOrder(hub, { uuid: uuid ?? '' })
  assert.deepEqual(items, [{ name: 'នំបុ័ង', quantity: 2, price: '25.25' }])
  assert.deepEqual([customer?.['first_name'], customer?.['last_name']], ['សុខា', "D'Angelo-ចាន់"])
  assert.deepEqual([payment, return_url, checkout_url], [null, 'https://shop.example/thanks', null])
  // No limit is asked about before it is to be paid.
  assert.equal((await askOrder(hub, { total: '9999999999.99' })).status, 201)
}

async function paidOnce(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { return_url: 'https://shop.example/thanks' })
  assertOrderRefused(await askStatus(hub, order), 404, 'No payment found for this order')
  const paying = await openPayment(hub, order, { ...byBakong, first_name: 'ស្រីមុំ', last_name: 'ខ្មែរ' })
  const { payment, khqr, checkout_url } = paying
  assert.deepEqual(paying.order, {
    uuid: order.uuid,
    order_number: order.order_number,
    total: '50.00',
    status: 'pending',
  })
  assert.deepEqual([payment.status, payment.amount], ['processing', '50.00'])
  const code = decode(khqr.qr_string)
  assert.deepEqual([code.money, code.billNumber], [{ amountMinor: 5_000n, currency: 'USD' }, khqr.transaction_id])
  const before = (await askStatus(hub, order)).json['data']
  assert.deepEqual(before, {
    payment: { uuid: payment.uuid, status: 'processing', amount: '50.00', completed_at: null, failed_at: null },
    order: { uuid: order.uuid, status: 'pending', is_paid: false },
  })
  const page = await hub.gateway('GET', new URL(checkout_url).pathname, { headers: { 'accept-language': 'en' } })
  assert.match(page.text, new RegExp(`<dt>Order number</dt><dd>${order.order_number}</dd>`))
  assert.doesNotMatch(page.text, /ស្រីមុំ|shop\.example/)
  await payCode(hub, khqr.qr_string)
  await sayPaid(hub, paying)
  const after = await paymentBecomes(hub, order, 'completed')
  assert.deepEqual(after['order'], { uuid: order.uuid, status: 'paid', is_paid: true })
  assert.match(String(after['payment']?.['completed_at']), /Z$/)
  const { status, receipt_url } = await readOrder(hub, order)
  assert.equal(status, 'paid')
  assert.match(String(receipt_url), /^http:\/\/127\.0\.0\.1:\d+\/receipt\/R-\d{6,}\/[\w-]{43}$/)
  assert.match(
    (await hub.gateway('GET', new URL(checkout_url).pathname)).text,
    /href="https:\/\/shop\.example\/thanks"/,
  )
  assertOrderRefused(await askPayment(hub, order, byBakong), 422, paidAlready)
  const { rows } = await hub.pool.query(
    `select account, sum(amount_minor)::int as minor from entries where account = 'payable:order' group by 1`,
  )
  assert.deepEqual(rows, [{ account: 'payable:order', minor: -5_000 }])
}

async function riel(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { total: '200000.00', currency: 'KHR' })
  assert.equal(order.total, '200000')
  const paying = await openPayment(hub, order, byBakong)
  assert.deepEqual(decode(paying.khqr.qr_string).money, { amountMinor: 200_000n, currency: 'KHR' })
  await payCode(hub, paying.khqr.qr_string)
  await sayPaid(hub, paying)
  const { payment } = await paymentBecomes(hub, order, 'completed')
  assert.equal(payment?.['amount'], '200000')
}

async function refusedWhileOpen(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const { checkout_url } = await openPayment(hub, order)
  for (const body of [undefined, {}, byBakong]) {
    const again = await askPayment(hub, order, body)
    assertOrderRefused(again, 422, inProcess, ['data'])
    assert.deepEqual(again.json['data'], { checkout_url })
  }
}

async function atOnce(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const answers = await Promise.all(
    [byBakong, {}, byBakong, {}].map((way) => askPayment(hub, order, way, { token: shopToken(hub) })),
  )
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1)
  for (const answer of answers.filter((one) => one.status !== 200)) assertOrderRefused(answer, 422, inProcess, ['data'])
}

async function diedMeanwhile(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const { payment } = await openPayment(hub, order, byBakong)
  await unguarded(
    hub,
    `update attempts a set state = 'creating', qr_string = null, qr_md5 = null, deeplink = null, created_at = now() - interval '30 s'
      from payments p where p.number = a.payment_number and p.bill_number = $1`,
    [order.order_number],
  )
  const again = await openPayment(hub, order, byBakong)
  assert.equal(again.payment.uuid, payment.uuid)
  assert.match(again.khqr.qr_string, /^000201/)
}

async function keyed(hub: TestHub): Promise<void> {
  const token = shopToken(hub)
  const headers = { 'idempotency-key': fresh('key') }
  const number = fresh('A')
  const customer = fresh('customer')
  const body = { order_number: number, customer_id: customer }
  const first = await askOrder(hub, body, { token, headers })
  const again = await askOrder(hub, body, { token, headers })
  assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text])
  assert.deepEqual(
    [first, again].map((answer) => answer.headers.get('idempotent-replayed')),
    [null, 'true'],
  )
  assertOrderRefused(await askOrder(hub, { ...body, total: '51.00' }, { token, headers }), 422)
  // Without the key it is another order of the same number.
  assert.deepEqual(assertOrderRefused(await askOrder(hub, body, { token }), 422), ['order_number'])
  const order = { uuid: String(first.json['data']?.['order']?.['uuid']), customer_id: customer }
  const key = { headers: { 'idempotency-key': fresh('key') } }
  const one = await askPayment(hub, order, byBakong, key)
  const two = await askPayment(hub, order, byBakong, key)
  assert.deepEqual([one.status, two.status, two.text], [200, 200, one.text])
  assertOrderRefused(await askPayment(hub, order, {}, key), 422)
  const other = await createOrder(hub, { customer_id: customer })
  assertOrderRefused(await askPayment(hub, other, byBakong, key), 422)
  // As a process leaves them that dies between the effect and its answer.
  await unguarded(
    hub,
    `update idempotency_keys set state = 'running', status = null, body = null, answered_at = null, claimed_until = '-infinity'
      where key = any($1)`,
    [[headers['idempotency-key'], key.headers['idempotency-key']]],
  )
  assert.equal((await askOrder(hub, body, { token, headers })).text, first.text)
  assert.equal((await askPayment(hub, order, byBakong, key)).text, one.text)
}

async function cancelled(hub: TestHub): Promise<void> {
  const cancel = (order: Order, json: object = { reason: 'sold out' }) =>
    hub.gateway('POST', `/api/order/v1/orders/${order.uuid}/cancel`, { token: shopToken(hub), json })
  const [bare, open, paid] = [await createOrder(hub), await createOrder(hub), await createOrder(hub)]
  assert.deepEqual(assertOrderRefused(await cancel(bare, {}), 422), ['reason'])
  for (const answer of [await cancel(bare), await cancel(bare)])
    assert.deepEqual([answer.status, answer.json['data']?.['order']?.['status']], [200, 'cancelled'], answer.text)
  assertOrderRefused(await askPayment(hub, bare, byBakong), 422, 'This order has been cancelled')
  await openPayment(hub, open, byBakong)
  const answer = await cancel(open)
  assert.deepEqual([answer.status, answer.json['data']?.['order']?.['status']], [200, 'cancelled'], answer.text)
  const { payment } = await paymentBecomes(hub, open, 'cancelled')
  assert.match(String(payment?.['failed_at']), /Z$/)
  // The money came, and nobody had looked yet: the last look finds it.
  const { khqr } = await openPayment(hub, paid, byBakong)
  await payCode(hub, khqr.qr_string)
  assertOrderRefused(await cancel(paid), 422, paidAlready)
  assertOrderRefused(await cancel(paid), 422, paidAlready)
  assert.equal((await readOrder(hub, paid))['status'], 'paid')
  assertOrderRefused(await cancel({ ...paid, uuid: 'no-uuid' }), 404)
}

async function byModule(hub: TestHub): Promise<void> {
  const [one, two] = [await createOrder(hub), await createOrder(hub, { total: '100000.01' })]
  const ask = (order: Order, more: Record<string, string> = {}): Promise<Answer> => {
    const query = { modelType: 'App\\Models\\Order', modelId: order.uuid, amount: '50', ...more }
    const token = customerToken(hub, order.customer_id)
    return hub.gateway('GET', `/api/payway/v1/khqr?${new URLSearchParams(query).toString()}`, { token })
  }
  assertOrderRefused(await ask(one, { amount: '50.01' }), 422, 'Invalid payment amount')
  assert.deepEqual(assertOrderRefused(await ask(one, { amount: '-1' }), 422, 'Invalid payment amount'), ['amount'])
  assertOrderRefused(await ask(two, { amount: '100000.01' }), 422, 'Payment amount exceeds maximum limit')
  const wrong = await ask(one, { modelType: 'Invoice', phone: 'none', strange: '1' })
  assert.deepEqual(assertOrderRefused(wrong, 422), ['modelType', 'phone', 'strange'])
  const made = await ask(one, {
    modelId: one.order_number,
    payment_method_code: 'payway_bakong',
    name: 'លីដា',
    first_name: '',
  })
  assert.equal(made.status, 200, made.text)
  const { qr_string, tran_id, checkout_url, ...more } = made.json['data'] as unknown as Record<string, string>
  assert.equal(decode(qr_string ?? '').billNumber, tran_id)
  assert.deepEqual(Object.keys(more), ['abapay_deeplink'])
  assertOrderRefused(await askPayment(hub, one), 422, inProcess, ['data'])
  assertOrderRefused(await askPayment(hub, two), 422, 'Payment amount exceeds maximum limit')
  assert.match(checkout_url ?? '', /\/pay\//)
}

async function methods(hub: TestHub): Promise<void> {
  const answer = await hub.gateway('GET', '/api/order/v1/payment-methods', { token: hub.token('orders:pay') })
  const all = answer.json['data']?.['payment_methods'] as unknown as Record<string, unknown>[]
  assert.deepEqual(
    all.find((one) => one['code'] === 'bakong'),
    {
      code: 'bakong',
      shows: 'code',
      currencies: ['USD', 'KHR'],
      limits: { USD: { max: '100000.00' }, KHR: { max: '400000000' } },
    },
  )
  const order = await createOrder(hub)
  const strange = await askPayment(hub, order, { payment_method_code: 'payway_barter' })
  assert.deepEqual(assertOrderRefused(strange, 422), ['payment_method_code'])
  assert.ok(hub.running.hub.banks.get(topupBank)?.active)
}

async function lists(hub: TestHub): Promise<void> {
  const customer_id = fresh('ដារ៉ា')
  const made: Order[] = []
  for (let count = 0; count < 3; count += 1) made.unshift(await createOrder(hub, { customer_id }))
  const get = async (query: Record<string, string>) => {
    const path = `/api/order/v1/orders?${new URLSearchParams(query).toString()}`
    const answer = await hub.gateway('GET', path, { token: hub.token('orders:read') })
    assert.equal(answer.status, 200, answer.text)
    const { orders, next_cursor } = answer.json['data'] as unknown as { orders: Order[]; next_cursor: string | null }
    return { uuids: orders.map((order) => order.uuid), next_cursor }
  }
  const first = await get({ customer_id, limit: '2' })
  const second = await get({ customer_id, limit: '2', cursor: first.next_cursor ?? '' })
  assert.deepEqual(
    [...first.uuids, ...second.uuids],
    made.map((order) => order.uuid),
  )
  assert.equal(second.next_cursor, null)
  const [newest] = made
  assert.deepEqual((await get({ order_number: newest?.order_number ?? '' })).uuids, [newest?.uuid])
  const odd = await hub.gateway('GET', '/api/order/v1/orders?limit=0&status=paid', { token: hub.token('orders:read') })
  assert.deepEqual(assertOrderRefused(odd, 422), ['limit', 'status'])
}
