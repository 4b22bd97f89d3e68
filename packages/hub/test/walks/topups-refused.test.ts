import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { unguarded } from '../support/unguarded.ts'
import { askTopup, assertTopupRefused, newUser, openTopup, topupToken } from '../support/topups.ts'

type Row = readonly [what: string, fields: Readonly<Record<string, unknown>>, wrong: readonly string[]]

const rows: readonly Row[] = [
  ['nothing', { userId: undefined, amount: undefined, currency: undefined }, ['amount', 'currency', 'userId']],
  ['everything wrong', { userId: 'a b', amount: '-1', currency: 'EUR' }, ['amount', 'currency', 'userId']],
  ['an empty user', { userId: '' }, ['userId']],
  ['a user of 65 characters', { userId: 'u'.repeat(65) }, ['userId']],
  ['a user with a slash', { userId: 'a/b' }, ['userId']],
  ['a user that is a number', { userId: 7 }, ['userId']],
  ['a user whose wallet has no path: one dot', { userId: '.' }, ['userId']],
  ['a user whose wallet has no path: two dots', { userId: '..' }, ['userId']],
  ['an amount of nothing', { amount: '0.00' }, ['amount']],
  ['too many decimals', { amount: '1.005' }, ['amount']],
  ['a part of a riel', { amount: '100.5', currency: 'KHR' }, ['amount']],
  ['an exponent in text', { amount: '1e2' }, ['amount']],
  ['an amount with a comma', { amount: '1,000' }, ['amount']],
  ['an amount that no code can carry', { amount: '99999999999999999999' }, ['amount']],
  ['an amount that is a list', { amount: ['10'] }, ['amount']],
  ['a currency in lower case', { currency: 'usd' }, ['currency']],
  ['an unknown property', { userid: 'x' }, ['userid']],
  ['an unknown property with a slash in its name', { 'a/b~c': 'x' }, ['a/b~c']],
  ['an empty description', { description: '' }, ['description']],
  ['a description of two lines', { description: 'a\nb' }, ['description']],
  ['a description of two lines, without a line feed', { description: 'a\u2028b' }, ['description']],
  ['a description with half a character', { description: 'a\ud800b' }, ['description']],
  ['a description of 256 characters', { description: 'x'.repeat(256) }, ['description']],
  ['a way back that is a script', { return_url: 'javascript:alert(1)' }, ['return_url']],
  ['a way back in plain HTTP', { return_url: 'http://shop.example/' }, ['return_url']],
  ['a way back with a password', { cancel_url: 'https://a:b@shop.example/' }, ['cancel_url']],
  ['a way back that a page would read as a path of its own', { cancel_url: 'https:shop.example' }, ['cancel_url']],
  ['a way back with one slash', { return_url: 'https:/shop.example' }, ['return_url']],
  ['a way back with backslashes', { return_url: 'https:\\\\shop.example' }, ['return_url']],
  ['a way back that is no address', { cancel_url: 'shop' }, ['cancel_url']],
  ['both ways back wrong', { return_url: 'x', cancel_url: 7 }, ['cancel_url', 'return_url']],
]

test('a top-up that is not right is refused with all that is wrong at once', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  for (const [what, fields, wrong] of rows) {
    await t.test(`${what}: 422 about ${wrong.join(', ')}`, async () => {
      assert.deepEqual(assertTopupRefused(await askTopup(hub, fields), 422), wrong)
    })
  }
  await t.test('outside the limits: 422 that names the limit', () => limits(hub))
  await t.test('a method that there is not is refused', () => noMethod(hub))
  await t.test('amounts are read as numbers too, digit by digit', () => numbers(hub))
  await t.test('what is no JSON object is refused before its fields', () => bodies(hub))
  await t.test('a clock that is ten minutes off is refused', () => clock(hub))
  await t.test('scopes decide, and refusals have the form of this surface', () => scopes(hub))
  await t.test('wallets and top-ups with names that cannot be are refused', () => badPaths(hub))
  await t.test('another method and an unknown path are told in the form of this surface', () => otherMethods(hub))
  await t.test('a keyed request has one effect', () => keys(hub))
  await t.test('the same key at once is one top-up', () => keysAtOnce(hub))
  await t.test('one that was abandoned is resumed with the same top-up, opened already or not', () => resumed(hub))
  await t.test('nothing of what was refused was opened', () => nothingOpened(hub))
})

let opened = 0

