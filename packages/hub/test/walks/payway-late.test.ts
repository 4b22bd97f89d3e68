import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { look, rowsIn } from '../support/operators.ts'
import { shopToken } from '../support/orders.ts'
import {
  callBack,
  codeOf,
  fieldsOf,
  orderCode,
  payCode,
  paywayBank,
  type PaywayCode,
  type PaywayWorld,
  startWithPayway,
} from '../support/payway.ts'
import { becomes, paidCode, settlesInTheEnd } from '../support/payway-days.ts'
import { askRefundOfHeld, readShown, refundIn } from '../support/refund-days.ts'
import { dueNow, giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

test('PayWay is paid late, twice, in two ways, or without a word to us', async (t) => {
  const world = await startWithPayway(t)
  await t.test('[E97] the callback is lost: the schedule finds the money', () => lost(world))
  await t.test('a code that expired and was paid all the same completes its payment late', () => paidLate(world))
  await t.test('[E98] an order that the shop withdrew and that was paid all the same: held as late', () =>
    withdrawn(world),
  )
  await t.test('one code that two customers pay: the second one is held, and a person sends it back', () =>
    twice(world),
  )
  await t.test('[E99] an order that was paid through two banks is paid once, and the other money is held', () =>
    twoWays(world),
  )
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

/** The schedule looks at a payment now, as often as `isDone` says no. */
async function looked({ hub }: PaywayWorld, id: number, isDone: () => Promise<boolean>): Promise<void> {
  await giveBudget(hub, 1_000)
  try {
    await patiently(`looks at ${id}`, async () => {
      await dueNow(hub, id)
      return isDone()
    })
  } finally {
    await restSchedule(hub)
  }
}

async function lost(world: PaywayWorld): Promise<void> {
  const code = await paidCode(world)
  await looked(world, code.id, async () => (await standing(world.hub, code.id)).status === 'completed')
  await becomes(world, code, {})
}

async function paidLate(world: PaywayWorld): Promise<void> {
  const { hub } = world
  const code = await orderCode(world)
  await timePasses(hub, code.id, 20)
  await looked(world, code.id, async () => (await standing(hub, code.id)).status === 'expired')
  await payCode(world, code, { webhook: 'drop', force: true })
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await settlesInTheEnd(world, code)
}

async function withdrawn(world: PaywayWorld): Promise<void> {
  const { hub, between } = world
  const code = await orderCode(world)
  await patiently('PayWay to know it, and the order to be cancelled', async () => {
    const answer = await hub.gateway('POST', `/api/order/v1/orders/${code.uuid}/cancel`, {
      token: shopToken(hub),
      json: { reason: 'out of stock' },
    })
    return answer.status === 200
  })
  assert.ok(between.calls.includes(`close-transaction ${code.tranId}`))
  await payCode(world, code, { webhook: 'drop', force: true })
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await becomes(world, code, { status: 'cancelled', applied: 0, held: ['late'] })
}

async function twice(world: PaywayWorld): Promise<void> {
  const { hub } = world
  const code = await orderCode(world)
  await payCode(world, code, { webhook: 'drop', times: 2 })
  await hub.pool.query('delete from call_minutes')
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await looked(world, code.id, async () => (await standing(hub, code.id)).held.length === 1)
  await becomes(world, code, { held: ['duplicate_payment'] })
  // PayWay would take it for a refund of the first customer's money, of which nothing is left once that went back.
  const held = rowsIn(await look(hub, 'suspense?state=open')).find((one) => one['reason'] === 'duplicate_payment')
  const refund = await readShown(hub, refundIn(await askRefundOfHeld(hub, String(held?.['id']))))
  assert.deepEqual([refund['mode'], refund['status']], ['manual', 'requires_evidence'])
}

/** The first code has ended before the second was shown; both are paid. */
async function twoWays(world: PaywayWorld): Promise<void> {
  const { hub } = world
  const first = await orderCode(world)
  await timePasses(hub, first.id, 16)
  const second: PaywayCode = await codeOf(world, first.uuid, 'bakong')
  assert.equal(second.id, first.id)
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: 'BAKONG', qr: second.qr })
  assert.equal(paid.status, 200, paid.text)
  await payCode(world, first, { webhook: 'drop', force: true })
  assert.equal((await callBack(world, fieldsOf(first.tranId))).status, 200)
  await settlesInTheEnd(world, first)
  // The other bank counts its calls, and plans them: its code ended, and its grace too.
  await timePasses(hub, first.id, 18)
  await giveBudget(hub, 1_000)
  await patiently('the other money', async () => (await standing(hub, first.id)).held.length === 1)
  await becomes(world, first, { held: ['duplicate_payment'] })
  const { rows } = await hub.pool.query<{ bank: string }>(
    'select r.bank_code as bank from applications a join receipts r on r.id = a.receipt_id where a.payment_number = $1',
    [first.id],
  )
  assert.deepEqual(rows, [{ bank: paywayBank }])
}
