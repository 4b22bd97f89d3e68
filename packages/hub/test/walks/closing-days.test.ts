import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/domain/errors.ts'
import { flagsOf } from '../../src/domain/payment.ts'
import { cancelPayment } from '../../src/flows/cancel-payment.ts'
import { readPayment } from '../../src/store/payments.ts'
import { askKhqr, becomes, clearFaults, inquire, makeCode, patiently, pay, setFault } from '../support/bad-day.ts'
import { type Code, standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startHubWithBiller } from '../support/played-biller.ts'
import type { TestHub } from '../support/running-hub.ts'
import { checksOf, dueNow, giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

const asker = { actor: 'operator (a test)', correlationId: 'test-1' }
const dayAndMore = 25 * 60

async function paymentOf(hub: TestHub, id: number) {
  const payment = await readPayment(hub.running.db, id)
  assert.ok(payment)
  return payment
}

async function cancel(hub: TestHub, id: number, reason = 'the customer changed their mind') {
  return cancelPayment(hub.running.hub, asker, await paymentOf(hub, id), { reason })
}

/** The codes of the refusal that `act` ends with. */
async function refusedWith(act: Promise<unknown>): Promise<string> {
  const refusal = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(refusal instanceof Refusal, String(refusal))
  return refusal.code
}

/** Nobody uses the payment for a day, and the job that closes such payments looks at it. */
async function unusedFor(hub: TestHub, id: number, minutes = dayAndMore): Promise<void> {
  await timePasses(hub, id, minutes)
  await giveBudget(hub, 100)
}

async function eventsOf(hub: TestHub, id: number): Promise<string[]> {
  const { rows } = await hub.pool.query<{ type: string }>(
    'select type from events where payment_number = $1 order by sequence',
    [id],
  )
  return rows.map(({ type }) => type)
}

/** Money comes, nobody tells us, and the late watch looks. */
async function lateMoney(hub: TestHub, code: Code): Promise<void> {
  await pay(hub, code, { webhook: 'drop' })
  await giveBudget(hub, 100)
  await patiently('a check', async () => {
    await dueNow(hub, code.id)
    const { applied, held } = await standing(hub, code.id)
    return applied + held.length > 0
  })
}

test('payments that end unpaid', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(async () => {
    await clearFaults(hub)
    await restSchedule(hub)
  })

  await t.test(
    '[E11] [E45] unused for a day it expires after a last look; late money is found, applied, and flagged',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await unusedFor(hub, code.id)
      await becomes(hub, code.id, { status: 'expired', applied: 0 })
      assert.equal((await eventsOf(hub, code.id)).at(-1), 'gateway.payment.expired')
      const watch = await patiently('the late watch', async () => {
        const [check] = await checksOf(hub, code.id)
        return check?.thin && check
      })
      assert.equal(watch.nextAfterEndS, 120, 'looked for again at grace')
      await lateMoney(hub, code)
      await becomes(hub, code.id, {})
      assert.deepEqual(flagsOf(await paymentOf(hub, code.id)), ['late'])
      await booksAgree(hub)
    },
  )

  await t.test('[E45] a payment that was only asked about expires without asking anybody', async () => {
    const bill = await hub.bill()
    const found = await inquire(hub, 'AMK', bill)
    const id = Number(found.json['data']?.['id'])
    await timePasses(hub, id, dayAndMore)
    await becomes(hub, id, { status: 'expired', applied: 0 })
    const again = await inquire(hub, 'AMK', bill)
    assert.notEqual(Number(again.json['data']?.['id']), id, 'the bill is still owed, by another payment')
  })

  await t.test('asking about it again keeps it open', async () => {
    const bill = await hub.bill()
    const used = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
    const other = Number((await inquire(hub, 'AMK', await hub.bill())).json['data']?.['id'])
    await timePasses(hub, used, dayAndMore)
    await hub.pool.query('update inquiries set last_at = now() where payment_number = $1', [used])
    await timePasses(hub, other, dayAndMore)
    await becomes(hub, other, { status: 'expired', applied: 0 })
    assert.equal((await standing(hub, used)).status, 'pending')
  })

  await t.test('[E46] money found by the last look before it expires settles it, and nothing is late', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { webhook: 'drop' })
    await timePasses(hub, code.id, dayAndMore)
    await hub.pool.query('update checks set next_at = null where payment_number = $1', [code.id])
    await giveBudget(hub, 100)
    await becomes(hub, code.id, {})
    assert.ok(!(await eventsOf(hub, code.id)).includes('gateway.payment.expired'))
    await booksAgree(hub)
  })

  await t.test('[E47] a bank that cannot say keeps its payments open, and no others', async () => {
    const code = await makeCode(hub, 'BANK01')
    const other = await makeCode(hub, 'AMK')
    await setFault(hub, 'BANK01', 'verify', 'html')
    for (const one of [code, other]) await timePasses(hub, one.id, dayAndMore)
    await giveBudget(hub, 100)
    await becomes(hub, other.id, { status: 'expired', applied: 0 })
    await patiently('it to be tried', async () => {
      const { rows } = await hub.pool.query('select expiry_try_at > now() as later from payments where number = $1', [
        code.id,
      ])
      return rows[0].later === true
    })
    assert.equal((await standing(hub, code.id)).status, 'processing')
    await clearFaults(hub)
    await hub.pool.query('update payments set expiry_try_at = now() where number = $1', [code.id])
    await becomes(hub, code.id, { status: 'expired', applied: 0 })
    await booksAgree(hub)
  })

  await t.test('[E49] held money waits for a person: such a payment does not expire', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { amount: '20.00' })
    await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
    const other = await makeCode(hub, 'AMK')
    for (const one of [code, other]) await timePasses(hub, one.id, dayAndMore)
    await giveBudget(hub, 100)
    await becomes(hub, other.id, { status: 'expired', applied: 0 })
    assert.equal((await standing(hub, code.id)).status, 'processing')
    await booksAgree(hub)
  })

  await t.test(
    '[E11] [E48] cancelled: audited, its code closed, its bill payable anew; late money is found and flagged',
    async () => {
      const code = await makeCode(hub, 'AMK')
      assert.equal((await cancel(hub, code.id)).status, 'cancelled')
      assert.equal((await cancel(hub, code.id)).status, 'cancelled', 'cancelled once, answered twice')
      assert.equal((await eventsOf(hub, code.id)).at(-1), 'gateway.payment.cancelled')
      const { rows } = await hub.pool.query('select action, reason from audit where object = $1', [
        `payment ${code.id}`,
      ])
      assert.deepEqual(rows, [{ action: 'payment.cancelled', reason: 'the customer changed their mind' }])
      await lateMoney(hub, code)
      await becomes(hub, code.id, {})
      assert.deepEqual(flagsOf(await paymentOf(hub, code.id)), ['late'])
      await booksAgree(hub)
    },
  )

  await t.test('[E13] cancelled, and its bill paid by another code: the late money is held', async () => {
    const old = await makeCode(hub, 'AMK')
    await cancel(hub, old.id)
    const fresh = await makeCode(hub, 'AMK', old.bill)
    assert.notEqual(fresh.id, old.id)
    await pay(hub, fresh)
    await becomes(hub, fresh.id, {})
    await lateMoney(hub, old)
    await becomes(hub, old.id, { status: 'cancelled', applied: 0, held: ['already_paid'] })
    await booksAgree(hub)
  })

  await t.test('[E46] what was paid meanwhile is not cancelled but settled', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { webhook: 'drop' })
    assert.equal(await refusedWith(cancel(hub, code.id)), 'CONFLICT')
    await becomes(hub, code.id, {})
    assert.equal(await refusedWith(cancel(hub, code.id)), 'CONFLICT')
    await booksAgree(hub)
  })

  for (const fault of ['html', 'cut']) {
    await t.test(`[E47] while its bank cannot say (verify under "${fault}") nothing is cancelled`, async () => {
      const code = await makeCode(hub, 'AMK')
      await setFault(hub, 'AMK', 'verify', fault)
      assert.equal(await refusedWith(cancel(hub, code.id)), 'SERVER_UNAVAILABLE')
      await becomes(hub, code.id, { status: 'processing', applied: 0 })
      await clearFaults(hub)
      assert.equal((await cancel(hub, code.id)).status, 'cancelled')
    })
  }

  await t.test(
    '[E48] cancelled by four at once while the customer pays: it ends once, and no money is lost',
    async () => {
      const code = await makeCode(hub, 'AMK')
      const acts = [...Array.from({ length: 4 }, () => cancel(hub, code.id)), pay(hub, code)]
      await Promise.allSettled(acts)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )

  await t.test('a code is not shown of a payment that was cancelled while the bank made it', async () => {
    const bill = await hub.bill()
    await setFault(hub, 'AMK', 'qr', 'slow-answer', 1_500)
    const asking = askKhqr(hub, 'AMK', bill)
    const id = await patiently('the attempt', async () => {
      const { rows } = await hub.pool.query<{ id: number }>(
        'select a.payment_number::int as id from attempts a join payments p on p.number = a.payment_number where p.bill_number = $1',
        [bill],
      )
      return rows[0]?.id
    })
    await cancel(hub, id)
    assert.equal((await asking).status, 404)
    assert.equal((await standing(hub, id)).status, 'cancelled')
  })
})

