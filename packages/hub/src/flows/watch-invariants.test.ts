import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { liveHealthily } from '../../test/support/healthy-books.ts'
import { systemClock } from '../kit/clock.ts'
import { createLog } from '../kit/log.ts'
import { createMetrics } from '../kit/metrics.ts'
import { openDatabase } from '../store/db.ts'
import type { Hub } from './hub.ts'
import { watchInvariants } from './watch-invariants.ts'

const books = await openBooks({ after })
const { completed } = await liveHealthily(books)
const running = new AbortController().signal

type Line = {
  event: string
  invariant?: string
  found?: number
  violations?: string[]
  level: string
  auditPosition?: number
}

function watched(more: Partial<Hub> = {}) {
  const lines: Line[] = []
  const log = createLog({
    level: 'info',
    pretty: false,
    destination: { write: (line) => lines.push(JSON.parse(line) as Line) },
  })
  const metrics = createMetrics()
  // The watch needs no more of a hub than this.
  const hub = { db: books.db, clock: systemClock, log, metrics, banks: new Map(), ...more } as unknown as Hub
  const broken = async () => {
    const { values } = await metrics.invariantViolations.get()
    return Object.fromEntries(
      values.filter(({ value }) => value > 0).map(({ labels, value }) => [labels.invariant, value]),
    )
  }
  return { hub, lines, metrics, broken }
}

test('a watch over healthy books sets every gauge to 0 and puts the head of the audit chain into the log', async () => {
  const { hub, lines, metrics, broken } = watched()
  await watchInvariants(hub, running)
  assert.equal((await metrics.invariantViolations.get()).values.length, 8)
  assert.deepEqual(await broken(), {})
  assert.deepEqual(
    lines.map(({ event, auditPosition }) => [event, auditPosition]),
    [['invariants.checked', 3]],
  )
})

test('what breaks is said once per check with its sentences, and what heals once', async () => {
  const { hub, lines, broken } = watched()
  const change = `update credits set amount_minor = amount_minor + $1 returning amount_minor`
  await books.pool.query(change, [1])
  await watchInvariants(hub, running)
  await watchInvariants(hub, running)
  assert.deepEqual(await broken(), { credited_once: 1 })
  await books.pool.query(change, [-1])
  await watchInvariants(hub, running)
  await watchInvariants(hub, running)
  assert.deepEqual(await broken(), {})
  const told = lines.filter(({ event }) => event !== 'invariants.checked')
  assert.deepEqual(
    told.map(({ event, level, invariant }) => [event, level, invariant]),
    [
      ['invariant.broken', 'error', 'credited_once'],
      ['invariant.broken', 'error', 'credited_once'],
      ['invariant.healed', 'warn', 'credited_once'],
    ],
  )
  assert.equal(told[0]?.found, 1)
  assert.match(
    told[0]?.violations?.[0] ?? '',
    /^Payment \d+ is completed and of 15000 USD, its credit is credited and of 15001 USD$/,
  )
})

test('an invariant that cannot be checked does not hide the others', async () => {
  const db = openDatabase(books.address, { poolSize: 2, onError: () => {} })
  const { hub, lines, metrics } = watched({ db })
  await books.pool.query('alter table payment_transitions rename to elsewhere')
  try {
    await watchInvariants(hub, running)
  } finally {
    await books.pool.query('alter table elsewhere rename to payment_transitions')
    await db.close()
  }
  assert.deepEqual(
    lines.filter(({ event }) => event === 'invariant.unchecked').map(({ invariant }) => invariant),
    ['monotone'],
  )
  assert.equal((await metrics.invariantViolations.get()).values.length, 7)
})

test('a database that is away ends the run: the job tries again', async () => {
  const db = openDatabase(
    { connectionString: 'postgresql://nobody@127.0.0.1:9/nothing' },
    { poolSize: 1, onError: () => {} },
  )
  const { hub, lines } = watched({ db })
  await assert.rejects(watchInvariants(hub, running), /ECONNREFUSED/)
  assert.deepEqual(lines, [])
})

test('a hub that stops ends the check without a word', async () => {
  const { hub, lines } = watched()
  await watchInvariants(hub, AbortSignal.abort())
  assert.deepEqual(lines, [])
})

test('a row that waits for its seal for more than a minute is a violation once the hub has run for a minute', async () => {
  let nowMs = 0
  const { hub, broken } = watched({ clock: { ...systemClock, monotonicMs: () => nowMs } })
  const client = await books.pool.query(
    `insert into audit (at, actor, action, object, correlation_id) values (now() - interval '61 seconds', 'a test', 'looked', $1, 'test-1')`,
    [`payment ${completed.number}`],
  )
  assert.equal(client.rowCount, 1)
  await watchInvariants(hub, running)
  assert.deepEqual(await broken(), {})
  nowMs = 60_001
  await watchInvariants(hub, running)
  assert.deepEqual(await broken(), { audit_chain: 1 })
})
