import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAtBank } from '../../src/flows/check-at-bank.ts'
import { checkDue } from '../../src/flows/check-due.ts'
import { readPayment } from '../../src/store/payments.ts'
import { readTimeline } from '../../src/store/timeline.ts'
import { asked, becomes, clearFaults, makeCode, notice, patiently, pay, setFault } from '../support/bad-day.ts'
import { standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { checksOf, dueNow, giveBudget, restSchedule, timePasses } from '../support/schedule.ts'

/** Waits until the schedule has asked about a payment so often at its one bank, and written down what it plans now. */
function askedTimes(hub: TestHub, id: number, asks: number) {
  return patiently(`${asks} ask(s) about ${id}`, async () => {
    const [check] = await checksOf(hub, id)
    return check !== undefined && check.asks >= asks && check
  })
}

async function paymentOf(hub: TestHub, id: number) {
  const payment = await readPayment(hub.running.db, id)
  assert.ok(payment)
  return payment
}

test('checking on a schedule', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  t.afterEach(() => clearFaults(hub))

  await t.test('[E41] a lost webhook is found: paid, credited once, and nobody told us', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    await becomes(hub, code.id, {})
    const { rows } = await hub.pool.query('select from inbox where payment_number = $1', [code.id])
    assert.equal(rows.length, 0)
    await booksAgree(hub)
  })

  await t.test(
    '[E41] the notice that comes after the schedule found the money is answered 200, and nothing is new',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      await pay(hub, code, { webhook: 'drop' })
      await becomes(hub, code.id, {})
      assert.equal((await notice(hub, code)).status, 200)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )

  await t.test('an unpaid code is asked about again and again; its answer is kept once, until it changes', async () => {
    const code = await makeCode(hub, 'AMK')
    await dueNow(hub, code.id)
    const first = await askedTimes(hub, code.id, 1)
    assert.equal(first.state, 'unpaid')
    assert.ok((first.nextInS ?? 0) <= 5, 'every 5 s at first')
    await timePasses(hub, code.id, 5)
    await dueNow(hub, code.id)
    const later = await askedTimes(hub, code.id, first.asks + 1)
    assert.ok((later.nextInS ?? 0) > 40, 'every minute later on')
    assert.equal(await asked(hub, code.id, 'verify'), 1)
    const told = (await readTimeline(hub.running.db, code.id)).map((row) => row.sentence)
    assert.match(
      told.join('\n'),
      new RegExp(`^AMK asked ${later.asks} times on the schedule, last unpaid, next at `, 'm'),
    )
    await pay(hub, code, { webhook: 'drop' })
    await dueNow(hub, code.id)
    await becomes(hub, code.id, {})
    assert.equal(await asked(hub, code.id, 'verify'), 2)
    await booksAgree(hub)
  })

  for (const path of ['/khqr', '/v1/payments']) {
    await t.test(`[E41] whoever reads the status (${path}) is told sooner`, async () => {
      const code = await makeCode(hub, 'AMK')
      await askedTimes(hub, code.id, 1)
      await pay(hub, code, { webhook: 'drop' })
      // Far beyond every patience: only watching can find it.
      await hub.pool.query(`update checks set next_at = now() + interval '1 day' where payment_number = $1`, [code.id])
      const token = hub.token('payments:read')
      const read = () => (path === '/khqr' ? hub.khqr : hub.gateway)('GET', `${path}/${code.id}`, { token })
      await patiently('the status to be completed', async () => {
        const { json } = await read()
        return String((json['data'] ?? json)['status']) === 'completed'
      })
      await booksAgree(hub)
    })
  }

  for (const fault of ['html', '500', 'quota', 'wrong-secret']) {
    await t.test(
      `[E15] verify under "${fault}" is unknown, never unpaid: asked again, and found when it is over`,
      async () => {
        // The bank where no breaker opened yet.
        const code = await makeCode(hub, fault === '500' ? 'BANK01' : 'AMK')
        await setFault(hub, code.bank, 'verify', fault)
        await pay(hub, code, { webhook: 'drop' })
        await timePasses(hub, code.id, 60 * 25)
        const unsure = await askedTimes(hub, code.id, 1)
        assert.equal(unsure.state, 'unknown')
        assert.ok(unsure.nextInS !== null, 'it is not given up')
        await becomes(hub, code.id, { status: 'processing', applied: 0 })
        await clearFaults(hub)
        await patiently('the answer', async () => {
          await dueNow(hub, code.id)
          return (await standing(hub, code.id)).status === 'completed'
        })
        await booksAgree(hub)
      },
    )
  }

  await t.test(
    '[E42] at expiry and grace, unpaid: the code is closed; the payment is open, and gets another code',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await askedTimes(hub, code.id, 1)
      await timePasses(hub, code.id, 18)
      await dueNow(hub, code.id)
      const closed = await patiently('the code to be closed', async () => {
        const { rows } = await hub.pool.query('select state, closed_because from attempts where payment_number = $1', [
          code.id,
        ])
        return rows[0].state === 'closed' && rows
      })
      assert.deepEqual(closed, [{ state: 'closed', closed_because: 'expired; the bank says unpaid' }])
      const [check] = await checksOf(hub, code.id)
      assert.equal(check?.nextAfterEndS, 900, 'looked for again 15 minutes after its end')
      assert.equal((await standing(hub, code.id)).status, 'processing')
      const fresh = await makeCode(hub, 'AMK', code.bill)
      assert.equal(fresh.id, code.id)
      assert.ok(((await checksOf(hub, code.id))[0]?.nextInS ?? 99) <= 3, 'the new code has a schedule of its own')
      await booksAgree(hub)
    },
  )

  await t.test('[E42] while the bank cannot say, an expired code is not closed', async () => {
    const code = await makeCode(hub, 'BANK01')
    await setFault(hub, 'BANK01', 'verify', 'html')
    await timePasses(hub, code.id, 18)
    const check = await askedTimes(hub, code.id, 2)
    assert.equal(check.state, 'unknown')
    const { rows } = await hub.pool.query('select state from attempts where payment_number = $1', [code.id])
    assert.deepEqual(rows, [{ state: 'open' }])
  })

  await t.test(
    '[E05] a completed payment is left alone until its code has expired; a second payment is found then',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code)
      await becomes(hub, code.id, {})
      await dueNow(hub, code.id)
      const thin = await patiently('the plan', async () => (await checksOf(hub, code.id)).find((check) => check.thin))
      assert.equal(thin.nextAfterEndS, 120)
      const asks = thin.asks
      await pay(hub, code, { webhook: 'drop' })
      await timePasses(hub, code.id, 18)
      await becomes(hub, code.id, { held: ['duplicate_payment'] })
      const after = await askedTimes(hub, code.id, asks + 1)
      assert.equal(after.asks, asks + 1, 'one look for all that was missed')
      await booksAgree(hub)
    },
  )

  await t.test('[E43] a bank that is switched off is still asked about its codes', async () => {
    const code = await makeCode(hub, 'BANK01')
    await restSchedule(hub)
    await pay(hub, code, { webhook: 'drop' })
    const at = hub.running.hub.banks.get('BANK01')
    assert.ok(at)
    const off = { ...at, active: false, policy: { ...at.policy, checkBudget: { perMinute: 60, burst: 60 } } }
    await giveBudget(hub, 60)
    await patiently('the check', async () => {
      await dueNow(hub, code.id)
      await checkDue(hub.running.hub, off)
      return (await standing(hub, code.id)).status === 'completed'
    })
    await booksAgree(hub)
  })

  await t.test('asked about by eight at the same moment, money is applied once', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    const payment = await paymentOf(hub, code.id)
    const at = hub.running.hub.banks.get('AMK')
    assert.ok(at)
    const asker = { actor: 'a test', correlationId: 'test-1' }
    const checked = await Promise.all(Array.from({ length: 8 }, () => checkAtBank(hub.running.hub, asker, payment, at)))
    assert.deepEqual(new Set(checked.map((one) => one.payment.status)), new Set(['completed']))
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })
})

test('[E44] without budget the schedule asks nothing, and money that was told of does not wait for it', async (t) => {
  const hub = await startTestHub(t)
  await restSchedule(hub)
  const [told, untold] = [await makeCode(hub, 'AMK'), await makeCode(hub, 'AMK')]
  for (const code of [told, untold]) await dueNow(hub, code.id)
  await pay(hub, untold, { webhook: 'drop' })
  await pay(hub, told)
  await becomes(hub, told.id, {})
  assert.equal((await checksOf(hub, untold.id))[0]?.asks, 0)
  await giveBudget(hub, 1)
  await becomes(hub, untold.id, {})
  await booksAgree(hub)
})
