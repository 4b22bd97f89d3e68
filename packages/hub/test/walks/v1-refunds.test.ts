import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/kit/ids.ts'
import { becomes, makeCode, patiently, pay, startBadDays } from '../support/bad-day.ts'
import { abandon, idsOfAll, look, operateOnce, rowsIn, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import type { TestHub } from '../support/running-hub.ts'

test('operators refund payments over /v1', async (t) => {
  const hub = await startBadDays(t)
  await t.test('[E57] a bank that can sends the money back, and the payment says how much', () => automatic(hub))
  await t.test('[E58] a bank that cannot: a person sends it, and shows how', () => manual(hub))
  await t.test('[E54] above the limit a second operator agrees, who is another', () => secondPerson(hub))
  await t.test('[E59] a refund that was not sent is called off, and its money is there again', () => cancelled(hub))
  await t.test('refunds are listed, filtered and cut into pages', () => lists(hub))
  await t.test('[E60] what cannot be refunded is refused', () => misfits(hub))
  await t.test('[E56] 64 with one key are one refund', () => sameKey(hub))
  await t.test('[E60] 64 with keys of their own never send back more than was paid', () => ownKeys(hub))
  await t.test('[E56] a request whose process died is resumed with its refund, and sends nothing twice', () =>
    resumed(hub),
  )
  await t.test('[E56] a decision whose process died is not told that it was decided', () => resumedDecisions(hub))
})

const reason = 'The policy was cancelled.'
const unknown = 'refunds/rfd_06a9k2vq7rsgd3x1n0b4c5d6e7'

/** A payment that was paid in full; its number. */
async function paid(hub: TestHub, bank: string, amount = '25.00'): Promise<number> {
  const code = await makeCode(hub, bank, { amount, currency: 'USD' })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  return code.id
}

function ended(hub: TestHub, id: string | null | undefined, status: string): Promise<Record<string, string | null>> {
  return patiently(`refund ${id} to be ${status}`, async () => {
    const refund = shown(await look(hub, `refunds/${id}`))
    return refund['status'] === status && refund
  })
}

const fields = [
  'id',
  'status',
  'mode',
  'amount',
  'currency',
  'bank',
  'payment',
  'named_payment',
  'suspense',
  'reason',
  'sentence',
  'needs_second_person',
  'requested_by',
  'approved_by',
  'bank_reference',
  'evidence',
  'created_at',
  'sent_at',
  'finished_at',
]

async function automatic(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'BANK01')
  const made = shown(await operateOnce(hub, 'refunds', { payment: String(id), amount: '10.00', reason }), 201)
  assert.deepEqual(Object.keys(made), fields)
  assert.deepEqual(
    [made['mode'], made['amount'], made['currency'], made['bank'], made['requested_by'], made['reason']],
    ['automatic', '10.00', 'USD', 'BANK01', 'operator-1', reason],
  )
  await ended(hub, made['id'], 'succeeded')
  const payment = shown(await look(hub, `payments/${id}`))
  assert.deepEqual([payment['amount_received'], payment['amount_refunded']], ['25.00', '10.00'])
  assert.equal(payment['status'], 'completed')
  assert.ok(payment['flags']?.includes('partially_refunded'))
  const rest = shown(await operateOnce(hub, 'refunds', { payment: String(payment['id']), reason }), 201)
  assert.equal(rest['amount'], '15.00', 'all that is left, unless told')
  await ended(hub, rest['id'], 'succeeded')
  assert.equal(shown(await look(hub, `payments/${id}`))['amount_refunded'], '25.00')
  assertProblem(await operateOnce(hub, 'refunds', { payment: String(id), reason }), 409, 'CONFLICT')
}

async function manual(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'AMK')
  const made = shown(await operateOnce(hub, 'refunds', { payment: String(id), reason }), 201)
  assert.deepEqual([made['mode'], made['status']], ['manual', 'requires_evidence'])
  const path = `refunds/${made['id']}/evidence`
  const good = { bank_reference: 'TRF-0001', paid_at: new Date().toISOString(), note: 'Sent by finance.' }
  const bad: [body: object, fields: string[]][] = [
    [{}, ['bank_reference', 'note', 'paid_at']],
    [{ ...good, bank_reference: '' }, ['bank_reference']],
    [{ ...good, bank_reference: 'x'.repeat(65) }, ['bank_reference']],
    [{ ...good, paid_at: '2026-01-07' }, ['paid_at']],
    [{ ...good, paid_at: '2026-13-07T12:00:00Z' }, ['paid_at']],
    [{ ...good, paid_at: '2999-01-07T12:00:00Z' }, ['paid_at']],
    [{ ...good, amount: '1.00' }, ['amount']],
  ]
  for (const [body, wrong] of bad) {
    assert.deepEqual(assertProblem(await operateOnce(hub, path, body), 400, 'BAD_REQUEST'), wrong)
  }
  assertProblem(await operateOnce(hub, `refunds/${made['id']}/approve`, { reason }), 409, 'CONFLICT')
  const proved = await operateOnce(hub, path, good, { operator: 'operator-2' })
  assert.deepEqual([shown(proved)['status'], shown(proved)['bank_reference']], ['succeeded', 'TRF-0001'])
  const evidence = proved.json['evidence'] as unknown as Record<string, string>
  assert.deepEqual(evidence, { ...good, shown_by: 'operator-2' })
  assert.equal(shown(await look(hub, `payments/${id}`))['amount_refunded'], '25.00')
  assertProblem(await operateOnce(hub, path, good), 409, 'CONFLICT')
}

