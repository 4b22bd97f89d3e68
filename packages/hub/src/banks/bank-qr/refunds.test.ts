import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerJson } from '../../kit/test-local-server.ts'
import type { RefundOrder } from '../bank.ts'
import { account, bankAnswering, call, isTrouble, sends, silent } from './test-bank.ts'
import type { Route } from './test-bank.ts'

const order: RefundOrder = {
  refundId: 'rfd_0001',
  bankTransactionId: '17672256000000001',
  reference: '150001',
  amount: { amountMinor: 2_550n, currency: 'USD' },
  account,
  paidAt: new Date('2026-01-07T04:59:59Z'),
}
const done = {
  status: 'REFUNDED',
  refundId: 'rfd_0001',
  bankRefundId: '17672256000000009',
  transactionId: '17672256000000001',
  amount: '25.50',
  currency: 'USD',
}
const { bankTransactionId, reference, paidAt } = order
const keys = { bankTransactionId, reference, paidAt, account }
const listed = { refundId: 'rfd_0001', bankRefundId: '17672256000000009', amount: '25.50', status: 'REFUNDED' }
const totals = {
  transactionId: '17672256000000001',
  currency: 'USD',
  amount: '150.00',
  refunded: '25.50',
  refunds: [{ ...listed, at: '2026-01-07T05:10:00Z' }],
}

const json = (body: unknown, status = 200): Route => sends(JSON.stringify(body), 'application/json', status)

/** A bank that refunds, with one answer for every refund and every question about refunds. */
async function refundingBank(routes: { login?: Route; refund?: Route; totals?: Route }, refund: object = {}) {
  const { bank, counts, received } = await bankAnswering(routes, { refund: { path: '/refunds', ...refund } })
  const sendRefund = bank.refund
  const readRefunds = bank.readRefunds
  assert.ok(sendRefund && readRefunds)
  return { refund: sendRefund, readRefunds, counts, received }
}

