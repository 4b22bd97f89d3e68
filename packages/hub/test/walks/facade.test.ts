import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { encode } from '@khqr-hub/khqr'
import { during, patiently } from '../support/bad-day.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { newUser, openTopup, payAndSaySo, payCode, topupBank, topupToken, wallet } from '../support/topups.ts'

const notFound = { message: 'Transaction not found', error: 'not_found' }

test('software written to either document of the façade works unchanged', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('a client written to the older documents only', () => documentsClient(hub))
  await t.test('a client written to the open API only', () => openApiClient(hub))
  await t.test('the two see one payment, and it is paid once', () => onePayment(hub))
  await t.test('the same bill is the same code while it is open; another amount is refused', () => sameBill(hub))
  await t.test('a code is shortened where it is one, and judged where it is not', () => links(hub))
  await t.test('a bank that gives no links costs the link and nothing else', () => noLinks(hub))
  await t.test('money that does not fit is called paid by neither', () => misfit(hub))
  await t.test('what is unknown is not found, in the form of whoever asks', () => unknown(hub))
  await t.test('what is wrong is told so that both can read it', () => wrong(hub))
  await t.test('bearers are asked for, and the scope', () => bearers(hub))
})

/** What a program written from the documents would do: generate, show, ask by hash until it is paid. */
async function documentsClient(hub: TestHub): Promise<void> {
  // Its API key lasts: it knows of no log-in.
  const token = hub.secrets.facadeToken
  const post = (path: string, json: unknown) => hub.gateway('POST', path, { token, json })
  const order = { md5: 'demo-merchant', amount: 25.5, currency: 'USD', info: 'Order 1', bill_number: 'INV-1001' }
  const made = await post('/v1/generate_deeplink_by_qr', order)
  assert.equal(made.status, 200, made.text)
  const { hash, qr_string, deeplink, ...rest } = made.json as unknown as Record<string, string>
  assert.deepEqual(rest, { amount: 25.5, currency: 'USD', merchant_id: 'demo-merchant', bill_number: 'INV-1001' })
  assert.match(String(hash), /^[0-9a-f]{64}$/)
  assert.match(String(deeplink), /^https?:/)
  assert.match(String(qr_string), /^000201/)
  const before = await post('/v1/check_transaction_by_hash', { hash })
  assert.deepEqual([before.status, before.json], [404, notFound])
  const transaction = await payCode(hub, String(qr_string))
  const paid = await patiently('the documents to say paid', async () => {
    const answer = await post('/v1/check_transaction_by_hash', { hash })
    return answer.status === 200 && answer.json
  })
  const either = await post('/v1/check_transaction_by_md5', { md5: 'demo-merchant', hash })
  assert.deepEqual([either.status, either.json], [200, paid], 'the other path knows the hash as well')
  const { paid_at, ...said } = paid as unknown as Record<string, unknown>
  assert.deepEqual(said, {
    hash,
    paid: true,
    status: 'completed',
    amount: 25.5,
    currency: 'USD',
    transaction_id: transaction,
    bill_number: 'INV-1001',
  })
  assert.ok(Math.abs(Date.parse(String(paid_at)) - Date.now()) < 120_000)
  assert.match((await wallet(hub, 'demo-merchant'))['balances']?.['USD'] as unknown as string, /^25\.50$/)
}

/** What a public client library does: writes the code itself, or has one; shortens it; asks by MD5. */
async function openApiClient(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const post = (path: string, json: unknown) => hub.gateway('POST', path, { token, json })
  const { qr_string } = await openTopup(hub, { amount: '3.20' })
  const sourceInfo = {
    appIconUrl: 'https://shop.example/icon.png',
    appName: 'Sample Shop',
    appDeepLinkCallback: 'https://shop.example/back',
  }
  const link = await post('/v1/generate_deeplink_by_qr', { qr: qr_string, sourceInfo })
  assert.deepEqual([link.status, link.json['responseCode'], link.json['errorCode']], [200, 0, null], link.text)
  assert.match(String(link.json['data']?.['shortLink']), /^https?:/)
  const md5 = createHash('md5').update(qr_string).digest('hex')
  const before = await post('/v1/check_transaction_by_md5', { md5 })
  const { responseMessage, ...envelope } = before.json as unknown as Record<string, unknown>
  assert.deepEqual([before.status, envelope], [200, { responseCode: 1, errorCode: 1, data: null }])
  assert.match(String(responseMessage), /could not be found/)
  const transaction = await payCode(hub, qr_string)
  const paid = await patiently('the open API to find it', async () => {
    const { json } = await post('/v1/check_transaction_by_md5', { md5: md5.toUpperCase() })
    return Number(json['responseCode']) === 0 && json
  })
  assert.deepEqual([paid['errorCode'], paid['data']?.['amount'], paid['data']?.['currency']], [null, 3.2, 'USD'])
  assert.equal(paid['data']?.['hash'], transaction)
  assert.ok(Math.abs(Number(paid['data']?.['createdDateMs']) - Date.now()) < 120_000)
  assert.match(String(paid['data']?.['toAccountId']), /^[^@]+@[^@]+$/)
  const byHash = await post('/v1/check_transaction_by_hash', { hash: transaction })
  assert.deepEqual([byHash.status, byHash.json], [200, paid])
}

