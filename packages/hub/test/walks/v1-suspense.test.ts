import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { abandon, idsOfAll, look, operateOnce, rowsIn, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { rfc3339Utc } from '../support/refused.ts'
import type { TestHub } from '../support/running-hub.ts'

test('operators empty suspense over /v1', async (t) => {
  const hub = await startBadDays(t)
  await t.test('money in suspense is listed, filtered, cut into pages and shown', () => lists(hub))
  await t.test('[E50] [E52] held money is applied to the payment it named, and the rest is written off', () =>
    applyAndWriteOff(hub),
  )
  await t.test('[E51] held money is sent back', () => refund(hub))
  await t.test('[E53] applying it to another payable needs a second operator, who is another', () => otherPayable(hub))
  await t.test('[E54] an act that was asked for is refused, by another or by who asked', () => rejected(hub))
  await t.test('[E55] what does not fit is refused, and the money stays', () => misfits(hub))
  await t.test('[E56] an act sent again with its key is one act, also when its process died behind it', () => once(hub))
  await t.test('every request that moves money needs a key', () => keys(hub))
  await t.test('[E55] 64 who empty one row at once give away no more than it holds', () => manyAtOnce(hub))
})

const reason = 'The customer called.'
const unknownSuspense = 'sus_999999'

/** A code paid with another sum than it asks for: its money waits. */
async function held(hub: TestHub, bank: string, amount: string, owed = '25.00') {
  const code = await makeCode(hub, bank, { amount: owed, currency: 'USD' })
  await pay(hub, code, { amount })
  await becomes(hub, code.id, {
    status: 'processing',
    applied: 0,
    held: [Number(amount) > Number(owed) ? 'overpaid' : 'underpaid'],
  })
  const [row] = rowsIn(await look(hub, `suspense?payment=${code.id}`))
  return { ...code, suspense: String(row?.['id']) }
}

const fields = [
  'id',
  'state',
  'reason',
  'amount',
  'remaining',
  'currency',
  'bank',
  'transaction_id',
  'channel',
  'proof',
  'reference',
  'payment',
  'paid_at',
  'opened_at',
  'resolved_at',
]

async function lists(hub: TestHub): Promise<void> {
  const over = await held(hub, 'AMK', '30.00')
  const under = await held(hub, 'BANK01', '20.00')
  const found = rowsIn(await look(hub, 'suspense'))
  assert.deepEqual(
    found.map((one) => one['id']),
    [under.suspense, over.suspense],
  )
  const { payment, paid_at: paidAt, transaction_id: _, opened_at: openedAt, ...rest } = found[1] ?? {}
  assert.deepEqual(Object.keys(found[1] ?? {}), fields)
  assert.deepEqual(rest, {
    id: over.suspense,
    state: 'open',
    reason: 'overpaid',
    amount: '30.00',
    remaining: '30.00',
    currency: 'USD',
    bank: 'AMK',
    channel: 'khqr',
    proof: 'verified',
    reference: String(over.id),
    resolved_at: null,
  })
  assert.match(String(paidAt), rfc3339Utc)
  assert.match(String(openedAt), rfc3339Utc)
  const named = payment as unknown as { id: string; number: number }
  assert.equal(named.number, over.id)
  const queries: [query: string, expected: string[]][] = [
    ['state=open', [under.suspense, over.suspense]],
    ['state=resolved', []],
    ['bank=amk', [over.suspense]],
    ['reason=underpaid', [under.suspense]],
    [`payment=${named.id}`, [over.suspense]],
  ]
  for (const [query, expected] of queries) {
    const ids = rowsIn(await look(hub, `suspense?${query}`)).map((one) => one['id'])
    assert.deepEqual(ids, expected, query)
  }
  assert.deepEqual(await idsOfAll(hub, 'suspense', 1), [under.suspense, over.suspense])
  const alone = shown(await look(hub, `suspense/${over.suspense}`))
  assert.deepEqual(Object.keys(alone), [...fields, 'acts', 'refunds'])
  assertProblem(await look(hub, `suspense/${unknownSuspense}`), 404, 'RESOURCE_NOT_FOUND')
  assert.deepEqual(assertProblem(await look(hub, 'suspense/case_1'), 400, 'BAD_REQUEST'), ['id'])
  const bad = await look(hub, 'suspense?reason=odd&state=closed&kind=x')
  assert.deepEqual(assertProblem(bad, 400, 'BAD_REQUEST'), ['kind', 'reason', 'state'])
  const none = await look(hub, 'suspense?payment=1&bank=NOBANK')
  assert.deepEqual(assertProblem(none, 400, 'BAD_REQUEST'), ['bank', 'payment'])
  assertProblem(await look(hub, 'suspense', hub.token('payments:read')), 403, 'FORBIDDEN')
}

async function applyAndWriteOff(hub: TestHub): Promise<void> {
  const { id, suspense } = await held(hub, 'AMK', '30.00')
  const applied = shown(await operateOnce(hub, `suspense/${suspense}/apply`, { payment: String(id), reason }))
  assert.deepEqual(
    [applied['kind'], applied['status'], applied['suspense'], applied['amount'], applied['requested_by']],
    ['apply', 'done', suspense, '25.00', 'operator-1'],
  )
  assert.match(String(applied['id']), /^act_/)
  await becomes(hub, id, { held: ['overpaid'] })
  const between = shown(await look(hub, `suspense/${suspense}`))
  assert.deepEqual([between['state'], between['remaining']], ['open', '5.00'])
  const body = { amount: '5.00', reason: 'Not worth sending back.' }
  const writtenOff = shown(await operateOnce(hub, `suspense/${suspense}/write-off`, body, { operator: 'operator-2' }))
  assert.deepEqual([writtenOff['kind'], writtenOff['amount']], ['write_off', '5.00'])
  const after = await look(hub, `suspense/${suspense}`)
  assert.deepEqual([shown(after)['state'], shown(after)['remaining']], ['resolved', '0.00'])
  const acts = after.json['acts'] as unknown as { id: string }[]
  assert.deepEqual(
    acts.map((act) => act.id),
    [writtenOff['id'], applied['id']],
  )
  assert.deepEqual(shown(await look(hub, `acts/${String(applied['id'])}`)), applied)
  const { rows } = await hub.pool.query(`select actor, reason from audit where object = $1 order by id`, [
    suspense.replace('sus_', 'suspense '),
  ])
  assert.deepEqual(rows, [
    { actor: 'operator operator-1', reason },
    { actor: 'operator operator-2', reason: 'Not worth sending back.' },
  ])
}

async function refund(hub: TestHub): Promise<void> {
  const { suspense } = await held(hub, 'BANK01', '20.00')
  const made = shown(await operateOnce(hub, `suspense/${suspense}/refund`, { reason }), 201)
  assert.match(String(made['id']), /^rfd_/)
  assert.deepEqual(
    [made['suspense'], made['payment'], made['amount'], made['bank']],
    [suspense, null, '20.00', 'BANK01'],
  )
  const after = await look(hub, `suspense/${suspense}`)
  assert.deepEqual([shown(after)['state'], shown(after)['remaining']], ['resolved', '0.00'])
  assert.equal(after.json['refunds']?.[0]?.['id'], made['id'])
}

async function otherPayable(hub: TestHub): Promise<void> {
  const { suspense } = await held(hub, 'AMK', '30.00')
  const other = await makeCode(hub, 'AMK')
  const asked = await operateOnce(hub, `suspense/${suspense}/apply`, { payment: String(other.id), reason })
  const act = shown(asked, 202)
  assert.deepEqual([act['status'], act['decided_by']], ['requires_approval', null])
  assert.match(String(act['second_person_because']), /The money named/)
  const path = `acts/${act['id']}/approve`
  assertProblem(await operateOnce(hub, path, { reason }), 403, 'FORBIDDEN')
  assert.equal(shown(await look(hub, `suspense/${suspense}`))['remaining'], '30.00')
  assert.equal(rowsIn(await look(hub, `acts?status=requires_approval&suspense=${suspense}`))[0]?.['id'], act['id'])
  const approved = shown(await operateOnce(hub, path, { reason: 'Seen.' }, { operator: 'operator-2' }))
  assert.deepEqual(
    [approved['status'], approved['requested_by'], approved['decided_by'], approved['decided_because']],
    ['done', 'operator-1', 'operator-2', 'Seen.'],
  )
  await becomes(hub, other.id, {})
  assertProblem(await operateOnce(hub, path, { reason }, { operator: 'operator-2' }), 409, 'CONFLICT')
}

async function rejected(hub: TestHub): Promise<void> {
  const { suspense } = await held(hub, 'AMK', '400.00', '300.00')
  for (const operator of ['operator-2', 'operator-1']) {
    const act = shown(await operateOnce(hub, `suspense/${suspense}/write-off`, { amount: '100.01', reason }), 202)
    const path = `acts/${act['id']}/reject`
    const refused = shown(await operateOnce(hub, path, { reason: 'Ask the bank first.' }, { operator }))
    assert.deepEqual([refused['status'], refused['decided_by']], ['rejected', operator])
    assertProblem(await operateOnce(hub, path, { reason }, { operator: 'operator-2' }), 409, 'CONFLICT')
  }
  assert.equal(shown(await look(hub, `suspense/${suspense}`))['remaining'], '400.00')
  const acts = await idsOfAll(hub, `acts?suspense=${suspense}`, 1)
  assert.equal(acts.length, 2)
  assert.deepEqual(acts, acts.toSorted().toReversed())
  const unknown = 'acts/act_06a9k2vq7rsgd3x1n0b4c5d6e7'
  assertProblem(await look(hub, unknown), 404, 'RESOURCE_NOT_FOUND')
  assertProblem(await operateOnce(hub, `${unknown}/approve`, { reason }), 404, 'RESOURCE_NOT_FOUND')
  assert.deepEqual(assertProblem(await look(hub, 'acts/act_1'), 400, 'BAD_REQUEST'), ['id'])
}

async function misfits(hub: TestHub): Promise<void> {
  const { id, suspense } = await held(hub, 'AMK', '30.00')
  const payment = String(id)
  const rows: [path: string, body: object, status: number, code: string, fields: string[]][] = [
    ['apply', { payment, amount: '25.01', reason }, 409, 'CONFLICT', []],
    ['apply', { payment: '999999999', reason }, 404, 'RESOURCE_NOT_FOUND', []],
    ['apply', { payment: 'pay_06a9k2vq7rsgd3x1n0b4c5d6e7', reason }, 404, 'RESOURCE_NOT_FOUND', []],
    ['apply', { payment: 'rfd_1', reason }, 400, 'BAD_REQUEST', ['payment']],
    ['apply', { reason }, 400, 'BAD_REQUEST', ['payment']],
    ['write-off', { amount: '30.01', reason }, 409, 'CONFLICT', []],
    ['write-off', { amount: '0', reason }, 400, 'BAD_REQUEST', ['amount']],
    ['write-off', { amount: '-1', reason }, 400, 'BAD_REQUEST', ['amount']],
    ['write-off', { amount: '1.005', reason }, 400, 'BAD_REQUEST', ['amount']],
    ['write-off', { amount: '1e1', reason }, 400, 'BAD_REQUEST', ['amount']],
    ['write-off', { amount: null, reason }, 400, 'BAD_REQUEST', ['amount']],
    ['write-off', { amount: '1.00' }, 400, 'BAD_REQUEST', ['reason']],
    ['refund', { amount: '30.01', reason }, 409, 'CONFLICT', []],
    ['refund', { payment, reason }, 400, 'BAD_REQUEST', ['payment']],
  ]
  for (const [path, body, status, code, fields] of rows) {
    const answer = await operateOnce(hub, `suspense/${suspense}/${path}`, body)
    assert.deepEqual(assertProblem(answer, status, code), fields, answer.text)
  }
  for (const path of ['write-off', 'refund']) {
    assertProblem(await operateOnce(hub, `suspense/${unknownSuspense}/${path}`, { reason }), 404, 'RESOURCE_NOT_FOUND')
  }
  assert.equal(shown(await look(hub, `suspense/${suspense}`))['remaining'], '30.00')
  // A JSON number is an amount, too, to its last digit.
  const numbered = await hub.gateway('POST', `/v1/suspense/${suspense}/write-off`, {
    token: hub.token('money:operate', 'operator-1'),
    body: `{"amount":1.10,"reason":"${reason}"}`,
    headers: { 'content-type': 'application/json', 'idempotency-key': 'numbered' },
  })
  assert.equal(shown(numbered)['amount'], '1.10')
}

async function once(hub: TestHub): Promise<void> {
  const { suspense } = await held(hub, 'AMK', '30.00')
  const key = 'one-act'
  const write = () => operateOnce(hub, `suspense/${suspense}/write-off`, { amount: '3.00', reason }, { key })
  const first = await write()
  const again = await write()
  assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [first.text, 'true'])
  await abandon(hub, key)
  const resumed = await write()
  assert.deepEqual([resumed.text, resumed.headers.get('idempotent-replayed')], [first.text, null])
  assert.equal(shown(await look(hub, `suspense/${suspense}`))['remaining'], '27.00')
  const asked = shown(await operateOnce(hub, `suspense/${suspense}/apply`, await elsewhere(hub)), 202)
  const approve = () =>
    operateOnce(hub, `acts/${asked['id']}/approve`, { reason }, { operator: 'operator-2', key: 'one-approval' })
  const approved = await approve()
  assert.equal(shown(approved)['status'], 'done')
  await abandon(hub, 'one-approval')
  assert.equal(
    (await approve()).text,
    approved.text,
    'whoever resumes his own decision is not told that it was decided',
  )
}

