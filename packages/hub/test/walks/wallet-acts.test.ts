import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { applyTo, approve, heldWith, refundPayment, refundToTheEnd, showEvidence } from '../support/held-money.ts'
import type { TestHub } from '../support/running-hub.ts'
import { newUser, openTopup, payAndSaySo, payCode, startWithCallsToSpare, wallet } from '../support/topups.ts'

test('with calls to spare, operators’ acts on the money of top-ups move the right wallet by what they say', async (t) => {
  const hub = await startWithCallsToSpare(t)
  await t.test('applied to another user’s top-up it needs a second operator, and his wallet grows', () =>
    toAnother(hub),
  )
  await t.test('[E84] a top-up paid back shrinks its wallet by as much, a part and then the rest', () => paidBack(hub))
  await t.test('held money that goes back touches no wallet', () => heldGoesBack(hub))
})

async function held(hub: TestHub) {
  const userId = newUser()
  const topup = await openTopup(hub, { userId })
  await payCode(hub, topup.qr_string, { amount: '4.00' })
  await hub.gateway('POST', new URL(topup.checkout_url).pathname)
  const money = await heldWith(hub, Number(topup.bill_number), 'underpaid')
  return { userId, topup, money }
}

async function balanceOf(hub: TestHub, userId: string): Promise<string> {
  return String((await wallet(hub, userId))['balances']?.['USD'])
}

async function toAnother(hub: TestHub): Promise<void> {
  const { userId: payer, money } = await held(hub)
  const other = newUser()
  const topup = await openTopup(hub, { userId: other, amount: '4.00' })
  const asked = await applyTo(hub, money, Number(topup.bill_number))
  assert.equal(asked.json['status'], 'requires_approval', asked.text)
  assert.deepEqual([await balanceOf(hub, payer), await balanceOf(hub, other)], ['0.00', '0.00'])
  const done = await approve(hub, asked)
  assert.equal(done.json['status'], 'done', done.text)
  assert.deepEqual([await balanceOf(hub, payer), await balanceOf(hub, other)], ['0.00', '4.00'])
  await booksAgree(hub)
  // The other's own code is paid all the same.
  await payCode(hub, topup.qr_string)
  await hub.pool.query(
    `update checks set next_at = now(), asked_from = asked_from - interval '1 day',
    ends_at = ends_at - interval '1 day' where payment_number = $1`,
    [topup.bill_number],
  )
  await becomes(hub, Number(topup.bill_number), { held: ['duplicate_payment'] })
  assert.equal(await balanceOf(hub, other), '4.00')
}

async function paidBack(hub: TestHub): Promise<void> {
  const userId = newUser()
  const topup = await openTopup(hub, { userId })
  await payAndSaySo(hub, topup)
  for (const [amount, left] of [
    ['4.00', '6.50'],
    [undefined, '0.00'],
  ] as const) {
    const asked = await refundPayment(hub, Number(topup.bill_number), amount === undefined ? {} : { amount })
    const ready = asked.status === 202 ? await approve(hub, asked) : asked
    const sent = await showEvidence(hub, ready.json)
    assert.equal(sent.json['status'], 'succeeded', sent.text)
    assert.equal(await balanceOf(hub, userId), left)
  }
  await booksAgree(hub)
}

async function heldGoesBack(hub: TestHub): Promise<void> {
  const { userId, money } = await held(hub)
  await refundToTheEnd(hub, money)
  assert.equal(await balanceOf(hub, userId), '0.00')
  await booksAgree(hub)
}
