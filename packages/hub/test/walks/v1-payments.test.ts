import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, during, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { abandon, look, operateOnce, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { rfc3339Utc } from '../support/refused.ts'
import type { TestHub } from '../support/running-hub.ts'

test('payments are read and cancelled over /v1', async (t) => {
  const hub = await startBadDays(t)
  await t.test('a payment is shown with its receipts and attempts, by either form of its id', () => reads(hub))
  await t.test('money that waits in suspense is shown with its payment', () => heldMoney(hub))
  await t.test('a payment is read with payments:read or money:operate, and with nothing else', () => scopes(hub))
  await t.test('[E48] an open payment is cancelled after a last look at its bank', () => cancels(hub))
  await t.test('[E46] one that was paid after all is completed instead', () => paidAfterAll(hub))
  await t.test('[E47] one whose bank cannot say stays open, and the request may be sent again', () => bankAway(hub))
})

const reason = 'The customer pays in cash.'

async function reads(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  const [transactionId] = await pay(hub, code)
  await becomes(hub, code.id, {})
  const answer = await look(hub, `payments/${code.id}`)
  const {
    id,
    receipts,
    attempts,
    opened_at: openedAt,
    completed_at: completedAt,
    payable,
    ...rest
  } = answer.json as unknown as Record<string, unknown>
  assert.match(String(id), /^pay_/)
  assert.deepEqual(rest, {
    number: code.id,
    status: 'completed',
    flags: [],
    amount: '25.00',
    amount_received: '25.00',
    amount_refunded: '0.00',
    currency: 'USD',
    closed_at: null,
  })
  assert.deepEqual(Object.keys(payable as object), ['kind', 'biller', 'number', 'due_date'])
  for (const at of [openedAt, completedAt]) assert.match(String(at), rfc3339Utc)
  const [receipt, ...others] = receipts as Record<string, unknown>[]
  assert.deepEqual(others, [])
  const { paid_at: _, recorded_at: __, ...money } = receipt ?? {}
  assert.deepEqual(money, {
    bank: 'AMK',
    transaction_id: transactionId,
    channel: 'khqr',
    amount: '25.00',
    currency: 'USD',
    proof: 'verified',
    applied: '25.00',
    in_suspense: '0.00',
    suspended_because: null,
    reversed: false,
  })
  const [attempt] = attempts as Record<string, unknown>[]
  assert.deepEqual([attempt?.['bank'], attempt?.['state'], attempt?.['qr_string']], ['AMK', 'closed', code.qrString])
  assert.deepEqual((await look(hub, `payments/${String(id)}`)).json, answer.json)
  for (const odd of ['x', '0', '-1', '015', 'pay_1', 'rfd_06a9k2vq7rsgd3x1n0b4c5d6e7', '9999999999999999']) {
    assert.deepEqual(assertProblem(await look(hub, `payments/${odd}`), 400, 'BAD_REQUEST'), ['id'], odd)
  }
  for (const none of ['999999999', 'pay_06a9k2vq7rsgd3x1n0b4c5d6e7']) {
    assertProblem(await look(hub, `payments/${none}`), 404, 'RESOURCE_NOT_FOUND')
  }
}

async function heldMoney(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01', { amount: '60000', currency: 'KHR' })
  await pay(hub, code, { amount: '50000' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
  const { json } = await look(hub, `payments/${code.id}`)
  const payment = json as unknown as Record<string, unknown>
  assert.deepEqual([payment['amount'], payment['amount_received'], payment['flags']], ['60000', '50000', ['partial']])
  const [receipt] = payment['receipts'] as Record<string, unknown>[]
  assert.deepEqual(
    [receipt?.['applied'], receipt?.['in_suspense'], receipt?.['suspended_because']],
    ['0', '50000', 'underpaid'],
  )
}

async function scopes(hub: TestHub): Promise<void> {
  const { id } = await makeCode(hub, 'AMK')
  assert.equal((await look(hub, `payments/${id}`, hub.token('payments:read'))).status, 200)
  assert.equal((await look(hub, `payments/${id}`, hub.token('money:operate'))).status, 200)
  for (const scope of ['payments:write', 'bills:read', 'khqr:create', 'bank:AMK', 'admin:all']) {
    assertProblem(await look(hub, `payments/${id}`, hub.token(scope)), 403, 'FORBIDDEN')
  }
  const cancel = await operateOnce(hub, `payments/${id}/cancel`, { reason }, { token: hub.token('payments:write') })
  assertProblem(cancel, 403, 'FORBIDDEN')
}

async function cancels(hub: TestHub): Promise<void> {
  const { id } = await makeCode(hub, 'AMK')
  const key = 'one-cancel'
  const cancel = () => operateOnce(hub, `payments/${id}/cancel`, { reason }, { key })
  const first = await cancel()
  assert.deepEqual([shown(first)['status'], shown(first)['number']], ['cancelled', id])
  assert.match(String(shown(first)['closed_at']), rfc3339Utc)
  const again = await cancel()
  assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [first.text, 'true'])
  await abandon(hub, key)
  assert.equal((await cancel()).text, first.text)
  const { rows } = await hub.pool.query(`select actor, reason from audit where object = $1`, [`payment ${id}`])
  assert.deepEqual(rows, [{ actor: 'operator operator-1', reason }])
  assertProblem(await operateOnce(hub, 'payments/999999999/cancel', { reason }), 404, 'RESOURCE_NOT_FOUND')
  await booksAgree(hub)
}

async function paidAfterAll(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code, { webhook: 'drop' })
  assertProblem(await operateOnce(hub, `payments/${code.id}/cancel`, { reason }), 409, 'CONFLICT')
  await becomes(hub, code.id, {})
  await booksAgree(hub)
}

async function bankAway(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  const cancel = () => operateOnce(hub, `payments/${code.id}/cancel`, { reason }, { key: 'patient-cancel' })
  const away = await during(hub, ['BANK01', 'verify', '500'], cancel)
  assertProblem(away, 503, 'SERVER_UNAVAILABLE')
  assert.match(away.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal(shown(await look(hub, `payments/${code.id}`))['status'], 'processing')
  assert.equal(shown(await cancel())['status'], 'cancelled')
}
