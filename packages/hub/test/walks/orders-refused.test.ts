import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently } from '../support/bad-day.ts'
import {
  assertOrderRefused,
  askOrder,
  askPayment,
  askStatus,
  createOrder,
  customerToken,
  fresh,
  shopToken,
} from '../support/orders.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'

type Row = readonly [what: string, fields: Readonly<Record<string, unknown>>, wrong: readonly string[]]

const item = { name: 'Bread', quantity: 1, price: '1.00' }

const words = (...lines: readonly string[]) => lines.flatMap((line) => line.split(' '))

const orders: readonly Row[] = [
  [
    'nothing',
    { order_number: undefined, customer_id: undefined, total: undefined, currency: undefined },
    ['currency', 'customer_id', 'order_number', 'total'],
  ],
  [
    'everything wrong',
    {
      order_number: '',
      customer_id: ' ',
      total: '0',
      currency: 'EUR',
      items: [{ ...item, quantity: 0 }, 'bread', { ...item, price: '-1', colour: 'brown' }],
      customer: { first_name: 'R2D2', last_name: '', email: 'nobody', phone: 'none', age: 7 },
      return_url: 'ftp://shop.example/',
      coupon: 'x',
    },
    words(
      'coupon currency customer.age customer.email customer.first_name customer.last_name customer.phone customer_id',
      'items.0.quantity items.1 items.2.colour items.2.price order_number return_url',
    ),
  ],
  ['a number of 65 characters', { order_number: 'n'.repeat(65) }, ['order_number']],
  ['a number of two lines', { order_number: 'A\nB' }, ['order_number']],
  ['a number that reads as a uuid', { order_number: '0199A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b' }, ['order_number']],
  ['a number that turns the text around it', { order_number: 'A-1\u202e2' }, ['order_number']],
  ['a number that nobody sees', { order_number: '\u200b\u2060\u3164' }, ['order_number']],
  ['a number that is a number', { order_number: 7 }, ['order_number']],
  ['a total of nothing', { total: '0.00' }, ['total']],
  ['a total below nothing', { total: '-5' }, ['total']],
  ['a part of a cent', { total: '50.001' }, ['total']],
  ['a part of a cent as a number', { total: 50.001 }, ['total']],
  ['a part of a riel', { total: '500.5', currency: 'KHR' }, ['total']],
  ['a total that no code can carry', { total: '99999999999.00' }, ['total']],
  ['a price with too many decimals', { items: [{ ...item, price: '0.001' }] }, ['items.0.price']],
  ['half a thing', { items: [{ ...item, quantity: 1.5 }] }, ['items.0.quantity']],
  ['items that are no list', { items: { 0: item } }, ['items']],
  ['more items than there may be', { items: Array.from({ length: 101 }, () => item) }, ['items']],
  ['a customer that is a name', { customer: 'Dara' }, ['customer']],
  ['a way back with a password', { cancel_url: 'https://a:b@shop.example/' }, ['cancel_url']],
  ['a way back without TLS', { cancel_url: 'http://shop.example/' }, ['cancel_url']],
]

const payments: readonly Row[] = [
  ['a name with a digit', { first_name: 'Dara 2' }, ['first_name']],
  ['a name with a mark of its own', { last_name: 'Sok_Chan' }, ['last_name']],
  ['a name with markup', { last_name: '<b>' }, ['last_name']],
  ['a name of marks only', { first_name: "-'-" }, ['first_name']],
  ['a name of 256 letters', { first_name: 'ក'.repeat(256) }, ['first_name']],
  ['a name of two lines', { first_name: 'Sok\nChan' }, ['first_name']],
  ['a name that is a list', { first_name: ['Sok'] }, ['first_name']],
  ['a phone of 21 digits', { phone: '0'.repeat(21) }, ['phone']],
  ['a phone with a letter', { phone: '012 x 34' }, ['phone']],
  ['a phone without a digit', { phone: '(+)' }, ['phone']],
  ['an address with half a character', { email: 'so\ud800k@shop.example' }, ['email']],
  ['an address that turns the text around it', { email: 'so\u2067k@shop.example' }, ['email']],
  [
    'a method that no bank has, beside another field',
    { phone: 'none', payment_method_code: 'payway_cash' },
    ['payment_method_code', 'phone'],
  ],
  ['a method that a bank here has, beside another field', { phone: 'none', payment_method_code: 'alipay' }, ['phone']],
  ['an address without a host', { email: 'sok@' }, ['email']],
  ['an address of two', { email: 'a@shop.example, b@shop.example' }, ['email']],
  ['an address without an end', { email: 'sok@localhost' }, ['email']],
  ['a method that cannot be one', { payment_method_code: 'no method' }, ['payment_method_code']],
  ['an unknown property', { amount: '1.00' }, ['amount']],
  [
    'everything wrong',
    { first_name: 1, last_name: 2, email: 3, phone: 4, payment_method_code: 5, x: 6 },
    ['email', 'first_name', 'last_name', 'payment_method_code', 'phone', 'x'],
  ],
]

