import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceRefund } from '../../src/flows/advance-refund.ts'
import { setCheckpointHook } from '../../src/kit/checkpoint.ts'
import { clearFaults, during, setFault } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  askRefund,
  bankSays,
  elsewhere,
  laterBy,
  lookedAt,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  type Settled,
  settled,
  timesAsked,
  unclearCases,
  wayOf,
} from '../support/refund-days.ts'
import { type Speech, startHubWithRefundingBank, type Totals } from '../support/refunding-bank.ts'
import type { TestHub } from '../support/running-hub.ts'

const days: readonly { title: string; act: (hub: TestHub, speech: Speech) => Promise<void> }[] = [
  {
    title: '[E72] somebody else sent back too much of it: ours is not sent, and a person hears of it',
    act: tooMuchGone,
  },
  { title: '[E72] somebody else sent back a part, and the rest is enough: ours is sent', act: enoughLeft },
  { title: '[E72] somebody else sent back a part meanwhile: that is not taken for ours', act: notOurs },
  {
    title: '[E72] somebody else sent back the whole meanwhile: ours is over, and a person hears of it',
    act: wholeGone,
  },
  {
    title: '[E72] our id with another amount: neither done nor sent again, and a person hears of it',
    act: otherAmount,
  },
  { title: 'no ids, and the sum has grown by ours: it was sent', act: sumHasGrown },
  { title: '[E65] no ids, and the sum has not grown: sent again after 120 s, and never before', act: sumHasNotGrown },
  { title: 'no ids, and what is only pending counted: it was sent when the list says so', act: pendingCounted },
  { title: 'some without ids: those are not ours where the bank names another of ours', act: namedOthers },
  { title: 'a sum that was read before another refund of the same money ended is read again', act: staleBaseline },
  { title: 'a sender that was held up for more than 10 s sends nothing', act: heldUp },
]

test('what a bank lists decides whether a refund was sent', async (t) => {
  const { hub, speech } = await startHubWithRefundingBank(t, 'BANK01')
  for (const { title, act } of days) {
    await t.test(title, async () => {
      speech.totals = (said) => said
      await clearFaults(hub)
      await act(hub, speech)
      await clearFaults(hub)
      speech.totals = (said) => said
      await booksAgree(hub)
    })
  }
})

async function tooMuchGone(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await elsewhere(hub, paid, '10.00')
  const refund = refundIn(await askRefund(hub, paid, { amount: '15.01' }))
  const shown = await refundBecomes(hub, refund, 'failed')
  assert.match(String(shown['sentence']), /BANK01 has already sent back USD 10\.00 of this movement: USD 15\.01 more/)
  assert.equal(await timesAsked(hub, paid.id), 0)
  assert.equal((await unclearCases(hub, paid.id)).length, 1)
}

async function enoughLeft(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await elsewhere(hub, paid, '10.00')
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '15.00' })), 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '25.00')
}

/** Sent, and the bank did nothing and said nothing that can be believed. */
async function sentForNothing(hub: TestHub, paid: Settled, amount: string): Promise<string> {
  return during(hub, ['BANK01', 'refund', 'html'], async () => {
    const refund = refundIn(await askRefund(hub, paid, { amount }))
    await refundSays(hub, refund, /refund: the answer /)
    return refund
  })
}

async function notOurs(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentForNothing(hub, paid, '10.00')
  await elsewhere(hub, paid, '10.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '20.00')
}

async function wholeGone(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentForNothing(hub, paid, '10.00')
  await elsewhere(hub, paid, '25.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  const shown = await refundBecomes(hub, refund, 'failed')
  assert.match(String(shown['sentence']), /does not list it, and what is left of the movement is less than USD 10\.00/)
  assert.equal((await unclearCases(hub, paid.id)).length, 1)
  assert.equal(await timesAsked(hub, paid.id), 1)
}

async function otherAmount(hub: TestHub, speech: Speech): Promise<void> {
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'done-but-silent')
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  await refundSays(hub, refund, /refund: /)
  speech.totals = ({ refunds, ...said }) => ({
    ...said,
    refunded: '9.00',
    refunds: refunds.map((one) => ({ ...one, amount: '9.00' })),
  })
  for (const _ of [1, 2]) {
    await laterBy(hub, refund, 0)
    await lookedAt(hub, refund)
  }
  assert.match(String((await readShown(hub, refund))['sentence']), /lists it with USD 9\.00 instead of USD 10\.00/)
  await laterBy(hub, refund, 600)
  await lookedAt(hub, refund)
  assert.deepEqual([(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id)], ['processing', 1])
  assert.equal((await unclearCases(hub, paid.id)).length, 1)
  speech.totals = (said) => said
  await laterBy(hub, refund, 0)
  await refundBecomes(hub, refund, 'succeeded')
}

/** A bank that lists what it refunded, and keeps to itself whose it was. */
function withoutIds({ refunds, ...said }: Totals): Totals {
  return { ...said, refunds: refunds.map((one) => ({ amount: one.amount, status: one.status })) }
}

async function sumHasGrown(hub: TestHub, speech: Speech): Promise<void> {
  speech.totals = withoutIds
  const paid = await settled(hub)
  await elsewhere(hub, paid, '10.00')
  await setFault(hub, 'BANK01', 'refund', 'done-but-silent')
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  await refundSays(hub, refund, /refund: /)
  await laterBy(hub, refund, 0)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 1)
}