async function secondPerson(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'BANK01', '150.00')
  const asked = await operateOnce(hub, 'refunds', { payment: String(id), amount: '100.01', reason })
  const refund = shown(asked, 202)
  assert.deepEqual([refund['status'], refund['needs_second_person']], ['requires_approval', true])
  const path = `refunds/${refund['id']}/approve`
  assertProblem(await operateOnce(hub, path, { reason }), 403, 'FORBIDDEN')
  const approved = shown(await operateOnce(hub, path, { reason: 'Agreed.' }, { operator: 'operator-2' }))
  assert.deepEqual([approved['requested_by'], approved['approved_by']], ['operator-1', 'operator-2'])
  await ended(hub, refund['id'], 'succeeded')
  assertProblem(await operateOnce(hub, path, { reason }, { operator: 'operator-2' }), 409, 'CONFLICT')
}

async function cancelled(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'AMK')
  // A number is read like the text that it would be.
  const refund = shown(await operateOnce(hub, 'refunds', { payment: id, amount: 25, reason }), 201)
  assertProblem(await operateOnce(hub, 'refunds', { payment: String(id), reason }), 409, 'CONFLICT')
  const path = `refunds/${refund['id']}/cancel`
  assert.equal(shown(await operateOnce(hub, path, { reason: 'A mistake.' }))['status'], 'cancelled')
  assertProblem(await operateOnce(hub, path, { reason: 'A mistake.' }), 409, 'CONFLICT')
  assert.equal(shown(await operateOnce(hub, 'refunds', { payment: String(id), reason }), 201)['amount'], '25.00')
}

async function lists(hub: TestHub): Promise<void> {
  const [one, two] = [await paid(hub, 'AMK'), await paid(hub, 'BANK01')]
  const made = []
  for (const payment of [one, two]) {
    const refund = shown(await operateOnce(hub, 'refunds', { payment: String(payment), amount: '1.00', reason }), 201)
    made.unshift(String(refund['id']))
  }
  const all = await idsOfAll(hub, 'refunds', 2)
  assert.deepEqual(all.slice(0, 2), made)
  assert.equal(new Set(all).size, all.length)
  const queries: [query: string, expected: string[]][] = [
    [`payment=${one}`, made.slice(1)],
    [`payment=${two}&bank=BANK01`, made.slice(0, 1)],
    [`payment=${two}&bank=AMK`, []],
    [`payment=${one}&status=requires_evidence`, made.slice(1)],
    [`payment=${one}&status=succeeded`, []],
  ]
  for (const [query, expected] of queries) {
    const ids = rowsIn(await look(hub, `refunds?${query}`)).map((row) => row['id'])
    assert.deepEqual(ids, expected, query)
  }
  assert.equal((await look(hub, 'refunds', hub.token('payments:read'))).status, 200)
  assertProblem(await look(hub, 'refunds', hub.token('bills:read')), 403, 'FORBIDDEN')
  assert.deepEqual(assertProblem(await look(hub, 'refunds?status=done&x=1'), 400, 'BAD_REQUEST'), ['status', 'x'])
  const none = await look(hub, 'refunds?payment=1&bank=NOBANK')
  assert.deepEqual(assertProblem(none, 400, 'BAD_REQUEST'), ['bank', 'payment'])
  const cursor = Buffer.from('refunds 7').toString('base64url')
  assert.deepEqual(assertProblem(await look(hub, `refunds?cursor=${cursor}`), 400, 'BAD_REQUEST'), ['cursor'])
}

