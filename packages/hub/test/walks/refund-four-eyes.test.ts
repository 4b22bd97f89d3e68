import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, pay, setFault, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { heldFor, writeOff } from '../support/held-money.ts'
import { look, operateOnce } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import {
  askRefund,
  askRefundOfHeld,
  bankSays,
  laterBy,
  lookedAt,
  readShown,
  receivedDaysAgo,
  refundBecomes,
  refundIn,
  settled,
  timesAsked,
  wayOf,
} from '../support/refund-days.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

test('refunds above the limit of one person', async (t) => {
  const hub = await startBadDays(t)
  await restSchedule(hub)
  t.afterEach(() => clearFaults(hub))
  await t.test('[E54] what was given away of the same money before counts, to the last cent', () => cumulative(hub))
  await t.test('in riel, too', () => inRiel(hub))
  await t.test('a write-off of the same money counts', () => withWriteOff(hub))
  await t.test('of many asked for at once by one person, no more than the limit goes without another', () =>
    atOnce(hub),
  )
  await t.test('who asked does not agree, whoever is no operator neither, and nothing happens by itself', () =>
    refused(hub),
  )
  await t.test('agreed to, it is sent once, however many agree at once', () => agreedAtOnce(hub))
  await t.test('agreed to and called off at once, it is one of the two', () => agreedAndCancelled(hub))
  await t.test('a bank that cannot say whether the money is there keeps it waiting', () => bankAway(hub))
  for (const first of ['approve', 'request'] as const) {
    await t.test(`[E64] money that the bank took back before the ${first} is not sent, and the refund is over`, () =>
      takenBack(hub, first),
    )
  }
  await t.test('money that the bank took back while a person sends it by hand is settled by that person first', () =>
    takenBackByHand(hub),
  )
})

function approve(hub: TestHub, refund: string, operator = 'operator-2'): Promise<Answer> {
  return operateOnce(hub, `refunds/${refund}/approve`, { reason: 'Agreed.' }, { operator })
}

async function waiting(
  hub: TestHub,
  amount = '120.00',
): Promise<{ refund: string; paid: Awaited<ReturnType<typeof settled>> }> {
  const paid = await settled(hub, 'BANK01', { amount: '150.00' })
  const asked = await askRefund(hub, paid, { amount })
  assert.equal(asked.status, 202, asked.text)
  return { refund: refundIn(asked), paid }
}

async function cumulative(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'BANK01', { amount: '150.00' })
  for (const [amount, operator] of [
    ['60.00', 'operator-1'],
    ['39.99', 'operator-2'],
    ['0.01', 'operator-1'],
  ] as const) {
    const asked = await askRefund(hub, paid, { amount, operator })
    assert.equal(asked.status, 201, asked.text)
    await refundBecomes(hub, refundIn(asked), 'succeeded')
  }
  const asked = await askRefund(hub, paid, { amount: '0.01' })
  assert.equal(asked.status, 202, asked.text)
  const refund = refundIn(asked)
  assert.equal((await readShown(hub, refund))['needs_second_person'], true as unknown)
  assert.equal((await approve(hub, refund)).status, 200)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'requires_approval', 'pending', 'processing', 'succeeded'])
  // One that failed was not given away; another receipt has a limit of its own.
  await setFault(hub, 'BANK01', 'refund', 'rejected')
  const other = await settled(hub, 'BANK01', { amount: '150.00' })
  await refundBecomes(hub, refundIn(await askRefund(hub, other, { amount: '100.00' })), 'failed')
  await clearFaults(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, other, { amount: '100.00' })), 'succeeded')
  await booksAgree(hub)
}

async function inRiel(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'BANK01', { amount: '500000', currency: 'KHR' })
  assert.equal((await askRefund(hub, paid, { amount: '400000' })).status, 201)
  assert.equal((await askRefund(hub, paid, { amount: '1' })).status, 202)
  const other = await settled(hub, 'BANK01', { amount: '500000', currency: 'KHR' })
  assert.equal((await askRefund(hub, other, { amount: '400001' })).status, 202)
}

async function withWriteOff(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'BANK01', { amount: '150.00' })
  await pay(hub, code, { times: 2 })
  await becomes(hub, code.id, { held: ['duplicate_payment'] })
  const held = await heldFor(hub, code.id)
  assert.equal((await writeOff(hub, held, { amount: '60.00' })).status, 200)
  assert.equal((await askRefundOfHeld(hub, held.id, { amount: '40.01' })).status, 202)
}

async function atOnce(hub: TestHub): Promise<void> {
  const paid = await settled(hub, 'BANK01', { amount: '150.00' })
  const answers = await Promise.all(Array.from({ length: 15 }, () => askRefund(hub, paid, { amount: '10.00' })))
  const alone = answers.filter((one) => one.status === 201)
  const others = answers.filter((one) => one.status === 202)
  assert.deepEqual([alone.length, others.length], [10, 5])
  for (const one of alone) await refundBecomes(hub, refundIn(one), 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '100.00')
  await booksAgree(hub)
}

