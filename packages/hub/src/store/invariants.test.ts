import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { openBill, openBooks, showCode } from '../../test/support/empty-books.ts'
import { sampleCode } from '../../test/support/sample-code.ts'
import { openDatabase } from './db.ts'
import { findViolations, invariants, mostSentences, readShownCodes } from './invariants.ts'

// What each query finds is in test/damage; here is how it is asked.

const books = await openBooks({ after })
const search = { isSealing: false, signal: undefined }

test('every invariant says what it means, under the names of the money chapter', () => {
  assert.deepEqual(
    invariants.map(({ name }) => name),
    [
      'conservation',
      'zero_sum',
      'credited_once',
      'monotone',
      'no_orphan_message',
      'outbox_complete',
      'qr_truth',
      'audit_chain',
    ],
  )
  for (const { means } of invariants) assert.match(means, /^[A-Z].*\.$/)
})

test('many violations are counted, and the first of them written out', async (t) => {
  const db = openDatabase(books.address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  await db.pool.query('begin')
  await db.pool.query(`insert into inbox (bank_code, route, subject, correlation_id, received_at, body, answer_status)
    select 'BANK01', 'khqr', 'bank BANK01', 'test-1', now(), '', 200 from generate_series(1, 50)`)
  const { found, sentences } = await findViolations(db, 'no_orphan_message', search)
  assert.equal(found, 50)
  assert.equal(sentences.length, mostSentences)
  await db.pool.query('rollback')
})

test('a check has a limit of its own, and gives the connection back with the one for everybody', async (t) => {
  const db = openDatabase(books.address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  const limits = async () => {
    const { rows } = await db.pool.query(`select name, setting from pg_settings
      where name in ('jit', 'max_parallel_workers_per_gather', 'work_mem', 'statement_timeout') order by name`)
    return rows
  }
  const before = await limits()
  assert.deepEqual(before[2], { name: 'statement_timeout', setting: '10000' })
  await findViolations(db, 'conservation', search)
  assert.deepEqual(await limits(), before)
})

test('a check that must stop ends, though its query waits', async (t) => {
  const other = new Client(books.address)
  t.after(() => other.end())
  await other.connect()
  await other.query('begin')
  await other.query('lock table inbox in access exclusive mode')
  const stop = new AbortController()
  const checked = findViolations(books.db, 'no_orphan_message', { isSealing: false, signal: stop.signal })
  const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%inbox%' and datname = current_database()`
  while ((await books.pool.query(waits)).rowCount === 0);
  stop.abort()
  await assert.rejects(checked, /canceling statement due to user request/)
})

test('the codes that were shown come newest first and page by page, each with what it must say', async () => {
  const first = await showCode(books, await openBill(books))
  const second = await showCode(books, await openBill(books))
  const codes = await readShownCodes(books.db, undefined, 10)
  assert.deepEqual(
    codes.map(({ paymentNumber }) => paymentNumber),
    [second.number, first.number],
  )
  assert.deepEqual(codes[1], {
    attemptId: first.attempts[0]?.id,
    paymentNumber: first.number,
    ...sampleCode(first),
    amountMinor: '15000',
    currency: 'USD',
    reference: String(first.number),
    bankCode: 'BANK01',
    accountNumber: 'SAMPLE-BANK01-USD',
    payeeAccount: 'sample@bank',
    payeeMerchantId: null,
  })
  assert.deepEqual(await readShownCodes(books.db, undefined, 1), codes.slice(0, 1))
  assert.deepEqual(await readShownCodes(books.db, codes[0]?.attemptId, 10), codes.slice(1))
})
