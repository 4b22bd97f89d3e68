import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { findApiClient, findBearerToken, putApiClient, putBearerToken } from './tokens.ts'

const { db, pool } = await openBooks({ after })

test('a bearer token is found by its digest, with what its holder may do', async () => {
  await put('sha-a', 'BANK01', 1)
  assert.deepEqual(await findBearerToken(db, 'sha-a'), { kind: 'bank', holder: 'BANK01', scopes: ['bank:BANK01'] })
  assert.equal(await findBearerToken(db, 'sha-unknown'), undefined)
})

test('two tokens of a holder are live at once, so that they can be rotated', async () => {
  await put('sha-b1', 'BANK02', 1)
  await put('sha-b2', 'BANK02', 2)
  assert.ok((await findBearerToken(db, 'sha-b1')) && (await findBearerToken(db, 'sha-b2')))
})

test('a new token in a slot ends the one that was there, and not the one in the other slot', async () => {
  await put('sha-c1', 'BANK03', 1)
  await put('sha-c2', 'BANK03', 2)
  await put('sha-c3', 'BANK03', 1)
  assert.equal(await findBearerToken(db, 'sha-c1'), undefined)
  assert.ok((await findBearerToken(db, 'sha-c2')) && (await findBearerToken(db, 'sha-c3')))
})

test('the same token put again at every start stays live, with the scopes of now', async () => {
  await put('sha-d', 'BANK04', 1)
  await put('sha-d', 'BANK04', 1, ['bank:BANK04', 'payments:read'])
  assert.deepEqual((await findBearerToken(db, 'sha-d'))?.scopes, ['bank:BANK04', 'payments:read'])
})

test('an older token that is put back into its slot is live again, and the newer one is not', async () => {
  await put('sha-e1', 'BANK05', 1)
  await put('sha-e2', 'BANK05', 1)
  await put('sha-e1', 'BANK05', 1)
  assert.ok(await findBearerToken(db, 'sha-e1'))
  assert.equal(await findBearerToken(db, 'sha-e2'), undefined)
})

test('a slot of one holder is nothing to another holder, nor to another kind', async () => {
  await put('sha-f1', 'BANK06', 1)
  await put('sha-f2', 'BANK07', 1)
  await putBearerToken(db, { kind: 'service', holder: 'BANK06', slot: 1, sha256: 'sha-f3', scopes: [] })
  for (const sha256 of ['sha-f1', 'sha-f2', 'sha-f3']) assert.ok(await findBearerToken(db, sha256), sha256)
})

test('a token of one holder is refused to another, and stays what it was', async () => {
  await put('sha-g', 'BANK08', 1)
  await assert.rejects(put('sha-g', 'BANK09', 1), {
    message: 'The token for bank BANK09 is in use by somebody else: give every holder its own.',
  })
  assert.deepEqual(await findBearerToken(db, 'sha-g'), { kind: 'bank', holder: 'BANK08', scopes: ['bank:BANK08'] })
})

test('a token moves to the other slot of its holder', async () => {
  await put('sha-h1', 'BANK10', 1)
  await put('sha-h2', 'BANK10', 2)
  await put('sha-h1', 'BANK10', 2)
  assert.ok(await findBearerToken(db, 'sha-h1'))
  assert.equal(await findBearerToken(db, 'sha-h2'), undefined)
})

test('hubs that start at once all keep the same tokens, and each is live', async () => {
  const holders = Array.from({ length: 30 }, (_, index) => `BANK2${index}`)
  const start = async (generation: string) => {
    for (const holder of holders) await put(`sha-${generation}-${holder}`, holder, 1)
  }
  for (const generation of ['first', 'second']) {
    await Promise.all(Array.from({ length: 6 }, () => start(generation)))
    for (const holder of holders) assert.ok(await findBearerToken(db, `sha-${generation}-${holder}`), holder)
  }
  assert.equal(await findBearerToken(db, 'sha-first-BANK20'), undefined)
})

test('a client is found by its id while it is active, with the secret and scopes it was last given', async () => {
  const client = { clientId: 'sample-app', secretSha256: 'sha-1', scopes: ['bills:read'] }
  await putApiClient(db, client)
  assert.deepEqual(await findApiClient(db, 'sample-app'), client)
  const changed = { ...client, secretSha256: 'sha-2', scopes: ['bills:read', 'khqr:create'] }
  await putApiClient(db, changed)
  assert.deepEqual(await findApiClient(db, 'sample-app'), changed)
  await pool.query(`update api_clients set active = false where client_id = 'sample-app'`)
  assert.equal(await findApiClient(db, 'sample-app'), undefined)
  assert.equal(await findApiClient(db, 'nobody'), undefined)
})

test('tokens that are put into one slot at once come one after the other, and the last one stays', async () => {
  for (let round = 0; round < 3; round += 1) {
    const tokens = Array.from({ length: 4 }, (_, n) => `sha-at-once-${round}-${n}`)
    await Promise.all(tokens.map((sha256) => put(sha256, 'BANK09', 1)))
    const found = await Promise.all(tokens.map((sha256) => findBearerToken(db, sha256)))
    assert.equal(found.filter(Boolean).length, 1)
  }
})

async function put(sha256: string, holder: string, slot: 1 | 2, scopes = [`bank:${holder}`]): Promise<void> {
  await putBearerToken(db, { kind: 'bank', holder, slot, sha256, scopes })
}
