import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../kit/crypto.ts'
import { readConfirmation, readWebhook } from './inbound.ts'
import { sampleSettings } from './test-settings.ts'

const settings = sampleSettings()
const now = new Date('2026-01-07T05:00:00Z')
const json = (value: unknown) => ({
  contentType: 'application/json',
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

const notice = {
  invoice_number: '150001',
  status: 'SUCCESS',
  merchant_number: '900000000000001',
  paid_amount: 150,
  currency: 'USD',
  paid_datetime: '2026-01-07 11:59:59.123456',
}

const confirmation = {
  id: 150001,
  policyNumber: 'P123456789',
  amount: 150,
  currency: 'USD',
  bankTransactionId: 'TXN-1',
  payer: 'Sok Dara',
  paidDate: '20260107115959',
}

const hook = (value: unknown) => readWebhook(json(value), now, settings)
const confirm = (value: unknown) => readConfirmation(json(value), now, settings)

test('a notice is read whole', () => {
  const reading = hook(notice)
  assert.ok(reading.ok)
  assert.deepEqual(reading.claims, {
    reference: '150001',
    success: true,
    status: 'SUCCESS',
    merchantNumber: '900000000000001',
    amount: { amountMinor: 15_000n, currency: 'USD' },
    paidAt: new Date('2026-01-07T04:59:59.123Z'),
    fingerprint: sha256Hex('["AMK","900000000000001","150001","2026-01-07T04:59:59.123456Z","150.00","USD"]'),
  })
})

test('one delivery has one fingerprint however its values are spelled', () => {
  const spelled = (text: string) => {
    const reading = hook(text)
    assert.ok(reading.ok)
    return reading.claims.fingerprint
  }
  const base = { ...notice, paid_datetime: '2026-01-07 11:59:59' }
  const wanted = spelled(JSON.stringify(base))
  for (const text of [
    JSON.stringify(base).replace('"paid_amount":150', '"paid_amount":150.00'),
    JSON.stringify(base).replace('"paid_amount":150', '"paid_amount":1.5E2'),
    JSON.stringify({ ...base, paid_amount: '150.00' }),
    JSON.stringify({ ...base, invoice_number: 150001 }),
    JSON.stringify({ ...base, paid_datetime: '2026-01-07 11:59:59.000000' }),
    JSON.stringify({ ...base, paid_datetime: '2026-01-07 11:59:59.0' }),
    JSON.stringify({ ...base, unknown: { extra: true } }),
    `\u{feff}${JSON.stringify(base)}`,
  ]) {
    assert.equal(spelled(text), wanted, text)
  }
  assert.notEqual(spelled(JSON.stringify(notice)), wanted)
  assert.notEqual(spelled(JSON.stringify({ ...base, paid_amount: 150.01 })), wanted)
})

for (const [name, change, problem] of [
  ['amount missing', { paid_amount: undefined }, { paid_amount: /is missing/ }],
  [
    'amount with a third decimal',
    { paid_amount: '150.001' },
    { paid_amount: /"150.001" is not an amount above 0 with at most 2 decimals/ },
  ],
  ['amount 0', { paid_amount: 0 }, { paid_amount: /above 0/ }],
  ['amount negative', { paid_amount: -1 }, { paid_amount: /above 0/ }],
  ['amount in words', { paid_amount: 'NaN' }, { paid_amount: /"NaN"/ }],
  ['amount a list', { paid_amount: [150] }, { paid_amount: /\[150\] is not/ }],
  ['riel with decimals', { paid_amount: '4000.5', currency: 'KHR' }, { paid_amount: /without decimals/ }],
  ['currency unknown', { currency: 'EUR' }, { currency: /"EUR" is not USD or KHR/ }],
  ['currency in lower case', { currency: 'usd' }, { currency: /"usd"/ }],
  ['status missing', { status: undefined }, { status: /is missing/ }],
  ['merchant an object', { merchant_number: {} }, { merchant_number: /\{\} is not our merchant number/ }],
  ['time without seconds', { paid_datetime: '2026-01-07 11:59' }, { paid_datetime: /is not yyyy-MM-dd/ }],
  ['30 February', { paid_datetime: '2026-02-30 11:59:00' }, { paid_datetime: /30 11:59:00" is not/ }],
  ['seven fraction digits', { paid_datetime: '2026-01-07 11:59:59.1234567' }, { paid_datetime: /is not/ }],
  ['a day and a second ahead', { paid_datetime: '2026-01-08 12:00:01' }, { paid_datetime: /at most a day ahead/ }],
] as const) {
  test(`a notice with ${name} has that problem and still names its payment`, () => {
    const reading = hook({ ...notice, ...change })
    assert.ok(!reading.ok)
    assert.equal(reading.reference, '150001')
    assert.deepEqual(Object.keys(reading.problems), Object.keys(problem))
    for (const [field, sentence] of Object.entries(problem)) assert.match(reading.problems[field] ?? '', sentence)
  })
}

test('with only the invoice number readable, it is read, and everything else is a problem', () => {
  const reading = hook({ invoice_number: 150001 })
  assert.ok(!reading.ok)
  assert.equal(reading.reference, '150001')
  assert.deepEqual(Object.keys(reading.problems).sort(), [
    'currency',
    'merchant_number',
    'paid_amount',
    'paid_datetime',
    'status',
  ])
})

test('a problem beside the fingerprint leaves the fingerprint', () => {
  const whole = hook(notice)
  const partly = hook({ ...notice, status: '' })
  assert.ok(whole.ok && !partly.ok)
  assert.equal(partly.fingerprint, whole.claims.fingerprint)
})

test('another status word is read, and claims no success', () => {
  const reading = hook({ ...notice, status: 'FAILED' })
  assert.ok(reading.ok)
  assert.equal(reading.claims.success, false)
})

test('a merchant number written as a number is read', () => {
  const reading = hook(JSON.stringify(notice).replace('"900000000000001"', '900000000000001'))
  assert.ok(reading.ok)
  assert.equal(reading.claims.merchantNumber, '900000000000001')
})

test('riel with zeros behind the point are riel', () => {
  const reading = hook({ ...notice, currency: 'KHR', paid_amount: '60000.00' })
  assert.ok(reading.ok)
  assert.deepEqual(reading.claims.amount, { amountMinor: 60_000n, currency: 'KHR' })
})

for (const id of [
  0,
  -1,
  1.5,
  2 ** 53,
  '0',
  '',
  '01',
  '1e3',
  ' 1',
  'abc',
  '9007199254740992',
  '99999999999999999999',
  null,
  true,
  [1],
  {},
]) {
  test(`${JSON.stringify(id)} is no payment id, in either message`, () => {
    const asNotice = hook({ ...notice, invoice_number: id })
    const asConfirmation = confirm({ ...confirmation, id })
    assert.ok(!asNotice.ok && !asConfirmation.ok)
    assert.equal(asNotice.reference, undefined)
    assert.equal(asConfirmation.reference, undefined)
    assert.match(asNotice.problems['invoice_number'] ?? '', /payment id/)
    assert.match(asConfirmation.problems['id'] ?? '', /payment id/)
  })
}

test('the largest id is read, as text and as number', () => {
  for (const id of [Number.MAX_SAFE_INTEGER, String(Number.MAX_SAFE_INTEGER)]) {
    const reading = confirm({ ...confirmation, id })
    assert.ok(reading.ok)
    assert.equal(reading.claims.paymentNumber, 9_007_199_254_740_991n)
  }
})

for (const [name, body] of [
  ['nothing', Buffer.alloc(0)],
  ['HTML', Buffer.from('<html></html>')],
  ['half a JSON text', Buffer.from('{"invoice_number":"150001"')],
  ['a list', Buffer.from('[]')],
  ['a number', Buffer.from('150.00')],
  ['null', Buffer.from('null')],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
  ['a very deep text', Buffer.from('['.repeat(60_000))],
] as const) {
  test(`a body that is ${name} is a problem of the body`, () => {
    for (const read of [readWebhook, readConfirmation]) {
      const reading = read({ contentType: 'application/json', body }, now, settings)
      assert.ok(!reading.ok)
      assert.deepEqual(Object.keys(reading.problems), ['body'])
      assert.equal(reading.reference, undefined)
    }
  })
}

test('a confirmation is read whole', () => {
  const reading = confirm(confirmation)
  assert.ok(reading.ok)
  assert.deepEqual(reading.claims, {
    paymentNumber: 150_001n,
    policyNumber: 'P123456789',
    amount: { amountMinor: 15_000n, currency: 'USD' },
    bankTransactionId: 'TXN-1',
    payer: 'Sok Dara',
    paidAt: new Date('2026-01-07T04:59:59Z'),
    fingerprint: sha256Hex(
      '["AMK","150001","P123456789","TXN-1","Sok Dara","2026-01-07T04:59:59.000000Z","150.00","USD"]',
    ),
  })
})

test('a policy number of any length up to ten is read as it is: the flow knows which one was given out', () => {
  for (const policyNumber of ['A', 'P12345678', 'p123456789']) {
    const reading = confirm({ ...confirmation, policyNumber })
    assert.ok(reading.ok)
    assert.equal(reading.claims.policyNumber, policyNumber)
  }
})

for (const [name, change, problem] of [
  ['policy number with a dash', { policyNumber: 'P-12345678' }, { policyNumber: /9 to 10 letters and digits/ }],
  ['policy number of eleven', { policyNumber: 'P1234567890' }, { policyNumber: /"P1234567890"/ }],
  ['policy number in Khmer', { policyNumber: '១២៣៤៥៦៧៨៩' }, { policyNumber: /is not/ }],
  ['transaction id of 65', { bankTransactionId: 'x'.repeat(65) }, { bankTransactionId: /^"x{38}… is not 1 to 64/ }],
  ['transaction id blank', { bankTransactionId: '  ' }, { bankTransactionId: /is not/ }],
  ['transaction id a number', { bankTransactionId: 7 }, { bankTransactionId: /^7 is not/ }],
  ['payer missing', { payer: undefined }, { payer: /is missing/ }],
  ['payer of 101', { payer: 'x'.repeat(101) }, { payer: /1 to 100 characters/ }],
  ['payer with a control character', { payer: 'a\u0000b' }, { payer: /is not a name/ }],
  ['time in the other form', { paidDate: '2026-01-07 11:59:59' }, { paidDate: /yyyyMMddHHmmss/ }],
  ['time as number', { paidDate: 20260107115959 }, { paidDate: /yyyyMMddHHmmss/ }],
  ['hour 24', { paidDate: '20260107240000' }, { paidDate: /is not/ }],
  ['31 April', { paidDate: '20260431115959' }, { paidDate: /is not/ }],
  ['two days ahead', { paidDate: '20260109120000' }, { paidDate: /at most a day ahead/ }],
  ['amount 150.001', { amount: '150.001' }, { amount: /at most 2 decimals/ }],
  ['amount too large for a KHQR', { amount: '10000000000' }, { amount: /is not/ }],
] as const) {
  test(`a confirmation with ${name} has that problem and keeps its id`, () => {
    const reading = confirm({ ...confirmation, ...change })
    assert.ok(!reading.ok)
    assert.equal(reading.reference, '150001')
    assert.deepEqual(Object.keys(reading.problems), Object.keys(problem))
    for (const [field, sentence] of Object.entries(problem)) assert.match(reading.problems[field] ?? '', sentence)
  })
}

test('a hundred Khmer letters are a name, and an amount beyond the number range is refused, not rounded', () => {
  assert.ok(confirm({ ...confirmation, payer: 'ក'.repeat(100) }).ok)
  const text = JSON.stringify(confirmation).replace('"amount":150', '"amount":1e400')
  assert.ok(!confirm(text).ok)
})

test('all problems of a message are told at once', () => {
  const reading = confirm({})
  assert.ok(!reading.ok)
  assert.equal(Object.keys(reading.problems).length, 7)
})
