import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceRefund } from '../../src/flows/advance-refund.ts'
import { requestRefund } from '../../src/flows/request-refund.ts'
import { newId } from '../../src/kit/ids.ts'
import { becomes, clearFaults, makeCode, pay, setFault, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { heldFor } from '../support/held-money.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  askRefundOfHeld,
  bankSays,
  laterBy,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  sentEarlier,
  settled,
  timesAsked,
  wayOf,
} from '../support/refund-days.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

const crowd = 64
const operators = ['operator-1', 'operator-2']

test('refunds that are asked for at once', async (t) => {
  const hub = await startBadDays(t)
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))
  await t.test('[E60] 64 of the whole amount: one goes back', () => wholeAmounts(hub))
  await t.test('[E60] 64 of parts that add up to more: never more goes back than came', () => parts(hub))
  await t.test('64 of parts under a bank that answers nothing every other time: never more than came', () =>
    partsOnABadDay(hub),
  )
  await t.test('64 of held money and of applied money of one movement: each no more than its own', () => bothKinds(hub))
  await t.test('the same request in 16 processes at once holds once, and all are told of the one refund', () =>
    sameId(hub),
  )
  await t.test('16 who resume a refund of an unknown outcome at once find the one effect', () => resumedAtOnce(hub))
  await t.test('16 who resume a refund that was never done send it once', () => sentAgainAtOnce(hub))
})

/** Answers by their status, and the ids of the refunds that were taken. */
function sorted(answers: readonly Answer[]): { taken: string[]; refused: number } {
  const taken = answers.filter((one) => one.status < 300).map(refundIn)
  const refused = answers.filter((one) => one.status >= 300)
  for (const one of refused) assertProblem(one, 409, 'CONFLICT')
  return { taken, refused: refused.length }
}

async function wholeAmounts(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const answers = await Promise.all(
    Array.from({ length: crowd }, (_, n) => askRefund(hub, paid, { operator: operators[n % 2] ?? '' })),
  )
  const { taken, refused } = sorted(answers)
  assert.deepEqual([taken.length, refused], [1, crowd - 1])
  await refundBecomes(hub, taken[0] ?? '', 'succeeded')
  const { refunds } = await bankSays(hub, paid.transaction)
  assert.equal(refunds.length, 1)
  await booksAgree(hub)
}

async function parts(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  // Each fits by itself; of 64 of 0.70 only 35 do.
  const answers = await Promise.all(
    Array.from({ length: crowd }, (_, n) => askRefund(hub, paid, { amount: '0.70', operator: operators[n % 2] ?? '' })),
  )
  const { taken, refused } = sorted(answers)
  assert.deepEqual([taken.length, refused], [35, crowd - 35])
  for (const refund of taken) await refundBecomes(hub, refund, 'succeeded')
  const { refunded, refunds } = await bankSays(hub, paid.transaction)
  assert.deepEqual([refunded, refunds.length], ['24.50', 35])
  assert.equal(new Set(refunds.map((one) => one.refundId)).size, 35)
  await booksAgree(hub)
}

async function partsOnABadDay(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'flap')
  const answers = await Promise.all(
    Array.from({ length: crowd }, (_, n) => askRefund(hub, paid, { amount: '4.00', operator: operators[n % 2] ?? '' })),
  )
  const { taken, refused } = sorted(answers)
  assert.deepEqual([taken.length, refused], [6, crowd - 6])
  const again = setInterval(() => {
    for (const refund of taken) void laterBy(hub, refund, 30).catch(() => {})
  }, 300)
  try {
    for (const refund of taken) await refundBecomes(hub, refund, 'succeeded')
  } finally {
    clearInterval(again)
  }
  assert.deepEqual((await bankSays(hub, paid.transaction)).refunded, '24.00')
  await clearFaults(hub)
  await booksAgree(hub)
}

async function bothKinds(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  const [first = '', second = ''] = await pay(hub, code, { times: 2 })
  await becomes(hub, code.id, { held: ['duplicate_payment'] })
  const held = await heldFor(hub, code.id)
  const answers = await Promise.all(
    Array.from({ length: crowd }, (_, n) => {
      const order = { amount: '10.00', operator: operators[n % 2] ?? '' }
      return n % 3 === 0 ? askRefundOfHeld(hub, held.id, order) : askRefund(hub, code, order)
    }),
  )
  const { taken, refused } = sorted(answers)
  assert.deepEqual([taken.length, refused], [4, crowd - 4])
  for (const refund of taken) await refundBecomes(hub, refund, 'succeeded')
  for (const transaction of [first, second]) assert.equal((await bankSays(hub, transaction)).refunded, '20.00')
  await booksAgree(hub)
}

const asker = { operator: 'operator-1', actor: 'operator operator-1', correlationId: 'test-storm' }

async function sameId(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const request = { id: newId('rfd'), of: { paymentNumber: paid.id }, amount: '20.00', reason: 'The same.' }
  const world = hub.running.hub
  const refunds = await Promise.all(Array.from({ length: 16 }, () => requestRefund(world, asker, request)))
  assert.deepEqual(new Set(refunds.map((one) => one.id)), new Set([request.id]))
  await refundBecomes(hub, request.id, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
  // The same again, long after, changes nothing.
  assert.equal((await requestRefund(world, asker, { ...request, amount: '1.00' })).amountMinor, 2_000n)
  await booksAgree(hub)
}

async function resumedAtOnce(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'done-but-silent')
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /refund: /)
  const ends = await Promise.all(Array.from({ length: 16 }, () => advanceRefund(hub.running.hub, asker, refund)))
  assert.deepEqual(new Set(ends.map((one) => one.status)), new Set(['succeeded']))
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
  assert.equal(await timesAsked(hub, paid.id), 1)
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'pending', 'processing', 'succeeded'])
  await clearFaults(hub)
  await booksAgree(hub)
}

async function sentAgainAtOnce(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', '500')
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /refund answered HTTP 500/)
  await clearFaults(hub)
  await hub.pool.query(`update refunds set next_try_at = now() + interval '1 hour' where id = $1`, [refund])
  await sentEarlier(hub, refund, 130)
  await Promise.all(Array.from({ length: 16 }, () => advanceRefund(hub.running.hub, asker, refund)))
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 2, 'the one that failed, and one more')
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'pending', 'processing', 'processing', 'succeeded'])
  assert.equal((await readShown(hub, refund))['amount'], '25.00')
  await booksAgree(hub)
}