async function limits(hub: TestHub): Promise<void> {
  const cases = [
    ['1000.01', 'USD', /1,?000\.00/],
    ['99', 'KHR', /\b100\b/],
    ['4000001', 'KHR', /4,?000,?000/],
  ] as const
  for (const [amount, currency, limit] of cases) {
    const answer = await askTopup(hub, { amount, currency })
    assert.deepEqual(assertTopupRefused(answer, 422), ['amount'])
    assert.match(answer.text, limit)
  }
  for (const [amount, currency] of [
    ['0.01', 'USD'],
    ['1000.00', 'USD'],
    ['100', 'KHR'],
    ['4000000', 'KHR'],
  ]) {
    await openTopup(hub, { amount, currency })
    opened += 1
  }
}

async function noMethod(hub: TestHub): Promise<void> {
  for (const method of ['NOBANK', 'AMK']) {
    const answer = await askTopup(hub, { method })
    assert.ok([409, 422].includes(answer.status), answer.text)
    assertTopupRefused(answer, answer.status)
  }
}

async function numbers(hub: TestHub): Promise<void> {
  for (const [amount, read] of [
    ['10.50', '10.50'],
    ['7', '7.00'],
    ['1.05e1', '10.50'],
  ]) {
    const body = `{"userId":"${newUser()}","amount":${amount},"currency":"USD"}`
    const headers = { 'content-type': 'application/json' }
    const answer = await hub.gateway('POST', '/api/topups/v1', { token: topupToken(hub), body, headers })
    assert.deepEqual([answer.status, answer.json['amount']], [201, read], answer.text)
    opened += 1
  }
}

async function bodies(hub: TestHub): Promise<void> {
  const json = { 'content-type': 'application/json' }
  const cases = [
    ['', json, 400],
    ['{', json, 400],
    ['[]', json, 400],
    ['null', json, 400],
    ['{}', { 'content-type': 'text/plain' }, 415],
    [`{"a":"${'x'.repeat(70_000)}"}`, json, 413],
  ] as const
  for (const [body, headers, status] of cases) {
    const answer = await hub.gateway('POST', '/api/topups/v1', { token: topupToken(hub), body, headers })
    assertTopupRefused(answer, status)
  }
}

async function clock(hub: TestHub): Promise<void> {
  const headers = { 'x-timestamp': String(Math.floor(Date.now() / 1_000) - 600) }
  assert.deepEqual(assertTopupRefused(await askTopup(hub, {}, { headers }), 400), ['X-Timestamp'])
}

async function scopes(hub: TestHub): Promise<void> {
  const { id } = await openTopup(hub)
  opened += 1
  const reads = [`/api/topups/v1/${id}`, '/api/topups/v1/methods', '/api/wallets/v1/somebody']
  for (const path of reads) {
    for (const [scope, status] of [
      ['topups:write', 200],
      ['payments:read', 200],
      ['bills:read khqr:create payments:write', 403],
      ['bank:AMK', 403],
    ] as const) {
      const answer = await hub.gateway('GET', path, { token: hub.token(scope) })
      if (status === 200) assert.equal(answer.status, 200, answer.text)
      else assertTopupRefused(answer, status)
    }
  }
  assertTopupRefused(await askTopup(hub, {}, { token: hub.token('payments:read payments:write') }), 403)
  const none = await hub.gateway('GET', reads[0] ?? '', {})
  assertTopupRefused(none, 401)
  assert.match(none.headers.get('www-authenticate') ?? '', /^Bearer/)
  assertTopupRefused(await askTopup(hub, {}, { token: 'unknown' }), 401)
}

async function badPaths(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  const cases = [
    ['/api/topups/v1/x', 'id'],
    ['/api/topups/v1/pay_x', 'id'],
    ['/api/topups/v1/methods?all=1', 'all'],
    ['/api/wallets/v1/a%20b', 'userId'],
    [`/api/wallets/v1/${'u'.repeat(65)}`, 'userId'],
    ['/api/wallets/v1/a?limit=101', 'limit'],
    ['/api/wallets/v1/a?limit=0', 'limit'],
    ['/api/wallets/v1/a?cursor=xxxx', 'cursor'],
    ['/api/wallets/v1/a?page=1', 'page'],
  ] as const
  for (const [path, field] of cases) {
    const answer = await hub.gateway('GET', path, { token })
    assert.deepEqual(assertTopupRefused(answer, 422), [field], path)
  }
}

