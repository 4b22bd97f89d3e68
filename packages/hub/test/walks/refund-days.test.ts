import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, pay, setFault, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { heldFor } from '../support/held-money.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  askRefundOfHeld,
  bankSays,
  firstSentBefore,
  laterBy,
  lookedAt,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  settled,
  timesAsked,
  unclearCases,
  wayOf,
} from '../support/refund-days.ts'
import type { TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

test('refunds at a bank that sends them by machine', async (t) => {
  const hub = await startBadDays(t)
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))

  await t.test('[E57] [E60] parts go back up to what was paid, and one cent more is refused', () => inParts(hub))
  await t.test('[E57] money in riel goes back to the last riel', () => inRiel(hub))
  await t.test('[E51] held money goes back whole or in parts, and is told of without a credit note', () =>
    ofHeldMoney(hub),
  )
  await t.test('every step, exchange and amount is kept', () => everythingIsKept(hub))

  for (const { fault, sentence } of answersLost) {
    await t.test(`[E65] under "${fault}" the effect is found in the bank's list, and nothing is sent twice`, () =>
      effectWithoutAnswer(hub, fault, sentence),
    )
  }
  for (const fault of nothingDone) {
    await t.test(
      `[E65] under "${fault}" nothing happened: it is sent again, but only when the list lacks it for 120 s`,
      () => noEffect(hub, fault),
    )
  }
  await t.test('[E66] accepted and later sent: it waits until the list says so', () => pending(hub))
  await t.test('[E66] accepted and later rejected: the money stands again where it was', () => pendingThenRejected(hub))
  await t.test('[E66] rejected at once: the money may be refunded again', () => rejected(hub))
  for (const fault of ['html', 'truncated', '500', 'silent']) {
    await t.test(`[E65] totals under "${fault}": nothing is sent until they can be read`, () =>
      totalsUnreadable(hub, fault),
    )
    await t.test(`[E65] sent without an answer, and totals under "${fault}": nothing is sent again`, () =>
      totalsUnreadableAfter(hub, fault),
    )
  }
  await t.test('[E65] when nobody can say for a quarter of an hour what became of it, a person hears of it once', () =>
    longUnclear(hub),
  )
})

test('a payment that was settled in parts is refunded movement by movement, and never across two', async (t) => {
  const hub = await startBadDays(t, { HUB_PARTS: 'accept' })
  await restSchedule(hub)
  const code = await makeCode(hub, 'BANK01')
  const [small = ''] = await pay(hub, code, { amount: '10.00' })
  await becomes(hub, code.id, { status: 'processing' })
  const [large = ''] = await pay(hub, code, { amount: '15.00' })
  await becomes(hub, code.id, { applied: 2 })
  const tooMuch = await askRefund(hub, code, { amount: '15.01' })
  assertProblem(tooMuch, 409, 'CONFLICT')
  assert.match(
    String(tooMuch.json['detail']),
    new RegExp(`USD 15\\.00 of payment ${code.id}, by movement ${large}, is left`),
  )
  await refundBecomes(hub, refundIn(await askRefund(hub, code, { amount: '12.00' })), 'succeeded')
  await refundBecomes(hub, refundIn(await askRefund(hub, code, { amount: '8.00' })), 'succeeded')
  assert.deepEqual([(await bankSays(hub, small)).refunded, (await bankSays(hub, large)).refunded], ['8.00', '12.00'])
  assertProblem(await askRefund(hub, code, { amount: '3.01' }), 409, 'CONFLICT')
  await refundBecomes(hub, refundIn(await askRefund(hub, code)), 'succeeded')
  await refundBecomes(hub, refundIn(await askRefund(hub, code)), 'succeeded')
  assertProblem(await askRefund(hub, code), 409, 'CONFLICT')
  await booksAgree(hub)
})

