import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../kit/crypto.ts'
import {
  bakongAnswering,
  call,
  html,
  jwt,
  notFound,
  refusal,
  type Routes,
  says,
  single,
  success,
} from './test-bakong.ts'
import { code, keysOf } from './test-bakong.ts'

const renewal = 'renew_token'
const email = 'example@bank.example'
const fingerprintOf = (token: string) => sha256Hex(token).slice(0, 16)
const one = keysOf('150001', code('code 1'))

/** Bakong that gives `fresh` for our address, and a connector whose kept token is `token`. */
async function renewing(token: string | undefined, fresh: string, routes: Routes = {}) {
  const gives = says({ ...success({ token: fresh }), responseMessage: 'Token has been issued' })
  const world = await bakongAnswering(
    { [renewal]: gives, [single]: notFound, ...routes },
    { raw: { email }, keeping: { token } as object },
  )
  return { ...world, look: () => world.bank.keepToken?.(call) }
}

const ages: readonly (readonly [days: number, state: string, calls: number])[] = [
  [60, 'good', 0],
  [15, 'good', 0],
  [13, 'ends_soon', 0],
]
for (const [days, state, calls] of ages) {
  test(`a token with ${days} days left is ${state}, and nothing is asked`, async () => {
    const { look, server } = await renewing(jwt(days), jwt(90))
    const health = await look()
    assert.deepEqual([health?.state, health?.renewed, server.requests.length], [state, false, calls])
    assert.ok(Math.abs((health?.endsAt?.getTime() ?? 0) - Date.now() - days * 86_400_000) < 60_000)
  })
}

for (const [what, token] of [
  ['in its last ten days', jwt(9)],
  ['that has ended', jwt(-1)],
  ['that is missing', undefined],
] as const) {
  test(`a token ${what} is renewed: the new one is seen to work before it is kept`, async () => {
    const fresh = jwt(90, 'fresh')
    const { look, server, keeping } = await renewing(token, fresh)
    const health = await look()
    assert.deepEqual([health?.state, health?.renewed, health?.fingerprint], ['good', true, fingerprintOf(fresh)])
    const [first, second] = server.requests
    assert.deepEqual(
      [first?.url, first?.body, first?.headers.authorization],
      [`/v1/${renewal}`, JSON.stringify({ email }), undefined],
    )
    assert.deepEqual([second?.url, second?.headers.authorization], [`/v1/${single}`, `Bearer ${fresh}`])
    assert.deepEqual(keeping.stored, [fresh])
    assert.deepEqual(
      keeping.takes.map(({ token: of, kind }) => [of, kind]),
      [[fingerprintOf(fresh), 'reserved']],
    )
  })
}

const failures: Record<string, Routes> = {
  'the new one is refused': { [single]: says({}, 401) },
  'the new one cannot be proved': { [single]: html },
  'the address is not registered': { [renewal]: says(refusal(10)) },
  'the answer holds no token': { [renewal]: says(success({})) },
  'the answer holds a token with a line break': { [renewal]: says(success({ token: 'a\nb' })) },
  'the answer holds a token that has ended': { [renewal]: says(success({ token: jwt(-1) })) },
  'the answer is a page': { [renewal]: html },
  'the call fails': { [renewal]: says({}, 500) },
}
for (const [what, routes] of Object.entries(failures)) {
  test(`the old token stays when ${what}`, async () => {
    const old = jwt(5)
    const { look, keeping } = await renewing(old, jwt(90, 'fresh'), routes)
    const health = await look()
    assert.deepEqual([health?.state, health?.renewed, health?.fingerprint], ['ends_soon', false, fingerprintOf(old)])
    assert.match(health?.sentence ?? '', /Renewing it failed/)
    assert.deepEqual([keeping.stored, await keeping.tokens.read()], [[], old])
  })
}

test('a renewal is not tried again within the hour, and an unproved token is proved before another is asked for', async () => {
  let works = false
  const fresh = jwt(90, 'fresh')
  const { look, counts, keeping, time } = await renewing(jwt(5), fresh, {
    [single]: (...of) => (works ? notFound : html)(...of),
  })
  await look()
  works = true
  await look()
  assert.deepEqual(keeping.stored, [])
  time.shiftMs = 3_600_000
  assert.equal((await look())?.renewed, true)
  assert.deepEqual([keeping.stored, counts[renewal]], [[fresh], 1])
})

test('a token that a status call saw refused is refused, and is renewed', async () => {
  const old = jwt(60)
  const fresh = jwt(90, 'fresh')
  const { look, bank } = await renewing(old, fresh, {
    [single]: (request, ...of) =>
      (request.headers.authorization === `Bearer ${old}` ? says(refusal(6)) : notFound)(request, ...of),
  })
  assert.equal((await look())?.state, 'good')
  await bank.verify(one, call).catch(() => undefined)
  assert.equal((await look())?.renewed, true)
  assert.equal((await bank.verify(one, call)).state, 'unpaid')
})

test('a renewal that fails is warned of, also where a warning was wanted later', async () => {
  const raw = { email, 'renew-days-before': 20, 'warn-days-before': 5 }
  const { bank } = await bakongAnswering({ [renewal]: html }, { raw, keeping: { token: jwt(15) } })
  const health = await bank.keepToken?.(call)
  assert.deepEqual([health?.state, health?.renewed], ['ends_soon', false])
})

test('without an e-mail address nothing is renewed, and the sentence says what to do', async () => {
  for (const [token, state] of [
    [jwt(5), 'ends_soon'],
    [jwt(-1), 'ended'],
    [undefined, 'missing'],
  ] as const) {
    const { bank, server } = await bakongAnswering({}, { keeping: { token } as object })
    const health = await bank.keepToken?.(call)
    assert.deepEqual([health?.state, server.requests.length], [state, 0])
    assert.match(health?.sentence ?? '', /[Ee]nter/)
  }
})

test('a token that is no JWT does not say when it ends, and is used', async () => {
  const { bank } = await bakongAnswering({ [single]: notFound }, { keeping: { token: 'sample-token' } })
  const health = await bank.keepToken?.(call)
  assert.deepEqual([health?.state, health?.endsAt], ['good', undefined])
  assert.equal((await bank.verify(one, call)).state, 'unpaid')
})

test('of the kept and the configured token the one that ends later is used', async () => {
  for (const [kept, configured, used] of [
    [jwt(20, 'kept'), jwt(40, 'set'), 'set'],
    [jwt(40, 'kept'), jwt(20, 'set'), 'kept'],
    [undefined, jwt(20, 'set'), 'set'],
    ['kept-without-an-end', jwt(20, 'set'), 'kept'],
  ] as const) {
    const { bank } = await bakongAnswering({}, { raw: { token: configured }, keeping: { token: kept } as object })
    const wanted = used === 'set' ? configured : kept
    assert.equal((await bank.keepToken?.(call))?.fingerprint, fingerprintOf(wanted ?? ''))
  }
})

test('no token and no address stands in what is kept or said', async () => {
  const fresh = jwt(90, 'fresh')
  const { parts, look, bank } = await renewing(jwt(5), fresh, { [single]: says({}, 401) })
  const said = [JSON.stringify(await look())]
  await bank.verify(one, call).catch((error) => said.push(JSON.stringify(error.exchange), String(error)))
  for (const secret of [fresh, email, (await parts.keeping.tokens.read()) ?? '']) {
    assert.ok(!said.join('\n').includes(secret))
  }
})
