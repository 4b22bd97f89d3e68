import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from '../support/command-line.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

test('a client is registered, gets tokens with its secret for its scopes only, and is removed', async (t) => {
  const hub = await startTestHub(t)
  const added = await commandLine(hub, 'client', 'add', 'mobile-app', '--scope', 'bills:read khqr:create', '--json')
  assert.equal(added.code, 0, added.err)
  const { client_secret: secret } = JSON.parse(added.out) as { client_secret: string }
  assert.equal((await ask(hub, secret, 'bills:read')).status, 200)
  assert.equal((await ask(hub, secret, 'money:operate')).status, 400, 'never a scope it was not registered for')
  const again = await commandLine(hub, 'client', 'add', 'mobile-app', '--scope', 'bills:read')
  assert.match(again.out, /^mobile-app has a new secret; .*\n[\w-]{43}\n$/)
  assert.equal((await ask(hub, secret, 'bills:read')).status, 401, 'the old secret is refused')
  const fresh = again.out.trim().split('\n').at(-1) ?? ''
  assert.equal((await ask(hub, fresh, 'bills:read')).status, 200)
  assert.equal((await ask(hub, fresh, 'khqr:create')).status, 400, 'its scopes are those of the last time')
  assert.match((await commandLine(hub, 'client', 'list')).out, /mobile-app +active +\S+ +bills:read\n/)
  assert.equal((await commandLine(hub, 'client', 'remove', 'mobile-app')).code, 0)
  assert.equal((await ask(hub, fresh, 'bills:read')).status, 401)
  const audited = await commandLine(hub, 'audit', 'list', '--object', 'client mobile-app')
  assert.match(audited.out, /client\.registered[^]*client\.registered[^]*client\.removed/)
  assert.doesNotMatch(audited.out, new RegExp(`${secret}|${fresh}`))
})

test('a service has two keys at once, each of which is changed alone', async (t) => {
  const hub = await startTestHub(t)
  const make = async (slot: string) => {
    const made = await commandLine(hub, 'client', 'key', 'old-shop', '--scope', 'topups:write', '--slot', slot)
    assert.equal(made.code, 0, made.err)
    return made.out.trim()
  }
  const lists = async (token: string) => (await hub.gateway('GET', '/api/topups/v1/methods', { token })).status
  const [one, two] = [await make('1'), await make('2')]
  assert.deepEqual([await lists(one), await lists(two)], [200, 200])
  const changed = await make('1')
  const { rows } = await hub.pool.query(`select 1 from bearer_tokens where holder = 'old-shop' and revoked_at is null`)
  assert.equal(rows.length, 2)
  assert.deepEqual([await lists(two), await lists(changed)], [200, 200])
  assert.equal((await hub.gateway('GET', '/v1/suspense', { token: two })).status, 403, 'for its scopes only')
  const audited = await commandLine(hub, 'audit', 'list', '--object', 'service old-shop')
  assert.equal(audited.out.match(/service\.key_made/g)?.length, 3)
  assert.doesNotMatch(audited.out, new RegExp(`${one}|${two}|${changed}`))
})

test('what cannot be registered is refused with a sentence and nothing on standard output', async (t) => {
  const hub = await startTestHub(t)
  const refused: [words: string[], code: number, says: RegExp][] = [
    [['client', 'add', 'a b', '--scope', 'bills:read'], 2, /"a b" is no client id/],
    [['client', 'add', 'app', '--scope', 'everything'], 2, /"everything" is no scope/],
    [['client', 'add', 'app'], 2, /--scope/],
    [['client', 'key', 'shop', '--scope', 'topups:write', '--slot', '3'], 2, /--slot: "3" must be 1 or 2/],
    [['client', 'remove', 'nobody'], 1, /no active client nobody/],
  ]
  for (const [words, code, says] of refused) {
    const said = await commandLine(hub, ...words)
    assert.equal(said.code, code, said.err)
    assert.equal(said.out, '')
    assert.match(said.err, says)
  }
})

function ask(hub: TestHub, secret: string, scope: string) {
  const json = { grant_type: 'client_credentials', client_id: 'mobile-app', client_secret: secret, scope }
  return hub.gateway('POST', '/auth/token', { json })
}
