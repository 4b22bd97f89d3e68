import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { createCallRates } from './call-rates.ts'

test('calls of a minute are counted for everybody together, and a new minute begins anew', async (t) => {
  const books = await openBooks(t)
  const [one, other] = [createCallRates(books.db, 'BANK01'), createCallRates(books.db, 'BANK01')]
  const minuteNow = async () =>
    (await books.pool.query<{ minute: Date }>("select date_trunc('minute', now()) as minute")).rows[0]?.minute.getTime()
  await t.test('64 at once get what there is of a minute', async () => {
    const before = await minuteNow()
    const taken = await Promise.all(
      Array.from({ length: 64 }, (_, index) => (index % 2 ? one : other).take('m', 'detail', 10)),
    )
    const isOneMinute = (await minuteNow()) === before
    const granted = taken.filter(Boolean).length
    assert.ok(isOneMinute ? granted === 10 : granted >= 10 && granted <= 20, `${granted} were granted`)
  })
  await t.test('another account and another operation have limits of their own', async () => {
    assert.equal(await one.take('n', 'detail', 1), true)
    assert.equal(await one.take('m', 'list', 1), true)
  })
  await t.test('what was spent in a minute that has passed is forgotten', async () => {
    await books.pool.query("update call_minutes set minute = minute - interval '1 minute', spent = 10")
    assert.equal(await one.take('m', 'detail', 10), true)
  })
})
