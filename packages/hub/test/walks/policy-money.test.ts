import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expirePayments } from '../../src/flows/expire-payments.ts'
import { answers, becomes, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { accountsOf, applyTo, dueOn, heldFor, readHeld, refundPayment, refundToTheEnd } from '../support/held-money.ts'
import { operateOnce, shown } from '../support/operators.ts'
import { giveAgain, lookNow, lookTwice, showPayment, takeBack } from '../support/reversals.ts'
import type { TestHub } from '../support/running-hub.ts'
import { giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

// What an operator may set for money that does not fit, from the customer's payment to the policy system's journal.

const inParts = { amount: '150.00' }

async function creditsOf(hub: TestHub, id: number): Promise<string[]> {
  return (await hub.credits(id)).map((credit) => credit.amount)
}

test('HUB_OVERPAYMENT=accept_overpayment', async (t) => {
  const hub = await startBadDays(t, { HUB_OVERPAYMENT: 'accept_overpayment' })

  await t.test(
    'what is owed is applied and credited, once; the rest waits in suspense, and can be sent back',
    async () => {
      const code = await makeCode(hub, 'BANK01', inParts)
      const [tx = ''] = await pay(hub, code, { amount: '170.00' })
      await becomes(hub, code.id, { held: ['overpaid'] })
      assert.equal((await answers(hub, code.id))[0], 200)
      assert.deepEqual(await accountsOf(hub, tx), {
        'bank:BANK01': 17_000,
        'payable:premium': 15_000,
        'suspense:BANK01': 2_000,
      })
      assert.deepEqual(await showPayment(hub, code.id), {
        status: 'completed',
        flags: ['over'],
        received: '170.00',
        refunded: '0.00',
      })
      assert.equal(await dueOn(hub, code.bill), undefined)
      await booksAgree(hub)
      assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
      await refundToTheEnd(hub, await heldFor(hub, code.id))
      assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 15_000, 'payable:premium': 15_000 })
      assert.deepEqual((await showPayment(hub, code.id)).flags, ['over'], 'what was owed was not sent back')
      await booksAgree(hub)
    },
  )

  await t.test('all of it is taken back, and stands as before when it is listed again', async () => {
    const code = await makeCode(hub, 'AMK', inParts)
    const [tx = ''] = await pay(hub, code, { amount: '170.00' })
    await becomes(hub, code.id, { held: ['overpaid'] })
    const stood = await accountsOf(hub, tx)
    await takeBack(hub, code)
    await lookTwice(hub, code)
    assert.deepEqual(await accountsOf(hub, tx), {})
    assert.deepEqual((await showPayment(hub, code.id)).flags, ['over', 'reversed'])
    await booksAgree(hub)
    await giveAgain(hub, code)
    await lookNow(hub, code)
    assert.deepEqual(await accountsOf(hub, tx), stood)
    await booksAgree(hub)
  })

  await t.test('another currency is held whole all the same', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { amount: '900000', currency: 'KHR' })
    await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['currency_mismatch'] })
  })
  await booksAgree(hub)
})

test('HUB_OVERPAYMENT=accept_overpayment and HUB_LATE_POLICY=suspense: late money that is too much is held whole', async (t) => {
  const hub = await startBadDays(t, { HUB_OVERPAYMENT: 'accept_overpayment', HUB_LATE_POLICY: 'suspense' })
  const code = await makeCode(hub, 'AMK')
  shown(await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' }))
  await pay(hub, code, { amount: '30.00' })
  await becomes(hub, code.id, { status: 'cancelled', applied: 0, held: ['late'] })
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['late'])
  await booksAgree(hub)
})

test('HUB_LATE_POLICY=accept: money after cancelling completes the payment, late, and is credited once', async (t) => {
  const hub = await startBadDays(t, { HUB_LATE_POLICY: 'accept' })
  const code = await makeCode(hub, 'AMK')
  shown(await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' }))
  await pay(hub, code)
  await becomes(hub, code.id, {})
  assert.deepEqual((await showPayment(hub, code.id)).flags, ['late'])
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['25.00'])
})

