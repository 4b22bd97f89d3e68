import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import { compareQr } from '../qr-truth.ts'
import {
  account,
  bakongAnswering,
  call,
  forbidden,
  html,
  isTrouble,
  refusal,
  type Route,
  says,
  silent,
  success,
} from './test-bakong.ts'

const link = 'generate_deeplink_by_qr'
const shortLink = 'https://bakong.example/made-up'
const order = {
  reference: '150001',
  amount: { amountMinor: 1_250n, currency: 'USD' },
  payer: 'Sok Dara',
  account,
  expiresAt: new Date(Date.now() + 600_000),
} as const
const gives: Route = says(success({ shortLink }))

test('a code is exactly our amount, currency, payee and reference, and ends when the payment does', async () => {
  const { bank } = await bakongAnswering({ [link]: gives }, { raw: { mcc: '5411', 'merchant-city': 'Siem Reap' } })
  for (const amount of [order.amount, { amountMinor: 50_000n, currency: 'KHR' } as const]) {
    const { qrString } = await bank.createQr({ ...order, amount }, call)
    assert.deepEqual(compareQr(qrString, { ...order, amount, writesReference: true }), [])
    const read = decode(qrString)
    assert.deepEqual(
      [read.kind, read.merchantName, read.merchantCity, read.merchantCategoryCode, read.expiresAt],
      ['individual', 'Sample Shop', 'Siem Reap', '5411', order.expiresAt],
    )
  }
})

test("a code is a merchant's where the account has a merchant id", async () => {
  const raw = { 'merchant-id': 'M-0001', 'acquiring-bank': 'Sample Bank' }
  const { bank } = await bakongAnswering({ [link]: gives }, { raw })
  const merchant = { ...account, payeeMerchantId: 'M-0001' }
  const { qrString } = await bank.createQr({ ...order, account: merchant }, call)
  assert.deepEqual(compareQr(qrString, { ...order, account: merchant, writesReference: true }), [])
  const read = decode(qrString)
  assert.deepEqual([read.kind, read.acquiringBank], ['merchant', 'Sample Bank'])
})

test('its link comes from Bakong, which is told the code and where the link comes back to, and no token', async () => {
  const raw = {
    'source-info': { 'app-name': 'A', 'app-icon-url': 'https://a.example/i', 'app-deep-link-callback': 'a:b' },
  }
  const { bank, server, keeping } = await bakongAnswering({ [link]: gives }, { raw })
  const { qrString, deeplink, exchanges } = await bank.createQr(order, call)
  assert.deepEqual([deeplink, exchanges.length, keeping.takes], [shortLink, 1, []])
  const [sent] = server.requests
  assert.deepEqual([sent?.url, sent?.headers.authorization], [`/v1/${link}`, undefined])
  assert.deepEqual(JSON.parse(sent?.body ?? ''), {
    qr: qrString,
    sourceInfo: { appName: 'A', appIconUrl: 'https://a.example/i', appDeepLinkCallback: 'a:b' },
  })
})

const failures: Record<string, Route> = {
  'its provider has an error': says(refusal(4)),
  'it gives none': says(success({ shortLink: null })),
  'it is blocked': forbidden,
  'it answers with an error': says({}, 503),
  'it answers with a page': html,
  'it does not answer': silent,
  'it is no web address': says(success({ shortLink: 'javascript:alert(1)' })),
}
for (const [what, route] of Object.entries(failures)) {
  test(`a code is there without its link when ${what}`, async () => {
    const { bank } = await bakongAnswering({ [link]: route })
    const { qrString, deeplink, exchanges } = await bank.createQr(order, { ...call, deadlineMs: 300 })
    assert.deepEqual([deeplink, exchanges.length], [undefined, 1])
    assert.deepEqual(compareQr(qrString, { ...order, writesReference: true }), [])
  })
}

test('no link is asked for where links are switched off', async () => {
  const { bank, server } = await bakongAnswering({}, { raw: { deeplinks: false } })
  assert.equal((await bank.createQr(order, call)).deeplink, undefined)
  assert.deepEqual([server.requests.length, bank.describe().deeplink], [0, false])
})

test('a link can be asked for a code, with another place to come back to, and its failure is told', async () => {
  const { bank, server } = await bakongAnswering({
    [link]: (request, response, count) => (count === 1 ? gives : says(refusal(4)))(request, response, count),
  })
  const source = { appName: 'B', appIconUrl: 'https://b.example/i', appDeepLinkCallback: 'b:c' }
  assert.equal(await bank.makeDeeplink?.('a code', call, source), shortLink)
  assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), { qr: 'a code', sourceInfo: source })
  const failed = isTrouble({ kind: 'error_answer', outcome: 'not_done' }, /errorCode 4: the provider of links/)
  await assert.rejects(bank.makeDeeplink?.('a code', call) ?? Promise.resolve(), failed)
})

test('what no code can hold is trouble that says so, and nothing is asked', async () => {
  const { bank, server } = await bakongAnswering({})
  const tooMuch = { ...order, amount: { amountMinor: 1_000_000_000_000n, currency: 'USD' } as const }
  await assert.rejects(bank.createQr(tooMuch, call), isTrouble({ outcome: 'not_done' }, /cannot be written: Amount/))
  assert.equal(server.requests.length, 0)
})

test('it sends no messages, and reads none', async () => {
  const { bank } = await bakongAnswering({})
  const message = { contentType: 'application/json', body: Buffer.from('{}') }
  for (const reading of [bank.readWebhook(message, new Date()), bank.readConfirmation(message, new Date())]) {
    assert.ok(!reading.ok && reading.problems['body'])
  }
})