async function elsewhere(hub: TestHub): Promise<object> {
  const { id } = await makeCode(hub, 'AMK', { amount: '20.00', currency: 'USD' })
  return { payment: String(id), reason }
}

async function keys(hub: TestHub): Promise<void> {
  const act = 'act_06a9k2vq7rsgd3x1n0b4c5d6e7'
  const refundId = 'rfd_06a9k2vq7rsgd3x1n0b4c5d6e7'
  const paths = [
    ...['apply', 'refund', 'write-off'].map((verb) => `suspense/${unknownSuspense}/${verb}`),
    ...['approve', 'reject'].map((verb) => `acts/${act}/${verb}`),
    ...['approve', 'cancel', 'evidence'].map((verb) => `refunds/${refundId}/${verb}`),
    'refunds',
    'payments/150001/cancel',
  ]
  const token = hub.token('money:operate', 'operator-1')
  for (const path of paths) {
    const answer = await hub.gateway('POST', `/v1/${path}`, { token, json: { reason } })
    assert.ok(assertProblem(answer, 400, 'BAD_REQUEST').includes('Idempotency-Key'), path)
    const stranger = await hub.gateway('POST', `/v1/${path}`, { token: hub.token('money:operate'), json: { reason } })
    assertProblem(stranger, 403, 'OPERATOR_REQUIRED')
  }
}

async function manyAtOnce(hub: TestHub): Promise<void> {
  const { suspense } = await held(hub, 'BANK01', '20.00')
  const paths = ['write-off', 'refund']
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      operateOnce(
        hub,
        `suspense/${suspense}/${paths[n % 2]}`,
        { amount: '3.00', reason },
        { operator: `operator-${(n % 2) + 1}` },
      ),
    ),
  )
  const done = answers.filter((answer) => answer.status < 300)
  // Those beaten too often are told to come back; nobody is told yes in vain.
  const given = BigInt(done.length) * 300n
  const remaining = shown(await look(hub, `suspense/${suspense}`))['remaining'] ?? ''
  assert.equal(2_000n - given, BigInt(remaining.replace('.', '')), `${done.length} were done, ${remaining} is left`)
  assert.ok(done.length >= 1)
}
