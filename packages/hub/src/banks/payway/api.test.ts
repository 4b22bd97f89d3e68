import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../kit/log.ts'
import { Trouble } from '../../kit/trouble.ts'
import { ask, askDone } from './api.ts'
import type { Parts } from './api.ts'
import { createKeyRing, fingerprintOf } from './keys.ts'
import { signPayway } from './sign.ts'
import { account, call, code, html, paywayAnswering, says } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const merchantId = account.accountNumber
const asked = { operation: 'check-transaction', merchantId, fields: { tran_id: 'T-1' } } as const
const ok = code('00', 'Success!')
const [first, second] = ['example-key-usd-0001', 'example-key-2']
const bothKeys = { raw: { 'api-key-next': second } }

function askOf(parts: Parts, more: object = {}) {
  return askDone(parts, { ...asked, ...more }, call)
}

const isTrouble =
  (wanted: Partial<Trouble>, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof Trouble, String(error))
    for (const [name, value] of Object.entries(wanted)) assert.equal(error[name as keyof Trouble], value, error.message)
    assert.match(error.message, message)
    return true
  }

/** Takes what is signed with one of these keys, and answers others as PayWay does. */
const taking =
  (...keys: readonly string[]): Route =>
  ({ body }, response, count) => {
    const sent = JSON.parse(body) as Record<string, string>
    const isRight = keys.some((key) => signPayway('check-transaction', sent, key).hash === sent['hash'])
    says(isRight ? ok : code(1, 'Wrong Hash.'), isRight ? 200 : 403)({} as never, response, count)
  }

test('a request is signed, has its time in UTC, and leaves out what is empty', async () => {
  const { parts, sentTo, time } = await paywayAnswering({ 'check-transaction': says(ok) })
  time.shiftMs = Date.parse('2026-01-31T18:04:05Z') - Date.now()
  await askOf(parts, { fields: { tran_id: 'T-1', empty: '' } })
  const [sent] = sentTo('check-transaction')
  assert.match(sent?.['req_time'] ?? '', /^202601311804\d\d$/)
  const { hash, ...signed } = sent ?? {}
  assert.deepEqual(Object.keys(signed).sort(), ['merchant_id', 'req_time', 'tran_id'])
  assert.equal(hash, signPayway('check-transaction', signed, first).hash)
})

test('where the first key is refused the second is tried, remembered, and an alarm names the first', async () => {
  const { parts, counts, server } = await paywayAnswering({ 'check-transaction': taking(second) }, bothKeys)
  const lines: string[] = []
  const log = createLog({ level: 'info', pretty: false, destination: { write: (line) => void lines.push(line) } })
  const watched = { ...parts, keys: createKeyRing(parts.settings, { clock: parts.clock, log }) }
  assert.equal((await askOf(watched)).exchanges.length, 2)
  assert.equal((await askOf(watched)).exchanges.length, 1)
  assert.equal(counts['check-transaction'], 3)
  assert.deepEqual(
    lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map(({ event, fingerprint }) => [event, fingerprint]),
    [['bank.key_refused', fingerprintOf(first)]],
  )
  assert.ok(!lines.join().includes(first))
  assert.ok(!server.requests.some(({ body }) => body.includes(second)))
})

test('a key that came back into use is found again', async () => {
  let right = second
  const route: Route = (request, response, count) => taking(right)(request, response, count)
  const { parts } = await paywayAnswering({ 'check-transaction': route }, bothKeys)
  await askOf(parts)
  right = first
  assert.equal((await askOf(parts)).exchanges.length, 2)
  assert.equal((await askOf(parts)).exchanges.length, 1)
})

test('no key that is taken is refused credentials, and nothing was done', async () => {
  for (const [answer, wanted] of [
    [code(1, 'Wrong Hash.'), /code 1: the hash is not right/],
    [code(21, 'End of API lifetime.'), /code 21: the API key has expired .*api-key-next/],
    [code('5', 'Wrong Hash'), /code 5/],
  ] as const) {
    const { parts, counts } = await paywayAnswering({ 'check-transaction': says(answer, 403) }, bothKeys)
    await assert.rejects(askOf(parts), isTrouble({ kind: 'auth_refused', outcome: 'not_done' }, wanted))
    assert.equal(counts['check-transaction'], 2)
  }
})

test('a merchant id without settings is never asked with the key of another', async () => {
  const { parts, counts } = await paywayAnswering({ 'check-transaction': says(ok) })
  await assert.rejects(
    askOf(parts, { merchantId: 'other' }),
    isTrouble({ kind: 'auth_refused' }, /no API key of merchant id other/),
  )
  assert.equal(counts['check-transaction'], undefined)
})

