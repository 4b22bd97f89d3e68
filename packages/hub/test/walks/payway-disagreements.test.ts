import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  callBack,
  fieldsOf,
  keptAbout,
  orderCode,
  payCode,
  paywayBank,
  type PaywayCode,
  type PaywayWorld,
  type Said,
  startWithPayway,
} from '../support/payway.ts'
import {
  changed,
  paidCode,
  becomes,
  toldAndContradicted,
  settlesInTheEnd,
  isSeen,
  callsAreFree,
} from '../support/payway-days.ts'
import { checksOf, dueNow, giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

test('PayWay says what is easily misread, or nothing', async (t) => {
  const world = await startWithPayway(t)
  // Made and paid now: PayWay shows what is new only after a while.
  const codes = {
    otherCurrency: await orderCode(world),
    inRiel: await orderCode(world, { amountMinor: 4_000n, currency: 'KHR' }),
    flipped: await paidCode(world),
    flippedBefore: await paidCode(world),
    withoutDetail: await paidCode(world),
    withoutBoth: await orderCode(world),
    listed: await paidCode(world),
    notSeen: await orderCode(world),
  }
  await t.test('[E92] detail names another currency than was asked for: held as currency_mismatch', () =>
    otherCurrency(world, codes.otherCurrency),
  )
  await t.test('[E93] a customer pays 4000 riel from an account in dollars: what was asked for counts', () =>
    payersCurrency(world, codes.inRiel),
  )
  await t.test('[E94] a partial refund turns all of it to REFUNDED: it stays completed, and is not taken back', () =>
    flipped(world, codes.flipped),
  )
  await t.test('[E94] seen for the first time when a part was refunded: it is paid all the same', () =>
    flippedBefore(world, codes.flippedBefore),
  )
  await t.test("[E95] detail's calls of the minute are used up: check settles what was asked for exactly", () =>
    withoutDetail(world, codes.withoutDetail),
  )
  await t.test("[E95] detail's and the list's calls are used up, and check names another amount: not guessed", () =>
    withoutBoth(world, codes.withoutBoth),
  )
  await t.test("[E91] the list, asked as detail's calls are used up, names another amount than check", () =>
    listContradicts(world, codes.listed),
  )
  await t.test('[E96] code 6 of a shown code after its first minute is no answer: it does not expire', () =>
    notSeen(world, codes.notSeen),
  )
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

async function otherCurrency(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await payCode(world, code, { webhook: 'drop', currency: 'KHR', amount: '100000' })
  await callsAreFree(world)
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await becomes(world, code, { status: 'processing', applied: 0, held: ['currency_mismatch'] })
}

async function payersCurrency(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await payCode(world, code, { webhook: 'drop', payerCurrency: 'USD' })
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await becomes(world, code, {})
  const { rows } = await world.hub.pool.query(
    'select amount_minor::int as amount, currency from receipts where payment_number = $1',
    [code.id],
  )
  assert.deepEqual(rows, [{ amount: 4_000, currency: 'KHR' }])
}

function refundedInPart(said: Said): Said {
  if (!isSeen(said)) return said
  return changed(said, { payment_status_code: 4, payment_status: 'REFUNDED', refund_amount: 5 })
}

async function flipped(world: PaywayWorld, code: PaywayCode): Promise<void> {
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await becomes(world, code, {})
  await flippedBy(world, code, async () => {
    for (let look = 0; look < 2; look += 1) {
      // The second callback is of another content: the bank is asked again.
      assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
      await patiently('the look', async () =>
        (await keptAbout(world, code.tranId)).every((one) => one.outcome !== 'received' && one.outcome !== 'waiting'),
      )
    }
  })
  await becomes(world, code, {})
  const { rows } = await world.hub.pool.query('select from missing_movements')
  assert.equal(rows.length, 0)
}

async function flippedBefore(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await flippedBy(world, code, async () => {
    assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
    await becomes(world, code, {})
  })
}

async function flippedBy(world: PaywayWorld, code: PaywayCode, act: () => Promise<void>): Promise<void> {
  const { answers } = world.between
  answers.set(`check-transaction-2 ${code.tranId}`, refundedInPart)
  answers.set(`transaction-detail ${code.tranId}`, refundedInPart)
  await act()
  answers.clear()
}

/** This minute's calls of an operation are spent, and those of the next one, should it begin now. */
async function spend({ hub }: PaywayWorld, ...operations: readonly string[]): Promise<void> {
  for (const operation of operations) {
    await hub.pool.query(
      `insert into call_minutes (bank_code, account, operation, minute, spent)
        select distinct bank_code, account_number, $1, date_trunc('minute', now()) + interval '1 minute', 50
          from merchant_accounts where bank_code = $2
        on conflict (bank_code, account, operation) do update set minute = excluded.minute, spent = excluded.spent`,
      [operation, paywayBank],
    )
  }
}

async function withoutDetail(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await spend(world, 'transaction-detail')
  assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  await becomes(world, code, {})
  assert.equal(world.between.calls.includes(`transaction-detail ${code.tranId}`), false)
}

async function withoutBoth(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await payCode(world, code, { webhook: 'drop', amount: '24.00' })
  await spend(world, 'transaction-detail', 'transaction-list')
  await toldAndContradicted(world, code, `check-transaction-2 ${code.tranId}`, (said) => said)
  await callsAreFree(world)
  await becomes(world, code, { status: 'processing', applied: 0, held: ['underpaid'] })
}

async function listContradicts(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await spend(world, 'transaction-detail')
  await toldAndContradicted(world, code, 'transaction-list-2', (said) => {
    const rows = said['data'] as { transaction_id: string }[]
    return {
      ...said,
      data: rows.map((row) => (row.transaction_id === code.tranId ? { ...row, original_amount: 24 } : row)),
    }
  })
  await settlesInTheEnd(world, code)
}

async function notSeen(world: PaywayWorld, code: PaywayCode): Promise<void> {
  const { hub, between } = world
  const unseen = { status: { code: 6, message: 'Transaction not found' } }
  between.answers.set(`check-transaction-2 ${code.tranId}`, () => unseen)
  await timePasses(hub, code.id, 20)
  await giveBudget(hub, 100)
  try {
    await dueNow(hub, code.id)
    await patiently('the schedule to have asked after the grace', async () => {
      const [check] = await checksOf(hub, code.id)
      return check?.state === 'unknown'
    })
    await hub.pool.query('update checks set next_at = now() where payment_number = $1', [code.id])
    await patiently('another look', async () => {
      const [check] = await checksOf(hub, code.id)
      return (check?.troubles ?? 0) >= 2
    })
    assert.equal((await standing(hub, code.id)).status, 'processing')
    between.answers.clear()
    await dueNow(hub, code.id)
    await becomes(world, code, { status: 'expired', applied: 0 })
  } finally {
    between.answers.clear()
    await restSchedule(hub)
  }
}