async function onePayment(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const userId = newUser()
  const topup = await openTopup(hub, { userId })
  const { id, hash, md5 } = topup
  await payAndSaySo(hub, topup)
  const byHandle = await hub.gateway('POST', '/v1/check_transaction_by_hash', { token, json: { hash } })
  const byMd5 = await hub.gateway('POST', '/v1/check_transaction_by_md5', { token, json: { md5 } })
  assert.equal(byHandle.json['transaction_id'], byMd5.json['data']?.['hash'])
  const { rows } = await hub.pool.query(
    'select count(*)::int as receipts from receipts r join payments p on p.number = r.payment_number where p.id = $1',
    [id],
  )
  assert.equal(rows[0].receipts, 1)
  assert.deepEqual((await wallet(hub, userId))['balances'], { USD: '10.50', KHR: '0' })
}

async function sameBill(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const ask = (more: object) =>
    hub.gateway('POST', '/v1/generate_deeplink_by_qr', {
      token,
      json: { md5: 'demo-merchant', amount: '5.00', currency: 'USD', bill_number: 'INV-2002', ...more },
    })
  const [first, second] = await Promise.all([ask({}), ask({})])
  const third = await ask({ amount: 5 })
  for (const answer of [first, second, third])
    assert.deepEqual([answer.status, answer.json['hash']], [200, first.json['hash']], answer.text)
  for (const other of [{ amount: '5.01' }, { amount: '20000', currency: 'KHR' }]) {
    const refused = await ask(other)
    assert.deepEqual([refused.status, refused.json['error']], [409, 'conflict'], refused.text)
  }
  assert.notEqual((await ask({ bill_number: 'INV-2003' })).json['hash'], first.json['hash'])
  const none = await Promise.all([ask({ bill_number: undefined }), ask({ bill_number: undefined })])
  assert.equal(new Set(none.map(({ json }) => json['hash'])).size, 2, 'without a bill number no two are one')
}

async function links(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const shorten = (json: unknown) => hub.gateway('POST', '/v1/generate_deeplink_by_qr', { token, json })
  const { qr } = encode({
    kind: 'individual',
    payeeAccount: 'someone@else',
    merchantName: 'Another Shop',
    currency: 'KHR',
  })
  const stranger = await shorten({ qr })
  assert.match(String(stranger.json['data']?.['shortLink']), /^https?:/, stranger.text)
  const bad = [
    { qr: `${qr.slice(0, -4)}0000` },
    { qr: `khqr://${qr}` },
    { qr: '' },
    { qr: 7 },
    { qr, sourceInfo: { appName: 'only this' } },
    { qr, sourceInfo: 'x' },
  ]
  for (const body of bad) {
    const answer = await shorten(body)
    const { responseMessage, ...rest } = answer.json as unknown as Record<string, unknown>
    assert.deepEqual([answer.status, rest], [200, { responseCode: 1, errorCode: 5, data: null }], answer.text)
    assert.match(String(responseMessage), /\S/)
  }
}

async function noLinks(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  for (const fault of ['500', 'html', 'silent']) {
    await during(hub, [topupBank, 'deeplink', fault], async () => {
      const topup = await openTopup(hub)
      assert.equal(topup.deeplink, null, fault)
      const json = { qr: topup.qr_string }
      const answer = await hub.gateway('POST', '/v1/generate_deeplink_by_qr', { token, json })
      assert.deepEqual([answer.status, answer.json['errorCode'], answer.json['data']], [200, 4, null], answer.text)
    })
  }
}

async function misfit(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const { hash, md5, qr_string, checkout_url } = await openTopup(hub)
  await payCode(hub, qr_string, { amount: '4.00' })
  const page = await hub.gateway('POST', new URL(checkout_url).pathname)
  assert.match(page.text, /Your money has arrived/)
  const byHandle = await hub.gateway('POST', '/v1/check_transaction_by_hash', { token, json: { hash } })
  assert.deepEqual([byHandle.status, byHandle.json], [404, notFound])
  const byMd5 = await hub.gateway('POST', '/v1/check_transaction_by_md5', { token, json: { md5 } })
  assert.deepEqual([byMd5.status, byMd5.json['errorCode']], [200, 1])
}

async function unknown(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const check = (by: 'hash' | 'md5', value: string) =>
    hub.gateway('POST', `/v1/check_transaction_by_${by}`, { token, json: { [by]: value } })
  for (const value of ['0'.repeat(64), 'x', '0'.repeat(32)]) {
    const answer = await check('hash', value)
    assert.deepEqual([answer.status, answer.json], [404, notFound], value)
  }
  for (const value of ['0'.repeat(32), 'x', '0'.repeat(64)]) {
    const answer = await check('md5', value)
    assert.deepEqual([answer.status, answer.json['errorCode'], answer.json['data']], [200, 1, null], value)
  }
}

