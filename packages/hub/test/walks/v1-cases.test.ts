import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseKinds } from '../../src/domain/match.ts'
import { bankToken, makeCode } from '../support/bad-day.ts'
import { look, operate, operatorToken, raiseCase } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { rfc3339Utc } from '../support/refused.ts'
import { type Answer, type Json, startTestHub, type TestHub } from '../support/running-hub.ts'

test('operators see cases and close them', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('a message about an unknown payment is a case with its evidence', () => unknownPayment(hub))
  await t.test('a list is cut into pages that together hold every case once', () => pages(hub))
  await t.test('a list is filtered by state, kind, bank and payment', () => filters(hub))
  await t.test('a cursor of another list, or a made-up one, is refused', () => cursors(hub))
  await t.test('a case is closed once, with the row in the audit log', () => closing(hub))
  await t.test('of 16 who close a case at once one does, and the others are told who did', () => closingAtOnce(hub))
  await t.test('what was raised never changes, and a closed case is not opened again', () => guarded(hub))
})

const fields = [
  'id',
  'kind',
  'state',
  'sentence',
  'evidence',
  'bank',
  'payment',
  'opened_at',
  'outcome',
  'reason',
  'closed_by',
  'closed_at',
]

async function unknownPayment(hub: TestHub): Promise<void> {
  const body = {
    invoice_number: '987654',
    status: 'SUCCESS',
    merchant_number: '900000000000001',
    paid_amount: 25,
    currency: 'USD',
    paid_datetime: '2026-01-07 12:00:00',
  }
  const told = await hub.gateway('POST', '/AMK/khqr', { token: bankToken(hub, 'AMK'), json: body })
  assert.equal(told.status, 404, told.text)
  const list = await look(hub, 'cases?kind=unknown_payment')
  const [found, ...more] = dataOf(list)
  assert.deepEqual(more, [])
  assert.deepEqual(Object.keys(found ?? {}), fields)
  assert.deepEqual([found?.['state'], found?.['bank'], found?.['payment']], ['open', 'AMK', null])
  assert.match(String(found?.['opened_at']), rfc3339Utc)
  const shown = await look(hub, `cases/${found?.['id']}`)
  assert.deepEqual(shown.json, found)
  assert.equal(shown.headers.get('cache-control'), 'no-store')
}

async function pages(hub: TestHub): Promise<void> {
  const raised: string[] = []
  for (let n = 0; n < 25; n += 1) raised.unshift(await raiseCase(hub, { kind: 'credited_twice' }))
  const first = await look(hub, 'cases?kind=credited_twice')
  assert.deepEqual(Object.keys(first.json), ['data', 'has_more', 'next_cursor'])
  assert.equal(dataOf(first).length, 20, 'twenty unless told')
  const seen: string[] = []
  for (let path = 'cases?kind=credited_twice&limit=7'; ; ) {
    const page = await look(hub, path)
    seen.push(...dataOf(page).map((one) => String(one['id'])))
    // A case that is raised meanwhile moves no other from its page.
    if (seen.length === 7) await raiseCase(hub, { kind: 'credited_twice' })
    if (!page.json['has_more']) {
      assert.equal(page.json['next_cursor'], null)
      break
    }
    path = `cases?kind=credited_twice&limit=7&cursor=${page.json['next_cursor']}`
  }
  assert.deepEqual(seen, raised)
}

async function filters(hub: TestHub): Promise<void> {
  const { id: payment } = await makeCode(hub, 'BANK01')
  const [open, closed] = [
    await raiseCase(hub, { kind: 'old_money', bank: 'BANK01', payment }),
    await raiseCase(hub, { kind: 'old_money', bank: 'AMK' }),
  ]
  await operate(hub, `cases/${closed}/close`, { outcome: 'no_action', reason: 'It was a test.' })
  const payId = String((await look(hub, `cases/${open}`)).json['payment']?.['id'])
  const rows: [query: string, expected: string[]][] = [
    ['', [closed, open]],
    ['&state=open', [open]],
    ['&state=closed', [closed]],
    ['&bank=bank01', [open]],
    [`&payment=${payment}`, [open]],
    [`&payment=${payId}`, [open]],
    [`&payment=${payId}&state=closed`, []],
  ]
  for (const [query, expected] of rows) {
    const ids = dataOf(await look(hub, `cases?kind=old_money${query}`)).map((one) => one['id'])
    assert.deepEqual(ids, expected, query)
  }
  const banks = [...hub.running.hub.banks.keys()].sort()
  // An empty list would look as if nothing had happened to it.
  const unknown: [query: string, says: Record<string, string>][] = [
    ['bank=NOBANK', { bank: `is "NOBANK", and must be one of ${banks.join(', ')}` }],
    ['payment=999999999', { payment: 'is "999999999", and there is no such payment' }],
    [
      'payment=pay_06a9k2vq7rsgd3x1n0b4c5d6e7',
      { payment: 'is "pay_06a9k2vq7rsgd3x1n0b4c5d6e7", and there is no such payment' },
    ],
    ['kind=odd', { kind: `is "odd", and must be one of ${caseKinds.join(', ')}` }],
  ]
  for (const [query, says] of unknown) {
    const answer = await look(hub, `cases?${query}`)
    assertProblem(answer, 400, 'BAD_REQUEST')
    assert.deepEqual(answer.json['errors'], says)
  }
}

