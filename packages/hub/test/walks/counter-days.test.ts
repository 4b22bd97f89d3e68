import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flagsOf } from '../../src/domain/payment.ts'
import { readPayment } from '../../src/store/payments.ts'
import { answers, askKhqr, becomes, clearFaults, confirmation, counter, during, inboxOf } from '../support/bad-day.ts'
import { inquire, makeCode, openedLater, pay, payElsewhere, standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

test('bad days at the counter', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  await t.test(
    '[E02] [E23] told three times at once: applied once, 200 each time, and proved by a notice only',
    async () => {
      const { id, statuses, transactionId } = await counter(hub, 'AMK', { number: await hub.bill(), times: 3 })
      assert.deepEqual(statuses, [200, 200, 200])
      await becomes(hub, id, {})
      const { rows } = await hub.pool.query('select proof, channel from receipts where payment_number = $1', [id])
      assert.deepEqual(rows, [{ proof: 'notice', channel: 'bill' }])
      const payment = await readPayment(hub.running.db, id)
      assert.deepEqual(payment && flagsOf(payment), ['by_notice'])
      const again = await counter(hub, 'AMK', { number: 'P1', bankTransactionId: transactionId })
      assert.deepEqual(again.statuses, [200])
      await becomes(hub, id, {})
      await booksAgree(hub)
    },
  )

  await t.test('[E03] the same transaction id with other content: 400, a case, and nothing moves', async () => {
    const { id, transactionId } = await counter(hub, 'AMK', { number: await hub.bill() })
    const again = await counter(hub, 'AMK', { number: 'P1', bankTransactionId: transactionId, amount: '26.00' })
    assert.deepEqual(again.statuses, [400])
    assert.match(again.text, /PAYMENT_VERIFICATION_DATA_MISMATCHED/)
    await becomes(hub, id, { cases: ['confirmation_differs'] })
    await booksAgree(hub)
  })

  await t.test('[E04] the same transaction id for another payment: 400, a case', async () => {
    const first = await counter(hub, 'AMK', { number: await hub.bill() })
    const bill = await hub.bill()
    const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
    const told = await confirmation(hub, 'AMK', { id, policyNumber: bill, bankTransactionId: first.transactionId })
    assert.equal(told.status, 400, told.text)
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['receipt_elsewhere'] })
    await booksAgree(hub)
  })

  for (const [title, more] of [
    ['another amount than our inquiry said', { amount: 24.99 }],
    ['another currency than our inquiry said', { currency: 'KHR' }],
    ['another policy than our inquiry said', { policyNumber: 'P123456789' }],
    ['an amount with three decimals', { amount: '25.001' }],
    ['nothing paid', { amount: 0 }],
  ] as const) {
    await t.test(`[E34] ${title}: 400, kept, not applied; the bill may still be paid`, async () => {
      const bill = await hub.bill()
      const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
      const right = { id, policyNumber: bill, bankTransactionId: `TX-${id}` }
      const told = await confirmation(hub, 'AMK', { ...right, ...more })
      assert.equal(told.status, 400, told.text)
      assert.equal((await standing(hub, id)).applied, 0)
      const { rows } = await hub.pool.query(`select from inbox where convert_from(body, 'UTF8') like $1`, [
        `%TX-${id}%`,
      ])
      assert.equal(rows.length, 1, 'the message is kept')
      await pay(hub, await makeCode(hub, 'AMK', bill))
      assert.equal((await answers(hub, id))[0], 200)
      assert.equal((await standing(hub, id)).status, 'completed')
      await booksAgree(hub)
    })
  }

  await t.test('[E10] an id we never gave out: 404, kept as a case', async () => {
    const more = { id: 888_001, policyNumber: 'P123456789', bankTransactionId: 'TX-NOBODY' }
    const told = await confirmation(hub, 'AMK', more)
    assert.equal(told.status, 404, told.text)
    assert.deepEqual(await inboxOf(hub, 888_001), [{ outcome: 'case', answer: 404, tries: 1 }])
    await booksAgree(hub)
  })

  await t.test('[E23] a bank that never asked about the bill: 400, a case', async () => {
    const bill = await hub.bill()
    const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
    const told = await confirmation(hub, 'BANK01', { id, policyNumber: bill, bankTransactionId: `TX-${id}` })
    assert.equal(told.status, 400, told.text)
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['confirmation_not_allowed'] })
    await booksAgree(hub)
  })

  await t.test('[E23] above the bank’s limit for notices: 400, a case; through the code it may be paid', async () => {
    const bill = await hub.bill({ amount: '10000.01' })
    const { id, statuses } = await counter(hub, 'AMK', { number: bill })
    assert.deepEqual(statuses, [400])
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['confirmation_not_allowed'] })
    await pay(hub, await makeCode(hub, 'AMK', bill))
    await becomes(hub, id, { cases: ['confirmation_not_allowed'] })
    await booksAgree(hub)
  })

  await t.test('[E23] above the bank’s limit for a day of notices: 400, a case', async () => {
    const riel = { amount: '40000000', currency: 'KHR' }
    for (let n = 0; n < 18; n += 1) {
      assert.deepEqual((await counter(hub, 'BANK01', { number: await hub.bill(riel) })).statuses, [200])
    }
    // Room for two more, and four come at the same moment.
    const bills = await Promise.all(Array.from({ length: 4 }, () => hub.bill(riel)))
    const told = await Promise.all(bills.map((number) => counter(hub, 'BANK01', { number })))
    assert.deepEqual(told.flatMap((one) => one.statuses).sort(), [200, 200, 400, 400])
    const bill = await hub.bill({ amount: '100', currency: 'KHR' })
    const { id, statuses } = await counter(hub, 'BANK01', { number: bill })
    assert.deepEqual(statuses, [400])
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['confirmation_not_allowed'] })
    await booksAgree(hub)
  })

  await t.test('[E35] paid by code and then at the counter: 409, a case, credited once', async () => {
    const code = await makeCode(hub, 'AMK')
    // The counter asked while the bill was open; its customer pays after the code was paid.
    await inquire(hub, 'AMK', code.bill)
    await pay(hub, code)
    await becomes(hub, code.id, {})
    const more = { id: code.id, policyNumber: code.bill, bankTransactionId: `TX-${code.id}` }
    const told = await confirmation(hub, 'AMK', more)
    assert.equal(told.status, 409, told.text)
    await becomes(hub, code.id, { cases: ['confirmation_not_allowed'] })
    await booksAgree(hub)
  })

  await t.test('[E35] paid at the counter and then by code: the code’s money is held, credited once', async () => {
    const code = await makeCode(hub, 'AMK')
    assert.deepEqual((await counter(hub, 'AMK', { number: code.bill })).statuses, [200])
    await becomes(hub, code.id, {})
    await pay(hub, code)
    await becomes(hub, code.id, { held: ['duplicate_payment'] })
    assert.equal((await askKhqr(hub, 'AMK', code.bill)).status, 404)
    await booksAgree(hub)
  })

  await t.test('[E35] both ways at the same moment: one settles, credited once', async () => {
    const code = await makeCode(hub, 'AMK')
    const told = { id: code.id, policyNumber: code.bill, bankTransactionId: `TX-${code.id}` }
    await inquire(hub, 'AMK', code.bill)
    await Promise.all([pay(hub, code), counterAtOnce(code.bill)])
    await answers(hub, code.id, 2)
    const { status, applied } = await standing(hub, code.id)
    assert.deepEqual({ status, applied }, { status: 'completed', applied: 1 })
    assert.equal((await confirmation(hub, 'AMK', told)).status, 409)
    await booksAgree(hub)
  })

  await t.test('[E27] the policy system thinks for 3 s: the quote settles within the second', async () => {
    const { id, statuses } = await counter(hub, 'BANK01', { number: 'P600000006' })
    assert.deepEqual(statuses, [200])
    await becomes(hub, id, {})
    await booksAgree(hub)
  })

  await t.test('[E27] the policy system is down when the counter confirms: the quote settles', async () => {
    const bill = await hub.bill()
    await inquire(hub, 'BANK01', bill)
    await during(hub, ['DLIS', 'lookup', '500'], async () => {
      const { id, statuses } = await counter(hub, 'BANK01', { number: bill })
      assert.deepEqual(statuses, [200])
      await becomes(hub, id, {})
    })
    await booksAgree(hub)
  })

  await t.test('[E13] a bill that was paid at the insurer’s desk meanwhile: 409, a case', async () => {
    const bill = await hub.bill()
    const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
    await payElsewhere(hub, bill, 'counter')
    const told = await confirmation(hub, 'AMK', { id, policyNumber: bill, bankTransactionId: `TX-${id}` })
    assert.equal(told.status, 409, told.text)
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['confirmation_not_allowed'] })
    await booksAgree(hub)
  })

  await t.test('[E26] paid more than 15 minutes before the payment was opened: 400, a case', async () => {
    const bill = await hub.bill()
    const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
    await openedLater(hub, id, 16)
    const told = await confirmation(hub, 'AMK', { id, policyNumber: bill, bankTransactionId: `TX-${id}` })
    assert.equal(told.status, 400, told.text)
    await becomes(hub, id, { status: 'pending', applied: 0, cases: ['old_money'] })
    await openedLater(hub, id, -16)
    await booksAgree(hub)
  })

  function counterAtOnce(number: string) {
    return hub.simulator('POST', '/_simulator/bill-payment', { bank: 'AMK', number })
  }
})
