import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerJson } from '../../kit/test-local-server.ts'
import type { Trouble } from '../../kit/trouble.ts'
import { bankAnswering, call, isTrouble, order, qr, sends, silent } from './test-bank.ts'

describe('a log-in', () => {
  test('is one for many callers at once, and is kept', async () => {
    const { bank, counts } = await bankAnswering({ qr: sends(qr) })
    await Promise.all(Array.from({ length: 8 }, () => bank.createQr(order, call)))
    await bank.createQr(order, call)
    assert.deepEqual(counts, { login: 1, qr: 9 })
  })

  test('is renewed a minute before the token ends', async () => {
    const { bank, counts, time } = await bankAnswering({ qr: sends(qr) })
    await bank.createQr(order, call)
    time.shiftMs = 3_530_000
    await bank.createQr(order, call)
    assert.equal(counts['login'], 1)
    time.shiftMs = 3_540_001
    await bank.createQr(order, call)
    assert.equal(counts['login'], 2)
  })

  test('happens once more on 401, and the call is sent again with the new token', async () => {
    const { bank, counts, received } = await bankAnswering({
      qr: (request, response) =>
        request.headers.authorization === 'Bearer token-2' ? response.end(qr) : answerJson(response, 401, {}),
    })
    const answer = await bank.createQr(order, call)
    assert.deepEqual(counts, { login: 2, qr: 2 })
    assert.equal(received('/qr/').at(-1)?.headers['authorization'], 'Bearer token-2')
    assert.deepEqual(
      answer.exchanges.map((exchange) => exchange.httpStatus),
      [401, 200],
    )
  })

  test('ends in auth_refused when even the new token is refused', async () => {
    const { bank, counts } = await bankAnswering({ qr: sends('{}', 'application/json', 401) })
    await assert.rejects(bank.createQr(order, call), isTrouble({ kind: 'auth_refused', outcome: 'not_done' }))
    assert.deepEqual(counts, { login: 2, qr: 2 })
  })

  for (const [name, login, wanted] of [
    ['a refusal', sends('{"error":"invalid_client"}', 'application/json', 401), { kind: 'auth_refused' }],
    ['a bad request', sends('{}', 'application/json', 400), { kind: 'auth_refused' }],
    ['a page not found', sends('', 'text/plain', 404), { kind: 'error_answer', httpStatus: 404 }],
    ['HTML', sends('<html>'), { kind: 'unreadable' }],
    ['no token', sends('{"token_type":"Bearer"}'), { kind: 'unreadable' }],
    ['a token with a line break', sends(JSON.stringify({ access_token: 'a\r\nX-Evil: 1' })), { kind: 'unreadable' }],
    ['silence', silent, { kind: 'timeout' }],
  ] as const) {
    test(`answered with ${name} is ${wanted.kind}, and no code was asked for`, async () => {
      const { bank, counts } = await bankAnswering({ login, qr: sends(qr) })
      const wait = login === silent ? { ...call, deadlineMs: 300 } : call
      await assert.rejects(bank.createQr(order, wait), isTrouble({ ...wanted, outcome: 'not_done' }))
      assert.equal(counts['qr'], undefined)
    })
  }

  test('never leaves its password or token in what is kept', async () => {
    const { bank } = await bankAnswering({ login: sends('{"error":"invalid_client"}', 'application/json', 401) })
    await assert.rejects(bank.checkCredentials(call), (error: Trouble) => {
      assert.match(error.exchange?.requestBody ?? '', /"password":"\[removed\]"/)
      assert.doesNotMatch(JSON.stringify(error.exchange), /sample-password/)
      return true
    })
  })

  test('is sent as a client-credentials form where settings say so', async () => {
    const auth = { endpoint: '/auth/token', username: 'u', password: 'p+q', style: 'form-client-credentials' }
    const { bank, received } = await bankAnswering({}, { auth })
    await bank.checkCredentials(call)
    assert.equal(received('/auth/token')[0]?.body, 'grant_type=client_credentials&client_id=u&client_secret=p%2Bq')
  })
})