async function refused(hub: TestHub): Promise<void> {
  const { refund, paid } = await waiting(hub)
  assertProblem(await approve(hub, refund, 'operator-1'), 403, 'FORBIDDEN')
  assertProblem(await approve(hub, refund, 'a-stranger'), 403, 'OPERATOR_REQUIRED')
  await hub.pool.query(`update refunds set next_try_at = now() - interval '1 hour' where id = $1`, [refund])
  const other = await settled(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, other)), 'succeeded')
  assert.deepEqual(
    [(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id), await wayOf(hub, refund)],
    ['requires_approval', 0, ['requested', 'requires_approval']],
  )
  // What is waited for is held: nobody else gets it.
  assertProblem(await askRefund(hub, paid, { amount: '30.01' }), 409, 'CONFLICT')
  const cancelled = await operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'Not wanted.' })
  assert.equal(cancelled.json['status'], 'cancelled', cancelled.text)
  assertProblem(await approve(hub, refund), 409, 'CONFLICT')
  await booksAgree(hub)
}

async function agreedAtOnce(hub: TestHub): Promise<void> {
  const { refund, paid } = await waiting(hub)
  const answers = await Promise.all(Array.from({ length: 8 }, () => approve(hub, refund)))
  const agreed = answers.filter((one) => one.status === 200)
  assert.equal(agreed.length, 1)
  for (const one of answers) if (one.status !== 200) assertProblem(one, 409, 'CONFLICT')
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
  const { rows } = await hub.pool.query(`select actor from audit where object = $1 and action = 'refund.approved'`, [
    `refund ${refund}`,
  ])
  assert.equal(rows.length, 1)
  assert.match(rows[0].actor, /operator-2/)
  await booksAgree(hub)
}

async function agreedAndCancelled(hub: TestHub): Promise<void> {
  for (let round = 1; round <= 4; round += 1) {
    const { refund, paid } = await waiting(hub)
    const cancel = () => operateOnce(hub, `refunds/${refund}/cancel`, { reason: 'Not wanted.' })
    const [agreed, cancelled] = await Promise.all([approve(hub, refund), cancel()])
    if (cancelled.status === 200) {
      assert.equal((await readShown(hub, refund))['status'], 'cancelled')
      assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
    } else {
      assertProblem(cancelled, 409, 'CONFLICT')
      assert.equal(agreed.status, 200, agreed.text)
      await refundBecomes(hub, refund, 'succeeded')
    }
  }
  await booksAgree(hub)
}

async function bankAway(hub: TestHub): Promise<void> {
  const { refund, paid } = await waiting(hub)
  await setFault(hub, 'BANK01', 'verify', 'html')
  assertProblem(await approve(hub, refund), 503, 'SERVER_UNAVAILABLE')
  assert.deepEqual([(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id)], ['requires_approval', 0])
  const unseen = await settledBefore(hub)
  const asked = await askRefund(hub, unseen)
  assert.equal(asked.status, 201, asked.text)
  assert.equal(asked.json['status'], 'requested')
  await lookedAt(hub, refundIn(asked))
  assert.equal((await readShown(hub, refundIn(asked)))['status'], 'requested')
  await clearFaults(hub)
  assert.equal((await approve(hub, refund)).status, 200)
  await refundBecomes(hub, refund, 'succeeded')
  await laterBy(hub, refundIn(asked), 0)
  await refundBecomes(hub, refundIn(asked), 'succeeded')
  await booksAgree(hub)
}

/** Settled while the bank could be asked. */
async function settledBefore(hub: TestHub): Promise<Awaited<ReturnType<typeof settled>>> {
  await clearFaults(hub)
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'verify', 'html')
  return paid
}

async function takeBack(hub: TestHub, transactionId: string): Promise<void> {
  const taken = await hub.simulator('POST', '/_simulator/reverse', { bank: 'BANK01', transactionId })
  assert.equal(taken.status, 200, taken.text)
}

async function takenBack(hub: TestHub, first: 'approve' | 'request'): Promise<void> {
  if (first === 'request') {
    const paid = await settled(hub)
    await takeBack(hub, paid.transaction)
    const asked = await askRefund(hub, paid)
    assert.deepEqual([asked.status, asked.json['status']], [201, 'cancelled'], asked.text)
    assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
    assertProblem(await askRefund(hub, paid), 409, 'CONFLICT')
    await becomes(hub, paid.id, { cases: ['reversed'] })
  } else {
    const { refund, paid } = await waiting(hub)
    await takeBack(hub, paid.transaction)
    assertProblem(await approve(hub, refund), 409, 'CONFLICT')
    assert.equal((await readShown(hub, refund))['status'], 'cancelled')
    assert.deepEqual((await bankSays(hub, paid.transaction)).refunds, [])
    await becomes(hub, paid.id, { cases: ['reversed'] })
    const { json } = await look(hub, `payments/${paid.id}`)
    assert.equal(json['amount_refunded'], '0.00')
  }
  await booksAgree(hub)
}

async function takenBackByHand(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await receivedDaysAgo(hub, paid.transaction, 31)
  const byHand = refundIn(await askRefund(hub, paid, { amount: '5.00' }))
  assert.equal((await readShown(hub, byHand))['status'], 'requires_evidence')
  await takeBack(hub, paid.transaction)
  // Whoever asks for more of that money is not served: the bank does not list it, and a part may be on its way.
  const more = refundIn(await askRefund(hub, paid, { amount: '5.00' }))
  assert.equal((await readShown(hub, more))['status'], 'requested')
  const { rows } = await hub.pool.query(`select kind from cases where payment_number = $1`, [paid.id])
  assert.deepEqual(rows, [{ kind: 'refund_unclear' }])
  const over = await operateOnce(hub, `refunds/${byHand}/cancel`, { reason: 'Never sent.' })
  assert.equal(over.json['status'], 'cancelled', over.text)
  await laterBy(hub, more, 0)
  await refundBecomes(hub, more, 'cancelled')
  await booksAgree(hub)
}
