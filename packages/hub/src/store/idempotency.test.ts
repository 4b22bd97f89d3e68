import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { AlreadyAnswered, openDatabase } from './db.ts'
import { forgetOldKeys, giveKeyBack, type KeyedRequest, reserveKey, storeAnswer } from './idempotency.ts'

const { address, pool } = await testDatabase({ after })
const db = openDatabase(address, { poolSize: 20, onError: () => {} })
after(() => db.close())

let keys = 0
function request(more: Partial<KeyedRequest> = {}): KeyedRequest {
  keys += 1
  return {
    subject: 'a test',
    key: `key-${keys}`,
    route: 'POST /v1/things',
    bodySha256: 'aa',
    objectId: `thing_${keys}`,
    ...more,
  }
}

const answer = (of: KeyedRequest, body = '{"done":true}') => ({ subject: of.subject, key: of.key, status: 201, body })

/** As if so much time had passed for one key. */
async function timePasses(of: KeyedRequest, interval: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local session_replication_role = 'replica'`)
    await client.query(
      `update idempotency_keys set claimed_until = claimed_until - $2::interval, reserved_at = reserved_at - $2::interval,
        answered_at = answered_at - $2::interval where key = $1`,
      [of.key, interval],
    )
    await client.query('commit')
  } finally {
    client.release()
  }
}

test('a key is fresh once, then running, then replayed', async () => {
  const one = request()
  assert.deepEqual(await reserveKey(db, one), { kind: 'fresh', objectId: one.objectId })
  assert.deepEqual(await reserveKey(db, { ...one, objectId: 'thing_other' }), { kind: 'running' })
  await storeAnswer(db, answer(one))
  assert.deepEqual(await reserveKey(db, one), { kind: 'replay', status: 201, body: '{"done":true}' })
})

test('another path or body under a key is told so, whether it runs or is answered', async () => {
  const one = request()
  const others = [
    { ...one, route: 'POST /v1/others' },
    { ...one, bodySha256: 'bb' },
  ]
  await reserveKey(db, one)
  for (const other of others) assert.deepEqual(await reserveKey(db, other), { kind: 'other_body' })
  await storeAnswer(db, answer(one))
  for (const other of others) assert.deepEqual(await reserveKey(db, other), { kind: 'other_body' })
})

test('two subjects share no key', async () => {
  const one = request()
  await reserveKey(db, one)
  assert.equal((await reserveKey(db, { ...one, subject: 'another' })).kind, 'fresh')
})

test('of 64 who reserve a key at once one has it', async () => {
  const one = request()
  const reserved = await Promise.all(
    Array.from({ length: 64 }, (_, n) => reserveKey(db, { ...one, objectId: `thing_${n}` })),
  )
  assert.equal(reserved.filter(({ kind }) => kind === 'fresh').length, 1)
  assert.equal(reserved.filter(({ kind }) => kind === 'running').length, 63)
})

test('after 60 s without an answer one of 64 resumes a key, with the object it was reserved for', async () => {
  const one = request({ objectId: 'thing_first' })
  await reserveKey(db, one)
  await timePasses(one, '59 s')
  assert.deepEqual(await reserveKey(db, one), { kind: 'running' })
  await timePasses(one, '1 s')
  const reserved = await Promise.all(
    Array.from({ length: 64 }, (_, n) => reserveKey(db, { ...one, objectId: `thing_${n}` })),
  )
  const resumed = reserved.filter(({ kind }) => kind !== 'running')
  assert.deepEqual(resumed, [{ kind: 'resume', objectId: 'thing_first' }])
})

test('a key that was given back is resumed at once, by the same request only; an answered one stays answered', async () => {
  const one = request()
  await reserveKey(db, one)
  await giveKeyBack(db, one)
  assert.deepEqual(await reserveKey(db, { ...one, bodySha256: 'bb' }), { kind: 'other_body' })
  assert.deepEqual(await reserveKey(db, { ...one, objectId: 'thing_x' }), { kind: 'resume', objectId: one.objectId })
  await storeAnswer(db, answer(one))
  await giveKeyBack(db, one)
  assert.equal((await reserveKey(db, one)).kind, 'replay')
})

test('an answer is stored once, and with it goes the effect of whoever comes second', async () => {
  const one = request()
  await reserveKey(db, one)
  await storeAnswer(db, answer(one, '{"by":1}'))
  await assert.rejects(storeAnswer(db, answer(one, '{"by":2}')), AlreadyAnswered)
  await assert.rejects(storeAnswer(db, answer(request())), AlreadyAnswered)
  const effect = `with effect as (insert into operators (name) values ('late') returning name)
    select store_answers($1) from effect`
  await assert.rejects(db.query('late', effect, [JSON.stringify([answer(one)])]), AlreadyAnswered)
  assert.equal((await pool.query(`select from operators where name = 'late'`)).rowCount, 0)
})

test('the database refuses to change an answer, or what a key was reserved for', async () => {
  const [one, two] = [request(), request()]
  await reserveKey(db, one)
  await reserveKey(db, two)
  await storeAnswer(db, answer(one))
  const change = (set: string, of: KeyedRequest) =>
    pool.query(`update idempotency_keys set ${set} where key = $1`, [of.key])
  await assert.rejects(change(`body = '{}'`, one), { code: '23001' })
  await assert.rejects(change(`object_id = 'thing_other'`, two), { code: '23001' })
  await assert.rejects(change(`body_sha256 = 'bb'`, two), { code: '23001' })
  await assert.rejects(change(`status = 200`, two), { code: '23514' })
  await assert.rejects(reserveKey(db, request({ key: 'a b' })), { code: '23514' })
  await assert.rejects(reserveKey(db, request({ key: 'x'.repeat(256) })), { code: '23514' })
})

test('keys are kept for 7 days after they were answered, or abandoned', async () => {
  const [answered, running, younger] = [request(), request(), request()]
  for (const one of [answered, running, younger]) await reserveKey(db, one)
  await storeAnswer(db, answer(answered))
  await storeAnswer(db, answer(younger))
  assert.equal(await forgetOldKeys(db, 100), 0)
  for (const one of [answered, running]) await timePasses(one, '7 days 1 minute')
  await timePasses(younger, '6 days 23 hours')
  assert.equal(await forgetOldKeys(db, 1), 1)
  assert.equal(await forgetOldKeys(db, 100), 1)
  assert.equal((await reserveKey(db, younger)).kind, 'replay')
  assert.equal((await reserveKey(db, answered)).kind, 'fresh')
})
