import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, notice, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { makeStrangerCode } from '../support/stranger-code.ts'

test('money for our payment on a code that we never showed', async (t) => {
  const hub = await startBadDays(t)

  await t.test(
    '[E37] at a bank where no code was shown: 400, held, and the code that we showed still settles',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await makeStrangerCode(hub, 'BANK01', { billNumber: String(code.id), amount: 25, currency: 'USD' })
      await pay(hub, { bank: 'BANK01', id: code.id }, { webhook: 'drop' })
      const told = await notice(hub, { bank: 'BANK01', id: code.id })
      assert.equal(told.status, 400, told.text)
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['unknown_payment'] })
      await pay(hub, code)
      await becomes(hub, code.id, { held: ['unknown_payment'] })
      await booksAgree(hub)
    },
  )

  await t.test('[E37] at a bank that only asked about the bill: 400, held, and the payment stays open', async () => {
    const bill = await hub.bill()
    const found = await hub.gateway('GET', `/BANK01/payments?query=${bill}`, { token: hub.token('bills:read') })
    const id = Number(found.json['data']?.['id'])
    await makeStrangerCode(hub, 'BANK01', { billNumber: String(id), amount: 25, currency: 'USD' })
    await pay(hub, { bank: 'BANK01', id }, { webhook: 'drop' })
    assert.equal((await notice(hub, { bank: 'BANK01', id })).status, 400)
    await becomes(hub, id, { status: 'pending', applied: 0, held: ['unknown_payment'] })
    await booksAgree(hub)
  })
})
