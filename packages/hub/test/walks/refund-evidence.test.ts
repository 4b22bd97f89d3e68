import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clearFaults, during, setFault } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  askRefund,
  bankSays,
  elsewhere,
  laterBy,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  refundSays,
  type Settled,
  settled,
  timesAsked,
  unclearCases,
} from '../support/refund-days.ts'
import { type Speech, startHubWithRefundingBank, type Totals } from '../support/refunding-bank.ts'
import type { TestHub } from '../support/running-hub.ts'

const days: readonly { title: string; act: (hub: TestHub, speech: Speech) => Promise<void> }[] = [
  { title: 'more went back than ours, and ours is not in the list: it is sent', act: otherAmountOnly },
  { title: 'more went back than ours, and ours is in the list: it was sent', act: amongOthers },
  { title: 'an earlier refund of the same amount is not taken for ours', act: earlierOfSame },
  { title: 'a bank that forgets what it said it had sent is asked again, and nothing is sent meanwhile', act: behind },
  { title: 'the bank says that it did nothing: what somebody else sends back is not taken for ours', act: saidNothing },
  {
    title: 'refused when it was sent again: the first try may have been done, and a person hears of it',
    act: refusedAgain,
  },
]

test('a bank that does not name our refunds is believed as far as its list goes', async (t) => {
  const { hub, speech } = await startHubWithRefundingBank(t, 'BANK01')
  for (const { title, act } of days) {
    await t.test(title, async () => {
      speech.totals = withoutIds
      await clearFaults(hub)
      await act(hub, speech)
      await clearFaults(hub)
      await booksAgree(hub)
    })
  }
})

function withoutIds({ refunds, ...said }: Totals): Totals {
  return { ...said, refunds: refunds.map((one) => ({ amount: one.amount, status: one.status })) }
}

/** Sent, with what becomes of it decided by the fault. */
async function sentUnder(hub: TestHub, paid: Settled, fault: string, amount = '10.00'): Promise<string> {
  return during(hub, ['BANK01', 'refund', fault], async () => {
    const refund = refundIn(await askRefund(hub, paid, { amount }))
    await refundSays(hub, refund, /BANK01 refund/)
    return refund
  })
}

async function otherAmountOnly(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentUnder(hub, paid, 'html')
  await elsewhere(hub, paid, '12.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual([(await bankSays(hub, paid.transaction)).refunded, await timesAsked(hub, paid.id)], ['22.00', 2])
}

async function amongOthers(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentUnder(hub, paid, 'done-but-silent')
  await elsewhere(hub, paid, '12.00')
  await laterBy(hub, refund, 600)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual([(await bankSays(hub, paid.transaction)).refunded, await timesAsked(hub, paid.id)], ['22.00', 1])
}

async function earlierOfSame(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '10.00' })), 'succeeded')
  const refund = await sentUnder(hub, paid, 'html')
  await elsewhere(hub, paid, '11.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  // What is left is less than ours: it was not sent, and cannot be any more.
  await refundBecomes(hub, refund, 'failed')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '21.00')
  assert.equal((await unclearCases(hub, paid.id)).length, 1)
}

async function behind(hub: TestHub, speech: Speech): Promise<void> {
  const paid = await settled(hub)
  await refundBecomes(hub, refundIn(await askRefund(hub, paid, { amount: '10.00' })), 'succeeded')
  speech.totals = (said) => ({ ...said, refunded: '0.00', refunds: [] })
  const refund = refundIn(await askRefund(hub, paid, { amount: '10.00' }))
  await refundSays(hub, refund, /its sum lacks refunds that it has sent before/)
  assert.deepEqual([(await readShown(hub, refund))['status'], await timesAsked(hub, paid.id)], ['pending', 1])
  speech.totals = withoutIds
  await lookedAtUntil(hub, refund, 'succeeded')
  assert.equal((await bankSays(hub, paid.transaction)).refunded, '20.00')
}

async function saidNothing(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentUnder(hub, paid, 'quota')
  await elsewhere(hub, paid, '10.00')
  await laterBy(hub, refund, 60)
  await refundSays(hub, refund, /does not list it; that is believed/)
  await laterBy(hub, refund, 70)
  await refundBecomes(hub, refund, 'succeeded')
  assert.deepEqual([(await bankSays(hub, paid.transaction)).refunded, await timesAsked(hub, paid.id)], ['20.00', 2])
}

async function refusedAgain(hub: TestHub): Promise<void> {
  const paid = await settled(hub)
  const refund = await sentUnder(hub, paid, 'html')
  await setFault(hub, 'BANK01', 'refund', 'rejected')
  await laterBy(hub, refund, 130)
  const shown = await refundBecomes(hub, refund, 'failed')
  assert.match(String(shown['sentence']), /^BANK01 refused it: /)
  assert.equal((await unclearCases(hub, paid.id)).length, 1)
}
