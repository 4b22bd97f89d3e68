import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBill, openBooks } from '../../test/support/empty-books.ts'
import { databaseClockSkewMs, durabilitySettings, ping } from './health.ts'
import { readPayer } from './payers.ts'

const books = await openBooks({ after })

test('a database that answers is there', async () => {
  await ping(books.db)
})

test('the settings without which a write can be lost are read by name', async () => {
  const names = (await durabilitySettings(books.db)).map(({ name }) => name)
  assert.deepEqual(names, ['fsync', 'full_page_writes', 'synchronous_commit'])
})

test('a clock of ours that is an hour behind shows as an hour of skew', async () => {
  const behind = () => new Date(Date.now() - 3_600_000)
  const hour = await databaseClockSkewMs(books.db, behind)
  assert.ok(Math.abs(hour - 3_600_000) < 60_000, String(hour))
})

test('a payer is read until erased, and the payment stays', async () => {
  const payment = await openBill(books)
  assert.deepEqual(await readPayer(books.db, payment.number), {
    name: 'Sok Sample',
    email: 'sok@sample.test',
    phone: null,
  })
  await books.pool.query('delete from payers where payment_number = $1', [payment.number])
  assert.equal(await readPayer(books.db, payment.number), undefined)
})
