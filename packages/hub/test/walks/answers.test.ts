import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, readPng } from '@khqr-hub/khqr'
import { rawRequest } from '../support/raw-request.ts'
import { assertRefused, rfc3339Utc } from '../support/refused.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'

type Data = Record<string, unknown>

const khmerName = /[\u1780-\u17ff]/

/** A success in the envelope; its data. */
function dataOf(answer: Answer): Data {
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(Object.keys(answer.json), ['success', 'data', 'timestamp', 'correlationId'])
  assert.equal(answer.json['success'], true)
  assert.match(String(answer.json['timestamp']), rfc3339Utc)
  assert.equal(answer.json['correlationId'], answer.headers.get('x-request-id'))
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  return answer.json['data'] as unknown as Data
}

test('answers have exactly the promised fields and types', async (t) => {
  const hub = await startTestHub(t)
  await t.test('an inquiry', () => inquiries(hub))
  await t.test('an inquiry through /gateway needs no bank, and takes the one of the token', () => gatewayInquiries(hub))
  await t.test('a payer is shown as he is only to banks, services and payments:read', () => masking(hub))
  await t.test('a code', () => codes(hub))
  await t.test('the same code again, and its pictures', () => pictures(hub))
  await t.test('a code belongs to the subject that made it', () => subjects(hub))
  await t.test('a premium', () => premiums(hub))
})

const sampleBills = [
  ['P123456789', 'USD', '150.00'],
  ['p123456789', 'USD', '150.00'],
  ['P200000002', 'KHR', '600000'],
  ['P400000004', 'USD', '75.25'],
  ['A10000001', 'USD', '320.00'],
  ['P500000005', 'USD', '42.00'],
] as const

async function inquiries(hub: TestHub): Promise<void> {
  const token = hub.token('bills:read')
  for (const [number, currency, amount] of sampleBills) {
    const answer = await hub.gateway('GET', `/AMK/payments?query=${number}`, { token })
    const data = dataOf(answer)
    assert.deepEqual(Object.keys(data), ['id', 'policyNumber', 'payer', 'amount', 'currency', 'dueDate'])
    assert.ok(Number.isSafeInteger(data['id']) && Number(data['id']) >= 150_001)
    assert.equal(data['policyNumber'], number.toUpperCase())
    assert.match(answer.text, new RegExp(`"amount":${amount.replace('.', '\\.')},"currency":"${currency}"`))
    assert.match(String(data['dueDate']), /^\d{4}-\d\d-\d\d$/)
    const again = dataOf(await hub.gateway('GET', `/BANK01/payments?query=${number}`, { token }))
    assert.deepEqual(again, data, 'one bill has one open payment, whichever bank asks')
  }
}

async function gatewayInquiries(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const path = `/gateway/payments?query=${bill}`
  const plain = dataOf(await hub.gateway('GET', path, { token: hub.token('bills:read') }))
  const asBank = dataOf(await hub.gateway('GET', path, { token: hub.secrets.banks['BANK01']?.bankToken }))
  assert.equal(asBank['id'], plain['id'])
  const { rows } = await hub.pool.query('select bank_code, channel from inquiries where payment_number = $1', [
    plain['id'],
  ])
  assert.deepEqual(rows, [{ bank_code: 'BANK01', channel: 'COUNTER' }])
  const inactive = hub.secrets.banks['BANK03']?.bankToken
  assertRefused(await hub.gateway('GET', path, { token: inactive }), 404, 'BANK_NOT_FOUND')
}

async function masking(hub: TestHub): Promise<void> {
  const khmerBill = 'P200000002'
  const payerFor = async (token: string | undefined, path = '/AMK/payments') =>
    String(dataOf(await hub.gateway('GET', `${path}?query=${khmerBill}`, { token }))['payer'])
  const whole = await payerFor(hub.secrets.banks['AMK']?.bankToken)
  assert.match(whole, khmerName)
  assert.equal(await payerFor(hub.token('bills:read payments:read')), whole)
  assert.equal(await payerFor(hub.secrets.serviceToken), whole)
  const masked = await payerFor(hub.token('bills:read khqr:create'))
  assert.match(masked, /\*\*\*/)
  for (const word of whole.split(' ')) assert.ok(!masked.includes(word), `${masked} shows ${word}`)
  assert.equal(await payerFor(hub.token('bills:read'), '/gateway/payments'), masked)
  const premium = (token: string) => hub.integration('GET', `/integration/premiums/${khmerBill}`, { token })
  assert.equal(dataOf(await premium(hub.token('bills:read')))['payer'], masked)
  assert.equal(dataOf(await premium(hub.secrets.serviceToken))['payer'], whole)
  const name = async (scope: string) => {
    const token = hub.token(scope)
    const answer = await hub.khqr('GET', `/khqr?bankCode=BANK01&billNumber=${khmerBill}`, { token })
    return dataOf(answer)['customerName']
  }
  assert.equal(await name('khqr:create'), masked)
  assert.equal(await name('khqr:create payments:read'), whole)
}

const codeFields = [
  'paymentId',
  'policyId',
  'customerName',
  'amount',
  'currency',
  'qrCode',
  'qrString',
  'expiresAt',
  'checkout_url',
]

