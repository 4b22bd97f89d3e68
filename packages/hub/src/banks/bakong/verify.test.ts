import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../kit/crypto.ts'
import { answerJson } from '../../kit/test-local-server.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Verification } from '../bank.ts'
import { checkTransaction, checkTransactions } from './status-calls.ts'
import {
  bakongAnswering,
  call,
  code,
  dayUsedUp,
  forbidden,
  html,
  isTrouble,
  jwt,
  keysOf,
  list,
  notFound,
  paid,
  planned,
  refusal,
  type Route,
  says,
  silent,
  single,
  success,
  transaction,
} from './test-bakong.ts'
import { resetsAt } from './test-keeping.ts'

const one = keysOf('150001', code('code 1'))
/** Payments 1 to `count`, of one code each. */
const many = (count: number) => Array.from({ length: count }, (_, at) => keysOf(String(at), code(`code of ${at}`)))
const statesOf = (answers: readonly (Verification | Trouble)[]) =>
  answers.map((answer) => (answer instanceof Trouble ? answer.kind : answer.state))

/** Answers the list as asked: those in `paidMd5s` are paid. */
const listOf =
  (paidMd5s: readonly (string | undefined)[] = []): Route =>
  ({ body }, response) => {
    const items = (JSON.parse(body) as string[]).map((md5, at) =>
      paidMd5s.includes(md5)
        ? { md5, status: 'SUCCESS', data: transaction({ hash: String(at % 10).repeat(64) }) }
        : { md5, status: 'NOT_FOUND', message: 'Transaction could not be found.' },
    )
    answerJson(response, 200, success(items.toReversed()))
  }

test('asks by the MD5 of the code with the token, once, and counts the call before', async () => {
  const { bank, keeping, server } = await bakongAnswering({ [single]: paid })
  const found = await bank.verify(one, call)
  assert.deepEqual([found.state, found.movements.length, found.exchanges.length], ['paid', 1, 1])
  assert.ok(found.exchanges[0]?.answerBody.includes('ab'.repeat(32)), 'the transaction is not in what is kept')
  const [sent] = server.requests
  assert.deepEqual([sent?.method, sent?.url], ['POST', '/v1/check_transaction_by_md5'])
  assert.equal(sent?.body, JSON.stringify({ md5: one.codes[0]?.md5 }))
  assert.match(sent?.headers.authorization ?? '', /^Bearer eyJ/)
  assert.match(sent?.headers['user-agent'] ?? '', /^Mozilla\/5\.0 \(compatible; KHQR-Hub\)$/)
  assert.deepEqual(
    keeping.takes.map(({ kind, granted }) => [kind, granted]),
    [['reserved', true]],
  )
})

test('a code that was not found is unpaid, and a payment without a code was never shown and costs no call', async () => {
  const { bank, keeping } = await bakongAnswering({ [single]: notFound })
  assert.equal((await bank.verify(one, call)).state, 'unpaid')
  assert.equal((await bank.verify(keysOf('150002'), call)).state, 'not_found')
  assert.equal(keeping.takes.length, 1)
})

test('planned calls leave the reserve alone, and what is refused is not sent', async () => {
  const { bank, server } = await bakongAnswering({ [single]: notFound }, { keeping: { perDay: 2, reserve: 1 } })
  await bank.verify(one, planned)
  const quota = isTrouble({ kind: 'quota', outcome: 'not_done', httpStatus: undefined }, /kept in reserve/)
  await assert.rejects(bank.verify(one, planned), quota)
  await bank.verify(one, call)
  await assert.rejects(bank.verify(one, call), isTrouble({ kind: 'quota' }, /used up/))
  assert.equal(server.requests.length, 2)
})

for (const status of [200, 400, 429]) {
  test(`code 17 in an HTTP ${status} closes the day: latched with its number, trouble until the reset, nothing sent any more`, async () => {
    const { bank, keeping, server } = await bakongAnswering({ [single]: says(dayUsedUp, status) })
    const untilReset = (error: unknown) => {
      isTrouble({ kind: 'quota', outcome: 'not_done' })(error)
      const seconds = (resetsAt.getTime() - Date.now()) / 1000
      return error instanceof Trouble && Math.abs(error.retryAfterS - seconds) < 60
    }
    await assert.rejects(bank.verify(one, call), untilReset)
    assert.deepEqual(
      keeping.latches.map(({ perDay }) => perDay),
      [100],
    )
    await assert.rejects(bank.verify(one, call), untilReset)
    assert.equal(server.requests.length, 1)
    assert.equal((await bank.allowance?.())?.latched, true)
  })
}

test('another 429 is trouble, and closes nothing', async () => {
  const { bank, keeping } = await bakongAnswering({ [single]: says({}, 429) })
  await assert.rejects(
    bank.verify(one, call),
    isTrouble({ kind: 'error_answer', httpStatus: 429, outcome: 'not_done' }),
  )
  assert.deepEqual(keeping.latches, [])
})

