import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../src/kit/crypto.ts'
import { putBearerToken } from '../../src/store/tokens.ts'
import { eventually, startTestHub } from '../support/running-hub.ts'

test('a bank has two live tokens at once, and a revoked one is out', async (t) => {
  const hub = await startTestHub(t)
  const put = (token: string, slot: 1 | 2) =>
    putBearerToken(hub.running.db, {
      kind: 'bank',
      holder: 'AMK',
      slot,
      sha256: sha256Hex(token),
      scopes: ['bank:AMK'],
    })
  const statusesOf = async (...tokens: string[]) => {
    const statuses: number[] = []
    for (const token of tokens) {
      const answer = await hub.gateway('GET', '/AMK/payments?query=P123456789', { token })
      statuses.push(answer.status)
    }
    return statuses
  }
  const first = hub.secrets.banks['AMK']?.bankToken ?? ''
  await put('sample-second-token', 2)
  assert.deepEqual(await statusesOf(first, 'sample-second-token'), [200, 200])
  await put('sample-third-token', 1)
  // A token is looked up once a second, so that one second passes at most.
  await eventually('the replaced token to be refused', async () => (await statusesOf(first))[0] === 401)
  assert.deepEqual(await statusesOf('sample-second-token', 'sample-third-token', first), [200, 200, 401])
})
