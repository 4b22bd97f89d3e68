import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBill, openBooks } from '../../test/support/empty-books.ts'
import { readMode, stampMode } from './installation.ts'

const first = { installationId: 'sample-installation', paymentNumber: 150_001 }

test('a new database belongs to nobody until its mode is stamped', async (t) => {
  const { db } = await openBooks(t)
  assert.equal(await readMode(db), undefined)
  await stampMode(db, 'sandbox', first)
  assert.equal(await readMode(db), 'sandbox')
})

test('the first payment has the number that the installation begins with, and the second the next', async (t) => {
  const books = await openBooks(t)
  await stampMode(books.db, 'sandbox', first)
  assert.equal((await openBill(books)).number, 150_001)
  assert.equal((await openBill(books)).number, 150_002)
})

test('a later start stamps nothing and sets no number back', async (t) => {
  const books = await openBooks(t)
  await stampMode(books.db, 'sandbox', first)
  await openBill(books)
  await stampMode(books.db, 'sandbox', { installationId: 'another', paymentNumber: 7 })
  assert.equal((await openBill(books)).number, 150_002)
  const { rows } = await books.pool.query('select installation_id from installation')
  assert.deepEqual(rows, [{ installation_id: 'sample-installation' }])
})

test('three hubs that start at once on a new database agree', async (t) => {
  const books = await openBooks(t)
  await Promise.all([1, 2, 3].map(() => stampMode(books.db, 'sandbox', first)))
  assert.equal((await openBill(books)).number, 150_001)
})

for (const [stamped, started] of [
  ['sandbox', 'live'],
  ['live', 'sandbox'],
] as const) {
  test(`a ${stamped} database refuses a hub that starts in ${started} mode, and says what to do`, async (t) => {
    const { db } = await openBooks(t)
    await stampMode(db, stamped, first)
    await assert.rejects(stampMode(db, started, first), {
      message:
        `This database belongs to a ${stamped} installation, and the hub was started in ${started} mode. ` +
        `Set HUB_MODE=${stamped}, or use another database.`,
    })
    assert.equal(await readMode(db), stamped)
  })
}
