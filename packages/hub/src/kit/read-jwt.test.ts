import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJwt } from './read-jwt.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: unknown) => `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.c2FtcGxl`

test('a token says when it was issued and when it ends', () => {
  assert.deepEqual(readJwt(jwt({ data: { id: 'made-up' }, iat: 1_700_000_000, exp: 1_707_776_000 })), {
    issuedAt: new Date('2023-11-14T22:13:20Z'),
    endsAt: new Date('2024-02-12T22:13:20Z'),
  })
})

test('a token that does not say when it ends is still one', () => {
  for (const claims of [{}, { exp: 'soon' }, { exp: -1 }, { exp: 1e300 }])
    assert.deepEqual(readJwt(jwt(claims)), { issuedAt: undefined, endsAt: undefined })
})

test('what is no token is none', () => {
  for (const text of [
    '',
    'made-up',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    `${part({ alg: 'HS256' })}.e30`,
    `${part(1)}.${part({})}.x`,
    ` ${jwt({})}`,
    `${part(null)}.${part({})}.x`,
  ])
    assert.equal(readJwt(text), undefined, text)
})
