import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { heldFor } from '../support/held-money.ts'
import { operateOnce } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  askRefundOfHeld,
  bankSays,
  readShown,
  receivedDaysAgo,
  refundBecomes,
  refundIn,
  settled,
  wayOf,
} from '../support/refund-days.ts'
import { startHubWithRefundingBank } from '../support/refunding-bank.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'
import { unguarded } from '../support/unguarded.ts'

test('refunds that a person sends', async (t) => {
  const hub = await startBadDays(t)
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))
  await t.test('[E58] AMK is never asked: a person shows the transfer, and then it is told of', () => shownOnce(hub))
  await t.test('shown by many at once, it is done once', () => shownByMany(hub))
  await t.test('shown and called off at once, it is one of the two', () => shownAndCancelled(hub))
  await t.test('[E59] called off, its money may be sent back again', () => cancelled(hub))
  await t.test('parts by hand never add up to more than came', () => parts(hub))
  await t.test('held money goes back by hand, too', () => ofHeldMoney(hub))
  await t.test('what is sent by machine takes no evidence', () => notByMachine(hub))
  await t.test('a bank that refunds for 30 days is not asked after them', () => afterTheWindow(hub))
  await t.test('money booked upon a bare answer is sent by hand: its bank could not be asked about it', () => bare(hub))
})

test('a bank that refunds whole movements only', async (t) => {
  const { hub } = await startHubWithRefundingBank(t, 'BANK03')
  await t.test('sends the whole by machine', async () => {
    const paid = await settled(hub, 'BANK03')
    await refundBecomes(hub, refundIn(await askRefund(hub, paid)), 'succeeded')
    assert.equal((await bankSays(hub, paid.transaction)).refunded, '25.00')
    await booksAgree(hub)
  })
  await t.test('is not asked for a part, nor for the rest of it', async () => {
    const paid = await settled(hub, 'BANK03')
    for (const amount of ['10.00', '15.00']) {
      const refund = refundIn(await askRefund(hub, paid, { amount }))
      assert.equal((await readShown(hub, refund))['status'], 'requires_evidence')
      assert.equal((await show(hub, refund)).status, 200)
    }
    assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
    await booksAgree(hub)
  })
})

let transfers = 0

function show(hub: TestHub, refund: string, reference = `TRF-${(transfers += 1)}`): Promise<Answer> {
  const evidence = { bank_reference: reference, paid_at: new Date().toISOString(), note: 'Sent by finance.' }
  return operateOnce(hub, `refunds/${refund}/evidence`, evidence)
}

async function asked(
  hub: TestHub,
  amount?: string,
): Promise<{ refund: string; paid: Awaited<ReturnType<typeof settled>> }> {
  const paid = await settled(hub, 'AMK')
  const answer = await askRefund(hub, paid, amount === undefined ? {} : { amount })
  assert.deepEqual([answer.status, answer.json['status'], answer.json['mode']], [201, 'requires_evidence', 'manual'])
  return { refund: refundIn(answer), paid }
}

async function shownOnce(hub: TestHub): Promise<void> {
  const { refund, paid } = await asked(hub, '10.00')
  const before = await hub.pool.query(`select count(*)::int as n from events where type = 'gateway.payment.refunded'`)
  assert.equal(before.rows[0].n, 0)
  assert.equal((await show(hub, refund)).status, 200)
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'requires_evidence', 'succeeded'])
  assertProblem(await show(hub, refund), 409, 'CONFLICT')
  assertProblem(await operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'Too late.' }), 409, 'CONFLICT')
  const { rows } = await hub.pool.query(`select count(*)::int as n from exchanges where operation like 'refund%'`)
  assert.equal(rows[0].n, 0)
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '0.00')
  await booksAgree(hub)
}

async function shownByMany(hub: TestHub): Promise<void> {
  const { refund } = await asked(hub)
  const answers = await Promise.all(Array.from({ length: 16 }, () => show(hub, refund)))
  const done = answers.filter((one) => one.status === 200)
  for (const one of answers) if (one.status !== 200) assertProblem(one, 409, 'CONFLICT')
  // Who was not first may be told that it is done, but the transfer that is kept is the first one's.
  assert.equal(done.length, 1)
  assert.equal((await readShown(hub, refund))['bank_reference'], done[0]?.json['bank_reference'] as unknown)
  await booksAgree(hub)
}

async function shownAndCancelled(hub: TestHub): Promise<void> {
  for (let round = 1; round <= 4; round += 1) {
    const { refund } = await asked(hub)
    const [proved, off] = await Promise.all([
      show(hub, refund),
      operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'Not wanted.' }),
    ])
    assert.deepEqual([proved.status, off.status].sort(), [200, 409])
    assert.equal((await readShown(hub, refund))['status'], proved.status === 200 ? 'succeeded' : 'cancelled')
  }
  await booksAgree(hub)
}

async function cancelled(hub: TestHub): Promise<void> {
  const { refund, paid } = await asked(hub)
  assertProblem(await askRefund(hub, paid, { amount: '0.01' }), 409, 'CONFLICT')
  const off = await operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'Not wanted.' }, { operator: 'operator-2' })
  assert.equal(off.json['status'], 'cancelled', off.text)
  assertProblem(await show(hub, refund), 409, 'CONFLICT')
  const again = refundIn(await askRefund(hub, paid))
  assert.equal((await show(hub, again)).status, 200)
  await booksAgree(hub)
}

async function parts(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'AMK')
  const answers = await Promise.all(Array.from({ length: 8 }, () => askRefund(hub, paid, { amount: '8.00' })))
  const taken = answers.filter((one) => one.status === 201)
  assert.equal(taken.length, 3)
  for (const one of taken) assert.equal((await show(hub, refundIn(one))).status, 200)
  assertProblem(await askRefund(hub, paid, { amount: '1.01' }), 409, 'CONFLICT')
  assert.equal((await show(hub, refundIn(await askRefund(hub, paid, { amount: '1.00' })))).status, 200)
  await booksAgree(hub)
}

async function ofHeldMoney(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code, { amount: '30.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'] })
  const held = await heldFor(hub, code.id)
  const refund = refundIn(await askRefundOfHeld(hub, held.id))
  assert.equal((await heldFor(hub, code.id)).remaining, '0.00')
  assert.equal((await show(hub, refund)).status, 200)
  await booksAgree(hub)
}

async function notByMachine(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = refundIn(await askRefund(hub, paid))
  assertProblem(await show(hub, refund), 409, 'CONFLICT')
  await refundBecomes(hub, refund, 'succeeded')
  assertProblem(await show(hub, refund), 409, 'CONFLICT')
}

async function afterTheWindow(hub: TestHub): Promise<void> {
  const [in29, in31] = [await settled(hub), await settled(hub)]
  await receivedDaysAgo(hub, in29.transaction, 29)
  await receivedDaysAgo(hub, in31.transaction, 31)
  await refundBecomes(hub, refundIn(await askRefund(hub, in29)), 'succeeded')
  const late = refundIn(await askRefund(hub, in31))
  assert.equal((await readShown(hub, late))['status'], 'requires_evidence')
  assert.equal((await show(hub, late)).status, 200)
  assert.deepEqual((await bankSays(hub, in31.transaction)).refunds, [])
  await booksAgree(hub)
}

async function bare(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  // As it would be booked where the bank said "paid" and named no movement.
  await unguarded(hub, 'update receipts set bank_transaction_id = reference where bank_transaction_id = $1', [
    paid.transaction,
  ])
  assert.equal((await askRefund(hub, paid)).json['mode'], 'manual')
}