async function otherMethods(hub: TestHub): Promise<void> {
  const token = topupToken(hub)
  for (const [method, path, status, allow] of [
    ['PUT', '/api/topups/v1', 405, 'POST'],
    ['GET', '/api/topups/v1', 405, 'POST'],
    ['OPTIONS', '/api/topups/v1/methods', 405, 'GET'],
    ['DELETE', '/api/topups/v1/150001', 405, 'GET'],
    ['POST', '/api/wallets/v1/somebody', 405, 'GET'],
    ['GET', '/api/wallets/v1', 404, null],
    ['GET', '/api/topups/v2/methods', 404, null],
  ] as const) {
    const answer = await hub.gateway(method, path, { token })
    assertTopupRefused(answer, status)
    assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
  }
  assertTopupRefused(await hub.gateway('PUT', '/api/topups/v1'), 401)
}

async function keys(hub: TestHub): Promise<void> {
  const userId = newUser()
  const token = topupToken(hub)
  const headers = { 'idempotency-key': 'topup-key-1' }
  const first = await askTopup(hub, { userId }, { token, headers })
  assert.deepEqual([first.status, first.headers.get('idempotent-replayed')], [201, null], first.text)
  opened += 1
  const again = await askTopup(hub, { userId }, { token, headers })
  assert.deepEqual([again.status, again.text, again.headers.get('idempotent-replayed')], [201, first.text, 'true'])
  assertTopupRefused(await askTopup(hub, { userId, amount: '11.00' }, { token, headers }), 422)
  const other = await askTopup(hub, { userId }, { token: topupToken(hub), headers })
  assert.notEqual(other.json['id'], first.json['id'], 'another client has keys of its own')
  opened += 1
  const wrong = await askTopup(hub, { userId }, { token, headers: { 'idempotency-key': 'a b' } })
  assert.deepEqual(assertTopupRefused(wrong, 422), ['Idempotency-Key'])
  const refusedKey = { 'idempotency-key': 'topup-key-2' }
  const refused = await askTopup(hub, { userId, amount: '1000.01' }, { token, headers: refusedKey })
  const refusedAgain = await askTopup(hub, { userId, amount: '1000.01' }, { token, headers: refusedKey })
  assertTopupRefused(refusedAgain, 422)
  assert.deepEqual([refusedAgain.text, refusedAgain.headers.get('idempotent-replayed')], [refused.text, 'true'])
}

async function keysAtOnce(hub: TestHub): Promise<void> {
  const userId = newUser()
  const token = topupToken(hub)
  const headers = { 'idempotency-key': 'topup-key-3' }
  const answers = await Promise.all(Array.from({ length: 8 }, () => askTopup(hub, { userId }, { token, headers })))
  const ids = new Set(answers.filter(({ status }) => status === 201).map(({ json }) => String(json['id'])))
  assert.equal(ids.size, 1)
  for (const answer of answers.filter(({ status }) => status !== 201)) assertTopupRefused(answer, 409)
  opened += 1
}

async function resumed(hub: TestHub): Promise<void> {
  const json = { userId: newUser(), amount: '10.50', currency: 'USD' }
  const token = hub.token('topups:write', 'resuming-client')
  const headers = { 'idempotency-key': 'topup-key-4' }
  const first = await askTopup(hub, json, { token, headers })
  assert.equal(first.status, 201, first.text)
  opened += 1
  // As a process leaves it that dies between the effect and its answer, and as one that dies before the effect.
  await unguarded(
    hub,
    `update idempotency_keys set state = 'running', status = null, body = null, answered_at = null, claimed_until = '-infinity'
      where key = $1`,
    ['topup-key-4'],
  )
  const again = await askTopup(hub, json, { token, headers })
  assert.deepEqual([again.status, again.json['id'], again.json['hash']], [201, first.json['id'], first.json['hash']])
  await hub.pool.query(
    `insert into idempotency_keys (subject, key, route, body_sha256, object_id, claimed_until)
      select subject, 'topup-key-5', route, body_sha256, 'pay_' || repeat('0', 25) || '7', '-infinity' from idempotency_keys where key = $1`,
    ['topup-key-4'],
  )
  const later = await askTopup(hub, json, { token, headers: { 'idempotency-key': 'topup-key-5' } })
  assert.deepEqual([later.status, String(later.json['id'])], [201, `pay_${'0'.repeat(25)}7`], later.text)
  opened += 1
}

async function nothingOpened(hub: TestHub): Promise<void> {
  const { rows } = await hub.pool.query(`select count(*)::int as count from payments where payable_kind = 'topup'`)
  assert.equal(rows[0].count, opened)
}