describe('a refund', () => {
  test('is no member of a bank whose settings name no refund call', async () => {
    const { bank } = await bankAnswering({})
    assert.deepEqual([bank.refund, bank.readRefunds], [undefined, undefined])
    assert.equal(bank.describe().refund, 'never')
  })

  test('names our account, the movement, the exact amount and our id', async () => {
    const { refund, received } = await refundingBank({ refund: json({ ...done, message: 'ok' }) })
    const { exchanges, ...answer } = await refund(order, call)
    assert.deepEqual(answer, {
      state: 'refunded',
      bankRefundId: '17672256000000009',
      sentence: 'The bank says REFUNDED: ok.',
    })
    assert.equal(exchanges.length, 1)
    const [request] = received('/refunds')
    assert.equal(request?.headers['authorization'], 'Bearer token-1')
    assert.deepEqual(JSON.parse(request?.body ?? ''), {
      merchantId: '900000000000001',
      transactionId: '17672256000000001',
      amount: '25.50',
      currency: 'USD',
      refundId: 'rfd_0001',
    })
  })

  test('may be pending, or refused for good', async () => {
    const pending = await refundingBank({ refund: json({ ...done, status: 'pending' }) })
    assert.equal((await pending.refund(order, call)).state, 'pending')
    const refused = await refundingBank({
      refund: json({ ...done, status: 'REJECTED', message: 'only 10.00 USD is left\u0000' }),
    })
    const answer = await refused.refund(order, call)
    assert.equal(answer.state, 'refused')
    assert.equal(answer.sentence, 'The bank says REJECTED: only 10.00 USD is left.')
  })

  test('is answered in words that are settings', async () => {
    const words = { 'success-words': ['00'], 'refused-words': ['51'] }
    const accepted = await refundingBank({ refund: json({ ...done, status: '00', amount: 25.5 }) }, words)
    assert.equal((await accepted.refund(order, call)).state, 'refunded')
    const other = await refundingBank({ refund: json(done) }, words)
    await assert.rejects(other.refund(order, call), isTrouble({ kind: 'unreadable', outcome: 'unknown' }))
  })

  for (const [name, body, doubt] of [
    ['another refund', { ...done, refundId: 'rfd_0002' }, /refundId rfd_0002, and rfd_0001 was asked for/],
    ['another movement', { ...done, transactionId: '1' }, /transactionId 1, and 17672256000000001/],
    ['a cent more', { ...done, amount: '25.51' }, /amount 25\.51, and USD 25\.50/],
    ['another currency', { ...done, currency: 'KHR' }, /currency KHR, and USD/],
    ['no amount', { ...done, amount: undefined }, /amount is missing/],
    ['no refund id', { ...done, refundId: undefined }, /refundId missing/],
    ['a word that nobody knows', { ...done, status: 'MAYBE' }, /"MAYBE" of a refund is none/],
    ['no word', { ...done, status: undefined }, /none of the configured words/],
    ['a refusal of another refund', { ...done, status: 'REJECTED', refundId: 'rfd_0002' }, /rfd_0002/],
    ['an id that is none', { ...done, bankRefundId: ' ' }, /bankRefundId/],
    ['HTML', '<html>done</html>', /not valid JSON/],
    ['half an answer', JSON.stringify(done).slice(0, 60), /not valid JSON/],
    ['nothing', '', /not valid JSON/],
  ] as const) {
    test(`answered with ${name} is unknown, neither refunded nor refused`, async () => {
      const route = typeof body === 'string' ? sends(body, 'text/html') : json(body)
      const { refund, counts } = await refundingBank({ refund: route })
      const wanted = { kind: 'unreadable', outcome: 'unknown', operation: 'refund' } as const
      await assert.rejects(refund(order, call), isTrouble(wanted, doubt))
      assert.equal(counts['refund'], 1)
    })
  }

  test('refused in an error answer is refused only by the word that means so', async () => {
    const bare = await refundingBank({ refund: json({ status: 'REJECTED', message: 'too late' }, 422) })
    assert.equal((await bare.refund(order, call)).state, 'refused')
    for (const [body, status] of [
      [{ status: 'INVALID_REQUEST' }, 400],
      [{ error: 'REJECTED' }, 400],
      [{ status: 'REJECTED', refundId: 'rfd_0002' }, 400],
      [{ status: 'REJECTED' }, 404],
      [{ status: 'REJECTED' }, 409],
      [{ ...done }, 400],
      ['<html>REJECTED</html>', 400],
      ['<html>who are you</html>', 403],
    ] as const) {
      const { refund } = await refundingBank({
        refund: typeof body === 'string' ? sends(body, 'text/html', status) : json(body, status),
      })
      await assert.rejects(refund(order, call), isTrouble({ outcome: 'unknown', httpStatus: status }))
    }
  })

  test('whose answer is an error of the server, cut off or never comes is unknown, and is sent once', async () => {
    const cut: Route = (_request, response) => {
      response.writeHead(200, { 'content-length': 500 }).write('{"status":"REF')
      response.socket?.end()
    }
    for (const [route, kind] of [
      [json({ error: 'INTERNAL' }, 500), 'error_answer'],
      [json({ error: 'BUSY' }, 503), 'error_answer'],
      [cut, 'unreachable'],
      [silent, 'timeout'],
    ] as const) {
      const { refund, counts } = await refundingBank({ refund: route })
      const wait = route === silent ? { ...call, deadlineMs: 300 } : call
      await assert.rejects(refund(order, wait), isTrouble({ kind, outcome: 'unknown' }))
      assert.equal(counts['refund'], 1, kind)
    }
  })

  test('is sent once more with a new token where the bank refuses ours, and was not done where it refuses that too', async () => {
    const once: Route = (_request, response, count) =>
      count === 1 ? answerJson(response, 401, { error: 'invalid_token' }) : answerJson(response, 200, done)
    const renewed = await refundingBank({ refund: once })
    const answer = await renewed.refund(order, call)
    assert.equal(answer.state, 'refunded')
    assert.deepEqual(
      answer.exchanges.map((exchange) => exchange.httpStatus),
      [401, 200],
    )
    const never = await refundingBank({ refund: json({ error: 'invalid_token' }, 401) })
    await assert.rejects(never.refund(order, call), isTrouble({ kind: 'auth_refused', outcome: 'not_done' }))
  })

  test('was certainly not done where the log-in failed, however it failed', async () => {
    for (const login of [silent, json({}, 401), json({}, 500), sends('<html>')]) {
      const { refund, counts } = await refundingBank({ login, refund: json(done) })
      await assert.rejects(refund(order, { ...call, deadlineMs: 300 }), isTrouble({ outcome: 'not_done' }))
      assert.equal(counts['refund'], undefined)
    }
  })
})

