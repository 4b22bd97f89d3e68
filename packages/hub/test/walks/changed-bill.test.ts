import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askKhqr, asked, becomes, clearFaults, during, inquire, makeCode } from '../support/bad-day.ts'
import { confirmation, patiently, pay, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startHubWithBiller } from '../support/played-biller.ts'
import type { TestHub } from '../support/running-hub.ts'

async function idOf(hub: TestHub, bank: string, bill: string): Promise<number> {
  const found = await inquire(hub, bank, bill)
  assert.equal(found.status, 200, found.text)
  return Number(found.json['data']?.['id'])
}

test('a bill that changes', async (t) => {
  const { hub, core } = await startHubWithBiller(t)
  t.afterEach(() => {
    core.instead = undefined
    return clearFaults(hub)
  })
  const agree = () => booksAgree(hub, { credits: core.credits })
  const change = (bill: string, more: object) =>
    core.bills.set(bill, { amount: '10.00', currency: 'USD', dueDate: '2031-05-01', ...more })

  for (const [what, more] of [
    ['amount', { amount: '12.50' }],
    ['due date', { dueDate: '2031-06-01' }],
    ['currency', { amount: '50000', currency: 'KHR' }],
  ] as const) {
    await t.test(
      `[E18] another ${what} between inquiry and code: the old payment is cancelled, a new one is paid`,
      async () => {
        const bill = core.bill()
        const old = await idOf(hub, 'BANK01', bill)
        change(bill, more)
        const code = await makeCode(hub, 'BANK01', bill)
        assert.notEqual(code.id, old)
        await becomes(hub, old, { status: 'cancelled', applied: 0 })
        await pay(hub, code)
        await becomes(hub, code.id, {})
        await agree()
      },
    )
  }

  await t.test('[E18] after a code was shown the bank is asked once more; the old id stays to be read', async () => {
    const old = await makeCode(hub, 'AMK', core.bill())
    change(old.bill, { amount: '12.50' })
    const fresh = await makeCode(hub, 'AMK', old.bill)
    assert.notEqual(fresh.id, old.id)
    assert.equal(await asked(hub, old.id, 'verify'), 1)
    const read = await hub.khqr('GET', `/khqr/${old.id}`, { token: hub.token('payments:read') })
    assert.equal(read.status, 200, read.text)
    assert.equal(read.json['data']?.['status'], 'cancelled')
    assert.match(read.text, /"amount":10\.00,/)
    await agree()
  })

  await t.test(
    '[E19] money that came unheard before the change is found by the last look: nothing is due',
    async () => {
      const old = await makeCode(hub, 'AMK', core.bill())
      await pay(hub, old, { webhook: 'drop' })
      change(old.bill, { amount: '12.50' })
      assert.equal((await askKhqr(hub, 'AMK', old.bill)).status, 404)
      await becomes(hub, old.id, {})
      await agree()
    },
  )

  for (const [bank, fault] of [
    ['BANK01', '500'],
    ['AMK', 'cut'],
    ['AMK', 'html'],
  ] as const) {
    await t.test(
      `[E20] while the last look cannot be taken (verify under "${fault}") nothing is cancelled`,
      async () => {
        const old = await makeCode(hub, bank, core.bill())
        change(old.bill, { amount: '12.50' })
        await during(hub, [bank, 'verify', fault], async () => {
          const answer = await askKhqr(hub, bank, old.bill)
          assert.ok([502, 503].includes(answer.status), answer.text)
        })
        assert.equal((await standing(hub, old.id)).status, 'processing')
        const fresh = await makeCode(hub, bank, old.bill)
        assert.notEqual(fresh.id, old.id)
        await agree()
      },
    )
  }

  await t.test(
    '[E11] [E21] late money on the old code settles the bill by its quote; the new code’s money is held',
    async () => {
      const old = await makeCode(hub, 'AMK', core.bill())
      change(old.bill, { amount: '12.50' })
      const fresh = await makeCode(hub, 'AMK', old.bill)
      await pay(hub, old)
      await becomes(hub, old.id, {})
      assert.equal((await askKhqr(hub, 'AMK', old.bill)).status, 404)
      await pay(hub, fresh)
      await becomes(hub, fresh.id, { status: 'processing', applied: 0, held: ['already_paid'] })
      await agree()
    },
  )

  await t.test(
    '[E21] both codes paid at the same moment: one settles the bill, the other’s money is held',
    async () => {
      const old = await makeCode(hub, 'AMK', core.bill())
      change(old.bill, { amount: '12.50' })
      const fresh = await makeCode(hub, 'AMK', old.bill)
      await Promise.all([pay(hub, old), pay(hub, fresh)])
      await agree()
      const both = [await standing(hub, old.id), await standing(hub, fresh.id)]
      assert.deepEqual(both.map((one) => one.applied).sort(), [0, 1])
      assert.deepEqual(
        both.flatMap((one) => one.held),
        ['already_paid'],
      )
    },
  )

  await t.test('[E13] late money for an instalment that is no longer the one due is held as already_paid', async () => {
    const old = await makeCode(hub, 'AMK', core.bill())
    change(old.bill, { dueDate: '2031-06-01' })
    const fresh = await makeCode(hub, 'AMK', old.bill)
    await pay(hub, old)
    await becomes(hub, old.id, { status: 'cancelled', applied: 0, held: ['already_paid'] })
    await pay(hub, fresh)
    await becomes(hub, fresh.id, {})
    await agree()
  })

  await t.test('[E27] a counter confirms the old id with the amount it was quoted: it settles', async () => {
    const bill = core.bill()
    const old = await idOf(hub, 'AMK', bill)
    change(bill, { amount: '12.50' })
    const paid = await hub.simulator('POST', '/_simulator/bill-payment', { bank: 'AMK', number: bill, amount: '10.00' })
    assert.equal(paid.json['inquiry']?.['body']?.['data']?.['id'], old, 'the answer is remembered for display')
    assert.equal(paid.json['confirmation']?.['status'], 200, paid.text)
    await becomes(hub, old, {})
    await agree()
  })

  for (const [lie, bill] of [
    ['another number', { number: 'C99999999' }],
    ['no number', { number: null }],
    ['euros', { currency: 'EUR' }],
    ['half a riel', { amount: '100.5', currency: 'KHR' }],
    ['a thousandth', { amount: '10.001' }],
    ['a debt of ours', { amount: '-10.00' }],
    ['an exponent', { amount: '1e3' }],
    ['a day that is none', { dueDate: '2031-02-30' }],
    ['no due date', { dueDate: null }],
    ['nobody', { payer: null }],
    ['an amount that is a list', { amount: [10] }],
  ] as const) {
    await t.test(`a policy system that tells of ${lie} is not believed: 503, and nothing is opened`, async () => {
      const number = core.bill(bill)
      const answer = await askKhqr(hub, 'BANK01', number)
      assert.equal(answer.status, 503, answer.text)
      const { rows } = await hub.pool.query('select from payments where bill_number = $1', [number])
      assert.equal(rows.length, 0)
      await agree()
    })
  }

  for (const [what, body] of [
    ['a 404 page of a proxy', { status: 404, body: '<h1>Not Found</h1>' }],
    ['a redirect', { status: 302, body: '' }],
    ['an empty answer', { status: 200, body: '' }],
    ['a list', { status: 200, body: '[]' }],
  ] as const) {
    await t.test(
      `[E27] ${what} instead of a bill does not mean that nothing is owed: late money still settles`,
      async () => {
        const code = await makeCode(hub, 'AMK', core.bill())
        core.instead = body
        assert.equal((await askKhqr(hub, 'AMK', code.bill)).status, 503)
        await pay(hub, code)
        await becomes(hub, code.id, {})
        await agree()
      },
    )
  }
})