test('HTTP 403 with a number 429 in it is a limit, and it says when the minute is over', async () => {
  for (const body of [code(429), { code: 429, message: 'Rate limit' }, { status: 429 }]) {
    const { parts, counts } = await paywayAnswering({ 'check-transaction': says(body, 403) }, bothKeys)
    await assert.rejects(askOf(parts), (error) => {
      assert.ok(error instanceof Trouble)
      assert.deepEqual([error.kind, error.outcome, error.httpStatus], ['quota', 'not_done', 403])
      return error.retryAfterS >= 1 && error.retryAfterS <= 60
    })
    assert.equal(counts['check-transaction'], 1)
  }
})

test('calls that PayWay counts by the minute are taken first, and not sent where none is left', async () => {
  const routes = { 'transaction-detail': says(ok), 'transaction-list': says(ok), 'check-transaction': says(ok) }
  const { parts, takes, counts } = await paywayAnswering(routes, { spent: ['transaction-list'] })
  await askOf(parts, { operation: 'transaction-detail' })
  await askOf(parts)
  const list = askOf(parts, { operation: 'transaction-list', fields: {} })
  await assert.rejects(list, isTrouble({ kind: 'quota', outcome: 'not_done' }, /its 50 calls of this minute/))
  assert.equal(counts['transaction-list'], undefined)
  assert.deepEqual(takes, [
    { account: merchantId, operation: 'transaction-detail', perMinute: 10 },
    { account: merchantId, operation: 'transaction-list', perMinute: 50 },
  ])
})

test('HTML, nonsense and a code that is none are unreadable: whether it was done is not known', async () => {
  const page: Route = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(JSON.stringify(ok))
  }
  const bare: Route = (_request, response) => void response.writeHead(200).end('  <html></html>')
  for (const route of [
    html,
    page,
    bare,
    says('{"status":'),
    says([]),
    says({}),
    says({ status: { code: null } }),
    says(ok, 404),
  ]) {
    const { parts } = await paywayAnswering({ 'check-transaction': route })
    await assert.rejects(askOf(parts), (error) => {
      assert.ok(error instanceof Trouble)
      return error.kind === 'unreadable' && error.outcome === 'unknown' && error.exchange !== undefined
    })
  }
})

test('a refusal that only HTTP says is one, and may come from anything in between', async () => {
  const { parts } = await paywayAnswering({ 'check-transaction': says('<html>Forbidden</html>', 403) })
  await assert.rejects(
    askOf(parts),
    isTrouble({ kind: 'error_answer', outcome: 'unknown', httpStatus: 403 }, /a page of HTML/),
  )
})

test('codes are read wherever they stand, as texts and as numbers', async () => {
  for (const body of [
    ok,
    { status: { code: 0 } },
    { status: 0, description: 'approved' },
    { code: '00' },
    { status: '0' },
  ]) {
    const { parts } = await paywayAnswering({ 'check-transaction': says(body) })
    assert.equal((await askOf(parts)).meaning.category, 'done')
  }
})

test('a code means what its operation says: 403 is no lock-out of generate-qr', async () => {
  const routes = { 'generate-qr': says(code('403'), 403), purchase: says(code('403'), 403) }
  const { parts } = await paywayAnswering(routes)
  const deadline = parts.guard.startDeadline(call)
  const said = await ask(parts, { ...asked, operation: 'generate-qr' }, call, deadline)
  assert.equal(said.meaning.category, 'duplicate')
  await assert.rejects(
    ask(parts, { ...asked, operation: 'purchase' }, call, deadline),
    isTrouble({ kind: 'auth_refused' }),
  )
})

test('a code that is a question leaves open whether it was done; a refusal does not', async () => {
  for (const [of, outcome] of [
    ['403', 'unknown'],
    ['8', 'unknown'],
    ['999', 'unknown'],
    ['96', 'not_done'],
    ['04', 'not_done'],
    ['102', 'not_done'],
  ] as const) {
    const { parts } = await paywayAnswering({ 'generate-qr': says(code(of), 400) })
    await assert.rejects(askOf(parts, { operation: 'generate-qr' }), isTrouble({ kind: 'error_answer', outcome }))
  }
})

test('what is secret in a request is not kept: hash, and the address that holds our part of the path', async () => {
  const { parts } = await paywayAnswering({ 'generate-qr': says(ok) })
  const fields = { tran_id: 'T-1', callback_url: 'c2VjcmV0LXBhcnQ=', first_name: 'Dara' }
  const { exchanges } = await askOf(parts, { operation: 'generate-qr', fields })
  const kept = exchanges[0]?.requestBody ?? ''
  assert.match(kept, /"tran_id":"T-1".*"callback_url":"\[removed\]"/)
  assert.match(kept, /"hash":"\[removed\]"/)
  assert.doesNotMatch(kept, /Dara|c2Vj/)
})
