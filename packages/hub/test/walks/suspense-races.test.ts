import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, clearFaults, makeCode, patiently, pay, standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { accountsOf, applyTo, approve, duplicateOf, hold, readHeld, writeOff } from '../support/held-money.ts'
import { refundHeld } from '../support/held-money.ts'
import { look, operateOnce, shown } from '../support/operators.ts'
import { giveAgain, journalsOf, lookNow, minutePasses, takeBack } from '../support/reversals.ts'
import type { TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

/** Each race is run so often: who wins differs. */
const races = 4

test('an operator acts while something else happens to the same money or payment', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))
  await restSchedule(hub)
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['the customer pays the payment that held money is applied to: one settles it, the other is held', whilePaid],
    ['the customer pays the bill whose own held money is applied: one settles it, the other is held', whilePaidItself],
    [
      'the payment is cancelled while held money is applied to it: it is completed, or it is not, and nothing between',
      whileCancelled,
    ],
    [
      'the bank takes the money back while it is applied, written off and refunded: all of it is undone',
      whileTakenBack,
    ],
    ['the money is listed again while an operator writes it off: it is there once', whileReturned],
  ]
  for (const [title, walk] of walks) {
    await t.test(title, async () => {
      for (let race = 1; race <= races; race += 1) await walk(hub)
      await booksAgree(hub)
    })
  }
})

async function whilePaid(hub: TestHub): Promise<void> {
  const { held } = await duplicateOf(hub, 'AMK')
  const other = await makeCode(hub, 'BANK01')
  const asked = await applyTo(hub, held, other.id)
  shown(asked, 202)
  const [agreed] = await Promise.all([approve(hub, asked), pay(hub, other)])
  const isApplied = agreed.status === 200
  if (!isApplied) assert.equal(agreed.status, 409, agreed.text)
  await becomes(hub, other.id, isApplied ? { held: ['duplicate_payment'] } : {})
  assert.equal((await readHeld(hub, held.id)).remaining, isApplied ? '0.00' : '25.00')
}

async function whilePaidItself(hub: TestHub): Promise<void> {
  const { id, held, bank } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const [applied] = await Promise.all([applyTo(hub, held, id), pay(hub, { bank, id })])
  const isApplied = applied.status === 200
  if (!isApplied) assert.equal(applied.status, 409, applied.text)
  await becomes(hub, id, { held: isApplied ? ['overpaid', 'duplicate_payment'] : ['overpaid'] })
  assert.equal((await readHeld(hub, held.id)).remaining, isApplied ? '5.00' : '30.00')
}

async function whileCancelled(hub: TestHub): Promise<void> {
  const { id, held } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const [applied, cancelled] = await Promise.all([
    applyTo(hub, held, id),
    operateOnce(hub, `payments/${id}/cancel`, { reason: 'The customer left.' }),
  ])
  // Late money is accepted: applied after cancelling it completes the payment all the same.
  assert.equal(applied.status, 200, applied.text)
  assert.ok([200, 409].includes(cancelled.status), cancelled.text)
  await becomes(hub, id, { held: ['overpaid'] })
  const flags = (await look(hub, `payments/${id}`)).json['flags'] as unknown as string[]
  assert.deepEqual(flags, cancelled.status === 200 ? ['over', 'late'] : ['over'])
}

async function whileTakenBack(hub: TestHub): Promise<void> {
  const { id, held, bank, tx } = await hold(hub, 'BANK01', { amount: '60.00' }, 'overpaid')
  const paid = { bank, id }
  await takeBack(hub, paid)
  await lookNow(hub, paid)
  await minutePasses(hub)
  await Promise.all([
    ...[1, 2, 3, 4].map(() => lookNow(hub, paid)),
    applyTo(hub, held, id),
    writeOff(hub, held, { amount: '5.00' }),
    refundHeld(hub, held, { amount: '7.00' }),
  ])
  await patiently('the money to be reversed', async () => {
    await lookNow(hub, paid)
    return (await standing(hub, id)).cases.includes('reversed')
  })
  assert.deepEqual(await accountsOf(hub, tx), {})
  assert.equal((await journalsOf(hub, tx)).filter((kind) => kind === 'reversal').length, 1)
}

async function whileReturned(hub: TestHub): Promise<void> {
  const { id, held, bank, tx } = await hold(hub, 'AMK', { amount: '30.00' }, 'overpaid')
  const paid = { bank, id }
  await takeBack(hub, paid)
  await lookNow(hub, paid)
  await minutePasses(hub)
  await lookNow(hub, paid)
  await giveAgain(hub, paid)
  const [written] = await Promise.all([writeOff(hub, held), ...[1, 2, 3, 4].map(() => lookNow(hub, paid))])
  shown(written)
  assert.deepEqual(await accountsOf(hub, tx), { 'bank:AMK': 3_000, writeoff: 3_000 })
  assert.equal((await journalsOf(hub, tx)).filter((kind) => kind === 'adjustment').length, 1)
}
