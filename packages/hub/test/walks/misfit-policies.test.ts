import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, becomes, confirmation, inquire, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import type { TestHub } from '../support/running-hub.ts'

// What an operator may set for money that does not fit. Without these settings such money is held as a whole.

test('where more than is owed is accepted', async (t) => {
  const hub = await startBadDays(t, { HUB_OVERPAYMENT: 'accept_overpayment' })

  await t.test(
    '[E16] the owed part is applied and credited once, the rest is held as overpaid, the bank is told 200',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { amount: '30.50' })
      await becomes(hub, code.id, { held: ['overpaid'] })
      assert.deepEqual(await portions(hub, code.id), [{ applied: 2_500, held: 550 }])
      assert.equal((await answers(hub, code.id))[0], 200)
      await booksAgree(hub)
    },
  )

  await t.test('[E16] of two payments of more than is owed, one settles and the other is held whole', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { amount: '25.01', times: 2 })
    await becomes(hub, code.id, { held: ['overpaid', 'duplicate_payment'] })
    assert.deepEqual(await portions(hub, code.id), [
      { applied: 2_500, held: 1 },
      { applied: 0, held: 2_501 },
    ])
    await booksAgree(hub)
  })
})

test('where parts are accepted', async (t) => {
  const hub = await startBadDays(t, { HUB_PARTS: 'accept' })

  await t.test(
    '[E17] parts are applied until they add up; then the payment is completed and credited once',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { amount: '10.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 1 })
      assert.deepEqual(await hub.credits(code.id), [])
      await pay(hub, code, { amount: '15.00' })
      await becomes(hub, code.id, { applied: 2 })
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E17] a part more than what is still owed is held, and what is still owed may be paid all the same',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { amount: '10.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 1 })
      await pay(hub, code, { amount: '15.01' })
      await becomes(hub, code.id, { status: 'processing', applied: 1, held: ['overpaid'] })
      await pay(hub, code, { amount: '15.00' })
      await becomes(hub, code.id, { applied: 2, held: ['overpaid'] })
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E17] a counter that confirms the whole bill after a part came is not believed: 400, a case',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await inquire(hub, 'AMK', code.bill)
      await pay(hub, code, { amount: '10.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 1 })
      const whole = { id: code.id, policyNumber: code.bill, bankTransactionId: `TX-${code.id}` }
      const told = await confirmation(hub, 'AMK', whole)
      assert.equal(told.status, 400, told.text)
      await becomes(hub, code.id, { status: 'processing', applied: 1, cases: ['confirmation_not_allowed'] })
      await booksAgree(hub)
    },
  )
})

/** What of each receipt is applied and what is held, in the order they were booked. */
async function portions(hub: TestHub, id: number): Promise<{ applied: number; held: number }[]> {
  const { rows } = await hub.pool.query(
    `select coalesce((select sum(a.amount_minor) from applications a where a.receipt_id = r.id), 0)::int as applied,
            coalesce((select sum(s.amount_minor) from suspense s where s.receipt_id = r.id), 0)::int as held
       from receipts r where r.payment_number = $1 order by r.id`,
    [id],
  )
  return rows
}
