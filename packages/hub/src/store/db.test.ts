import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { Conflict, isDatabaseAway, openDatabase } from './db.ts'

const { address, pool } = await testDatabase({ after })

test('a statement that was refused is not a database that is away, and somebody who was faster is a Conflict', async (t) => {
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  const raised = (code: string) =>
    db.query(`raise_${code}`, `do $$ begin raise exception 'said so' using errcode = '${code}'; end $$`, [])
  for (const code of ['KH409', '40P01', '40001']) {
    await assert.rejects(raised(code), (error) => error instanceof Conflict && error.message === 'said so')
  }
  for (const code of ['23001', '23514', '22P02', 'P0001']) {
    await assert.rejects(raised(code), (error) => !(error instanceof Conflict) && !isDatabaseAway(error))
  }
  for (const code of ['57P01', '57P03', '53300', '08006']) {
    await assert.rejects(raised(code), (error) => isDatabaseAway(error))
  }
})

test('a database that cannot be reached is away', async () => {
  const nowhere = { host: '/nonexistent-sample-folder', port: 5432, user: 'nobody', database: 'nothing' }
  const db = openDatabase(nowhere, { poolSize: 1, onError: () => {} })
  await assert.rejects(db.query('ping', 'select 1', []), isDatabaseAway)
  await db.close()
})

test('a connection that the server ends is replaced, and nobody falls over it', async (t) => {
  const errors: Error[] = []
  const ended = Promise.withResolvers<void>()
  const db = openDatabase(address, {
    poolSize: 1,
    onError: (error) => {
      errors.push(error)
      ended.resolve()
    },
  })
  t.after(() => db.close())
  const [mine] = await db.query<{ pid: number }>('pid', 'select pg_backend_pid() as pid', [])
  await pool.query('select pg_terminate_backend($1)', [mine?.pid])
  await ended.promise
  assert.equal((await db.query('pid', 'select pg_backend_pid() as pid', [])).length, 1)
  assert.equal(errors.length, 1)
})

test('a connection that is lent out when the server ends it fails its statement, and ends nothing else', async (t) => {
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  const client = await db.pool.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const ended = new Promise((resolve) => client.once('end', () => resolve(true)))
  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  assert.equal(await ended, true)
  await assert.rejects(client.query('select 1'))
  client.release(true)
  assert.equal((await db.query('pid', 'select pg_backend_pid() as pid', [])).length, 1)
})

test('a transaction that is left open by mistake is ended by the server, and a statement has a limit', async (t) => {
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  const rows = await db.query<{ name: string; setting: string }>(
    'limits',
    `select name, setting from pg_settings where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
    [],
  )
  assert.deepEqual(rows, [
    { name: 'idle_in_transaction_session_timeout', setting: '15000' },
    { name: 'statement_timeout', setting: '10000' },
  ])
})
