import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flagsOf } from '../../src/domain/payment.ts'
import { readPayment } from '../../src/store/payments.ts'
import { becomes, makeCode, notice, patiently, pay, setVerify, standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { heldFor, readHeld, refundPayment, writeOff } from '../support/held-money.ts'
import type { TestHub } from '../support/running-hub.ts'
import { dueNow, giveBudget, restSchedule } from '../support/schedule.ts'

test('a bank that takes money back', async (t) => {
  const hub = await startBadDays(t)

  await t.test('[E61] missing at two looks a minute apart: taken back, told of, a case; the status stays', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code)
    await becomes(hub, code.id, {})
    await turn(hub, 'reverse', code)
    await lookAt(hub, code.id, async () => (await missing(hub, code.id)) === 1)
    assert.deepEqual((await standing(hub, code.id)).cases, [], 'one look proves nothing')
    await minutePasses(hub, code.id)
    await lookAt(hub, code.id, async () => (await standing(hub, code.id)).cases.includes('reversed'))
    await becomes(hub, code.id, { cases: ['reversed'] })
    assert.ok((await flags(hub, code.id)).includes('reversed'))
    assert.equal((await eventsOf(hub, code.id)).at(-1), 'gateway.payment.reversed')
    assert.equal(await atBank(hub, code.id), 0)
    await booksAgree(hub)
  })

  await t.test('[E61] held money that is taken back is held no longer, and a case', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { amount: '20.00' })
    await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
    const held = await heldFor(hub, code.id)
    await turn(hub, 'reverse', code)
    await takenBack(hub, code.id)
    const after = await readHeld(hub, held.id)
    assert.deepEqual([after.state, after.remaining], ['resolved', '0.00'])
    await pay(hub, code)
    await becomes(hub, code.id, { held: ['underpaid'], cases: ['reversed'] })
    await booksAgree(hub)
  })

  await t.test('[E62] missing once and listed again: a slip, and nothing is taken back', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code)
    await becomes(hub, code.id, {})
    await turn(hub, 'reverse', code)
    await lookAt(hub, code.id, async () => (await missing(hub, code.id)) === 1)
    await turn(hub, 'restore', code)
    await minutePasses(hub, code.id)
    await lookAt(hub, code.id, async () => (await missing(hub, code.id)) === 0)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('[E62] an answer that cannot be read is no look: nothing is missing', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code)
    await becomes(hub, code.id, {})
    await setVerify(hub, code, 'garbage')
    assert.notEqual((await notice(hub, code)).status, 200)
    assert.equal(await missing(hub, code.id), 0)
    await setVerify(hub, code, 'paid')
    await becomes(hub, code.id, {})
  })

  await t.test('[E63] money that the bank gives back stands as it stood before, and a person hears of it', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code)
    await becomes(hub, code.id, {})
    await turn(hub, 'reverse', code)
    await takenBack(hub, code.id)
    await turn(hub, 'restore', code)
    await lookAt(hub, code.id, async () => (await standing(hub, code.id)).cases.includes('reversal_returned'))
    await becomes(hub, code.id, { cases: ['reversed', 'reversal_returned'] })
    assert.ok(!(await flags(hub, code.id)).includes('reversed'))
    assert.equal(await atBank(hub, code.id), 2_500)
    await booksAgree(hub)
  })

  await t.test(
    '[E64] an operator acts on money that its bank took back: asked first, nothing is given away, and reversed',
    async () => {
      const [held, paid] = [await makeCode(hub, 'BANK01'), await makeCode(hub, 'BANK01')]
      await pay(hub, held, { amount: '20.00' })
      await pay(hub, paid)
      await becomes(hub, held.id, { status: 'processing', applied: 0, held: ['underpaid'] })
      await becomes(hub, paid.id, {})
      const row = await heldFor(hub, held.id)
      for (const code of [held, paid]) await turn(hub, 'reverse', code)
      assert.equal((await writeOff(hub, row)).status, 409)
      const refund = await refundPayment(hub, paid.id)
      assert.deepEqual([refund.json['status'], refund.json['sent_at']], ['cancelled', null], refund.text)
      await becomes(hub, held.id, { status: 'processing', applied: 0, held: ['underpaid'], cases: ['reversed'] })
      await becomes(hub, paid.id, { cases: ['reversed'] })
      await booksAgree(hub)
    },
  )
})

async function turn(hub: TestHub, what: 'reverse' | 'restore', code: { bank: string; id: number }): Promise<void> {
  const turned = await hub.simulator('POST', `/_simulator/${what}`, { bank: code.bank, paymentId: code.id })
  assert.equal(turned.status, 200, turned.text)
}

/** Both looks that it takes. */
async function takenBack(hub: TestHub, id: number): Promise<void> {
  await lookAt(hub, id, async () => (await missing(hub, id)) === 1)
  await minutePasses(hub, id)
  await lookAt(hub, id, async () => (await standing(hub, id)).cases.includes('reversed'))
}

/** Lets the schedule ask about a payment until it has found what it should. */
async function lookAt(hub: TestHub, id: number, isFound: () => Promise<boolean>): Promise<void> {
  await giveBudget(hub, 100)
  await patiently('the schedule to look', async () => {
    await dueNow(hub, id)
    return isFound()
  })
  await restSchedule(hub)
}

function minutePasses(hub: TestHub, id: number): Promise<unknown> {
  return hub.pool.query(
    `update missing_movements m set first_missing_at = first_missing_at - interval '1 minute'
      from receipts r where r.id = m.receipt_id and r.payment_number = $1`,
    [id],
  )
}

async function missing(hub: TestHub, id: number): Promise<number> {
  const { rows } = await hub.pool.query(
    'select count(*)::int as count from missing_movements m join receipts r on r.id = m.receipt_id where r.payment_number = $1',
    [id],
  )
  return rows[0].count
}

/** What the ledger says the bank holds of a payment's money, in minor units. */
async function atBank(hub: TestHub, id: number): Promise<number> {
  const { rows } = await hub.pool.query(
    `select sum(e.amount_minor)::int as minor from entries e join journals j on j.id = e.journal_id
      join receipts r on r.id = j.receipt_id where r.payment_number = $1 and e.account like 'bank:%'`,
    [id],
  )
  return rows[0].minor
}

async function flags(hub: TestHub, id: number): Promise<string[]> {
  const payment = await readPayment(hub.running.db, id)
  return payment ? flagsOf(payment) : []
}

async function eventsOf(hub: TestHub, id: number): Promise<string[]> {
  const { rows } = await hub.pool.query<{ type: string }>(
    'select type from events where payment_number = $1 order by sequence',
    [id],
  )
  return rows.map(({ type }) => type)
}