async function inParts(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  assertProblem(await askRefund(hub, paid, { amount: '25.01' }), 409, 'CONFLICT')
  for (const amount of ['0.01', '14.99', '9.99']) {
    await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount })), 'succeeded')
  }
  assertProblem(await askRefund(hub, paid, { amount: '0.02' }), 409, 'CONFLICT')
  const last = await readShown(hub, refundIn(await askRefund(hub, paid)))
  assert.equal(last['amount'], '0.01', 'all that is left, unless told')
  await refundBecomes(hub, String(last['id']), 'succeeded')
  for (const amount of ['0.01', undefined]) {
    assertProblem(await askRefund(hub, paid, amount === undefined ? {} : { amount }), 409, 'CONFLICT')
  }
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '25.00')
  await booksAgree(hub)
}

async function inRiel(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'BANK01', { amount: '100001', currency: 'KHR' })
  for (const amount of ['0.5', '0', '-1', '1e3']) {
    assertProblem(await askRefund(hub, paid, { amount }), 400, 'BAD_REQUEST')
  }
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '1' })), 'succeeded')
  await refundBecomes(hub, refundIn(await askRefund(hub, paid)), 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '100001')
  await booksAgree(hub)
}

async function ofHeldMoney(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01')
  await pay(hub, code, { times: 2 })
  await becomes(hub, code.id, { held: ['duplicate_payment'] })
  const held = await heldFor(hub, code.id)
  assertProblem(await askRefundOfHeld(hub, held.id, { amount: '25.01' }), 409, 'CONFLICT')
  await refundBecomes(hub, refundIn(await askRefundOfHeld(hub, held.id, { amount: '5.00' })), 'succeeded')
  assert.deepEqual([(await heldFor(hub, code.id)).state, (await heldFor(hub, code.id)).remaining], ['open', '20.00'])
  await refundBecomes(hub, refundIn(await askRefundOfHeld(hub, held.id)), 'succeeded')
  assert.deepEqual([(await heldFor(hub, code.id)).state, (await heldFor(hub, code.id)).remaining], ['resolved', '0.00'])
  assertProblem(await askRefundOfHeld(hub, held.id), 409, 'CONFLICT')
  await booksAgree(hub)
}

async function everythingIsKept(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00', reason: 'It was too much.' }))
  const shown = await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'pending', 'processing', 'succeeded'])
  const { refunds } = await bankSays(hub, paid.transaction)
  assert.equal(shown['bank_reference'], refunds[0]?.bankRefundId)
  assert.deepEqual([await timesAsked(hub, paid.id), await timesAsked(hub, paid.id, 'refund-totals')], [1, 1])
  const { rows: events } = await hub.pool.query(
    `select body from events where payment_number = $1 and type = 'gateway.payment.refunded'`,
    [paid.id],
  )
  assert.equal(events.length, 1)
  const { payment, refund: told, amount, bank, receipt } = events[0].body
  assert.deepEqual([payment.number, payment.status, amount, bank], [paid.id, 'completed', '25.00', 'BANK01'])
  assert.deepEqual([receipt.bankTransactionId, receipt.amount], [paid.transaction, '25.00'])
  const { finishedAt, ...rest } = told
  assert.deepEqual(rest, {
    id: refund,
    amount: '10.00',
    currency: 'USD',
    bankTransactionId: paid.transaction,
    reason: 'It was too much.',
    of: 'applied',
  })
  assert.match(finishedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const { rows: audit } = await hub.pool.query('select actor, action from audit where object = $1 order by id', [
    `refund ${refund}`,
  ])
  assert.deepEqual(
    audit.map((row) => row.action),
    ['refund.requested', 'refund.succeeded'],
  )
  assert.ok(audit.every((row) => row.actor === audit[0].actor))
  const { rows: journals } = await hub.pool.query('select kind from journals where refund_id = $1 order by id', [
    refund,
  ])
  assert.deepEqual(
    journals.map((row) => row.kind),
    ['refund_held', 'refund_paid'],
  )
  await booksAgree(hub)
}

const answersLost = [
  { fault: 'done-but-silent', sentence: /refund: / },
  { fault: 'cut', sentence: /refund/ },
  { fault: 'truncated', sentence: /refund/ },
]