async function misfits(hub: TestHub): Promise<void> {
  const unpaid = String((await makeCode(hub, 'BANK01')).id)
  const settled = String(await paid(hub, 'BANK01'))
  const rows: [body: object, status: number, code: string, fields: string[]][] = [
    [{ payment: unpaid, reason }, 409, 'CONFLICT', []],
    [{ payment: '999999999', reason }, 404, 'RESOURCE_NOT_FOUND', []],
    [{ payment: settled, amount: '25.01', reason }, 409, 'CONFLICT', []],
    [{ payment: settled, amount: '0.00', reason }, 400, 'BAD_REQUEST', ['amount']],
    [{ payment: settled, amount: '1.001', reason }, 400, 'BAD_REQUEST', ['amount']],
    [{ payment: settled }, 400, 'BAD_REQUEST', ['reason']],
    [{ suspense: 'sus_1', reason }, 400, 'BAD_REQUEST', ['payment', 'suspense']],
  ]
  for (const [body, status, code, wrong] of rows) {
    const answer = await operateOnce(hub, 'refunds', body)
    assert.deepEqual(assertProblem(answer, status, code), wrong, answer.text)
  }
  assertProblem(await look(hub, unknown), 404, 'RESOURCE_NOT_FOUND')
  for (const verb of ['approve', 'cancel']) {
    assertProblem(await operateOnce(hub, `${unknown}/${verb}`, { reason }), 404, 'RESOURCE_NOT_FOUND')
  }
  assert.deepEqual(assertProblem(await look(hub, 'refunds/rfd_1'), 400, 'BAD_REQUEST'), ['id'])
  assert.deepEqual(await idsOfAll(hub, `refunds?payment=${settled}`, 5), [])
}

async function sameKey(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'BANK01')
  const key = 'one-refund'
  const refundOnce = () => operateOnce(hub, 'refunds', { payment: String(id), amount: '1.00', reason }, { key })
  const answers = await Promise.all(Array.from({ length: 64 }, refundOnce))
  const made = answers.filter((one) => one.status === 201)
  assert.equal(made.filter((one) => !one.headers.has('idempotent-replayed')).length, 1)
  for (const one of made) assert.equal(one.text, made[0]?.text)
  for (const one of answers.filter((answer) => answer.status !== 201)) {
    assertProblem(one, 409, 'CONFLICT')
    assert.match(one.headers.get('retry-after') ?? '', /^\d+$/)
  }
  assert.equal((await idsOfAll(hub, `refunds?payment=${id}`, 5)).length, 1)
  assert.equal((await refundOnce()).text, made[0]?.text)
}

async function ownKeys(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'BANK01')
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => operateOnce(hub, 'refunds', { payment: String(id), amount: '10.00', reason })),
  )
  const made = answers.filter((one) => one.status === 201)
  assert.equal(made.length, 2, 'two of ten dollars out of twenty-five')
  for (const one of made) await ended(hub, String(one.json['id']), 'succeeded')
  assert.equal(shown(await look(hub, `payments/${id}`))['amount_refunded'], '20.00')
}

async function resumed(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'BANK01')
  const refundOnce = (key: string) =>
    operateOnce(hub, 'refunds', { payment: String(id), amount: '5.00', reason }, { key })
  const first = shown(await refundOnce('died-behind'), 201)
  await ended(hub, first['id'], 'succeeded')
  await abandon(hub, 'died-behind')
  const again = shown(await refundOnce('died-behind'), 201)
  assert.deepEqual([again['id'], again['status']], [first['id'], 'succeeded'])
  // It died before it held anything: the id that it had reserved is the refund's.
  const reserved = newId('rfd')
  await hub.pool.query(
    `insert into idempotency_keys (subject, key, route, body_sha256, object_id, claimed_until)
      select subject, 'died-before', route, body_sha256, $1, now() from idempotency_keys where key = 'died-behind'`,
    [reserved],
  )
  assert.equal(shown(await refundOnce('died-before'), 201)['id'], reserved)
  await ended(hub, reserved, 'succeeded')
  assert.equal(shown(await look(hub, `payments/${id}`))['amount_refunded'], '10.00')
}

async function resumedDecisions(hub: TestHub): Promise<void> {
  const id = await paid(hub, 'AMK', '300.00')
  const ask = async (amount: string, status: number) =>
    shown(await operateOnce(hub, 'refunds', { payment: String(id), amount, reason }), status)['id']
  const small = await ask('1.00', 201)
  const large = await ask('150.00', 202)
  const proof = { bank_reference: 'TRF-0002', paid_at: new Date().toISOString(), note: 'Sent by finance.' }
  const decisions: [path: string, body: object, status: string][] = [
    [`refunds/${large}/approve`, { reason }, 'requires_evidence'],
    [`refunds/${large}/cancel`, { reason }, 'cancelled'],
    [`refunds/${small}/evidence`, proof, 'succeeded'],
  ]
  for (const [path, body, status] of decisions) {
    const decide = () => operateOnce(hub, path, body, { operator: 'operator-2', key: `decided-${path}` })
    const first = await decide()
    assert.equal(shown(first)['status'], status)
    await abandon(hub, `decided-${path}`)
    assert.equal((await decide()).text, first.text)
  }
}