const names = [
  'សុខ សុភា',
  'ខ្មែរ',
  'ព្រះ',
  'ស៊ិន ស៊ីសាមុត',
  'ដារ៉ា\u200bសុខ',
  'ចាន់-សុខា',
  'Ngô Đình',
  "O'Neil",
  'Zoë',
  'Юлия',
  '王小明',
]

test('what is wrong with an order, or with how it is to be paid, is told all at once', async (t) => {
  const hub = await startTestHub(t, {
    HUB_REQUESTS_PER_MINUTE: '10000',
    HUB_ORDER_PAYMENTS_PER_MINUTE: '10000',
    HUB_ORDER_PAYMENTS_PER_HOUR: '10000',
  })
  for (const [what, fields, wrong] of orders) {
    await t.test(`an order with ${what} is refused, field by field`, async () => {
      assert.deepEqual(assertOrderRefused(await askOrder(hub, fields), 422), wrong)
    })
  }
  const order = await createOrder(hub)
  for (const [what, fields, wrong] of payments) {
    await t.test(`a payment with ${what} is refused, field by field`, async () => {
      assert.deepEqual(assertOrderRefused(await askPayment(hub, order, fields), 422), wrong)
    })
  }
  await t.test('names of any script are names', async () => {
    for (const name of names) {
      const made = await askOrder(hub, { customer: { first_name: name, last_name: 'ក'.repeat(255) } })
      assert.equal(made.status, 201, `${name}: ${made.text}`)
    }
  })
  await t.test('an order module that says no amount is told that it is invalid, and what else is wrong', async () => {
    const token = customerToken(hub, order.customer_id)
    for (const [amount, also] of [
      ['', []],
      ['&amount=', []],
      ['&amount=&phone=none&payment_method_code=cash', ['payment_method_code', 'phone']],
    ] as const) {
      const path = `/api/payway/v1/khqr?modelType=Order&modelId=${order.uuid}${amount}`
      const answer = await hub.gateway('GET', path, { token })
      assert.deepEqual(assertOrderRefused(answer, 422, 'Invalid payment amount'), ['amount', ...also])
    }
  })
  await t.test('nothing that was refused has opened a payment', async () => {
    assertOrderRefused(await askStatus(hub, order), 404, 'No payment found for this order')
    assert.equal((await hub.pool.query('select count(*)::int as n from payments')).rows[0].n, 0)
  })
  await t.test('bodies that are none, and paths and methods that are not there, are refused in the same form', () =>
    otherRefusals(hub),
  )
  await t.test('a customer pays and sees his own orders only; a shop those of all', () => ownership(hub))
})

async function ownership(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const stranger = fresh('customer')
  const token = customerToken(hub, stranger)
  assertOrderRefused(await askPayment(hub, order, {}, { token }), 403)
  assertOrderRefused(await askStatus(hub, order, { token }), 403)
  const module = `/api/payway/v1/khqr?modelType=Order&modelId=${order.order_number}&amount=50`
  assertOrderRefused(await hub.gateway('GET', module, { token }), 403)
  const events = `select action from audit where actor = $1 and action = 'security.out_of_scope'`
  await patiently('a security event for each', async () => {
    const { rowCount } = await hub.pool.query(events, [`access ${stranger}`])
    return rowCount === 3
  })
  const unknown = { ...order, uuid: '00000000-0000-7000-8000-000000000000' }
  assertOrderRefused(await askPayment(hub, unknown, {}, { token }), 404)
  assertOrderRefused(await askPayment(hub, { ...order, uuid: 'no-uuid' }, {}, { token }), 404)
  assert.equal((await askPayment(hub, order, { payment_method_code: 'bakong' }, { token: shopToken(hub) })).status, 200)
  const reader = { token: hub.token('orders:read') }
  assert.equal((await askStatus(hub, order, reader)).status, 200)
  assertOrderRefused(await askPayment(hub, order, {}, reader), 403)
  assertOrderRefused(await askOrder(hub, {}, { token: hub.token('orders:read orders:pay') }), 403)
  assertOrderRefused(await hub.gateway('GET', '/api/order/v1/orders', { token }), 403)
  assertOrderRefused(await hub.gateway('GET', '/api/order/v1/orders'), 401)
}