async function cursors(hub: TestHub): Promise<void> {
  const made = (text: string) => Buffer.from(text).toString('base64url')
  for (const cursor of [
    'x',
    'not a cursor',
    made('refunds 7'),
    made('cases'),
    made('cases x'),
    made('cases -7'),
    made('cases 7 7'),
  ]) {
    const answer = await look(hub, `cases?cursor=${encodeURIComponent(cursor)}`)
    assert.deepEqual(assertProblem(answer, 400, 'BAD_REQUEST'), ['cursor'], cursor)
  }
  const all = await look(hub, 'cases?limit=0&limit=2&state=both&bank=!&kind=A&payment=abc&total=1&cursor=')
  const wrong = assertProblem(all, 400, 'BAD_REQUEST')
  assert.deepEqual(wrong, ['bank', 'cursor', 'kind', 'limit', 'payment', 'state', 'total'])
  for (const limit of ['0', '101', '-1', '1.5', '']) {
    assert.deepEqual(assertProblem(await look(hub, `cases?limit=${limit}`), 400, 'BAD_REQUEST'), ['limit'], limit)
  }
}

async function closing(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const bad = await operate(hub, `cases/${id}/close`, { outcome: 'fine', reason: ' ', note: 'x' })
  assert.deepEqual(assertProblem(bad, 400, 'BAD_REQUEST'), ['note', 'outcome', 'reason'])
  const closed = await operate(hub, `cases/${id}/close`, { outcome: 'bank_error', reason: 'The bank sent it twice.' })
  assert.equal(closed.status, 200, closed.text)
  assert.deepEqual(Object.keys(closed.json), fields)
  const { state, outcome, reason, closed_by: by, closed_at: at } = closed.json as unknown as Record<string, string>
  assert.deepEqual([state, outcome, reason, by], ['closed', 'bank_error', 'The bank sent it twice.', 'operator-1'])
  assert.match(String(at), rfc3339Utc)
  assert.deepEqual((await look(hub, `cases/${id}`)).json, closed.json)
  const again = await operate(hub, `cases/${id}/close`, { outcome: 'resolved', reason: 'Once more.' })
  assertProblem(again, 409, 'CONFLICT')
  assert.match(again.text, /operator-1 closed/)
  const { rows } = await hub.pool.query(
    `select actor, action, before, after, reason, correlation_id from audit where object = $1`,
    [id.replace('_', ' ')],
  )
  assert.deepEqual(rows, [
    {
      actor: 'operator operator-1',
      action: 'case.closed',
      before: { state: 'open' },
      after: { state: 'closed', outcome: 'bank_error' },
      reason: 'The bank sent it twice.',
      correlation_id: closed.headers.get('x-request-id'),
    },
  ])
  const unknown = await operate(hub, 'cases/case_999999999/close', { outcome: 'resolved', reason: 'Nothing there.' })
  assertProblem(unknown, 404, 'RESOURCE_NOT_FOUND')
  assertProblem(await look(hub, 'cases/case_999999999'), 404, 'RESOURCE_NOT_FOUND')
  for (const odd of ['7', 'case_', 'case_0', 'case_07', 'CASE_7', 'case_7x', 'sus_7', 'case_9999999999999999999']) {
    assert.deepEqual(assertProblem(await look(hub, `cases/${odd}`), 400, 'BAD_REQUEST'), ['id'], odd)
    const close = await operate(hub, `cases/${odd}/close`, { outcome: 'resolved', reason: 'Nothing there.' })
    assert.deepEqual(assertProblem(close, 400, 'BAD_REQUEST'), ['id'], odd)
  }
}

async function closingAtOnce(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      operate(
        hub,
        `cases/${id}/close`,
        { outcome: 'resolved', reason: `Decided by ${n}.` },
        { operator: `operator-${(n % 2) + 1}` },
      ),
    ),
  )
  const statuses = answers.map((one) => one.status).sort()
  assert.deepEqual(statuses, [200, ...Array.from({ length: 15 }, () => 409)])
  const { rows } = await hub.pool.query(`select count(*)::int as n from audit where object = $1`, [
    id.replace('_', ' '),
  ])
  assert.deepEqual(rows, [{ n: 1 }])
}

async function guarded(hub: TestHub): Promise<void> {
  const id = (await raiseCase(hub)).replace('case_', '')
  const refuses = (sql: string) => assert.rejects(hub.pool.query(sql, [id]), { code: '23001' }, sql)
  await refuses(`update cases set sentence = 'Nothing.' where id = $1`)
  const close = `state = 'closed', outcome = 'resolved', reason = 'Done.', closed_by = 'operator-1', closed_at = now()`
  await refuses(`update cases set ${close}, evidence = '{}' where id = $1`)
  await refuses('delete from cases where id = $1')
  await assert.rejects(hub.pool.query(`update cases set state = 'closed' where id = $1`, [id]), { code: '23514' })
  await hub.pool.query(`update cases set ${close} where id = $1`, [id])
  await refuses(`update cases set reason = 'Another.' where id = $1`)
  await refuses(
    `update cases set state = 'open', outcome = null, reason = null, closed_by = null, closed_at = null where id = $1`,
  )
  assert.equal((await look(hub, `cases/case_${id}`, operatorToken(hub, 'operator-2'))).json['state'], 'closed')
}

function dataOf(answer: Answer): Record<string, Json | string | null>[] {
  assert.equal(answer.status, 200, answer.text)
  return answer.json['data'] as unknown as Record<string, Json | string | null>[]
}