async function codes(hub: TestHub): Promise<void> {
  const token = hub.token('khqr:create bills:read')
  const sent = Date.now()
  const answer = await hub.khqr('GET', '/khqr?bankCode=AMK&billNumber=p123456789', { token })
  const data = dataOf(answer)
  assert.deepEqual(Object.keys(data), codeFields)
  const inquiry = dataOf(await hub.gateway('GET', '/AMK/payments?query=P123456789', { token }))
  assert.equal(data['paymentId'], inquiry['id'])
  assert.deepEqual([data['policyId'], data['currency']], ['P123456789', 'USD'])
  assert.match(answer.text, /"amount":150\.00,/)
  assert.match(String(data['qrCode']), /^iVBORw0KGgo[A-Za-z0-9+/]+={0,2}$/)
  const shown = decode(readPng(Buffer.from(String(data['qrCode']), 'base64')))
  assert.deepEqual(shown.money, { amountMinor: 15_000n, currency: 'USD' })
  assert.equal(shown.billNumber, String(data['paymentId']))
  assert.match(String(data['expiresAt']), rfc3339Utc)
  const livesMs = Date.parse(String(data['expiresAt'])) - sent
  assert.ok(livesMs > 14 * 60_000 && livesMs < 16 * 60_000, `${livesMs} ms`)
  const again = await hub.khqr('GET', '/khqr?bankCode=4&billNumber=P123456789', { token })
  assert.deepEqual(dataOf(again), data)
  const khr = await hub.khqr('GET', '/khqr?bankCode=BANK01&billNumber=P200000002', { token })
  assert.match(khr.text, /"amount":600000,"currency":"KHR"/)
}

async function pictures(hub: TestHub): Promise<void> {
  const token = hub.token('khqr:create')
  const made = dataOf(await hub.khqr('GET', `/khqr?bankCode=AMK&billNumber=${await hub.bill()}`, { token }))
  const path = `/khqr/${String(made['paymentId'])}`
  assert.deepEqual(dataOf(await hub.khqr('GET', path, { token })), { ...made, status: 'processing' })
  const headers = { authorization: `Bearer ${token}` }
  const png = await rawRequest(hub.running.ports.khqr, 'GET', `${path}.png`, { headers })
  assert.equal(png.headers['content-type'], 'image/png')
  assert.equal(readPng(png.body), made['qrString'])
  const svg = await hub.khqr('GET', `${path}.svg`, { token })
  assert.match(svg.headers.get('content-type') ?? '', /^image\/svg\+xml/)
  assert.match(svg.text, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  assert.doesNotMatch(svg.text, /<script|href=/)
  for (const headersOf of [png.headers, Object.fromEntries(svg.headers)]) {
    assert.deepEqual([headersOf['cache-control'], headersOf['x-content-type-options']], ['no-store', 'nosniff'])
  }
}

async function subjects(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const mine = hub.token('khqr:create')
  const { paymentId } = dataOf(await hub.khqr('GET', `/khqr?bankCode=AMK&billNumber=${bill}`, { token: mine }))
  for (const path of [
    `/khqr/${String(paymentId)}`,
    `/khqr/${String(paymentId)}.png`,
    `/khqr/${String(paymentId)}.svg`,
  ]) {
    const statusFor = async (token: string) => (await hub.khqr('GET', path, { token })).status
    assertRefused(await hub.khqr('GET', path, { token: hub.token('khqr:create') }), 403, 'FORBIDDEN')
    assert.equal(await statusFor(mine), 200)
    assert.equal(await statusFor(hub.token('payments:read')), 200)
    assert.equal(await statusFor(hub.token('khqr:create payments:read')), 200)
    assert.equal(await statusFor(hub.secrets.serviceToken), 200)
  }
  const uncoded = dataOf(
    await hub.gateway('GET', `/AMK/payments?query=${await hub.bill()}`, { token: hub.token('bills:read') }),
  )
  const answer = await hub.khqr('GET', `/khqr/${String(uncoded['id'])}`, { token: mine })
  assertRefused(answer, 404, 'RESOURCE_NOT_FOUND')
}

async function premiums(hub: TestHub): Promise<void> {
  const token = hub.token('bills:read')
  for (const [system, source] of [
    ['DLIS', 'DLIS'],
    ['INGENIUM', 'INGENIUM'],
  ] as const) {
    const bill = await hub.bill({ system, amount: '12.30', currency: 'USD' })
    const first = await hub.integration('GET', `/integration/premiums/${bill}`, { token })
    const data = dataOf(first)
    assert.deepEqual(Object.keys(data), ['number', 'payer', 'amount', 'currency', 'dueDate', 'source', 'cached'])
    assert.match(first.text, /"amount":12\.30,"currency":"USD"/)
    assert.deepEqual([data['number'], data['source'], data['cached']], [bill, source, false])
    const again = await hub.integration('GET', `/integration/premiums/${bill.toLowerCase()}`, { token })
    assert.deepEqual(dataOf(again), { ...data, cached: true })
  }
  const { rows } = await hub.pool.query(`select count(*)::int as n from payments where amount_minor = 1230`)
  assert.deepEqual(rows, [{ n: 0 }], 'reading a premium opens no payment')
}