test('late money of superseded payments, and of payments that hold parts', async (t) => {
  const { hub, core } = await startHubWithBiller(t, { HUB_PARTS: 'accept' })
  const agree = () => booksAgree(hub, { credits: core.credits })
  const change = (bill: string) => core.bills.set(bill, { amount: '12.50', currency: 'USD', dueDate: '2031-05-01' })

  await t.test(
    '[E11] the bill changed, and nobody tells us of money on the old code: found, and it settles',
    async () => {
      const old = await makeCode(hub, 'AMK', core.bill())
      change(old.bill)
      const fresh = await makeCode(hub, 'AMK', old.bill)
      assert.notEqual(fresh.id, old.id)
      await lateMoney(hub, old)
      await becomes(hub, old.id, {})
      assert.deepEqual(flagsOf(await paymentOf(hub, old.id)), ['late'])
      await restSchedule(hub)
      await agree()
    },
  )

  await t.test('[E49] a part of its money keeps a payment open, whoever wants to close it: a case, once', async () => {
    const code = await makeCode(hub, 'AMK', core.bill())
    await pay(hub, code, { amount: '4.00' })
    const wanted = { status: 'processing', applied: 1 }
    await becomes(hub, code.id, wanted)
    assert.equal(await refusedWith(cancel(hub, code.id)), 'CONFLICT')
    await becomes(hub, code.id, wanted)
    change(code.bill)
    assert.equal((await askKhqr(hub, 'AMK', code.bill)).status, 409)
    await becomes(hub, code.id, { ...wanted, cases: ['parts_unfinished'] })
    await timePasses(hub, code.id, dayAndMore)
    await patiently('it to be tried', async () => {
      const { rows } = await hub.pool.query('select expiry_try_at > now() as later from payments where number = $1', [
        code.id,
      ])
      return rows[0].later === true
    })
    await becomes(hub, code.id, { ...wanted, cases: ['parts_unfinished'] })
  })
})

test('[E12] with the policy "suspense", money for an expired or cancelled payment is found and held as late', async (t) => {
  const hub = await startBadDays(t, { HUB_LATE_POLICY: 'suspense' })
  const [expired, cancelled] = [await makeCode(hub, 'AMK'), await makeCode(hub, 'BANK01')]
  await unusedFor(hub, expired.id)
  await becomes(hub, expired.id, { status: 'expired', applied: 0 })
  await cancel(hub, cancelled.id)
  await lateMoney(hub, expired)
  await becomes(hub, expired.id, { status: 'expired', applied: 0, held: ['late'] })
  await lateMoney(hub, cancelled)
  await becomes(hub, cancelled.id, { status: 'cancelled', applied: 0, held: ['late'] })
  await booksAgree(hub)
})
