import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { Refusal } from '../domain/errors.ts'
import { openDatabase } from '../store/db.ts'
import { type KeyedRequest, reserveKey, storeAnswer } from '../store/idempotency.ts'
import type { Hub } from './hub.ts'
import { answerOnce, type Once, type Rendering } from './idempotency.ts'

const db = openDatabase((await testDatabase({ after })).address, { poolSize: 5, onError: () => {} })
after(() => db.close())

let keys = 0
function request(): KeyedRequest {
  keys += 1
  return {
    subject: 'a test',
    key: `key-${keys}`,
    route: 'POST /v1/things',
    bodySha256: 'aa',
    objectId: `thing_${keys}`,
  }
}

const rendering: Rendering<string> = {
  result: (made) => ({ status: 201, body: JSON.stringify({ made }) }),
  refusal: (refused) => ({ status: refused.status, body: JSON.stringify({ code: refused.code }) }),
}

function run(one: KeyedRequest, act: (once: Once<string>) => Promise<string>) {
  return answerOnce({ db } as Hub, one, rendering, act)
}

const never = () => Promise.reject(new Error('It must not be done again'))

test('an act that stores no answer itself is answered all the same, once', async () => {
  const one = request()
  const first = await run(one, (once) => Promise.resolve(once.objectId))
  assert.deepEqual(first, { status: 201, body: `{"made":"${one.objectId}"}`, replayed: false })
  assert.deepEqual(await run(one, never), { ...first, replayed: true })
})

test('an act that stores its answer with its effect is answered with that', async () => {
  const one = request()
  const first = await run(one, async (once) => {
    for (const answer of once.answers('it')) await storeAnswer(db, answer)
    return 'it'
  })
  assert.deepEqual(await run(one, never), { ...first, replayed: true })
})

test('a refusal that was decided is the answer ever after', async () => {
  const one = request()
  const refused = await run(one, () => Promise.reject(new Refusal('RESOURCE_NOT_FOUND', 'No such thing')))
  assert.deepEqual(refused, { status: 404, body: '{"code":"RESOURCE_NOT_FOUND"}', replayed: false })
  assert.deepEqual(await run(one, never), { ...refused, replayed: true })
})

test('what was not decided is thrown, and the same request resumes with the same object', async () => {
  const troubles = [
    new Refusal('SERVER_UNAVAILABLE', 'The bank is away', { retryAfterS: 5 }),
    new Refusal('INTERNAL_ERROR', 'A fault'),
    new Refusal('CONFLICT', 'Somebody else is at it', { retryAfterS: 2 }),
    new Error('A fault of ours'),
  ]
  for (const trouble of troubles) {
    const one = request()
    await assert.rejects(
      run(one, () => Promise.reject(trouble)),
      trouble,
    )
    const again = await run({ ...one, objectId: 'thing_other' }, (once) => {
      assert.deepEqual([once.objectId, once.resumed], [one.objectId, true])
      return Promise.resolve(once.objectId)
    })
    assert.equal(again.status, 201)
  }
})

test('a slow one whose request was taken over answers what the faster one answered', async () => {
  const one = request()
  const answer = await run(one, async (once) => {
    // Another process resumes it meanwhile, and is done first.
    await storeAnswer(db, { subject: one.subject, key: one.key, status: 201, body: '{"made":"by another"}' })
    for (const late of once.answers('by me')) await storeAnswer(db, late)
    return 'by me'
  })
  assert.deepEqual(answer, { status: 201, body: '{"made":"by another"}', replayed: true })
})

test('while one is running the same request is told to come back, and another body is refused', async () => {
  const one = request()
  await reserveKey(db, one)
  await assert.rejects(run(one, never), { code: 'CONFLICT', retryAfterS: 2 })
  await assert.rejects(run({ ...one, bodySha256: 'bb' }, never), { code: 'IDEMPOTENCY_KEY_REUSED' })
})