test('HUB_PARTS=accept', async (t) => {
  const hub = await startBadDays(t, { HUB_PARTS: 'accept' })
  await restSchedule(hub)
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['100 of 150 and then 50: completed, and credited once with 150', partsAddUp],
    ['100 of 150 and then 60: the 60 is held as over, and an operator applies the 50 of it', thenOver],
    ['a payment with a part neither expires nor is cancelled: a case; paid back, it can be closed', unfinished],
    ['a part that the bank takes back is owed again: 50 does not complete the payment', partTakenBack],
    ['a part that comes back after others paid in its place waits in suspense', placeTaken],
    ['a part that comes back and was all that was missing completes the payment', comesBackLast],
    ['a part that is paid back is owed again, and its refund has no credit note', partPaidBack],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

async function hundred(hub: TestHub) {
  const code = await makeCode(hub, 'BANK01', inParts)
  const [tx = ''] = await pay(hub, code, { amount: '100.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 1 })
  return { ...code, tx }
}

async function partsAddUp(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  assert.deepEqual(await showPayment(hub, code.id), {
    status: 'processing',
    flags: ['partial'],
    received: '100.00',
    refunded: '0.00',
  })
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 10_000, 'payable:premium': 10_000 })
  assert.deepEqual(await creditsOf(hub, code.id), [])
  await pay(hub, code, { amount: '50.00' })
  await becomes(hub, code.id, { applied: 2 })
  assert.deepEqual((await showPayment(hub, code.id)).flags, [])
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
}

async function thenOver(hub: TestHub): Promise<void> {
  const { tx: _, ...code } = await hundred(hub)
  await pay(hub, code, { amount: '60.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 1, held: ['overpaid'] })
  assert.equal(await dueOn(hub, code.bill), undefined)
  const held = await heldFor(hub, code.id)
  assert.equal(shown(await applyTo(hub, held, code.id))['amount'], '50.00')
  await becomes(hub, code.id, { applied: 2, held: ['overpaid'] })
  assert.equal((await readHeld(hub, held.id)).remaining, '10.00')
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
}

async function unfinished(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  await giveBudget(hub, 9)
  await timePasses(hub, code.id, 60 * 24 * 40)
  await expirePayments(hub.running.hub)
  const kept = { status: 'processing', applied: 1, cases: ['parts_unfinished'] }
  await becomes(hub, code.id, kept)
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 10_000, 'payable:premium': 10_000 })
  const cancel = () => operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'The customer left.' })
  const refused = await cancel()
  assert.equal(refused.status, 409, refused.text)
  await becomes(hub, code.id, kept)
  // The customer is paid back, and then it can be closed.
  assert.equal(shown(await refundPayment(hub, code.id), 201)['status'], 'succeeded')
  shown(await cancel())
  await becomes(hub, code.id, { ...kept, status: 'cancelled' })
}

async function partTakenBack(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  await takeBack(hub, code, tx)
  await lookTwice(hub, code)
  await becomes(hub, code.id, { status: 'processing', applied: 1, cases: ['reversed'] })
  await pay(hub, code, { amount: '50.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 2, cases: ['reversed'] })
  assert.deepEqual(await creditsOf(hub, code.id), [])
  await pay(hub, code, { amount: '100.00' })
  await becomes(hub, code.id, { applied: 3, cases: ['reversed'] })
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
}

async function placeTaken(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  await takeBack(hub, code, tx)
  await lookTwice(hub, code)
  await pay(hub, code, { amount: '150.00' })
  await becomes(hub, code.id, { applied: 2, cases: ['reversed'] })
  await booksAgree(hub)
  await giveAgain(hub, code, tx)
  await lookNow(hub, code)
  await becomes(hub, code.id, { applied: 2, held: ['duplicate_payment'], cases: ['reversed', 'reversal_returned'] })
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 10_000, 'suspense:BANK01': 10_000 })
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
  await refundToTheEnd(hub, await heldFor(hub, code.id))
  assert.deepEqual(await accountsOf(hub, tx), {})
}

async function comesBackLast(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  await takeBack(hub, code, tx)
  await lookTwice(hub, code)
  await pay(hub, code, { amount: '50.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 2, cases: ['reversed'] })
  await giveAgain(hub, code, tx)
  await lookNow(hub, code)
  await becomes(hub, code.id, { applied: 2, cases: ['reversed', 'reversal_returned'] })
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
}

async function partPaidBack(hub: TestHub): Promise<void> {
  const { tx, ...code } = await hundred(hub)
  assert.equal(shown(await refundPayment(hub, code.id, { amount: '40.00' }), 201)['status'], 'succeeded')
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:BANK01': 6_000, 'payable:premium': 6_000 })
  await pay(hub, code, { amount: '50.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 2 })
  await pay(hub, code, { amount: '40.00' })
  await becomes(hub, code.id, { applied: 3 })
  await booksAgree(hub)
  assert.deepEqual(await creditsOf(hub, code.id), ['150.00'])
}