async function wrong(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const good = { md5: 'demo-merchant', amount: 5, currency: 'USD', bill_number: 'INV-3003' }
  const cases: [path: string, json: unknown, fields: string[]][] = [
    ['generate_deeplink_by_qr', {}, ['qr']],
    ['generate_deeplink_by_qr', { ...good, md5: 'another-merchant' }, ['md5']],
    ['generate_deeplink_by_qr', { ...good, md5: undefined }, ['md5']],
    ['generate_deeplink_by_qr', { ...good, amount: undefined, currency: 'EUR' }, ['amount', 'currency']],
    ['generate_deeplink_by_qr', { ...good, amount: '1.005' }, ['amount']],
    ['generate_deeplink_by_qr', { ...good, amount: 0 }, ['amount']],
    ['generate_deeplink_by_qr', { ...good, bill_number: 'x'.repeat(65) }, ['bill_number']],
    ['generate_deeplink_by_qr', { ...good, bill_number: 'a\ud800' }, ['bill_number']],
    ['generate_deeplink_by_qr', { ...good, bill_number: 'a\u2028b' }, ['bill_number']],
    ['generate_deeplink_by_qr', { ...good, info: 'a\nb' }, ['info']],
    ['generate_deeplink_by_qr', { ...good, info: 'a\udc00b' }, ['info']],
    ['check_transaction_by_hash', {}, ['hash']],
    ['check_transaction_by_md5', { md5: 7 }, ['md5']],
  ]
  for (const [path, json, fields] of cases) {
    const answer = await hub.gateway('POST', `/v1/${path}`, { token, json })
    assertBoth(answer, 400, 'bad_request', 5)
    assert.deepEqual(Object.keys((answer.json['errors'] ?? {}) as object).sort(), fields, answer.text)
  }
  const tooMuch = await hub.gateway('POST', '/v1/generate_deeplink_by_qr', { token, json: { ...good, amount: 1001 } })
  assert.equal(tooMuch.status, 422, tooMuch.text)
  const noJson = await hub.gateway('POST', '/v1/check_transaction_by_md5', { token, body: '{' })
  assertBoth(noJson, 415, 'unsupported_media_type', 5)
  const noPost = await hub.gateway('GET', '/v1/check_transaction_by_md5', { token })
  assertBoth(noPost, 405, 'method_not_allowed', 5)
  assert.equal(noPost.headers.get('allow'), 'POST')
}

async function bearers(hub: TestHub): Promise<void> {
  for (const path of ['generate_deeplink_by_qr', 'check_transaction_by_hash', 'check_transaction_by_md5']) {
    const none = await hub.gateway('POST', `/v1/${path}`, { json: {} })
    assertBoth(none, 401, 'unauthorized', 6)
    assert.match(none.headers.get('www-authenticate') ?? '', /^Bearer/)
    assertBoth(await hub.gateway('POST', `/v1/${path}`, { json: {}, token: 'unknown' }), 401, 'unauthorized', 6)
    const token = hub.token('payments:read payments:write bank:AMK')
    assertBoth(await hub.gateway('POST', `/v1/${path}`, { json: {}, token }), 403, 'forbidden', 6)
  }
}

/** A refusal that a client of either document can read. */
function assertBoth(answer: Answer, status: number, error: string, errorCode: number): void {
  const { json, text } = answer
  assert.deepEqual([answer.status, json['error'], json['errorCode']], [status, error, errorCode], text)
  assert.deepEqual([json['responseCode'], json['data'], json['message']], [1, null, json['responseMessage']], text)
  assert.match(String(json['message']), /\S/)
}

test('a gateway that takes no top-ups says that it is not configured', async (t) => {
  const hub = await startTestHub(t, {}, (config) => ({ ...config, banks: { BAKONG: { 'top-ups': false } } }))
  const token = topupToken(hub)
  const post = (path: string, json: unknown) => hub.gateway('POST', `/v1/${path}`, { token, json })
  const sentence = 'KHQR payment gateway is not configured properly'
  const order = { md5: 'demo-merchant', amount: 1, currency: 'USD', bill_number: 'INV-1' }
  for (const answer of [
    await post('generate_deeplink_by_qr', order),
    await post('check_transaction_by_hash', { hash: '0'.repeat(64) }),
  ]) {
    assertBoth(answer, 503, 'server_unavailable', 9)
    assert.equal(answer.json['message'], sentence)
  }
  const md5 = await post('check_transaction_by_md5', { md5: '0'.repeat(32) })
  assert.deepEqual([md5.status, md5.json['errorCode']], [200, 1])
  const methods = await hub.gateway('GET', '/api/topups/v1/methods', { token })
  assert.deepEqual(methods.json, { methods: [] })
})
