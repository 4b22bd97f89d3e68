import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNothingLeaks } from '../support/refused.ts'
import { type Answer, type How, startTestHub, type TestHub } from '../support/running-hub.ts'

const form = 'application/x-www-form-urlencoded'

test('POST /auth/token gives access tokens to registered clients', async (t) => {
  const hub = await startTestHub(t)
  const secret = hub.secrets.demoClientSecret
  const ask = (how: How) => hub.gateway('POST', '/auth/token', how)
  for (const [title, { how, scope }] of Object.entries(goodRequests(secret))) {
    await t.test(title, async () => {
      const answer = await ask(how)
      assert.equal(answer.status, 200, answer.text)
      const { access_token: token, ...rest } = answer.json as unknown as Record<string, string>
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope })
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.deepEqual(await reach(hub, token ?? ''), scope.includes('bills:read') ? 200 : 403)
    })
  }
  for (const [title, { how, status, error }] of Object.entries(badRequests(secret))) {
    await t.test(title, async () => assertOauthError(await ask(how), status, error))
  }
  await t.test('a wrong secret and an unknown client look the same', async () => {
    const wrong = await ask({ json: { grant_type: 'client_credentials', client_id: 'demo-app', client_secret: 'x' } })
    const unknown = await ask({ json: { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' } })
    assert.equal(wrong.text, unknown.text)
    assert.match(wrong.headers.get('www-authenticate') ?? '', /^Basic /)
  })
})

async function reach(hub: TestHub, token: string): Promise<number> {
  return (await hub.gateway('GET', '/gateway/payments?query=P123456789', { token })).status
}

function assertOauthError(answer: Answer, status: number, error: string): void {
  assert.deepEqual([answer.status, answer.json['error']], [status, error], answer.text)
  assert.deepEqual(Object.keys(answer.json), ['error', 'error_description'])
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.ok(answer.headers.get('x-request-id'))
  assertNothingLeaks(answer.text)
}

const allScopes =
  'bills:read khqr:create payments:read payments:write topups:write orders:read orders:manage orders:pay'

function goodRequests(secret: string): Readonly<Record<string, { how: How; scope: string }>> {
  const client = { grant_type: 'client_credentials', client_id: 'demo-app', client_secret: secret }
  const basic = `Basic ${Buffer.from(`demo-app:${secret}`).toString('base64')}`
  const formOf = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  return {
    'JSON, every scope by default': { how: { json: client }, scope: allScopes },
    'JSON, one scope': { how: { json: { ...client, scope: 'bills:read' } }, scope: 'bills:read' },
    'JSON, two scopes with blanks around': {
      how: { json: { ...client, scope: ' bills:read  khqr:create ' } },
      scope: 'bills:read khqr:create',
    },
    'JSON without bills:read': { how: { json: { ...client, scope: 'khqr:create' } }, scope: 'khqr:create' },
    'JSON with a charset': {
      how: { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(client) },
      scope: allScopes,
    },
    'a form': {
      how: { headers: { 'content-type': form }, body: formOf({ ...client, scope: 'bills:read' }) },
      scope: 'bills:read',
    },
    'a form with HTTP Basic': {
      how: {
        headers: { 'content-type': form, authorization: basic },
        body: formOf({ grant_type: 'client_credentials' }),
      },
      scope: allScopes,
    },
    'a property nobody knows': { how: { json: { ...client, audience: 'x' } }, scope: allScopes },
  }
}

function badRequests(secret: string): Readonly<Record<string, { how: How; status: number; error: string }>> {
  const client = { grant_type: 'client_credentials', client_id: 'demo-app', client_secret: secret }
  const json = (more: object) => ({ json: { ...client, ...more } })
  const raw = (type: string, body: string | Uint8Array): How => ({ headers: { 'content-type': type }, body })
  const invalid = (how: How) => ({ how, status: 400, error: 'invalid_request' })
  const refused = (how: How) => ({ how, status: 401, error: 'invalid_client' })
  const excess = (scope: string) => ({ how: json({ scope }), status: 400, error: 'invalid_scope' })
  return {
    'a wrong secret': refused(json({ client_secret: `${secret}x` })),
    'an empty secret': refused(json({ client_secret: '' })),
    "the secret's digest": refused(json({ client_secret: '0'.repeat(64) })),
    'an unknown client': refused(json({ client_id: 'nobody' })),
    'a client with a NUL in its name': refused(json({ client_id: 'demo-app\u0000' })),
    'a client with half a surrogate pair in its name': refused(
      raw('application/json', '{"client_id":"\\ud800","client_secret":"x","grant_type":"client_credentials"}'),
    ),
    'a client with a very long name': refused(json({ client_id: 'x'.repeat(10_000) })),
    'Basic with a wrong secret beside a right one in the body': refused({
      ...raw(form, new URLSearchParams(client).toString()),
      headers: { 'content-type': form, authorization: `Basic ${Buffer.from('demo-app:x').toString('base64')}` },
    }),
    'a scope the client was not registered for': excess('bills:read bank:AMK'),
    'the scope of the operators': excess('money:operate'),
    'a scope in capitals': excess('BILLS:READ'),
    'another grant': { how: json({ grant_type: 'password' }), status: 400, error: 'unsupported_grant_type' },
    'a grant that is a number': invalid(json({ grant_type: 1 })),
    'no client id': invalid(json({ client_id: undefined })),
    'no secret': invalid(json({ client_secret: undefined })),
    'a secret that is a list': invalid(json({ client_secret: [secret] })),
    'a scope that is a list': invalid(json({ scope: ['bills:read'] })),
    'malformed JSON': invalid(raw('application/json', '{"grant_type":')),
    'an empty JSON body': invalid(raw('application/json', '')),
    'a JSON list': invalid(raw('application/json', '[]')),
    'JSON null': invalid(raw('application/json', 'null')),
    'the fields only in the prototype': invalid(
      raw('application/json', '{"__proto__":{"client_id":"demo-app","client_secret":"x"}}'),
    ),
    'an empty form': invalid(raw(form, '')),
    'bytes that are not UTF-8': invalid(raw('application/json', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))),
    'another media type': { how: raw('text/plain', JSON.stringify(client)), status: 415, error: 'invalid_request' },
    'no media type': { how: { body: Buffer.from(JSON.stringify(client)) }, status: 415, error: 'invalid_request' },
    'a media type that cannot be read': {
      how: raw('/', JSON.stringify(client)),
      status: 415,
      error: 'invalid_request',
    },
    'more than 64 KB': { how: json({ x: 'x'.repeat(65_536) }), status: 413, error: 'invalid_request' },
    'a clock an hour off': {
      how: { ...json({}), headers: { 'x-timestamp': String(Math.floor(Date.now() / 1_000) - 3_600) } },
      status: 400,
      error: 'invalid_request',
    },
  }
}
