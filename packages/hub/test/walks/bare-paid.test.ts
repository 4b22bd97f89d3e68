import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askKhqr, becomes, makeCode, notice, pay, patiently } from '../support/bad-day.ts'
import { startHubWithBareBank } from '../support/bare-bank.ts'
import type { TestHub } from '../support/running-hub.ts'

test('a bank that says "paid" without a list of movements', async (t) => {
  const { hub, verify } = await startHubWithBareBank(t)
  t.beforeEach(() => {
    verify.isBare = true
  })

  await t.test('[E40] the notice gives the amount, our reference is the key, and the credit comes once', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    assert.equal((await notice(hub, code)).status, 200)
    await becomes(hub, code.id, {})
    assert.deepEqual(await keysOf(hub, code.id), [String(code.id)])
    await credited(hub, code.id)
  })

  await t.test('[E40] told again, or listed later by its own id, it never becomes two', async () => {
    const code = await makeCode(hub, 'AMK')
    const [transactionId] = await pay(hub, code, { webhook: 'drop' })
    await notice(hub, code)
    await becomes(hub, code.id, {})
    await notice(hub, code)
    verify.isBare = false
    await notice(hub, code)
    await becomes(hub, code.id, { cases: ['second_notice'] })
    assert.deepEqual(await keysOf(hub, code.id), [String(code.id)], `${transactionId} is the same money`)
    await credited(hub, code.id)
  })

  await t.test('[E40] listed first and bare later, it is the same money as well', async () => {
    verify.isBare = false
    const code = await makeCode(hub, 'AMK')
    const listed = await pay(hub, code, { webhook: 'drop' })
    await notice(hub, code)
    await becomes(hub, code.id, {})
    verify.isBare = true
    assert.equal((await notice(hub, code)).status, 200)
    await becomes(hub, code.id, {})
    assert.deepEqual(await keysOf(hub, code.id), listed)
    await credited(hub, code.id)
  })

  await t.test('[E40] listed later with another amount than was told: a case, and still one receipt', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop', amount: '24.99' })
    assert.equal((await notice(hub, code)).status, 200)
    await becomes(hub, code.id, {})
    verify.isBare = false
    assert.equal((await notice(hub, code, { paid_amount: 24.99 })).status, 400)
    await becomes(hub, code.id, { cases: ['receipt_changed'] })
    assert.deepEqual(await keysOf(hub, code.id), [String(code.id)])
  })

  await t.test(
    '[E40] without a notice nobody said how much: unknown, nothing is booked, and no second code is made',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { webhook: 'drop' })
      await hub.pool.query('update attempts set expires_at = now() where payment_number = $1', [code.id])
      const again = await askKhqr(hub, 'AMK', code.bill)
      assert.equal(again.status, 502, again.text)
      await becomes(hub, code.id, { status: 'processing', applied: 0 })
      assert.equal((await notice(hub, code)).status, 200)
      await becomes(hub, code.id, {})
    },
  )
})

async function keysOf(hub: TestHub, id: number): Promise<string[]> {
  const { rows } = await hub.pool.query<{ key: string }>(
    'select bank_transaction_id as key from receipts where payment_number = $1 order by id',
    [id],
  )
  return rows.map(({ key }) => key)
}

async function credited(hub: TestHub, id: number): Promise<void> {
  const credits = await patiently('the credit', async () => {
    const found = await hub.credits(id)
    return found.length > 0 && found
  })
  assert.equal(credits.length, 1)
}
