import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDoctor } from '../../src/cli/doctor-rows.ts'
import { readConfig } from '../../src/config.ts'
import type { Said } from '../support/command-line.ts'
import { eventually, startTestHub, type TestHub, testEnvironment, startOnFreePorts } from '../support/running-hub.ts'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
const masterKey = (seed: string) => createHash('sha256').update(`sample ${seed}`).digest('base64')
const fingerprintOf = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 16)
const endsAtS = Math.floor(Date.now() / 1_000) + 89 * 86_400

/** A made-up token of 90 days, or as told; no two are alike. */
function madeUpToken(exp: number = endsAtS): string {
  made += 1
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ data: { id: `made-up-${made}` }, iat: exp - 7_776_000, exp })}.bWFkZS11cA`
}
let made = 0

type Settings = Readonly<Record<string, string>>

/** `khqr-hub bank …` beside the hub; what it is given goes in by standard input. */
function bank(hub: TestHub, settings: Settings, words: readonly string[], input = ''): Promise<Said> {
  const env = {
    ...testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? '', settings),
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
  }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [entry, 'bank', ...words], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
    child.stdin?.end(input)
  })
}

async function tokenRows(hub: TestHub): Promise<{ fingerprint: string; how: string; current: boolean }[]> {
  const { rows } = await hub.pool.query(
    'select fingerprint, how, replaced_at is null as current from bank_tokens order by id',
  )
  return rows
}

test('a token that is entered is used from then on, shown by its fingerprint, and audited', async (t) => {
  const hub = await startTestHub(t)
  const configured = await bank(hub, {}, ['token', 'BAKONG', '--show'])
  assert.match(
    configured.out,
    new RegExp(`^BAKONG: token ${fingerprintOf(hub.secrets.bakong.token)}, ends at .*, from the configuration`),
  )
  const token = madeUpToken()
  const entered = await bank(hub, {}, ['token', 'bakong'], `${token}\n`)
  assert.equal(entered.code, 0, entered.err)
  assert.match(entered.out, new RegExp(`^BAKONG: token ${fingerprintOf(token)}, ends at .*, entered by command line`))
  const shown = await bank(hub, {}, ['token', 'BAKONG', '--show', '--json'])
  const { fingerprint, ends_at, how } = JSON.parse(shown.out) as { fingerprint: string; ends_at: string; how: string }
  assert.deepEqual(
    { fingerprint, ends_at, how },
    {
      fingerprint: fingerprintOf(token),
      ends_at: new Date(endsAtS * 1_000).toISOString(),
      how: 'entered',
    },
  )
  assert.deepEqual(await tokenRows(hub), [{ fingerprint: fingerprintOf(token), how: 'entered', current: true }])
  const { rows } = await hub.pool.query(
    `select action, object, after, a::text as all from audit a where action like 'bank_token.%'`,
  )
  assert.deepEqual(
    rows.map(({ action, object, after }) => ({ action, object, after })),
    [{ action: 'bank_token.entered', object: 'bank BAKONG', after: { fingerprint: fingerprintOf(token) } }],
  )
  for (const text of [entered.out, entered.err, shown.out, shown.err, rows[0]?.all]) assert.ok(!text.includes(token))
})

test('what is no token, has ended, or is for a bank without one is refused, and nothing is stored', async (t) => {
  const hub = await startTestHub(t)
  const ended = madeUpToken(Math.floor(Date.now() / 1_000) - 60)
  const cases = [
    { words: ['token', 'BAKONG'], input: 'made-up-secret', says: /is no JWT.*14 characters/ },
    { words: ['token', 'BAKONG'], input: '', says: /is no JWT.*0 characters/ },
    { words: ['token', 'BAKONG'], input: ended, says: /ended at/ },
    { words: ['token', 'BAKONG'], input: 'x'.repeat(20_000), says: /is no token/ },
    { words: ['token', 'AMK'], input: madeUpToken(), says: /no long-lived tokens/ },
    { words: ['token', 'NOBANK'], input: madeUpToken(), says: /no bank NOBANK/ },
  ]
  for (const { words, input, says } of cases) {
    const { code, out, err } = await bank(hub, {}, words, input)
    assert.equal(code, 1, words.join(' '))
    assert.match(err, says)
    if (input.length > 5) assert.ok(!`${out}${err}`.includes(input))
  }
  assert.deepEqual(await tokenRows(hub), [])
})

test('a changed master key reads old tokens, seals them anew, and without the old one the start is refused', async (t) => {
  const hub = await startTestHub(t)
  const [token, next] = [madeUpToken(), { HUB_MASTER_KEY: masterKey('next') }]
  await bank(hub, {}, ['token', 'BAKONG'], token)
  await hub.stop()
  const starting = (settings: Settings) =>
    startOnFreePorts(() => readConfig({}, testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? '', settings)))

  const locked = /stored token of BAKONG cannot be read.*HUB_MASTER_KEY.*HUB_MASTER_KEYS_OLD/
  await assert.rejects(starting(next), (error: Error) => error.name === 'WrongSetting' && locked.test(error.message))
  assert.match((await bank(hub, next, ['reseal-tokens'])).err, locked)
  const rows = await runDoctor(
    readConfig({}, testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? '', next)),
    () => {},
  )
  assert.match(rows.find(({ name }) => name === 'bank BAKONG token')?.sentence ?? '', locked)

  const both = { ...next, HUB_MASTER_KEYS_OLD: hub.secrets.masterKey }
  await (await starting(both)).stop()
  assert.match((await bank(hub, both, ['reseal-tokens'])).out, /^1 sealed anew/)
  assert.match((await bank(hub, next, ['token', 'BAKONG', '--show'])).out, new RegExp(fingerprintOf(token)))
  await (await starting(next)).stop()

  // The key is lost for good: another token is entered with a new one.
  const lost = { HUB_MASTER_KEY: masterKey('after the loss') }
  const fresh = await bank(hub, lost, ['token', 'BAKONG'], madeUpToken())
  assert.equal(fresh.code, 0, fresh.err)
  await (await starting(lost)).stop()
})

test('metrics, health and the doctor show the allowance and the token’s end, and no status call is spent on it', async (t) => {
  const hub = await startTestHub(t)
  const ends = await eventually('the token’s end among the metrics', async () => {
    const { text } = await hub.gateway('GET', '/actuator/prometheus')
    return /^hub_bank_token_ends_at_seconds\{bank="BAKONG"\} (\d+)$/m.exec(text)?.[1]
  })
  assert.ok(Number(ends) > Date.now() / 1_000)
  const { text } = await hub.gateway('GET', '/actuator/prometheus')
  for (const line of [
    'allowed{bank="BAKONG"} 100',
    'spent{bank="BAKONG"} 0',
    'left{bank="BAKONG"} 100',
    'latched{bank="BAKONG"} 0',
  ])
    assert.ok(text.includes(`hub_bank_calls_${line}\n`), line)
  const health = await hub.gateway('GET', '/actuator/health')
  const calls = health.json['components']?.['bankApi']?.['details']?.['BAKONG']?.['statusCalls']
  assert.equal(calls?.['left'], 100)
  const rows = await runDoctor(
    readConfig({}, testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? '')),
    () => {},
  )
  const row = (name: string) => rows.find((one) => one.name === `bank BAKONG ${name}`)
  assert.equal(row('allowance')?.state, 'green')
  assert.match(row('allowance')?.sentence ?? '', /^100 of 100 status calls are left, 20 kept for people/)
  assert.equal(row('token')?.state, 'green')
  const { rows: spent } = await hub.pool.query('select coalesce(sum(spent), 0)::int as spent from call_days')
  assert.equal(spent[0]?.spent, 0)
})