async function sumHasNotGrown(hub: TestHub, speech: Speech): Promise<void> {
  speech.totals = withoutIds
  const paid = await settled(hub)
  await elsewhere(hub, paid, '10.00')
  const refund = await sentForNothing(hub, paid, '10.00')
  await laterBy(hub, refund, 100)
  await refundSays(hub, refund, /does not list it; that is believed/)
  assert.equal(await timesAsked(hub, paid.id), 1)
  await laterBy(hub, refund, 20)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal(await timesAsked(hub, paid.id), 2)
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '20.00')
}

async function pendingCounted(hub: TestHub, speech: Speech): Promise<void> {
  speech.totals = (said) => {
    const cents = said.refunds
      .filter((one) => one.status !== 'REJECTED')
      .reduce((sum, one) => sum + Number(one.amount.replace('.', '')), 0)
    return withoutIds({ ...said, refunded: (cents / 100).toFixed(2) })
  }
  const paid = await settled(hub)
  await setFault(hub, 'BANK01', 'refund', 'pending', 6)
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  await refundSays(hub, refund, /accepted it/)
  await lookedAt(hub, refund)
  assert.deepEqual(
    [(await readShown(hub, refund))['status'], (await bankSays(hub, paid.transaction)).refunds[0]?.status],
    ['processing', 'PENDING'],
  )
  await lookedAtUntil(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunds[0]?.status, 'REFUNDED')
  assert.equal(await timesAsked(hub, paid.id), 1)
}

async function namedOthers(hub: TestHub, speech: Speech): Promise<void> {
  speech.totals = ({ refunds, ...said }) => ({
    ...said,
    refunds: refunds.map(({ refundId = '', ...one }) => (refundId.startsWith('rfd_') ? { refundId, ...one } : one)),
  })
  const paid = await settled(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '5.00' })), 'succeeded')
  const refund = await sentForNothing(hub, paid, '10.00')
  await elsewhere(hub, paid, '10.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  await refundBecomes(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '25.00')
}

const asker = { operator: 'operator-1', actor: 'operator operator-1', correlationId: 'test-totals' }

async function staleBaseline(hub: TestHub, speech: Speech): Promise<void> {
  speech.totals = withoutIds
  const paid = await settled(hub)
  const [first = '', second = ''] = await during(hub, ['BANK01', 'refund-totals', 'html'], async () => {
    const refunds = [
      refundIn(await askRefund(hub, paid, { amount: '10.00' })),
      refundIn(await askRefund(hub, paid, { amount: '10.00' })),
    ]
    for (const one of refunds) await refundSays(hub, one, /cannot say what it has refunded/)
    return refunds
  })
  await hub.pool.query(`update refunds set next_try_at = now() + interval '1 hour' where id = any($1)`, [
    [first, second],
  ])
  // The second has its answer about the sum, and does not get it until the first one is over.
  const held = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  speech.hold = held.promise
  speech.asked = asked.resolve
  const late = advanceRefund(hub.running.hub, asker, second)
  await asked.promise
  assert.equal((await advanceRefund(hub.running.hub, asker, first)).status, 'succeeded')
  await during(hub, ['BANK01', 'refund', 'html'], async () => {
    held.resolve()
    assert.equal((await late).status, 'processing')
  })
  await lookedAt(hub, second)
  assert.equal((await readShown(hub, second))['status'], 'processing', 'what was sent back is the first one')
  await laterBy(hub, second, 130)
  await refundBecomes(hub, second, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '20.00')
}

async function heldUp(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await during(hub, ['BANK01', 'refund-totals', 'html'], async () => {
    const id = refundIn(await askRefund(hub, paid))
    await refundSays(hub, id, /cannot say what it has refunded/)
    return id
  })
  await hub.pool.query(`update refunds set next_try_at = now() + interval '1 hour' where id = $1`, [refund])
  const world = hub.running.hub
  let aheadMs = 0
  const clock = { ...world.clock, now: () => new Date(world.clock.now().getTime() + aheadMs) }
  setCheckpointHook((name) => {
    if (name === 'send-refund:before-ask') aheadMs = 10_001
  })
  try {
    const shown = await advanceRefund({ ...world, clock }, asker, refund)
    assert.equal(shown.status, 'processing')
    assert.match(shown.sentence, /was held up too long to be sent safely/)
  } finally {
    setCheckpointHook(undefined)
  }
  assert.equal(await timesAsked(hub, paid.id), 0)
  await laterBy(hub, refund, 130)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual(await wayOf(hub, refund), ['requested', 'pending', 'processing', 'processing', 'succeeded'])
  assert.equal((await bankSays(hub, paid.transaction)).refunds.length, 1)
}