test('with the policy "suspense", money for a cancelled payment waits for a person', async (t) => {
  const { hub, core } = await startHubWithBiller(t, { HUB_LATE_POLICY: 'suspense' })
  const old = await makeCode(hub, 'AMK', core.bill())
  await inquire(hub, 'AMK', old.bill)
  core.bills.set(old.bill, { amount: '12.50', currency: 'USD', dueDate: '2031-05-01' })
  await makeCode(hub, 'AMK', old.bill)

  await t.test('[E12] at the counter, where nothing can be proved: a case, not a credit', async () => {
    const told = await confirmation(hub, 'AMK', {
      id: old.id,
      policyNumber: old.bill,
      amount: 10,
      bankTransactionId: 'TX-LATE',
    })
    assert.equal(told.status, 400, told.text)
    await becomes(hub, old.id, { status: 'cancelled', applied: 0, cases: [...(await standing(hub, old.id)).cases] })
    assert.equal((await standing(hub, old.id)).cases.length, 1)
    await booksAgree(hub, { credits: core.credits })
  })

  await t.test('[E12] by code: held as late', async () => {
    await pay(hub, old)
    const { applied, held } = await patiently('the money', async () => {
      const now = await standing(hub, old.id)
      return now.held.length > 0 && now
    })
    assert.deepEqual({ applied, held }, { applied: 0, held: ['late'] })
    await booksAgree(hub, { credits: core.credits })
  })
})
