import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clearFaults, patiently, setFault, standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { accountsOf } from '../support/held-money.ts'
import { look } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  bankSays,
  laterBy,
  lookedAt,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  type Settled,
  settled,
  unclearCases,
} from '../support/refund-days.ts'
import type { TestHub } from '../support/running-hub.ts'
import { dueNow, giveBudget, restSchedule } from '../support/schedule.ts'

test('money that is refunded, and taken back by its bank', async (t) => {
  const hub = await startBadDays(t)
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))
  await t.test('[E73] a part was sent back: the bank takes the rest, and no more than that', () => restTaken(hub))
  await t.test('given back after that: what was not sent back before may be', () => givenBack(hub))
  await t.test('[E73] taken back while a refund is on its way: that is settled first', () => takenOnTheWay(hub))
  await t.test('what a bank takes days for is asked about less and less often', () => takesDays(hub))
  await t.test('taken back while several refunds wait: all are called off at once', () => allCalledOff(hub))
})

async function turn(hub: TestHub, what: 'reverse' | 'restore', { transaction }: Settled): Promise<void> {
  const turned = await hub.simulator('POST', `/_simulator/${what}`, { bank: 'BANK01', transactionId: transaction })
  assert.equal(turned.status, 200, turned.text)
}

/** A payment of USD 25.00, of which 10.00 went back; then the bank took the rest, which we find out when asked for more. */
async function partThenRest(hub: TestHub): Promise<Settled> {
  const paid = await settled(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '10.00' })), 'succeeded')
  await turn(hub, 'reverse', paid)
  const asked = await askRefund(hub, paid, { amount: '5.00' })
  assert.deepEqual([asked.status, asked.json['status']], [201, 'cancelled'], asked.text)
  return paid
}

async function restTaken(hub: TestHub): Promise<void> {
  const paid = await partThenRest(hub)
  assert.deepEqual(await accountsOf(hub, paid.transaction), {}, 'nothing of it stands anywhere')
  const { refunded, refunds } = await bankSays(hub, paid.transaction)
  assert.deepEqual([refunded, refunds.length], ['10.00', 1])
  assertProblem(await askRefund(hub, paid, { amount: '0.01' }), 409, 'CONFLICT')
  const payment = await look(hub, `payments/${paid.id}`)
  assert.equal(payment.json['amount_refunded'], '10.00')
  assert.deepEqual((await standing(hub, paid.id)).cases, ['reversed'])
  await booksAgree(hub)
}

async function givenBack(hub: TestHub): Promise<void> {
  const paid = await partThenRest(hub)
  await turn(hub, 'restore', paid)
  // As far as we know nothing is there, until the schedule looks.
  assertProblem(await askRefund(hub, paid), 409, 'CONFLICT')
  await giveBudget(hub, 100)
  await patiently('the schedule to find it again', async () => {
    await dueNow(hub, paid.id)
    return (await standing(hub, paid.id)).cases.includes('reversal_returned')
  })
  await restSchedule(hub)
  assertProblem(await askRefund(hub, paid, { amount: '15.01' }), 409, 'CONFLICT')
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '15.00' })), 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '25.00')
  await booksAgree(hub)
}

async function takenOnTheWay(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'pending', 600)
  const sent = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  await refundSays(hub, sent, /accepted it/)
  await turn(hub, 'reverse', paid)
  const more = refundIn(await askRefund(hub, paid, { amount: '5.00' }))
  assert.equal((await readShown(hub, more))['status'], 'requested')
  const [doubt, ...others] = await unclearCases(hub, paid.id)
  assert.match(doubt ?? '', new RegExp(`no longer lists ${paid.transaction} while refund ${sent} of it is on its way`))
  assert.deepEqual(others, [])
  // The bank rejects what it has not sent; then nothing is in the way of the reversal.
  await laterBy(hub, sent, 0)
  await refundBecomes(hub, sent, 'failed')
  await laterBy(hub, more, 0)
  await refundBecomes(hub, more, 'cancelled')
  assert.deepEqual(await accountsOf(hub, paid.transaction), {})
  await booksAgree(hub)
}

async function takesDays(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'pending', 600)
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /accepted it/)
  for (const [tries, wait] of [
    [1, 15],
    [8, 30],
    [20, 60],
    [1_000, 300],
  ] as const) {
    await hub.pool.query('update refunds set tries = $2 where id = $1', [refund, tries])
    await lookedAt(hub, refund)
    const { rows } = await hub.pool.query(
      'select extract(epoch from next_try_at - now())::float8 as wait from refunds where id = $1',
      [refund],
    )
    assert.ok(rows[0].wait <= wait && rows[0].wait > wait / 2, `${rows[0].wait} s after ${tries} tries`)
  }
  // The bank will never send it: it took the money back, and then gave it back.
  await turn(hub, 'reverse', paid)
  await lookedAtUntil(hub, refund, 'failed')
  await turn(hub, 'restore', paid)
  await booksAgree(hub)
}

async function allCalledOff(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'BANK01', { amount: '150.00' })
  await setFault(hub, 'BANK01', 'refund-totals', 'html')
  const small = refundIn(await askRefund(hub, paid, { amount: '20.00' }))
  await refundSays(hub, small, /cannot say what it has refunded/)
  const large = refundIn(await askRefund(hub, paid, { amount: '90.00' }))
  assert.deepEqual(
    [(await readShown(hub, small))['status'], (await readShown(hub, large))['status']],
    ['pending', 'requires_approval'],
  )
  await turn(hub, 'reverse', paid)
  const last = refundIn(await askRefund(hub, paid, { amount: '1.00' }))
  for (const refund of [small, large, last]) await refundBecomes(hub, refund, 'cancelled')
  assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
  await clearFaults(hub)
  await booksAgree(hub)
}
