import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { QrOrder } from '../bank.ts'
import type { Purchase } from '../purchase.ts'
import { hostedPage } from './hosted-page.ts'
import { methods } from './methods.ts'
import { account, paywayAnswering } from './test-parts.ts'

const backTo = 'http://127.0.0.1:8080/pay/made-up-token'
const purchase: Purchase = {
  method: 'cards',
  customer: { firstName: 'Dara', lastName: 'Sok', email: 'dara@example.com', phone: '012 345 678' },
  items: [{ name: 'Coffee', quantity: 2, price: '6.25' }],
  backTo,
}
const orderOf = (changes: Partial<QrOrder> = {}): QrOrder => ({
  reference: '150001-k3f9q2',
  amount: { amountMinor: 1_250n, currency: 'USD' },
  payer: 'Dara Sok',
  account,
  expiresAt: new Date(Date.now() + 15 * 60_000),
  purchase,
  ...changes,
})

test('the page is a signed form: addresses of servers in base64, those of the browser as they are', async () => {
  const { parts, server } = await paywayAnswering({})
  const { action, fields } = hostedPage(parts, orderOf())
  assert.equal(action, `${server.url}/api/payment-gateway/v1/payments/purchase`)
  const { hash, req_time: time = '', lifetime, ...rest } = fields
  assert.deepEqual(rest, {
    merchant_id: 'khhubdemo',
    tran_id: '150001-k3f9q2',
    amount: '12.50',
    items: Buffer.from('[{"name":"Coffee","quantity":2,"price":6.25}]').toString('base64'),
    type: 'purchase',
    payment_option: 'cards',
    return_url: Buffer.from('http://127.0.0.1:8080/api/payway/v2/webhook/made-up-part-of-a-path').toString('base64'),
    cancel_url: backTo,
    continue_success_url: backTo,
    currency: 'USD',
    payment_gate: '0',
    view_type: 'hosted_view',
  })
  assert.equal(lifetime, '15')
  const read = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(time)?.slice(1) ?? []
  const at = Date.parse(`${read.slice(0, 3).join('-')}T${read.slice(3).join(':')}Z`)
  assert.ok(Math.abs(Date.now() - at) < 60_000, `${time} is now, in UTC`)
  // The documents' order, written down once more.
  const order = ['req_time', 'merchant_id', 'tran_id', 'amount', 'items']
  const tail = ['type', 'payment_option', 'return_url', 'cancel_url', 'continue_success_url', 'currency', 'lifetime']
  const text = [...order, ...tail].map((name) => fields[name]).join('')
  assert.equal(hash, createHmac('sha512', 'example-key-usd-0001').update(text).digest('base64'))
})

test('each method that shows a page says its own word to PayWay', async () => {
  const { parts } = await paywayAnswering({})
  const told = methods
    .filter((one) => one.shows === 'page')
    .map(({ code }) => hostedPage(parts, orderOf({ purchase: { ...purchase, method: code } })).fields['payment_option'])
  assert.deepEqual(told, ['cards', 'abapay_khqr', 'alipay', 'wechat', 'google_pay'])
})

test('the form in the customer’s browser says nothing of who he is', async () => {
  const { parts } = await paywayAnswering({})
  const { fields } = hostedPage(parts, orderOf())
  for (const name of ['firstname', 'lastname', 'email', 'phone']) assert.equal(name in fields, false, name)
  assert.doesNotMatch(JSON.stringify(Object.values(fields)), /Dara|Sok|dara@|345/)
})

test('what there is nothing of is left out', async () => {
  const { parts } = await paywayAnswering({}, { raw: { 'callback-origin': undefined } })
  const { fields } = hostedPage(
    parts,
    orderOf({
      amount: { amountMinor: 4_000n, currency: 'KHR' },
      purchase: { ...purchase, items: [], backTo: undefined },
      expiresAt: new Date(),
    }),
  )
  assert.deepEqual(Object.keys(fields).toSorted(), [
    'amount',
    'currency',
    'hash',
    'lifetime',
    'merchant_id',
    'payment_gate',
    'payment_option',
    'req_time',
    'tran_id',
    'type',
    'view_type',
  ])
  assert.deepEqual([fields['amount'], fields['lifetime']], ['4000', '3'])
})
