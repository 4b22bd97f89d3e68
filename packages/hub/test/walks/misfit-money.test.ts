import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, askAgainNow, askKhqr, becomes, clearFaults, inquire, makeCode, notice } from '../support/bad-day.ts'
import { openedLater, pay, setVerify, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { makeStrangerCode } from '../support/stranger-code.ts'

test('money that does not fit', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const { title, bank, bill, paid, told, reason } of [
    { title: '[E06] a cent less', bank: 'AMK', bill: {}, paid: { amount: '24.99' }, told: 24.99, reason: 'underpaid' },
    { title: '[E07] a cent more', bank: 'AMK', bill: {}, paid: { amount: '25.01' }, told: 25.01, reason: 'overpaid' },
    {
      title: '[E06] a riel less',
      bank: 'BANK01',
      bill: { amount: '600000', currency: 'KHR' },
      paid: { amount: '599999' },
      told: 599_999,
      reason: 'underpaid',
    },
    {
      title: '[E08] the same number in another currency',
      bank: 'BANK01',
      bill: {},
      paid: { amount: '25', currency: 'KHR' },
      told: 25,
      reason: 'currency_mismatch',
    },
  ] as const) {
    await t.test(`[E22] ${title}: held as ${reason}, 400, and nothing is due while a person looks`, async () => {
      const code = await makeCode(hub, bank, bill)
      await pay(hub, code, { webhook: 'drop', ...paid })
      const currency = 'currency' in paid ? paid.currency : 'currency' in bill ? bill.currency : 'USD'
      const answer = await notice(hub, code, { paid_amount: told, currency })
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.json['error']?.['code'], 'PAYMENT_VERIFICATION_DATA_MISMATCHED')
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: [reason] })
      for (const due of [await inquire(hub, bank, code.bill), await askKhqr(hub, bank, code.bill)]) {
        assert.equal(due.status, 404, due.text)
        assert.match(due.text, /Nothing is due/i)
      }
      await booksAgree(hub)
    })
  }

  await t.test('[E02] [E06] the same misfit told again is refused again, and held once', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { amount: '20.00', webhook: 'duplicate' })
    assert.deepEqual((await answers(hub, code.id, 3)).slice(0, 3), [400, 400, 400])
    await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
    await booksAgree(hub)
  })

  await t.test(
    '[E06] the right sum on the same code after a wrong one is applied; the wrong one stays held',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { amount: '20.00' })
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
      await pay(hub, code)
      await becomes(hub, code.id, { held: ['underpaid'] })
      await booksAgree(hub)
    },
  )

  await t.test('[E05] twenty movements on one code: one is applied, nineteen are held', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { times: 20, webhook: 'drop' })
    assert.equal((await notice(hub, code)).status, 200)
    await becomes(hub, code.id, { held: Array.from({ length: 19 }, () => 'duplicate_payment') })
    await booksAgree(hub)
  })

  await t.test('[E05] thirty movements told at once: each notice is answered 200 the first time', async () => {
    const code = await makeCode(hub, 'BANK01')
    await pay(hub, code, { times: 30 })
    assert.deepEqual(new Set(await answers(hub, code.id, 30)), new Set([200]))
    await becomes(hub, code.id, { held: Array.from({ length: 29 }, () => 'duplicate_payment') })
    await booksAgree(hub)
  })

  await t.test(
    '[E05] [E24] a second movement that verify lists only after its notice is found without another notice',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code)
      await becomes(hub, code.id, {})
      await pay(hub, code, { webhook: 'drop', verify: 'unpaid' })
      assert.equal((await notice(hub, code)).status, 200)
      await becomes(hub, code.id, { cases: ['second_notice'] })
      await setVerify(hub, code, 'paid')
      await askAgainNow(hub)
      await becomes(hub, code.id, { held: ['duplicate_payment'], cases: ['second_notice'] })
      await booksAgree(hub)
    },
  )

  await t.test('[E09] riel for an invoice that we do not know is held under the riel account', async () => {
    await makeStrangerCode(hub, 'BANK01', { billNumber: '777009', amount: 31_000, currency: 'KHR' })
    await pay(hub, { bank: 'BANK01', id: 777_009 }, { webhook: 'drop' })
    const told = await notice(hub, { bank: 'BANK01', id: 777_009 }, { paid_amount: 31_000, currency: 'KHR' })
    assert.equal(told.status, 404, told.text)
    const { rows } = await hub.pool.query(
      `select r.currency, m.currency as account from receipts r join merchant_accounts m on m.id = r.merchant_account_id where r.reference = '777009'`,
    )
    assert.deepEqual(rows, [{ currency: 'KHR', account: 'KHR' }])
    await booksAgree(hub)
  })

  // The last one: from here on the bank's journal has money that is not in our books.
  await t.test('[E26] money that moved more than 15 minutes before its payment was opened is a case', async () => {
    const code = await makeCode(hub, 'AMK')
    await openedLater(hub, code.id, 16)
    const [old = ''] = await pay(hub, code)
    await becomes(hub, code.id, { status: 'processing', applied: 0, cases: ['old_money'] })
    await booksAgree(hub, { onlyCases: [old] })
  })
})
