import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAtBank } from '../../src/flows/check-at-bank.ts'
import { readPayment } from '../../src/store/payments.ts'
import { becomes, clearFaults, type Code, makeCode, patiently, pay, setVerify } from '../support/bad-day.ts'
import { standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { accountsOf, dueOn, refundPayment } from '../support/held-money.ts'
import { look, rowsIn, shown } from '../support/operators.ts'
import { eventsOf, giveAgain, journalsOf, lookNow, lookTwice, minutePasses, missingOf } from '../support/reversals.ts'
import { showPayment, takeBack } from '../support/reversals.ts'
import type { TestHub } from '../support/running-hub.ts'
import { dueNow, giveBudget, restSchedule } from '../support/schedule.ts'
import { startHubWithVerify } from '../support/verify-between.ts'

test('money that a bank takes back is found', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))
  await restSchedule(hub)
  const walks: readonly [title: string, walk: (hub: TestHub) => Promise<void>][] = [
    ['by the schedule: the first look notes it, the second, a minute later, reverses it', bySchedule],
    ['two looks within a minute are one: nothing is reversed', tooSoon],
    ['by the proof of a notice about other money', byNotice],
    ['by an operator who would refund it: two looks a second apart, and nothing is sent', byOperator],
    ['once: who looks again finds nothing new', onlyOnce],
    ['once, when 16 look at the same moment', atOnce],
    ['and it stands as before when it is listed again; taken back once more it is reversed once more', thereAndBack],
  ]
  for (const [title, walk] of walks) await t.test(title, () => walk(hub))
  await booksAgree(hub)
})

test('money that a bank does not take back is never reversed by the schedule', async (t) => {
  const { hub, verify } = await startHubWithVerify(t)
  await restSchedule(hub)
  t.afterEach(async () => {
    verify.say = undefined
    await clearFaults(hub)
  })

  await t.test('listed and not listed by turns: each listing forgets the miss before it', async () => {
    const { tx, ...code } = await paidCode(hub, 'AMK')
    await setVerify(hub, code, 'flap')
    for (let round = 1; round <= 9; round += 1) {
      await lookNow(hub, code)
      await minutePasses(hub)
    }
    await setVerify(hub, code, 'paid')
    assert.deepEqual(await journalsOf(hub, tx), ['receipt'])
    await becomes(hub, code.id, {})
  })

  await t.test('one lie of "unpaid", and the truth a minute later', async () => {
    const { tx, ...code } = await paidCode(hub, 'BANK01')
    verify.say = (truth) => ({ ...truth, status: 'PENDING', payments: [] })
    await lookNow(hub, code)
    assert.equal(await missingOf(hub, code.id), 1)
    await minutePasses(hub)
    verify.say = undefined
    await lookNow(hub, code)
    assert.equal(await missingOf(hub, code.id), 0)
    assert.deepEqual(await journalsOf(hub, tx), ['receipt'])
  })

  const words = {
    'a bank that forgot the reference': { status: 'NOT_FOUND', payments: [] },
    'a bank that forgot it, and lies once that it is unpaid': undefined,
    'a bare "paid"': { status: 'SUCCESS' },
    'a word that nobody knows': { status: 'ARCHIVED', payments: [] },
    'paid, and nothing listed': { status: 'SUCCESS', payments: [] },
  }
  for (const [title, said] of Object.entries(words)) {
    await t.test(`${title}, for as long as it likes: nothing is reversed`, async () => {
      const { tx, ...code } = await paidCode(hub, 'AMK')
      const forgotten = { status: 'NOT_FOUND', payments: [] }
      for (let round = 1; round <= 4; round += 1) {
        verify.say = () => said ?? (round < 4 ? forgotten : { status: 'PENDING', payments: [] })
        await lookNow(hub, code)
        await minutePasses(hub)
      }
      assert.deepEqual(await journalsOf(hub, tx), ['receipt'])
      const isForgotten = said === undefined || said.status === 'NOT_FOUND'
      await becomes(hub, code.id, { cases: isForgotten ? ['movement_missing'] : [] })
    })
  }

  await t.test('the word REVERSED for its movement reverses at the first look', async () => {
    const { tx, ...code } = await paidCode(hub, 'AMK')
    await takeBack(hub, code)
    verify.say = (truth) => ({
      ...truth,
      status: 'REVERSED',
      payments: [{ transactionId: tx, amount: 25, status: 'REVERSED', paidDate: '2026-01-07 12:00:00.000000' }],
    })
    await lookNow(hub, code)
    verify.say = undefined
    assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
    await becomes(hub, code.id, { cases: ['reversed'] })
  })

  await t.test('a bare REVERSED names no movement: the second look reverses', async () => {
    const { tx, ...code } = await paidCode(hub, 'AMK')
    await takeBack(hub, code)
    verify.say = () => ({ status: 'REVERSED' })
    await lookNow(hub, code)
    assert.deepEqual(await journalsOf(hub, tx), ['receipt'])
    await minutePasses(hub)
    await lookNow(hub, code)
    assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
    await becomes(hub, code.id, { cases: ['reversed'] })
  })
  await booksAgree(hub)
})

async function paidCode(hub: TestHub, bank: string): Promise<Code & { tx: string }> {
  const code = await makeCode(hub, bank)
  const [tx = ''] = await pay(hub, code)
  await becomes(hub, code.id, {})
  await patiently(`the credit of ${code.id}`, async () => (await hub.credits(code.id)).length === 1)
  return { ...code, tx }
}

