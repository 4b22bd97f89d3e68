import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBill, openBooks, showCode } from '../../test/support/empty-books.ts'
import { sealAudit } from '../store/audit.ts'
import { write } from '../store/writes.ts'
import { checkInvariants, type InvariantOrder, referenceWriters, type Window } from './check-invariants.ts'
import type { Hub } from './hub.ts'

// What turns each invariant red is in test/damage; here is how codes and seals are read in parts.

const books = await openBooks({ after })
const codes = 1_002
const rows = 1_101

test('codes are read newest first and in parts, each part going on where the last one ended', async () => {
  const payment = await showCode(books, await openBill(books))
  await books.pool.query(
    `insert into attempts (payment_number, bank_code, merchant_account_id, reference, state, qr_string, created_by, expires_at)
      select payment_number, bank_code, merchant_account_id, reference, 'closed', qr_string, created_by, expires_at
        from attempts, generate_series(2, ${codes}) where payment_number = ${payment.number}`,
  )
  const reading: number[] = []
  const window: Window = { after: 0, most: 500 }
  const look = () => check('qr_truth', { codes: window, progress: (_name, read) => reading.push(read) })
  const places: number[] = []
  for (let part = 0; part < 4; part += 1) {
    assert.deepEqual(await look(), [])
    places.push(window.after)
  }
  const newest = Number((await books.pool.query('select max(id) as id from attempts')).rows[0].id)
  assert.deepEqual(places, [newest - 499, newest - 999, 0, newest - 499])
  assert.deepEqual(Math.max(...reading), 500)
})

test('a part in which a code lies is read again until it is mended', async () => {
  const oldest = '(select min(id) from attempts)'
  await books.pool.query(`update attempts set qr_md5 = 'planted' where id = ${oldest}`)
  const window: Window = { after: 500, most: 500 }
  for (let again = 0; again < 2; again += 1) {
    assert.match((await check('qr_truth', { codes: window })).join(), /its MD5 is kept as that of another code$/)
    assert.equal(window.after, 500)
  }
  await books.pool.query(`update attempts set qr_md5 = null where id = ${oldest}`)
  assert.deepEqual(await check('qr_truth', { codes: window }), [])
  assert.equal(window.after, 0)
})

test('seals are read in parts too, oldest first, and a part with damage is read again', async () => {
  const row = { actor: 'a test', action: 'counted', object: 'rows', correlationId: 'test-1' }
  await write(books.db, { audit: Array.from({ length: rows }, () => row) })
  await sealAudit(books.db, rows)
  const window: Window = { after: 0, most: 500 }
  const look = () => check('audit_chain', { seals: window })
  assert.deepEqual(await look(), [])
  assert.equal(window.after, 500)
  await books.pool.query('alter table audit disable trigger all')
  await books.pool.query(`update audit set actor = 'planted' where id = 700`)
  for (let again = 0; again < 2; again += 1) assert.match((await look()).join(), /^Audit row 700 /)
  await books.pool.query(`update audit set actor = 'a test' where id = 700`)
  assert.deepEqual(await look(), [])
  assert.deepEqual(await look(), [])
  assert.equal(window.after, 0, 'after the end it begins anew')
})

test('a bank that writes references is asked for by what it declares, and a bank that left is not', () => {
  const at = (writesReference: boolean) => ({ bank: { describe: () => ({ writesReference }) } })
  const banks = new Map([
    ['BANK01', at(true)],
    ['BANK02', at(false)],
  ]) as unknown as Hub['banks']
  assert.deepEqual(['BANK01', 'BANK02', 'BANK03'].map(referenceWriters(banks)), [true, false, false])
})

async function check(name: 'qr_truth' | 'audit_chain', more: Partial<InvariantOrder>): Promise<readonly string[]> {
  const [result] = await checkInvariants(books.db, { writesReference: () => true, names: [name], ...more })
  return result?.violations ?? ['nothing was checked']
}