test('a call without an answer was counted, and is not sent again by itself', async () => {
  const { bank, keeping, server } = await bakongAnswering({ [single]: silent })
  await assert.rejects(bank.verify(one, { ...call, deadlineMs: 200 }), isTrouble({ kind: 'timeout' }))
  assert.deepEqual([keeping.takes.length, server.requests.length], [1, 1])
})

test('a server error is trouble, and is not sent again by itself', async () => {
  const { bank, server } = await bakongAnswering({ [single]: says({}, 504) })
  await assert.rejects(bank.verify(one, call), isTrouble({ kind: 'error_answer', httpStatus: 504 }))
  assert.equal(server.requests.length, 1)
})

test('an open breaker costs no call', async () => {
  const { bank, keeping, server } = await bakongAnswering({ [single]: says({}, 500) })
  for (let time = 0; time < 10; time += 1) await bank.verify(one, call).catch(() => undefined)
  await assert.rejects(bank.verify(one, call), isTrouble({ kind: 'circuit_open' }))
  assert.deepEqual([keeping.takes.length, server.requests.length], [10, 10])
})

const unreadable: Record<string, Route> = {
  HTML: html,
  'an unknown code': says(refusal(14)),
  'code 9': says(refusal(9)),
}
for (const [what, route] of Object.entries(unreadable)) {
  test(`${what} is unknown, never unpaid`, async () => {
    const { bank } = await bakongAnswering({ [single]: route })
    const found = await bank.verify(one, call)
    assert.deepEqual([found.state, found.exchanges.length], ['unknown', 1])
    assert.ok(found.doubt)
  })
}

for (const [how, route] of [
  ['HTTP 401', says({}, 401)],
  ['code 6 in an HTTP 200', says(refusal(6, 'Unauthorized'))],
] as const) {
  test(`a token that is refused by ${how} is trouble that names its fingerprint`, async () => {
    const { bank, keeping } = await bakongAnswering({ [single]: route })
    const fingerprint = sha256Hex((await keeping.tokens.read()) ?? '').slice(0, 16)
    const refused = isTrouble({ kind: 'auth_refused', outcome: 'not_done' }, new RegExp(fingerprint))
    await assert.rejects(bank.verify(one, call), refused)
    assert.equal(keeping.takes[0]?.token, fingerprint)
  })
}

test('without a token, or with one that has ended, nothing is sent and nothing is counted', async () => {
  for (const token of [undefined, jwt(-1)]) {
    const { bank, keeping, server } = await bakongAnswering({ [single]: notFound }, { keeping: { token } as object })
    await assert.rejects(bank.verify(one, call), isTrouble({ kind: 'auth_refused', outcome: 'not_done' }))
    assert.deepEqual([keeping.takes.length, server.requests.length], [0, 0])
  }
})

test('a page of 403 is no refused token, and says what it may be', async () => {
  const { bank } = await bakongAnswering({ [single]: forbidden })
  const blocked = isTrouble({ kind: 'error_answer', httpStatus: 403, outcome: 'not_done' }, /Cambodian addresses/)
  await assert.rejects(bank.verify(one, call), blocked)
})

test('many payments are asked about in one call of at most 50, and each gets its own answer', async () => {
  const keys = many(120)
  const paidOnes = [keys[3], keys[77]].map((each) => each?.codes[0]?.md5)
  const { bank, counts, keeping, server } = await bakongAnswering({ [list]: listOf(paidOnes) })
  assert.equal(bank.codesPerCall?.(), 50)
  const answers = (await bank.verifyMany?.(keys, planned)) ?? []
  const paidAt = statesOf(answers).flatMap((state, at) => (state === 'paid' ? [at] : []))
  assert.deepEqual([answers.length, paidAt], [120, [3, 77]])
  assert.deepEqual(
    server.requests.map(({ body }) => (JSON.parse(body) as unknown[]).length),
    [50, 50, 20],
  )
  assert.deepEqual([counts, keeping.takes.length], [{ [list]: 3 }, 3])
})

test('what is kept beside a payment of a list is its own part of it', async () => {
  const keys = many(3)
  const { bank } = await bakongAnswering({ [list]: listOf([keys[1]?.codes[0]?.md5]) })
  const answers = (await bank.verifyMany?.(keys, planned)) ?? []
  answers.forEach((answer, at) => {
    assert.ok(!(answer instanceof Trouble))
    const kept = JSON.stringify(answer.exchanges)
    assert.equal(kept.includes('1'.repeat(64)), at === 1)
    keys.forEach((other, place) => assert.equal(kept.includes(other.codes[0]?.md5 ?? ''), place === at))
  })
})