async function effectWithoutAnswer(hub: TestHub, fault: string, sentence: RegExp): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', fault)
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  const unsure = await refundSays(hub, refund, sentence)
  assert.equal(unsure['status'], 'processing')
  assertProblem(await askRefund(hub, paid, { amount: '15.01' }), 409, 'CONFLICT')
  await laterBy(hub, refund, 0)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
  assert.equal(await timesAsked(hub, paid.id), 1)
  await clearFaults(hub)
  await booksAgree(hub)
}

const nothingDone = ['500', 'html', 'quota', 'silent']

async function noEffect(hub: TestHub, fault: string): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', fault)
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /refund/)
  assert.equal((await readShown(hub, refund))['status'], 'processing')
  await clearFaults(hub)
  await laterBy(hub, refund, 100)
  await refundSays(hub, refund, /does not list it; that is believed 120 s after sending/)
  assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
  await laterBy(hub, refund, 20)
  await refundBecomes(hub, refund, 'succeeded')
  // Sent twice; and that nothing was done is noted where the bank says so.
  assert.equal((await wayOf(hub, refund)).length, fault === 'quota' ? 6 : 5)
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
  assert.deepEqual(await unclearCases(hub, paid.id), [])
  await booksAgree(hub)
}

async function pending(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'pending', 3)
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /accepted it/)
  await laterBy(hub, refund, 300)
  await refundSays(hub, refund, /has accepted it and not sent it yet/)
  assert.equal(await timesAsked(hub, paid.id), 1)
  await lookedAtUntil(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 1)
  await clearFaults(hub)
  await booksAgree(hub)
}

async function pendingThenRejected(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'pending-then-rejected', 1)
  const refund = refundIn(await askRefund(hub, paid))
  await lookedAtUntil(hub, refund, 'failed')
  await clearFaults(hub)
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '0.00')
  await booksAgree(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid)), 'succeeded')
  await booksAgree(hub)
}

async function rejected(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'rejected')
  const refund = refundIn(await askRefund(hub, paid))
  const failed = await refundBecomes(hub, refund, 'failed')
  assert.match(String(failed['sentence']), /^BANK01 refused it: The bank says REJECTED: the refund was refused\.$/)
  await clearFaults(hub)
  await booksAgree(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid)), 'succeeded')
  await booksAgree(hub)
}

async function totalsUnreadable(hub: TestHub, fault: string): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund-totals', fault)
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /totals|cannot say what it has refunded/)
  assert.deepEqual([(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id)], ['pending', 0])
  await clearFaults(hub)
  await lookedAtUntil(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 1)
  await booksAgree(hub)
}

async function totalsUnreadableAfter(hub: TestHub, fault: string): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'done-but-silent')
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /refund: /)
  await setFault(hub, 'BANK01', 'refund-totals', fault)
  await laterBy(hub, refund, 600)
  await refundSays(hub, refund, /totals|cannot say what it has refunded/)
  assert.deepEqual([(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id)], ['processing', 1])
  await clearFaults(hub)
  await lookedAtUntil(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 1)
  await booksAgree(hub)
}

async function longUnclear(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'done-but-silent')
  const refund = refundIn(await askRefund(hub, paid))
  await refundSays(hub, refund, /refund: /)
  await setFault(hub, 'BANK01', 'refund-totals', 'html')
  await laterBy(hub, refund, 0)
  await refundSays(hub, refund, /totals|cannot say what it has refunded/)
  assert.deepEqual(await unclearCases(hub, paid.id), [])
  await firstSentBefore(hub, refund, 16)
  for (const _ of [1, 2]) await lookedAt(hub, refund)
  const cases = await unclearCases(hub, paid.id)
  assert.equal(cases.length, 1)
  assert.match(cases[0] ?? '', new RegExp(`^Refund ${refund}: BANK01 cannot say what it has refunded`))
  await clearFaults(hub)
  await lookedAtUntil(hub, refund, 'succeeded')
  await booksAgree(hub)
}
