import assert from 'node:assert/strict'
import { test } from 'node:test'
import { methodOf, methods } from './methods.ts'
import { customerFields, itemsField, lifetimeField, purchaseLimits, qrLimits, requestTime } from './purchase-fields.ts'

const customer = (more: object) => ({
  firstName: undefined,
  lastName: undefined,
  email: undefined,
  phone: undefined,
  ...more,
})

test('PayWay is told names it takes: letters of any script, no digits or signs, no longer than it says', () => {
  const rows = [
    ['Dara', 'Dara'],
    [' Anne-Marie  O’Neil 2nd ', 'Anne Marie O Neil nd'],
    ['សុខា ច័ន្ទ', 'សុខា ច័ន្ទ'],
    ['12345', ''],
    [undefined, ''],
    ['<script>', 'script'],
  ] as const
  for (const [firstName, told] of rows) {
    assert.equal(customerFields(customer({ firstName }), purchaseLimits).firstName, told)
  }
  const long = 'ច័ន្ទ'.repeat(40)
  for (const limits of [purchaseLimits, qrLimits]) {
    const { lastName } = customerFields(customer({ lastName: long }), limits)
    assert.ok(lastName.length <= limits.name && lastName.length > limits.name - 6, String(lastName.length))
    assert.ok(long.startsWith(lastName) && lastName.length % 5 === 0, 'no letter is cut from its vowel')
  }
})

test('an address or number that PayWay would refuse the payment for is left out', () => {
  const good = customerFields(customer({ email: 'dara@example.com', phone: '+855 (12) 345-678' }), purchaseLimits)
  assert.deepEqual([good.email, good.phone], ['dara@example.com', '+85512345678'])
  for (const email of [`${'a'.repeat(50)}@example.com`, 'no address', 'ដារ៉ា@example.com', undefined]) {
    assert.equal(customerFields(customer({ email }), purchaseLimits).email, '')
  }
  for (const phone of ['1'.repeat(21), 'call me', undefined]) {
    assert.equal(customerFields(customer({ phone }), purchaseLimits).phone, '')
  }
  assert.deepEqual(customerFields(undefined, qrLimits), { firstName: '', lastName: '', email: '', phone: '' })
})

test('as many items are named as 500 characters hold', () => {
  const written = (text: string): string => Buffer.from(text, 'base64').toString('utf8')
  const coffee = { name: 'កាហ្វេ', quantity: 2, price: '5.50' }
  assert.equal(written(itemsField([coffee])), '[{"name":"កាហ្វេ","quantity":2,"price":5.50}]')
  const many = Array.from({ length: 40 }, () => ({ ...coffee, name: 'Coffee'.repeat(20) }))
  const told = itemsField(many)
  assert.ok(told.length <= 500 && told.length > 300, String(told.length))
  assert.ok(written(told).startsWith(`[{"name":"${'Coffee'.repeat(10)}","quantity":2,"price":5.50},`), written(told))
  assert.equal(itemsField([]), '')
})

test('a code lives in whole minutes, from 3 up to 30 days, and requests are dated in UTC', () => {
  const now = new Date('2026-01-15T23:59:58.900Z')
  const lifetimeOf = (seconds: number): string => lifetimeField(now, new Date(now.getTime() + seconds * 1_000))
  assert.deepEqual([-60, 1, 180, 181, 900, 100 * 86_400].map(lifetimeOf), ['3', '3', '3', '4', '15', '43200'])
  assert.equal(requestTime(now), '20260115235958')
})

test('every method that PayWay is known by has its word there', () => {
  const options = Object.fromEntries(
    methods.map(({ code, shows, option, asks }) => [code, `${shows} ${asks} ${option}`]),
  )
  assert.deepEqual(options, {
    abapay_khqr_deeplink: 'code purchase abapay_khqr_deeplink',
    bakong: 'code generate-qr abapay_khqr',
    cards: 'page purchase cards',
    abapay: 'page purchase abapay_khqr',
    alipay: 'page purchase alipay',
    wechat: 'page purchase wechat',
    google_pay: 'page purchase google_pay',
  })
  assert.equal(methodOf(undefined)?.code, 'abapay_khqr_deeplink')
  assert.equal(methodOf('cash'), undefined)
})
