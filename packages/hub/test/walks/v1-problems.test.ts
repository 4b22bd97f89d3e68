import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operate, operatorToken, raiseCase } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { type Answer, type How, startTestHub, type TestHub } from '../support/running-hub.ts'

type Row = readonly [
  what: string,
  status: number,
  code: string,
  ask: (hub: TestHub) => Promise<Answer>,
  fields?: string[],
]

const get =
  (path: string, how: How = {}) =>
  (hub: TestHub) =>
    hub.gateway('GET', path, { token: operatorToken(hub), ...how })
const close = (how: How) => async (hub: TestHub) =>
  hub.gateway('POST', `/v1/cases/${await raiseCase(hub)}/close`, { token: operatorToken(hub), ...how })
const json = { 'content-type': 'application/json' }
const good = '{"outcome":"resolved","reason":"It was looked at."}'

const rows: readonly Row[] = [
  ['no bearer', 401, 'UNAUTHORIZED', (hub) => hub.gateway('GET', '/v1/cases')],
  ['a forged bearer', 401, 'UNAUTHORIZED', get('/v1/cases', { token: 'a.b.c' })],
  ['no bearer on an unknown path', 401, 'UNAUTHORIZED', (hub) => hub.gateway('GET', '/v1/nothing')],
  [
    'the wrong scope',
    403,
    'FORBIDDEN',
    (hub) => hub.gateway('GET', '/v1/cases', { token: hub.token('payments:read') }),
  ],
  [
    'a bank',
    403,
    'FORBIDDEN',
    (hub) => hub.gateway('GET', '/v1/cases', { token: hub.secrets.banks['AMK']?.bankToken }),
  ],
  [
    'a token that may operate, of nobody registered',
    403,
    'OPERATOR_REQUIRED',
    (hub) => hub.gateway('POST', '/v1/cases/case_x/close', { token: hub.token('money:operate'), body: '{' }),
  ],
  ['an unknown path', 404, 'RESOURCE_NOT_FOUND', get('/v1/nothing')],
  ['the root', 404, 'RESOURCE_NOT_FOUND', get('/v1')],
  ['a bank called v1, which is none', 404, 'RESOURCE_NOT_FOUND', get('/v1/payments?query=P123456789')],
  [
    'another method',
    405,
    'METHOD_NOT_ALLOWED',
    (hub) => hub.gateway('DELETE', '/v1/cases', { token: operatorToken(hub) }),
  ],
  ['a path that cannot be read', 400, 'BAD_REQUEST', get('/v1/cases/%zz')],
  ['a clock far from ours', 400, 'BAD_REQUEST', get('/v1/cases', { headers: { 'x-timestamp': '5' } }), ['X-Timestamp']],
  ['an unknown parameter', 400, 'BAD_REQUEST', get('/v1/cases?all=1'), ['all']],
  ['a parameter given twice', 400, 'BAD_REQUEST', get('/v1/cases?limit=1&limit=2'), ['limit']],
  ['an empty body', 400, 'BAD_REQUEST', close({ body: '', headers: json })],
  ['a body that is not JSON', 400, 'BAD_REQUEST', close({ body: '{"outcome":', headers: json })],
  ['a body that is not UTF-8', 400, 'BAD_REQUEST', close({ body: new Uint8Array([0x22, 0xff, 0x22]), headers: json })],
  ['a body that is no object', 400, 'BAD_REQUEST', close({ body: '["resolved"]', headers: json })],
  ['a body nested deep', 400, 'BAD_REQUEST', close({ body: '['.repeat(100), headers: json })],
  ['no fields', 400, 'BAD_REQUEST', close({ json: {} }), ['outcome', 'reason']],
  [
    'an unknown property',
    400,
    'BAD_REQUEST',
    close({ json: { outcome: 'resolved', reason: 'Seen.', force: true } }),
    ['force'],
  ],
  [
    'a property called __proto__',
    400,
    'BAD_REQUEST',
    close({ body: good.replace('{', '{"__proto__":{},'), headers: json }),
    ['__proto__'],
  ],
  [
    'text where a word is meant',
    400,
    'BAD_REQUEST',
    close({ json: { outcome: 5, reason: null } }),
    ['outcome', 'reason'],
  ],
  [
    'a parameter on a POST',
    400,
    'BAD_REQUEST',
    async (hub) => operate(hub, `cases/${await raiseCase(hub)}/close?force=1`, JSON.parse(good)),
    ['force'],
  ],
  ['no content type', 415, 'UNSUPPORTED_MEDIA_TYPE', close({ body: new TextEncoder().encode(good) })],
  [
    'a form',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    close({ body: good, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  [
    'a body of more than 64 KB',
    413,
    'PAYLOAD_TOO_LARGE',
    close({ json: { outcome: 'resolved', reason: 'x'.repeat(65_536) } }),
  ],
]

test('every error below /v1 is an RFC 9457 problem', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  for (const [what, status, code, ask, fields] of rows) {
    await t.test(`${what} is ${status} ${code}`, async () => {
      const answer = await ask(hub)
      const found = assertProblem(answer, status, code)
      assert.deepEqual(found, fields ?? [])
      assert.equal(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer realm="khqr-hub"' : null)
    })
  }
  await t.test('a path tells which methods it has', async () => {
    const answer = await hub.gateway('PUT', '/v1/cases/case_1/close', { token: operatorToken(hub), json: {} })
    assertProblem(answer, 405, 'METHOD_NOT_ALLOWED')
    assert.equal(answer.headers.get('allow'), 'POST')
  })
  await t.test('a request id is given back, and a strange one replaced', async () => {
    const authorization = `Bearer ${operatorToken(hub)}`
    const mine = await rawRequest(hub.running.ports.gateway, 'GET', '/v1/cases/x', {
      headers: { authorization, 'x-request-id': 'my-request.1' },
    })
    assert.equal(JSON.parse(mine.text).request_id, 'my-request.1')
    const strange = await rawRequest(hub.running.ports.gateway, 'GET', '/v1/cases/x', {
      headers: { authorization, 'x-request-id': 'a b' },
    })
    assert.match(JSON.parse(strange.text).request_id, /^[0-9a-f-]{36}$/)
  })
})

test('whoever asks too often is told so in a problem, with Retry-After', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '3' })
  const token = operatorToken(hub)
  for (let n = 0; n < 3; n += 1) assert.equal((await hub.gateway('GET', '/v1/cases', { token })).status, 200)
  const answer = await hub.gateway('GET', '/v1/cases', { token })
  assertProblem(answer, 429, 'RATE_LIMIT_EXCEEDED')
  assert.match(answer.headers.get('retry-after') ?? '', /^\d{1,2}$/)
  assertProblem(await hub.gateway('GET', '/v1/nothing', { token }), 429, 'RATE_LIMIT_EXCEEDED')
})

test('a broken database is told as a problem that may be tried again, and nothing of it shows', async (t) => {
  const hub = await startTestHub(t)
  await hub.pool.query('alter table cases rename to elsewhere')
  const answer = await hub.gateway('GET', '/v1/cases', { token: operatorToken(hub) })
  assertProblem(answer, 500, 'INTERNAL_ERROR')
  assert.doesNotMatch(answer.text, /cases|relation |SELECT|from /i)
})