describe('the totals of a movement', () => {
  test('are asked by account and transaction, and tell each refund', async () => {
    const { readRefunds, received } = await refundingBank({ totals: json(totals) })
    const { exchanges, ...found } = await readRefunds(keys, call)
    const amount = { amountMinor: 2_550n, currency: 'USD' }
    assert.deepEqual(found, {
      state: 'known',
      refunded: amount,
      refunds: [{ refundId: 'rfd_0001', bankRefundId: '17672256000000009', amount, state: 'refunded' }],
    })
    assert.equal(exchanges.length, 1)
    assert.match(received('/refunds')[0]?.url ?? '', /\?merchantId=900000000000001&transactionId=17672256000000001$/)
  })

  test('are nothing before the first refund, and count pending ones or not, as the bank does', async () => {
    const pending = { ...listed, refundId: null, bankRefundId: '2', amount: '10.00', status: 'PENDING' }
    const refused = { ...listed, refundId: 'rfd_0003', bankRefundId: '3', amount: '500.00', status: 'REJECTED' }
    for (const [refunds, refunded, minor] of [
      [[], '0.00', 0n],
      [[listed, pending, refused], '25.50', 2_550n],
      [[listed, pending, refused], '35.50', 3_550n],
    ] as const) {
      const { readRefunds } = await refundingBank({ totals: json({ ...totals, refunds, refunded }) })
      const found = await readRefunds(keys, call)
      assert.equal(found.state, 'known', found.doubt)
      assert.equal(found.refunded?.amountMinor, minor)
      assert.equal(found.refunds.length, refunds.length)
    }
  })

  for (const [name, body, doubt] of [
    ['another movement', { ...totals, transactionId: '1' }, /about transaction 1/],
    ['no currency', { ...totals, currency: undefined }, /currency is missing/],
    ['no total', { ...totals, refunded: undefined }, /amount is missing/],
    ['no list', { ...totals, refunds: undefined }, /refunds is not a list/],
    ['a total without its refunds', { ...totals, refunds: [] }, /adds up to something else/],
    ['refunds without their total', { ...totals, refunded: '0.00' }, /adds up to something else/],
    ['more refunded than was paid', { ...totals, amount: '25.00' }, /USD 25\.50 is said to be refunded of USD 25\.00/],
    ['a word that nobody knows', { ...totals, refunds: [{ ...listed, status: 'X' }] }, /"X" of a refund/],
    ['a refund in another currency', { ...totals, refunds: [{ ...listed, currency: 'KHR' }] }, /a refund is in KHR/],
    ['a refund of nothing', { ...totals, refunds: [{ ...listed, amount: '0.00' }] }, /amount 0/],
    ['a refund that is text', { ...totals, refunds: ['x'] }, /not a JSON object/],
    ['one refund twice', { ...totals, refunded: '51.00', refunds: [listed, listed] }, /bankRefundId is listed twice/],
    ['HTML', '<html>0</html>', /not valid JSON/],
    ['more than can be read', Buffer.alloc(1_048_577, 'a'), /longer than/],
  ] as const) {
    test(`answered with ${name} are unknown with a doubt`, async () => {
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
      const { readRefunds } = await refundingBank({ totals: isRaw ? sends(body) : json(body) })
      const found = await readRefunds(keys, call)
      assert.deepEqual([found.state, found.refunded, found.refunds], ['unknown', undefined, []])
      assert.match(found.doubt ?? '', doubt)
      assert.equal(found.exchanges.length, 1)
    })
  }

  test('of a movement that the bank does not know are unknown, not nothing', async () => {
    const { readRefunds } = await refundingBank({ totals: json({ error: 'TRANSACTION_NOT_FOUND' }, 404) })
    const found = await readRefunds(keys, call)
    assert.equal(found.state, 'unknown')
    assert.match(found.doubt ?? '', /HTTP 404 \("TRANSACTION_NOT_FOUND"\)/)
  })

  test('are asked again after trouble, and a refusal or silence is trouble', async () => {
    const { readRefunds, counts } = await refundingBank({
      totals: (_request, response, count) =>
        count < 3 ? response.writeHead(503).end() : answerJson(response, 200, totals),
    })
    assert.equal((await readRefunds(keys, call)).state, 'known')
    assert.equal(counts['totals'], 3)
    for (const [route, kind] of [
      [json({ status: 'INVALID_REQUEST' }, 400), 'error_answer'],
      [json({}, 403), 'auth_refused'],
      [silent, 'timeout'],
    ] as const) {
      const other = await refundingBank({ totals: route })
      const wait = route === silent ? { ...call, deadlineMs: 300 } : call
      await assert.rejects(other.readRefunds(keys, wait), isTrouble({ kind }))
    }
  })
})
