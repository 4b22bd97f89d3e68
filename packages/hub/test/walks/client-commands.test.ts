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

test('what cannot be registered is refused with a sentence and nothing on standard output', async (t) => {
  const hub = await startTestHub(t)
  const refused: [words: string[], code: number, says: RegExp][] = [
    [['client', 'add', 'a b', '--scope', 'bills:read'], 2, /"a b" is no client id/],
    [['client', 'add', 'app', '--scope', 'everything'], 2, /"everything" is no scope/],
    [['client', 'add', 'app'], 2, /--scope/],
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
