import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trouble } from '../../kit/trouble.ts'
import type { RefundOrder } from '../bank.ts'
import { refund } from './refund.ts'
import { signPayway } from './sign.ts'
import { openMerchantAuth } from './test-keys.ts'
import { account, call, code, html, paywayAnswering, privateKey, says, silent } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const order: RefundOrder = {
  refundId: 'rfd_0000000001',
  bankTransactionId: '150001-k3f9q2',
  reference: '150001',
  amount: { amountMinor: 1_000n, currency: 'USD' },
  account,
  paidAt: new Date(),
}
const done = (changes: object = {}): object => ({
  grand_total: 25,
  total_refunded: 10,
  currency: 'USD',
  transaction_status: 'REFUNDED',
  status: { code: '00', message: 'Success.' },
  ...changes,
})

test('a refund is signed, and what it is about only PayWay can read', async () => {
  const { parts, sentTo } = await paywayAnswering({ refund: says(done()) })
  const answer = await refund(parts, { ...order, bankTransactionId: '150001-k3f9q2/100FT1' }, call)
  assert.deepEqual(
    [answer.state, answer.bankRefundId, answer.sentence],
    ['refunded', undefined, 'PayWay has refunded USD 10.00; of this transaction USD 10.00 in all.'],
  )
  const [sent = {}] = sentTo('refund')
  assert.deepEqual(Object.keys(sent).toSorted(), ['hash', 'merchant_auth', 'merchant_id', 'request_time'])
  assert.equal(sent['hash'], signPayway('refund', sent, 'example-key-usd-0001').hash)
  assert.equal(
    openMerchantAuth(sent['merchant_auth'] ?? '', privateKey).text,
    '{"mc_id":"khhubdemo","tran_id":"150001-k3f9q2","refund_amount":10.00}',
  )
  assert.equal(answer.exchanges.length, 1)
  assert.ok(!JSON.stringify(answer.exchanges).includes(sent['merchant_auth'] ?? 'nothing'))
})

test('riel go back without decimals, and may be written with some', async () => {
  const { parts, sentTo } = await paywayAnswering({
    refund: says(done({ currency: 'KHR', total_refunded: '4000.00' })),
  })
  const riel = { ...order, amount: { amountMinor: 4_000n, currency: 'KHR' as const } }
  assert.equal((await refund(parts, riel, call)).state, 'refunded')
  const [sent = {}] = sentTo('refund')
  assert.match(openMerchantAuth(sent['merchant_auth'] ?? '', privateKey).text, /"refund_amount":4000}$/)
})

const refusals = [
  ['PTL04', /a field is missing/],
  ['PTL05', /a field is not as PayWay wants it/],
  ['PTL06', /the time of the request/],
  ['PTL36', /no paid transaction of this id/],
  ['PTL37', /more than is left of the transaction/],
  ['PTL57', /cannot be refunded by machine/],
  ['PTL58', /the refund failed at PayWay/],
  ['PTL62', /merchant id set up wrongly/],
  ['PTL63', /no RSA key/],
  ['PTL169', /settlement account is closed/],
  ['PTL181', /our balance at PayWay is too low/],
  ['PTL186', /the amount is not as PayWay wants it/],
  ['PTL187', /below the least/],
] as const

test('each code of a refusal is explained, with PayWay’s own words and what to do', async () => {
  for (const [of, means] of refusals) {
    for (const status of [200, 403]) {
      const { parts, counts } = await paywayAnswering({ refund: says(code(of, `words of ${of}`), status) })
      const { state, sentence, exchanges } = await refund(parts, order, call)
      assert.equal(state, 'refused', of)
      assert.match(sentence, means)
      assert.match(sentence, new RegExp(`^Code ${of}: .* \\("words of ${of}"\\)\\. [A-Z].*\\.$`))
      assert.deepEqual([exchanges.length, counts.refund], [1, 1])
    }
  }
})

