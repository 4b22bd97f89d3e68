import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCode, patiently, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { openProcessWorld } from '../support/process-world.ts'

test('kill -9 while a customer is told: he has one receipt, and is told once', async (t) => {
  const world = await openProcessWorld(t)
  for (const point of ['tell-customer:claimed', 'tell-customer:before-issue', 'tell-customer:after-issue']) {
    await t.test(`at ${point}`, async () => {
      await world.start(point)
      const code = await makeCode(world.hub, 'AMK')
      // Who pays does not wait for the bank's notice, whose hub may be dead by then.
      await pay(world.hub, code)
      await world.isDead()
      const told = async () => {
        const { rows } = await world.hub.pool.query<{ line: string }>(
          `select 'receipt ' || number as line from customer_receipts where payment_number = $1
            union all select 'note ' || recipient from notifications where payment_number = $1 order by 1`,
          [code.id],
        )
        return rows.map(({ line }) => line)
      }
      const left = await told()
      assert.equal(left.length, point === 'tell-customer:after-issue' ? 2 : 0)
      await world.start()
      await patiently('the receipt', async () => (await told()).length === 2)
      if (left.length > 0) assert.deepEqual(await told(), left)
      await booksAgree(world.hub)
    })
  }
})