async function bySchedule(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'AMK')
  await takeBack(hub, code)
  await giveBudget(hub, 2)
  await patiently('the first look', async () => {
    await dueNow(hub, code.id)
    return (await missingOf(hub, code.id)) === 1
  })
  assert.deepEqual(await journalsOf(hub, tx), ['receipt'])
  await becomes(hub, code.id, {})
  await minutePasses(hub)
  await giveBudget(hub, 2)
  await patiently('the second look', async () => {
    await dueNow(hub, code.id)
    return (await standing(hub, code.id)).cases.length === 1
  })
  await restSchedule(hub)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
  assert.deepEqual(await accountsOf(hub, tx), {})
  assert.deepEqual(await showPayment(hub, code.id), {
    status: 'completed',
    flags: ['reversed'],
    received: '0.00',
    refunded: '0.00',
  })
  assert.equal(await missingOf(hub, code.id), 0)
  const [event, ...more] = await eventsOf(hub, code.id, 'gateway.payment.reversed')
  assert.deepEqual(more, [])
  const receipt = event?.['receipt'] as { bankTransactionId: string } | undefined
  assert.equal(receipt?.bankTransactionId, tx)
  const [raised] = rowsIn(await look(hub, `cases?payment=${code.id}`))
  assert.equal(raised?.['kind'], 'reversed')
  assert.match(
    String(raised?.['sentence']),
    new RegExp(`AMK took back USD 25.00 \\(${tx}\\).*settled payment ${code.id}`),
  )
  const { rows } = await hub.pool.query(
    `select a.actor, a.action, a.before, a.after from audit a join receipts r on a.object = 'receipt ' || r.id where r.bank_transaction_id = $1`,
    [tx],
  )
  assert.deepEqual(rows, [
    {
      actor: 'bank AMK',
      action: 'receipt.reversed',
      before: { atBank: 'USD 25.00' },
      after: { atBank: 'USD 0.00', foundBy: 'job check-payments' },
    },
  ])
  assert.equal(await dueOn(hub, code.bill), undefined, 'a person decides what becomes of the bill')
  assert.equal((await hub.credits(code.id)).length, 1, 'what was credited stands until then')
}

async function tooSoon(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'AMK')
  await takeBack(hub, code)
  for (let look = 1; look <= 3; look += 1) await lookNow(hub, code)
  assert.deepEqual([await missingOf(hub, code.id), await journalsOf(hub, tx)], [1, ['receipt']])
  await minutePasses(hub)
  await lookNow(hub, code)
  await becomes(hub, code.id, { cases: ['reversed'] })
}

async function byNotice(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  await takeBack(hub, code, tx)
  await lookNow(hub, code)
  await minutePasses(hub)
  const [second = ''] = await pay(hub, code)
  await becomes(hub, code.id, { held: ['duplicate_payment'], cases: ['reversed'] })
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
  assert.deepEqual(await accountsOf(hub, second), { 'bank:BANK01': 2_500, 'suspense:BANK01': 2_500 })
}

async function byOperator(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  await takeBack(hub, code)
  const refund = shown(await refundPayment(hub, code.id), 201)
  assert.equal(refund['status'], 'cancelled')
  assert.match(String(refund['sentence']), /BANK01 took back USD 25.00/)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'refund_held', 'refund_undone', 'reversal'])
  assert.deepEqual(await accountsOf(hub, tx), {})
  await becomes(hub, code.id, { cases: ['reversed'] })
  assert.equal((await refundPayment(hub, code.id)).status, 409)
}

async function onlyOnce(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'AMK')
  await takeBack(hub, code)
  await lookTwice(hub, code)
  await lookTwice(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
  assert.equal((await eventsOf(hub, code.id, 'gateway.payment.reversed')).length, 1)
  await becomes(hub, code.id, { cases: ['reversed'] })
}

async function atOnce(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'AMK')
  await takeBack(hub, code)
  await lookNow(hub, code)
  await minutePasses(hub)
  // Two hubs on one database share nothing but it: each has read the payment before any of them writes.
  const payment = await readPayment(hub.running.db, code.id)
  const at = hub.running.hub.banks.get(code.bank)
  assert.ok(payment && at)
  const asker = { actor: 'job check-payments', correlationId: 'at-once' }
  await Promise.all(Array.from({ length: 16 }, () => checkAtBank(hub.running.hub, asker, payment, at)))
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal'])
  assert.equal((await eventsOf(hub, code.id, 'gateway.payment.reversed')).length, 1)
  await becomes(hub, code.id, { cases: ['reversed'] })
  await giveAgain(hub, code)
  const taken = await readPayment(hub.running.db, code.id)
  assert.ok(taken)
  await Promise.all(Array.from({ length: 16 }, () => checkAtBank(hub.running.hub, asker, taken, at)))
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal', 'adjustment'])
  await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned'] })
}

async function thereAndBack(hub: TestHub): Promise<void> {
  const { tx, ...code } = await paidCode(hub, 'BANK01')
  const stood = await accountsOf(hub, tx)
  await takeBack(hub, code)
  await lookTwice(hub, code)
  await giveAgain(hub, code)
  await lookNow(hub, code)
  assert.deepEqual(await accountsOf(hub, tx), stood)
  assert.deepEqual(await showPayment(hub, code.id), {
    status: 'completed',
    flags: [],
    received: '25.00',
    refunded: '0.00',
  })
  await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned'] })
  await booksAgree(hub)
  await takeBack(hub, code)
  await lookTwice(hub, code)
  assert.deepEqual(await journalsOf(hub, tx), ['receipt', 'reversal', 'adjustment', 'reversal'])
  await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned', 'reversed'] })
}