const doubts: readonly (readonly [string, Route, Partial<Trouble>, RegExp])[] = [
  ['a wrong hash', says(code('PTL02'), 403), { kind: 'auth_refused', outcome: 'not_done' }, /API key/],
  ['a key that has ended', says(code('21'), 403), { kind: 'auth_refused', outcome: 'not_done' }, /expired/],
  ['a key that was replaced', says(code('PTL171'), 403), { kind: 'auth_refused', outcome: 'not_done' }, /replaced/],
  ['an address that is not listed', says(code(6), 403), { outcome: 'not_done' }, /white-list/],
  ['another refund at work', says(code('PTL168')), { outcome: 'not_done', retryAfterS: 5 }, /at work at PayWay/],
  ['too many calls', says(code(429), 403), { kind: 'quota', outcome: 'not_done' }, /enough of these calls/],
  ['HTTP 429', says({}, 429), { outcome: 'not_done' }, /HTTP 429/],
  ['a page', html, { kind: 'unreadable', outcome: 'unknown' }, /HTML/],
  ['a page with HTTP 403', says('<html>no</html>', 403), { outcome: 'unknown' }, /HTTP 403, and the answer is a page/],
  ['HTTP 500', says({}, 500), { outcome: 'unknown' }, /HTTP 500/],
  ['a code that nobody knows', says(code('PTL999')), { outcome: 'unknown' }, /PTL999/],
  ['something went wrong', says(code('11')), { outcome: 'unknown' }, /code 11/],
  ['another currency', says(done({ currency: 'KHR' })), { kind: 'unreadable', outcome: 'unknown' }, /refunded KHR/],
  ['less in all', says(done({ total_refunded: 9.99 })), { kind: 'unreadable', outcome: 'unknown' }, /USD 9\.99 was/],
  ['another status', says(done({ transaction_status: 'PENDING' })), { outcome: 'unknown' }, /PENDING after it/],
  ['no sum', says(done({ total_refunded: undefined })), { outcome: 'unknown' }, /missing, which is no number/],
  ['a success with HTTP 403', says(done(), 403), { outcome: 'unknown' }, /contradict each other/],
]

test('what PayWay neither did nor refused for certain is told as what it is, and asked once', async () => {
  for (const [what, route, wanted, message] of doubts) {
    const { parts, counts } = await paywayAnswering({ refund: route })
    await assert.rejects(refund(parts, order, call), (error) => {
      assert.ok(error instanceof Trouble, `${what}: ${error}`)
      for (const [name, value] of Object.entries(wanted)) {
        assert.equal(error[name as keyof Trouble], value, `${what}: ${error.message}`)
      }
      assert.match(error.message, message, what)
      assert.ok(error.exchange, `${what}: what was said is kept`)
      return true
    })
    assert.equal(counts.refund, 1, what)
  }
})

test('a refund without an answer may have been done, and is never sent again by itself', async () => {
  const { parts, counts } = await paywayAnswering({ refund: silent })
  const wanted = { kind: 'timeout', outcome: 'unknown' }
  await assert.rejects(refund(parts, order, { ...call, deadlineMs: 300 }), wanted)
  assert.equal(counts.refund, 1)
})

test('where one key is refused nothing was done, so that the other one may send it', async () => {
  const next = 'example-key-that-follows'
  const { parts, counts, sentTo } = await paywayAnswering(
    { refund: (request, response, count) => says(count === 1 ? code('PTL02') : done())(request, response, count) },
    { raw: { 'api-key-next': next } },
  )
  assert.equal((await refund(parts, order, call)).state, 'refunded')
  assert.equal(counts.refund, 2)
  const [, second = {}] = sentTo('refund')
  assert.equal(second['hash'], signPayway('refund', second, next).hash)
})

test('without the RSA key nothing is asked, and it is said which setting is missing', async () => {
  const { parts, server } = await paywayAnswering({}, { raw: { 'rsa-public-key': undefined } })
  const { state, sentence } = await refund(parts, order, call)
  assert.equal(state, 'refused')
  assert.match(sentence, /set rsa-public-key under banks\.ABA/)
  assert.equal(server.requests.length, 0)
})
