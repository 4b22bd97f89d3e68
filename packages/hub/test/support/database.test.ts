import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from './database.ts'

for (const who of ['one test', 'another test']) {
  test(`${who} has a migrated database that nobody else writes to`, async (t) => {
    const { pool } = await testDatabase(t)
    await pool.query('create table mine (only_once int)')
    const { rows } = await pool.query('select count(*)::int as count from migrations')
    assert.ok(rows[0].count > 0)
  })
}
