import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCode, patiently, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { openProcessWorld } from '../support/process-world.ts'

test('kill -9 between claiming and issuing: the customer has one receipt, and is told once', async (t) => {
  const world = await openProcessWorld(t)
  await world.start('tell-customer:before-issue')
  const code = await makeCode(world.hub, 'AMK')
  await pay(world.hub, code)
  await world.isDead()
  const told = async () => {
    const { rows } = await world.hub.pool.query<{ line: string }>(
      `select 'receipt' as line from customer_receipts where payment_number = $1
        union all select 'note' from notifications where payment_number = $1 order by 1`,
      [code.id],
    )
    return rows.map(({ line }) => line)
  }
  assert.deepEqual(await told(), [])
  await world.start()
  await patiently('the receipt', async () => (await told()).length > 0)
  await booksAgree(world.hub)
  assert.deepEqual(await told(), ['note', 'receipt'])
})
