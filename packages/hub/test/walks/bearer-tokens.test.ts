import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgeToken, hmac, rs256, rsaPair } from '../support/forged-token.ts'
import { assertRefused } from '../support/refused.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

const path = '/AMK/payments?query=P123456789'

test('only a good bearer gets in', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '1000' })
  await t.test('access tokens are checked for algorithm, signature, issuer, audience, times and claims', async (t) => {
    for (const [title, token] of Object.entries(badTokens(hub))) {
      await t.test(title, async () => assertRefused(await hub.gateway('GET', path, { token }), 401, 'UNAUTHORIZED'))
    }
    for (const [title, token] of Object.entries(goodTokens(hub))) {
      await t.test(title, async () => {
        const answer = await hub.gateway('GET', path, { token })
        assert.equal(answer.status, 200, answer.text)
      })
    }
  })
  await t.test('the Authorization header must be a bearer', async (t) => {
    const good = hub.token('bills:read')
    for (const [title, authorization] of Object.entries(badHeaders(good))) {
      await t.test(title, async () => {
        const answer = await hub.gateway('GET', path, authorization === undefined ? {} : { headers: { authorization } })
        assertRefused(answer, 401, 'UNAUTHORIZED')
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /)
      })
    }
  })
  await t.test('every surface asks for one', async () => {
    assertRefused(await hub.khqr('GET', '/khqr?bankCode=AMK&billNumber=P123456789'), 401, 'UNAUTHORIZED')
    assertRefused(await hub.khqr('GET', '/khqr/150001.png'), 401, 'UNAUTHORIZED')
    assertRefused(await hub.integration('GET', '/integration/premiums/P123456789'), 401, 'UNAUTHORIZED')
    assertRefused(await hub.gateway('POST', '/AMK/khqr', { body: 'x' }), 401, 'UNAUTHORIZED')
    assertRefused(await hub.gateway('POST', '/gateway/payments', { body: 'x' }), 401, 'UNAUTHORIZED')
  })
  await t.test('the answer does not tell which part of a token was wrong about the key', async () => {
    const answer = await hub.gateway('GET', path, { token: badTokens(hub)['signed with another key'] })
    assert.doesNotMatch(answer.text, /signature|secret|HS256|key/i)
  })
})

function claimsOf(hub: TestHub, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000)
  const { issuer, audience } = hub.running.tokens
  return { iss: issuer, aud: audience, sub: 'sample', scope: 'bills:read', iat: now, exp: now + 600, ...more }
}

function badTokens(hub: TestHub): Readonly<Record<string, string>> {
  const { secret } = hub.running.tokens
  const now = Math.floor(Date.now() / 1_000)
  const hs256 = hmac('sha256', secret)
  const signed = (more: Readonly<Record<string, unknown>>) =>
    forgeToken({ alg: 'HS256', typ: 'JWT' }, claimsOf(hub, more), hs256)
  const [head = '', body = '', signature = ''] = signed({}).split('.')
  const publicPem = rsaPair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return {
    'algorithm none, unsigned': forgeToken({ alg: 'none' }, claimsOf(hub), () => ''),
    'algorithm None, in another case': forgeToken({ alg: 'nOnE' }, claimsOf(hub), () => ''),
    'algorithm none with a signature': forgeToken({ alg: 'none' }, claimsOf(hub), hs256),
    'without an algorithm': forgeToken({ typ: 'JWT' }, claimsOf(hub), hs256),
    'HS512 with our key': forgeToken({ alg: 'HS512' }, claimsOf(hub), hmac('sha512', secret)),
    'HS384 with our key': forgeToken({ alg: 'HS384' }, claimsOf(hub), hmac('sha384', secret)),
    'RS256 with a key of its own': forgeToken({ alg: 'RS256' }, claimsOf(hub), rs256),
    'RS256 that brings its key': forgeToken(
      { alg: 'RS256', jwk: rsaPair.publicKey.export({ format: 'jwk' }) },
      claimsOf(hub),
      rs256,
    ),
    'HS256 with a public key as secret': forgeToken({ alg: 'HS256' }, claimsOf(hub), hmac('sha256', publicPem)),
    'HS256 with an empty secret': forgeToken({ alg: 'HS256' }, claimsOf(hub), hmac('sha256', '')),
    'signed with another key': forgeToken({ alg: 'HS256' }, claimsOf(hub), hmac('sha256', `${secret}x`)),
    'one letter of the claims changed': `${head}.${body.slice(0, -1)}${body.endsWith('A') ? 'B' : 'A'}.${signature}`,
    'its signature cut': `${head}.${body}.${signature.slice(0, -4)}`,
    'its signature empty': `${head}.${body}.`,
    'a critical header that nobody knows': forgeToken({ alg: 'HS256', crit: ['x'], x: 1 }, claimsOf(hub), hs256),
    'another issuer': signed({ iss: 'somebody-else' }),
    'no issuer': signed({ iss: undefined }),
    'another audience': signed({ aud: 'somebody-else' }),
    'no audience': signed({ aud: undefined }),
    'expired 61 s ago': signed({ iat: now - 600, exp: now - 61 }),
    'no expiry': signed({ exp: undefined }),
    'expiry as text': signed({ exp: String(now + 600) }),
    'living longer than an hour': signed({ iat: now, exp: now + 3_661 }),
    'living a minute, but in two hours': signed({ iat: now + 7_200, exp: now + 7_260 }),
    'without an issue time': signed({ iat: undefined }),
    'not valid before next hour': signed({ nbf: now + 3_600 }),
    'no subject': signed({ sub: undefined }),
    'an empty subject': signed({ sub: '' }),
    'a subject that is a number': signed({ sub: 7 }),
    'no scope': signed({ scope: undefined }),
    'a scope that is a list': signed({ scope: ['bills:read'] }),
    'claims that are a list': `${head}.${Buffer.from('[]').toString('base64url')}.${signature}`,
    'three parts of nothing': '..',
    'three words': 'not.a.token',
    'an opaque word': 'sandbox-nobody-knows-this-one',
    'longer than any token': `${'a'.repeat(5_000)}`,
  }
}

function goodTokens(hub: TestHub): Readonly<Record<string, string>> {
  const { secret, audience } = hub.running.tokens
  const now = Math.floor(Date.now() / 1_000)
  const signed = (more: Readonly<Record<string, unknown>>) =>
    forgeToken({ alg: 'HS256', typ: 'JWT' }, claimsOf(hub, more), hmac('sha256', secret))
  return {
    'an hour of life': signed({ exp: now + 3_600 }),
    'expired 30 s ago, within the leeway of 60 s': signed({ iat: now - 600, exp: now - 30 }),
    'our audience among others': signed({ aud: ['somebody-else', audience] }),
    'a service token': hub.secrets.serviceToken,
  }
}

function badHeaders(good: string): Readonly<Record<string, string | undefined>> {
  return {
    missing: undefined,
    empty: '',
    'no scheme': good,
    'another scheme': `Basic ${good}`,
    'no token': 'Bearer',
    'a token with a blank': `Bearer ${good} x`,
    'two tokens': `Bearer ${good}, Bearer ${good}`,
    quotes: `Bearer "${good}"`,
  }
}
