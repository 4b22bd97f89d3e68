import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, keysOf } from './test-bakong.ts'
import {
  bakongAnswering,
  call,
  forbidden,
  isTrouble,
  jwt,
  refusal,
  type Routes,
  says,
  silent,
  single,
  success,
} from './test-bakong.ts'

const accounts = 'check_bakong_account'
const unauthorized = says(refusal(6), 401)

const probes: readonly (readonly [what: string, routes: Routes, reachable: boolean, sentence: RegExp])[] = [
  ['401 is the way in', { [single]: unauthorized }, true, /this address may ask/],
  ['403 on every path is from abroad', { '*': forbidden }, false, /blocked from here.*Cambodian addresses.*Set proxy/],
  [
    '403 on the status path alone is that call closed',
    { [single]: forbidden, [accounts]: unauthorized },
    true,
    /closed/,
  ],
  ['an error is an answer', { '*': says({}, 500) }, true, /HTTP 500/],
  ['a page of a proxy is an answer', { '*': says('<html>', 502) }, true, /HTTP 502/],
  ['silence is no answer', { '*': silent }, false, /no answer/],
]
for (const [what, routes, reachable, sentence] of probes) {
  test(`probe: ${what}`, async () => {
    const { bank, server, keeping } = await bakongAnswering(routes)
    const found = await bank.probe({ ...call, deadlineMs: 300 })
    assert.equal(found.reachable, reachable, found.sentence)
    assert.match(found.sentence, sentence)
    assert.deepEqual(keeping.takes, [])
    for (const { headers } of server.requests) assert.equal(headers.authorization, undefined)
  })
}

test('credentials are checked by a call that is not counted: our account exists', async () => {
  const { bank, server, keeping } = await bakongAnswering({ [accounts]: says(success(null)) })
  await bank.checkCredentials(call)
  assert.deepEqual(
    server.requests.map(({ url, body }) => [url, body]),
    [[`/v1/${accounts}`, '{"accountId":"sample_shop@devb"}']],
  )
  assert.deepEqual(keeping.takes, [])
})

test('an account that does not exist, a token that is refused, and none that lives are told apart', async () => {
  const cases = [
    [says(refusal(11)), jwt(60), { kind: 'error_answer' }, /account does not exist/],
    [says(refusal(6)), jwt(60), { kind: 'auth_refused' }, /token is refused/],
    [unauthorized, jwt(60), { kind: 'auth_refused' }, /token is refused/],
    [says(success(null)), jwt(-1), { kind: 'auth_refused' }, /ended on/],
    [says(success(null)), undefined, { kind: 'auth_refused' }, /no access token/],
  ] as const
  for (const [route, token, wanted, sentence] of cases) {
    const { bank } = await bakongAnswering({ [accounts]: route }, { keeping: { token } as object })
    await assert.rejects(bank.checkCredentials(call), isTrouble(wanted, sentence))
  }
})

test('a token that a status call saw refused is told without a call', async () => {
  const { bank, counts } = await bakongAnswering({ [accounts]: says(success(null)), [single]: unauthorized })
  await bank.verify(keysOf('150001', code('c')), call).catch(() => undefined)
  await assert.rejects(bank.checkCredentials(call), isTrouble({ kind: 'auth_refused' }, /was refused/))
  assert.equal(counts[accounts], undefined)
})

test('a relay sees its header with every call', async () => {
  const { bank, server } = await bakongAnswering(
    { '*': says(success(null)) },
    { raw: { 'relay-headers': { 'X-Relay-Key': 'sample' } } },
  )
  await bank.checkCredentials(call)
  await bank.probe(call)
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['x-relay-key']),
    ['sample', 'sample'],
  )
})

test('without a token that lives nothing is left of the allowance, until the next midnight in Phnom Penh', async () => {
  for (const token of [undefined, jwt(-1)]) {
    const { bank } = await bakongAnswering({}, { keeping: { token } as object })
    const allowance = await bank.allowance?.()
    assert.deepEqual([allowance?.left, allowance?.resetsAt.toISOString().slice(11)], [0, '17:00:00.000Z'])
    assert.ok((allowance?.resetsAt.getTime() ?? 0) > Date.now())
  }
})
