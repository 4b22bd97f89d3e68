import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operate, operatorToken, raiseCase } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

test('a request with an Idempotency-Key has one effect, however often it is sent', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('it is replayed with the status and body of the first time', () => replay(hub))
  await t.test('a refusal is replayed like any other answer', () => refusalReplayed(hub))
  await t.test('[E56] another body or path under the key is refused', () => otherBody(hub))
  await t.test('two operators may use the same key', () => ownKeys(hub))
  await t.test('[E56] 64 at once are one effect: one answer, its replays, and "still running"', () => manyAtOnce(hub))
  await t.test('while the first is running the others are told when to come back', () => running(hub))
  await t.test('[E56] one that was abandoned is resumed with the same object', () => resumed(hub))
  await t.test('a request that could not be judged may be sent again with its key', () => givenBack(hub))
  await t.test('a key that is no key is refused', () => badKeys(hub))
})

const decision = { outcome: 'resolved', reason: 'It was looked at.' }
let keys = 0
const newKey = () => `key-${(keys += 1)}`

async function replay(hub: TestHub): Promise<void> {
  const path = `cases/${await raiseCase(hub)}/close`
  const key = newKey()
  const first = await operate(hub, path, decision, { key })
  assert.equal(first.status, 200, first.text)
  assert.equal(first.headers.get('idempotent-replayed'), null)
  const again = await operate(hub, path, decision, { key })
  assert.deepEqual([again.status, again.text, again.headers.get('idempotent-replayed')], [200, first.text, 'true'])
  assert.equal(again.headers.get('content-type'), first.headers.get('content-type'))
  assertProblem(await operate(hub, path, decision, { key: newKey() }), 409, 'CONFLICT')
  assertProblem(await operate(hub, path, decision), 409, 'CONFLICT')
}

async function refusalReplayed(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const unknown = `cases/case_${Number(id.slice(5)) + 1}/close`
  const key = newKey()
  const first = await operate(hub, unknown, decision, { key })
  assertProblem(first, 404, 'RESOURCE_NOT_FOUND')
  assert.equal(`cases/${await raiseCase(hub)}/close`, unknown, 'the case is there now')
  const again = await operate(hub, unknown, decision, { key })
  assertProblem(again, 404, 'RESOURCE_NOT_FOUND')
  assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [first.text, 'true'])
  assert.equal((await operate(hub, unknown, decision, { key: newKey() })).status, 200)
}

async function otherBody(hub: TestHub): Promise<void> {
  const [one, two] = [await raiseCase(hub), await raiseCase(hub)]
  const key = newKey()
  const first = await operate(hub, `cases/${one}/close`, decision, { key })
  const other = await operate(hub, `cases/${one}/close`, { ...decision, outcome: 'no_action' }, { key })
  assertProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED')
  assertProblem(await operate(hub, `cases/${two}/close`, decision, { key }), 422, 'IDEMPOTENCY_KEY_REUSED')
  // The same said in other bytes is the same.
  const spaced = await hub.gateway('POST', `/v1/cases/${one}/close/`, {
    token: operatorToken(hub),
    body: JSON.stringify(decision, null, 2),
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  })
  assert.deepEqual([spaced.status, spaced.text], [200, first.text])
}

async function ownKeys(hub: TestHub): Promise<void> {
  const [one, two] = [await raiseCase(hub), await raiseCase(hub)]
  const key = newKey()
  assert.equal((await operate(hub, `cases/${one}/close`, decision, { key })).status, 200)
  const second = await operate(hub, `cases/${two}/close`, decision, { key, operator: 'operator-2' })
  assert.deepEqual([second.status, second.json['closed_by']], [200, 'operator-2'])
}

async function manyAtOnce(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const key = newKey()
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => operate(hub, `cases/${id}/close`, decision, { key })),
  )
  const fresh = answers.filter((one) => one.status === 200 && !one.headers.has('idempotent-replayed'))
  assert.equal(fresh.length, 1)
  for (const one of answers.filter((answer) => answer.status === 200)) assert.equal(one.text, fresh[0]?.text)
  for (const one of answers.filter((answer) => answer.status !== 200)) {
    assertProblem(one, 409, 'CONFLICT')
    assert.match(one.text, /still running/)
  }
  const { rows } = await hub.pool.query(`select count(*)::int as n from audit where object = $1`, [
    id.replace('_', ' '),
  ])
  assert.deepEqual(rows, [{ n: 1 }])
  assert.equal((await operate(hub, `cases/${id}/close`, decision, { key })).text, fresh[0]?.text)
}

/** Reserves a request as a process does that then says nothing more; the second form of a run that died. */
async function abandon(hub: TestHub, id: string, key: string, agoS: number): Promise<void> {
  const path = `cases/${id}/close`
  const sent = operate(hub, path, decision, { key })
  // Held up between its reservation and its effect.
  const client = await hub.pool.connect()
  try {
    await sent
    await client.query('begin')
    await client.query(`set local session_replication_role = 'replica'`)
    await client.query(
      `update idempotency_keys set state = 'running', status = null, body = null, answered_at = null,
        claimed_until = now() + make_interval(secs => 60 - $2) where key = $1`,
      [key, agoS],
    )
    await client.query(
      `update cases set state = 'open', outcome = null, reason = null, closed_by = null, closed_at = null where id = $1`,
      [id.slice(5)],
    )
    await client.query('commit')
  } finally {
    client.release()
  }
}

async function running(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const key = newKey()
  await abandon(hub, id, key, 50)
  const answer = await operate(hub, `cases/${id}/close`, decision, { key })
  assertProblem(answer, 409, 'CONFLICT')
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
  const other = await operate(hub, `cases/${id}/close`, { ...decision, outcome: 'no_action' }, { key })
  assertProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED')
}

async function resumed(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const key = newKey()
  await abandon(hub, id, key, 61)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => operate(hub, `cases/${id}/close`, decision, { key })),
  )
  const fresh = answers.filter((one) => one.status === 200 && !one.headers.has('idempotent-replayed'))
  assert.equal(fresh.length, 1, 'one of them resumes it')
  const { rows } = await hub.pool.query('select state, object_id from idempotency_keys where key = $1', [key])
  assert.deepEqual(rows, [{ state: 'answered', object_id: id }])
}

async function givenBack(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const key = newKey()
  await hub.pool.query('alter function close_case(jsonb) rename to close_case_elsewhere')
  const failed = await operate(hub, `cases/${id}/close`, decision, { key })
  await hub.pool.query('alter function close_case_elsewhere(jsonb) rename to close_case')
  assertProblem(failed, 500, 'INTERNAL_ERROR')
  const other = await operate(hub, `cases/${id}/close`, { ...decision, outcome: 'no_action' }, { key })
  assertProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED')
  const again = await operate(hub, `cases/${id}/close`, decision, { key })
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [200, null])
}

async function badKeys(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  for (const key of ['a b', 'x'.repeat(256), 'é']) {
    const answer = await operate(hub, `cases/${id}/close`, {}, { key })
    assert.deepEqual(assertProblem(answer, 400, 'BAD_REQUEST'), ['Idempotency-Key', 'outcome', 'reason'], key)
  }
  assert.equal((await operate(hub, `cases/${id}/close`, decision, { key: '~'.repeat(255) })).status, 200)
}
