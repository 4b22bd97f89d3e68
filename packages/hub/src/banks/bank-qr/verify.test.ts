import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultSignatureProfile, signFields } from '../../kit/sign.ts'
import { account, bankAnswering, call, isTrouble, sends, silent } from './test-bank.ts'

describe('verify', () => {
  const paid =
    '{"status":"SUCCESS","txId":"150001","currency":"USD","payments":[{"transactionId":"T1","amount":150.00,"paidDate":"2026-01-07 11:59:59.5"}]}'

  test('is a signed form, percent-encoded, with the time in milliseconds', async () => {
    const { bank, received } = await bankAnswering({ verify: sends(paid) })
    const verification = await bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call)
    assert.equal(verification.state, 'paid')
    assert.equal(verification.exchanges.length, 1)
    const [request] = received('/pay/verify')
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded')
    const fields = [...new URLSearchParams(request?.body)]
    assert.deepEqual(
      fields.map(([name]) => name),
      ['merchantId', 'storeId', 'terminalId', 'txId', 'timestamp', 'hash'],
    )
    assert.match(fields[4]?.[1] ?? '', /^\d{13}$/)
    assert.equal(fields[5]?.[1], signFields(fields.slice(0, 5), 'example-amk-key-not-real', defaultSignatureProfile))
    assert.doesNotMatch(request?.body ?? '', /hash=[^&]*[+/=]/)
  })

  test('is asked again after trouble, within its deadline', async () => {
    const { bank, counts } = await bankAnswering({
      verify: (_request, response, count) => (count < 3 ? response.writeHead(503).end() : response.end(paid)),
    })
    assert.equal((await bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call)).state, 'paid')
    assert.equal(counts['verify'], 3)
  })

  for (const [name, route] of [
    ['HTML', sends('<html>down</html>', 'text/html')],
    ['a truncated answer', sends(paid.slice(0, 50), 'application/json')],
    ['an answer that is too large', sends(Buffer.alloc(1_048_577, 'a'))],
    ['an unknown word', sends('{"status":"PROCESSING?"}')],
    ['another reference', sends(paid.replace('150001', '150002'))],
  ] as const) {
    test(`answered with ${name} is unknown with a doubt and its exchange`, async () => {
      const { bank } = await bankAnswering({ verify: route })
      const verification = await bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call)
      assert.equal(verification.state, 'unknown')
      assert.ok(verification.doubt)
      assert.equal(verification.exchanges.length, 1)
    })
  }

  test('"not found" may come as HTTP 404, and a 404 page is no such answer', async () => {
    const found = await bankAnswering({ verify: sends('{"status":"NOT_FOUND"}', 'application/json', 404) })
    assert.equal(
      (await found.bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call)).state,
      'not_found',
    )
    const page = await bankAnswering({ verify: sends('<html>no such page</html>', 'text/html', 404) })
    await assert.rejects(
      page.bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call),
      isTrouble({ httpStatus: 404 }),
    )
  })

  test('refused by the bank, silent or away is trouble', async () => {
    for (const [route, wanted] of [
      [sends('{"status":"INVALID_HASH"}', 'application/json', 400), { kind: 'error_answer', httpStatus: 400 }],
      [sends('{"status":"SUCCESS"}', 'application/json', 400), { kind: 'error_answer', httpStatus: 400 }],
      [sends('{}', 'application/json', 403), { kind: 'auth_refused' }],
      [silent, { kind: 'timeout' }],
    ] as const) {
      const { bank } = await bankAnswering({ verify: route })
      const wait = route === silent ? { ...call, deadlineMs: 300 } : call
      await assert.rejects(
        bank.verify({ reference: '150001', account, codes: [], unshown: [] }, wait),
        isTrouble(wanted),
      )
    }
  })

  test('of a bank that cannot be asked is our own mistake', async () => {
    const { bank } = await bankAnswering({}, { 'verify-payment-url': undefined })
    assert.equal(bank.describe().verify, 'never')
    await assert.rejects(bank.verify({ reference: '150001', account, codes: [], unshown: [] }, call), /cannot be asked/)
  })
})
