import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, during, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { applyTo, approve, heldFor, refundHeld, refundPayment, writeOff } from '../support/held-money.ts'
import { abandon, look, operateOnce, rowsIn, shown } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { refundBecomes, refundIn } from '../support/refund-days.ts'
import { rfc3339Utc } from '../support/refused.ts'
import { lookTwice, takeBack } from '../support/reversals.ts'
import type { TestHub } from '../support/running-hub.ts'

test('payments are read and cancelled over /v1', async (t) => {
  const hub = await startBadDays(t)
  await t.test('a payment is shown with its receipts and attempts, by either form of its id', () => reads(hub))
  await t.test('money that waits in suspense is shown with its payment', () => heldMoney(hub))
  await t.test('what a receipt shows adds up to its amount, wherever its money went', () => addsUp(hub))
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
    receipt_url: receiptUrl,
    ...rest
  } = answer.json as unknown as Record<string, unknown>
  assert.match(String(id), /^pay_/)
  assert.match(String(receiptUrl), /\/receipt\/R-\d{6}\/[\w-]{43}$/)
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
    applied_elsewhere: '0.00',
    in_suspense: '0.00',
    being_refunded: '0.00',
    refunded: '0.00',
    written_off: '0.00',
    amount_reversed: '0.00',
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

type Shown = { readonly amount_refunded: string; readonly receipts: readonly Record<string, string>[] }

type RefundOf = {
  readonly amount: string
  readonly payment: { readonly number: number } | null
  readonly named_payment: { readonly number: number } | null
}

const parts = ['applied', 'applied_elsewhere', 'in_suspense', 'being_refunded', 'refunded', 'written_off']

/** What each part of a payment's only receipt is, nothing left out; they add up to its amount. */
async function partsOf(hub: TestHub, id: number): Promise<{ refunded: string; parts: Record<string, string> }> {
  const { receipts, amount_refunded: refunded } = (await look(hub, `payments/${id}`)).json as unknown as Shown
  const [receipt = {}] = receipts
  const cents = (name: string) => BigInt((receipt[name] ?? '').replace('.', ''))
  const all = [...parts, 'amount_reversed']
  assert.equal(receipts.length, 1)
  assert.equal(
    all.reduce((sum, name) => sum + cents(name), 0n),
    cents('amount'),
    JSON.stringify(receipt),
  )
  return {
    refunded,
    parts: Object.fromEntries(all.filter((name) => cents(name) !== 0n).map((name) => [name, receipt[name] ?? ''])),
  }
}

async function addsUp(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  const other = await makeCode(hub, 'BANK01')
  await pay(hub, code, { amount: '90.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'] })
  assert.deepEqual(await partsOf(hub, code.id), { refunded: '0.00', parts: { in_suspense: '90.00' } })
  const held = await heldFor(hub, code.id)
  shown(await applyTo(hub, held, code.id, { amount: '25.00' }))
  shown(await approve(hub, await applyTo(hub, held, other.id, { amount: '25.00' })))
  shown(await writeOff(hub, held, { amount: '7.00' }))
  await refundBecomes(hub, refundIn(await refundHeld(hub, held, { amount: '11.00' })), 'succeeded')
  await refundBecomes(hub, refundIn(await refundPayment(hub, code.id, { amount: '4.00' })), 'succeeded')
  await refundBecomes(hub, refundIn(await refundPayment(hub, other.id, { amount: '3.00' })), 'succeeded')
  const rest = { applied_elsewhere: '22.00', in_suspense: '22.00', refunded: '18.00', written_off: '7.00' }
  // All three refunds are of money that named the first payment; one of them is of money that settled the second.
  assert.deepEqual(await partsOf(hub, code.id), { refunded: '18.00', parts: { applied: '21.00', ...rest } })
  const listed = rowsIn(await look(hub, `refunds?payment=${code.id}`)) as unknown as RefundOf[]
  assert.deepEqual(
    listed.map((row) => [row.amount, row.payment?.number, row.named_payment?.number]),
    [
      ['3.00', other.id, code.id],
      ['4.00', code.id, code.id],
      ['11.00', undefined, code.id],
    ],
  )
  const elsewhere = { ...rest, applied: '22.00', applied_elsewhere: '21.00' }
  assert.deepEqual(await partsOf(hub, other.id), { refunded: '3.00', parts: elsewhere })
  await takeBack(hub, code)
  await lookTwice(hub, code)
  const gone = { amount_reversed: '72.00', refunded: '18.00' }
  assert.deepEqual(await partsOf(hub, code.id), { refunded: '18.00', parts: gone })
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
