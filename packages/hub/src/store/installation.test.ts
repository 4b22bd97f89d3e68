import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { openBill, openBooks } from '../../test/support/empty-books.ts'
import { jumpPaymentNumbers, readMode, restoreJump, stampMode } from './installation.ts'

const books = await openBooks({ after })
const { db } = books
const first = { installationId: 'sample-installation', paymentNumber: 0 }

beforeEach(async () => {
  await books.pool.query('delete from installation')
  first.paymentNumber += 100_000
})

test('a new database belongs to nobody until its mode is stamped', async () => {
  assert.equal(await readMode(db), undefined)
  await stampMode(db, 'sandbox', first)
  assert.equal(await readMode(db), 'sandbox')
})

test('the first payment has the number that the installation begins with, and the second the next', async () => {
  await stampMode(db, 'sandbox', first)
  assert.equal((await openBill(books)).number, first.paymentNumber)
  assert.equal((await openBill(books)).number, first.paymentNumber + 1)
})

test('a later start stamps nothing and sets no number back', async () => {
  await stampMode(db, 'sandbox', first)
  await openBill(books)
  await stampMode(db, 'sandbox', { installationId: 'another', paymentNumber: 7 })
  assert.equal((await openBill(books)).number, first.paymentNumber + 1)
  const { rows } = await books.pool.query('select installation_id from installation')
  assert.deepEqual(rows, [{ installation_id: 'sample-installation' }])
})

test('three hubs that start at once on a new database agree', async () => {
  await Promise.all([1, 2, 3].map(() => stampMode(db, 'sandbox', first)))
  assert.equal((await openBill(books)).number, first.paymentNumber)
})

for (const [stamped, started] of [
  ['sandbox', 'live'],
  ['live', 'sandbox'],
] as const) {
  test(`a ${stamped} database refuses a hub that starts in ${started} mode, and says what to do`, async () => {
    await stampMode(db, stamped, first)
    await assert.rejects(stampMode(db, started, first), {
      message:
        `This database belongs to a ${stamped} installation, and the hub was started in ${started} mode. ` +
        `Set HUB_MODE=${stamped}, or use another database.`,
    })
    assert.equal(await readMode(db), stamped)
  })
}

test('after a restore payment numbers jump by 1,000,000, with the reason in the audit log', async () => {
  await stampMode(db, 'sandbox', first)
  const before = (await openBill(books)).number
  const act = { actor: 'a test', reason: 'the disk died', correlationId: 'test-restore' }
  const next = await jumpPaymentNumbers(db, act)
  assert.equal(next, before + 1 + restoreJump)
  assert.equal((await openBill(books)).number, next)
  const { rows } = await books.pool.query(`select action, reason from audit where correlation_id = 'test-restore'`)
  assert.deepEqual(rows, [{ action: 'installation.restored', reason: 'the disk died' }])
})