async function otherRefusals(hub: TestHub): Promise<void> {
  const token = shopToken(hub)
  const post = (how: object) => hub.gateway('POST', '/api/order/v1/orders', { token, ...how })
  const json = { 'content-type': 'application/json' }
  for (const [status, how] of [
    [400, { body: '{"order_number":', headers: json }],
    [400, { body: '[]', headers: json }],
    [400, {}],
    [415, { body: 'order_number=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [413, { body: ' '.repeat(70_000), headers: json }],
    [401, { token: 'unknown', json: {} }],
  ] as const)
    assertOrderRefused(await post(how), status)
  for (const path of ['/api/order', '/api/order/v1/order', '/api/payway/v1/other'])
    assertOrderRefused(await hub.gateway('GET', path, { token }), 404)
  assertOrderRefused(await hub.gateway('DELETE', '/api/order/v1/orders', { token }), 405)
  const unknown = await hub.gateway('GET', '/api/order/v1/orders/00000000-0000-7000-8000-000000000000', { token })
  assertOrderRefused(unknown, 404)
}

test('a customer may ask for payments five times a minute', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('whatever is answered counts, and no other route does', () => everyAnswerCounts(hub))
  await t.test('what a shop asks for counts for the customer of the order', () => shopsCount(hub))
  await t.test('an order module has limits of its own, as high', () => modulesCount(hub))
})

function assertLimited(answer: Answer): void {
  assertOrderRefused(answer, 429)
  const retryAfter = Number(answer.headers.get('retry-after'))
  assert.ok(retryAfter >= 1 && retryAfter <= 60, `Retry-After ${retryAfter}`)
}

async function everyAnswerCounts(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const others = await createOrder(hub)
  const nowhere = { ...order, uuid: '00000000-0000-7000-8000-000000000000' }
  const asHimself = { token: customerToken(hub, order.customer_id) }
  const answers = [
    await askPayment(hub, { ...others, customer_id: order.customer_id }),
    await askPayment(hub, order, { first_name: '1' }),
    await askPayment(hub, nowhere),
    await hub.gateway('POST', `/api/order/v1/customer/orders/${order.uuid}/payment/khqr`, {
      ...asHimself,
      body: ' '.repeat(70_000),
    }),
    await askPayment(hub, order),
  ]
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [403, 422, 404, 413, 200],
  )
  assertLimited(await askPayment(hub, order))
  assertLimited(await askPayment(hub, nowhere, { first_name: '1' }))
  // Every call below is another route's, or another customer's.
  for (let look = 0; look < 7; look += 1) assert.equal((await askStatus(hub, order)).status, 200)
  assert.equal((await hub.gateway('GET', '/api/order/v1/payment-methods', asHimself)).status, 200)
  assert.equal((await askPayment(hub, others)).status, 200)
  const scopeless = { token: hub.token('orders:read', order.customer_id) }
  assertOrderRefused(await askPayment(hub, order, {}, scopeless), 403)
}

async function shopsCount(hub: TestHub): Promise<void> {
  const customer_id = fresh('customer')
  const order = await createOrder(hub, { customer_id })
  const another = await createOrder(hub, { customer_id })
  for (let call = 0; call < 5; call += 1) await askPayment(hub, order, {}, { token: shopToken(hub) })
  assertLimited(await askPayment(hub, another, {}, { token: shopToken(hub) }))
  assertLimited(await askPayment(hub, another))
  const [elsewhere] = [await createOrder(hub)]
  assert.equal((await askPayment(hub, elsewhere, {}, { token: shopToken(hub) })).status, 200)
}

async function modulesCount(hub: TestHub): Promise<void> {
  const order = await createOrder(hub)
  const token = customerToken(hub, order.customer_id)
  const ask = () => hub.gateway('GET', `/api/payway/v1/khqr?modelType=Order&modelId=${order.uuid}&amount=1`, { token })
  for (let call = 0; call < 5; call += 1) assertOrderRefused(await ask(), 422, 'Invalid payment amount')
  assertLimited(await ask())
  assert.equal((await askPayment(hub, order)).status, 200)
}
