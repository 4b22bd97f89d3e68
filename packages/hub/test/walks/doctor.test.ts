import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDoctor } from '../../src/cli/doctor-rows.ts'
import { readConfig } from '../../src/config.ts'
import { startTestHub, type TestHub, testEnvironment } from '../support/running-hub.ts'

test('the doctor', async (t) => {
  const hub = await startTestHub(t)
  const env = testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? '')
  const red = async (more: Readonly<Record<string, string>> = {}) => {
    const rows = await runDoctor(readConfig({}, { ...env, ...more }), () => {})
    return Object.fromEntries(rows.filter((row) => row.state === 'red').map((row) => [row.name, row.sentence]))
  }
  const only = async (name: string, sentence: RegExp, more: Readonly<Record<string, string>> = {}) => {
    const found = await red(more)
    assert.deepEqual(Object.keys(found), [name], JSON.stringify(found))
    assert.match(found[name] ?? '', sentence)
  }

  await t.test('is green in a healthy sandbox, and its exit code says so', async () => {
    assert.deepEqual(await red(), {})
    const { code, stdout } = await runCommand(['doctor', '--json'], env)
    assert.equal(code, 0, stdout)
    assert.equal((JSON.parse(stdout) as { ok: boolean }).ok, true)
  })

  await t.test('is red without a database', async () => {
    await only('database', /ECONNREFUSED/, { DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/nothing' })
    const { code } = await runCommand(['doctor'], { ...env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/nothing' })
    assert.equal(code, 1)
  })

  await t.test('is red when a bank is down', async () => {
    const found = await duringFault(hub, 'BANK01', '*', 'silent', () => red())
    assert.deepEqual(Object.keys(found), ['bank BANK01'])
    assert.match(found['bank BANK01'] ?? '', /does not answer/)
  })

  await t.test('is red when a policy system is down, and then so is the whole payment', async () => {
    const found = await duringFault(hub, 'DLIS', '*', 'silent', () => red())
    assert.deepEqual(Object.keys(found).sort(), ['policy system DLIS', 'whole payment'])
  })

  await t.test('is red when our password at a bank is wrong', async () => {
    const file = join(hub.dataDir, 'sandbox-secrets.json')
    const kept = readFileSync(file, 'utf8')
    writeFileSync(file, kept.replace(hub.secrets.banks['BANK01']?.password ?? '', 'sandbox-wrong-password'))
    try {
      await only('bank BANK01 credentials', /refused our login: check its username and password/)
    } finally {
      writeFileSync(file, kept)
    }
  })

  await t.test('is red when the running hub signs tokens with another key', async () => {
    await only('whole payment', /its JWT_SECRET is another one/, { JWT_SECRET: 'another-made-up-key-of-32-bytes-0001' })
  })

  await t.test('is red when a migration is pending', async () => {
    const { rows } = await hub.pool.query(
      'delete from migrations where name = (select max(name) from migrations) returning *',
    )
    try {
      await only('migrations', /not applied. Run "npx khqr-hub migrate"/)
    } finally {
      await hub.pool.query('insert into migrations (name, timestamp) values ($1, $2)', [
        rows[0].name,
        rows[0].timestamp,
      ])
    }
  })

  await t.test('is red when the database may forget', async () => {
    await hub.pool.query(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    )
    try {
      await only('durability', /synchronous_commit is off/)
    } finally {
      await hub.pool.query(
        `do $$ begin execute format('alter database %I reset synchronous_commit', current_database()); end $$`,
      )
    }
  })

  await t.test('is red when a code that was shown says something else', async () => {
    const { rows } = await hub.pool.query(
      `update attempts set qr_string = replace(qr_string, '5405', '5406') where id = (select min(id) from attempts) returning qr_string`,
    )
    assert.equal(rows.length, 1)
    await only('qr_truth', /payment 1500\d\d/)
    await hub.pool.query(
      `update attempts set qr_string = replace(qr_string, '5406', '5405') where id = (select min(id) from attempts)`,
    )
  })

  await t.test('is red when the ledger was touched, naming the journal', async () => {
    await hub.pool.query('alter table entries disable trigger all')
    await hub.pool.query(
      'update entries set amount_minor = amount_minor + 1 where line = 0 and journal_id = (select min(id) from journals)',
    )
    await hub.pool.query('alter table entries enable trigger all')
    const found = await red()
    assert.ok('zero_sum' in found, JSON.stringify(found))
    assert.match(found['zero_sum'] ?? '', /Journal \d+ of receipt \d+ is off by 1 minor units of USD/)
  })
})

async function duringFault<Result>(
  hub: TestHub,
  target: string,
  operation: string,
  fault: string,
  act: () => Promise<Result>,
): Promise<Result> {
  const set = await hub.simulator('POST', '/_simulator/faults', { target, operation, fault })
  assert.equal(set.status, 200, set.text)
  try {
    return await act()
  } finally {
    await hub.simulator('DELETE', '/_simulator/faults')
  }
}

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))

function runCommand(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env } }
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], options, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout })
    })
  })
}
