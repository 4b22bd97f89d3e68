import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, type TestContext, test } from 'node:test'
import { Pool } from 'pg'
import { testDatabase } from '../../test/support/database.ts'
import { migrate, migrationState } from './migrate.ts'

const { address, pool: migrated } = await testDatabase({ after })

const names = readdirSync(new URL('./migrations/', import.meta.url))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replace(/\.sql$/, ''))
  .sort()

test('an empty database is migrated once by three who try at the same moment, and none of them fails', async (t) => {
  const pools = await poolsOfAnEmptyDatabase(t, 3)
  const applied = await Promise.all(pools.map((pool) => migrate(pool)))
  assert.deepEqual(applied.flat().sort(), names)
  assert.equal(applied.filter((own) => own.length > 0).length, 1)
  const [pool] = pools
  assert.ok(pool)
  assert.deepEqual(await migrationState(pool), { applied: names, pending: [], unknown: [] })
})

test('a migrated database is left as it is', async () => {
  assert.deepEqual(await migrate(migrated), [])
})

test('looking at an empty database says what is pending and changes nothing', async (t) => {
  const [pool] = await poolsOfAnEmptyDatabase(t, 1)
  assert.ok(pool)
  assert.deepEqual(await migrationState(pool), { applied: [], pending: names, unknown: [] })
  const { rows } = await pool.query(`select tablename from pg_tables where schemaname = 'public'`)
  assert.deepEqual(rows, [])
})

test('a migration that cannot be applied is named, and nothing of the round is left behind', async (t) => {
  const [pool] = await poolsOfAnEmptyDatabase(t, 1)
  assert.ok(pool)
  await pool.query('create table receipts (in_the_way int)')
  await assert.rejects(migrate(pool), { message: 'Migration 0003_money failed: relation "receipts" already exists' })
  assert.deepEqual((await migrationState(pool)).applied, [])
  await pool.query('drop table receipts')
  assert.deepEqual(await migrate(pool), names)
})

/** Pools of their own, as of processes that know nothing of each other. */
async function poolsOfAnEmptyDatabase(t: TestContext, count: number): Promise<Pool[]> {
  lastDatabase += 1
  const name = `${address.database}_empty_${lastDatabase}`
  await migrated.query(`create database ${name}`)
  const pools = Array.from({ length: count }, () => new Pool({ ...address, database: name }))
  t.after(async () => {
    for (const one of pools) await one.end()
    await migrated.query(`drop database ${name}`)
  })
  return pools
}

let lastDatabase = 0

test('a database that a newer version has migrated is left alone, and the newer version asked for', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(`insert into migrations (name, timestamp) values ('9999_later', now())`)
  assert.deepEqual((await migrationState(pool)).unknown, ['9999_later'])
  await assert.rejects(migrate(pool), /newer than this hub: it has 9999_later/)
})
