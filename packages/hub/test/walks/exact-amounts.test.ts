import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, confirmation, inboxOf, inquire, makeCode, notice, pay } from '../support/bad-day.ts'
import { standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import type { TestHub } from '../support/running-hub.ts'

// Zeros behind the point are none; whatever else does not fit the currency is refused, never rounded.

const riel = { amount: '60000', currency: 'KHR' }
const exact = ['60000', '60000.00', '60000.000']

test('amounts in notices', async (t) => {
  const hub = await startBadDays(t)
  for (const paid_amount of exact) {
    await t.test(`[E38] a notice of ${paid_amount} KHR is one of 60000 riel: proved`, async () => {
      const code = await makeCode(hub, 'BANK01', riel)
      await pay(hub, code, { webhook: 'drop' })
      const told = await notice(hub, code, { paid_amount, currency: 'KHR' })
      assert.equal(told.status, 200, told.text)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    })
  }
})

test('amounts in confirmations', async (t) => {
  const hub = await startBadDays(t)
  for (const amount of exact) {
    await t.test(`[E38] at the counter ${amount} KHR is 60000 riel: confirmed`, async () => {
      const { id, told } = await confirm(hub, amount)
      assert.equal(told.status, 200, told.text)
      await becomes(hub, id, {})
    })
  }
  for (const amount of ['60000.5', '60000.01', '6e4.1', '60 000', '-60000']) {
    await t.test(`[E38] at the counter ${amount} KHR is refused and kept, and nothing is applied`, async () => {
      const { id, told } = await confirm(hub, amount)
      assert.equal(told.status, 400, told.text)
      assert.deepEqual(await inboxOf(hub, id), [{ outcome: 'refused', answer: 400, tries: 1 }])
      assert.deepEqual(await standing(hub, id), { status: 'pending', applied: 0, held: [], cases: [] })
    })
  }
})

async function confirm(hub: TestHub, amount: string) {
  const bill = await hub.bill(riel)
  const id = Number((await inquire(hub, 'BANK01', bill)).json['data']?.['id'])
  const more = { id, policyNumber: bill, bankTransactionId: `TX-${id}`, amount, currency: 'KHR' }
  return { id, told: await confirmation(hub, 'BANK01', more) }
}