test('every code of a payment is asked about, and one that is paid is enough', async () => {
  const codes = [code('new'), code('older'), code('oldest')]
  const { bank, counts } = await bakongAnswering({ [list]: listOf([codes[2]?.md5]) })
  const found = await bank.verify(keysOf('150001', ...codes), call)
  assert.deepEqual([found.state, found.movements.length, found.exchanges.length, counts], ['paid', 1, 3, { [list]: 1 }])
})

test('where lists alone are refused, one payment is asked about by single calls and the others are planned again', async () => {
  const { bank, counts, time } = await bakongAnswering({ [list]: forbidden, [single]: notFound })
  assert.deepEqual(statesOf((await bank.verifyMany?.(many(3), planned)) ?? []), ['unpaid', 'quota', 'quota'])
  assert.equal(bank.codesPerCall?.(), 1)
  assert.deepEqual(statesOf((await bank.verifyMany?.(many(3), planned)) ?? []), ['unpaid', 'unpaid', 'unpaid'])
  assert.deepEqual(counts, { [list]: 1, [single]: 4 })
  time.shiftMs = 24 * 3_600_000
  assert.equal(bank.codesPerCall?.(), 50)
  await bank.verifyMany?.(many(3), planned)
  assert.deepEqual(counts, { [list]: 2, [single]: 5 })
})

test('one payment with several codes is asked about at once where lists are refused', async () => {
  const { bank, counts } = await bakongAnswering({ [list]: forbidden, [single]: notFound })
  assert.equal((await bank.verify(keysOf('150001', code('a'), code('b'), code('c')), call)).state, 'unpaid')
  assert.deepEqual(counts, { [list]: 1, [single]: 3 })
})

test('where every call is refused from abroad, lists are not what is closed', async () => {
  const { bank, counts } = await bakongAnswering({ '*': forbidden })
  assert.deepEqual(statesOf((await bank.verifyMany?.(many(2), planned)) ?? []), ['error_answer', 'error_answer'])
  assert.deepEqual([bank.codesPerCall?.(), counts], [50, { [list]: 1, [single]: 1 }])
})

test('once the day is used up, what was not asked about is trouble in its place', async () => {
  const route: Route = (request, response, count) => (count <= 3 ? notFound : says(dayUsedUp))(request, response, count)
  const { bank, server } = await bakongAnswering({ [single]: route, [list]: forbidden })
  await bank.verifyMany?.(many(1), planned)
  await bank.verifyMany?.(many(2), planned)
  const answers = (await bank.verifyMany?.(many(4), planned)) ?? []
  assert.deepEqual(statesOf(answers), ['unpaid', 'quota', 'quota', 'quota'])
  assert.equal(server.requests.length, 5)
})

test('a list that cannot be read is unknown for all of them', async () => {
  for (const route of [html, says(refusal(1)), says(success({})), says(refusal(5))]) {
    const { bank } = await bakongAnswering({ [list]: route })
    assert.deepEqual(statesOf((await bank.verifyMany?.(many(2), planned)) ?? []), ['unknown', 'unknown'])
  }
})

test('a code that Bakong calls static is asked about once', async () => {
  const { bank, counts } = await bakongAnswering({ [single]: says(refusal(2)) })
  for (let time = 0; time < 3; time += 1) {
    const found = await bank.verify(one, call)
    assert.match(`${found.state}: ${found.doubt}`, /^unknown: .*static/)
  }
  assert.deepEqual(counts, { [single]: 1 })
})

test('every way to find a transaction has its call and its body', async () => {
  const { parts, server } = await bakongAnswering({ '*': notFound })
  const deadline = () => parts.guard.startDeadline(call)
  const hash = 'ab'.repeat(32)
  const amount = { amountMinor: 1_250n, currency: 'USD' } as const
  for (const key of [
    { by: 'hash', hash },
    { by: 'short-hash', hash, amount },
    { by: 'instruction-ref', instructionRef: 'made-up-1' },
    { by: 'external-ref', externalRef: '100FT000000001' },
  ] as const) {
    await checkTransaction(parts, key, call, deadline())
  }
  await checkTransactions(parts, 'hash', [hash], call, deadline())
  assert.deepEqual(
    server.requests.map(({ url, body }) => [url, body]),
    [
      ['/v1/check_transaction_by_hash', `{"hash":"${hash}"}`],
      ['/v1/check_transaction_by_short_hash', '{"hash":"abababab","amount":12.50,"currency":"USD"}'],
      ['/v1/check_transaction_by_instruction_ref', '{"instructionRef":"made-up-1"}'],
      ['/v1/check_transaction_by_external_ref', '{"externalRef":"100FT000000001"}'],
      ['/v1/check_transaction_by_hash_list', `["${hash}"]`],
    ],
  )
})
