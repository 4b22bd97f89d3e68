import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import type { Bank, TokenHealth } from '../banks/bank.ts'
import { systemClock } from '../kit/clock.ts'
import { createLog } from '../kit/log.ts'
import { createMetrics } from '../kit/metrics.ts'
import { Trouble } from '../kit/trouble.ts'
import { claimTokenLook } from '../store/bank-tokens.ts'
import type { BankAtWork, Hub } from './hub.ts'
import { keepTokens } from './keep-tokens.ts'

const books = await openBooks({ after })
const running = new AbortController().signal
const endsAt = new Date('2027-02-01T00:00:00Z')
const good: TokenHealth = {
  state: 'good',
  endsAt,
  fingerprint: '0123456789abcdef',
  renewed: false,
  sentence: 'It is good.',
}

type Look = () => Promise<TokenHealth>
type Line = { event: string; level: string; bank: string; fingerprint?: string; msg: string }

/** A hub of these banks, as far as the keeping of tokens sees one. */
function hubOf(banks: Readonly<Record<string, { look?: Look; active?: boolean }>>) {
  const lines: Line[] = []
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Line) }
  const metrics = createMetrics()
  const atWork = Object.entries(banks).map(([code, { look, active = true }]) => {
    const bank = { code, ...(look ? { keepToken: look } : {}) } as unknown as Bank
    return [code, { code, active, bank } as unknown as BankAtWork] as const
  })
  const log = createLog({ level: 'info', pretty: false, destination })
  const hub = { db: books.db, clock: systemClock, log, metrics, banks: new Map(atWork) } as unknown as Hub
  const ends = async () => {
    const { values } = await metrics.bankTokenEndsAt.get()
    return Object.fromEntries(values.map(({ labels, value }) => [labels.bank, value]))
  }
  const told = () => lines.map(({ level, event, bank }) => [level, event, bank])
  return { hub, lines, ends, told }
}

test('a good token is nothing to talk about, and the metric says when it ends', async () => {
  const { hub, ends, told } = hubOf({ BANK01: { look: async () => good }, BANK02: {} })
  await keepTokens(hub, running)
  assert.deepEqual(await ends(), { BANK01: endsAt.getTime() / 1_000 })
  assert.deepEqual(told(), [])
})

const states = [
  { state: 'good', renewed: true, said: [['info', 'token.renewed', 'BANK01']], end: endsAt.getTime() / 1_000 },
  { state: 'ends_soon', said: [['warn', 'token.ends_soon', 'BANK01']], end: endsAt.getTime() / 1_000 },
  { state: 'ended', said: [['error', 'token.ended', 'BANK01']], end: endsAt.getTime() / 1_000 },
  { state: 'refused', said: [['error', 'token.refused', 'BANK01']], end: 0 },
  { state: 'missing', said: [['error', 'token.missing', 'BANK01']], end: 0 },
] as const

for (const { state, said, end, ...more } of states) {
  test(`a token that is ${state}${'renewed' in more ? ' and new' : ''} is told of once per look, and shown`, async () => {
    const { hub, lines, ends, told } = hubOf({ BANK01: { look: async () => ({ ...good, ...more, state }) } })
    await keepTokens(hub, running)
    assert.deepEqual(told(), said)
    assert.deepEqual(await ends(), { BANK01: end })
    assert.equal(lines[0]?.fingerprint, good.fingerprint)
    assert.equal(lines[0]?.msg, good.sentence)
  })
}

test('a bank that is switched off is looked after, and needs no token', async () => {
  let looks = 0
  const look: Look = async () => {
    looks += 1
    return { ...good, state: 'missing', endsAt: undefined }
  }
  const { hub, told } = hubOf({ BANK01: { look, active: false } })
  await keepTokens(hub, running)
  assert.equal(looks, 1)
  assert.deepEqual(told(), [])
})

test('trouble with one bank, or a fault, keeps no other from its look, and the last figure stays', async () => {
  const trouble = new Trouble('unreachable', 'It is away.', {
    target: 'BANK01',
    operation: 'renew',
    outcome: 'not_done',
  })
  const looks: Look[] = [async () => good, () => Promise.reject(trouble), () => Promise.reject(new Error('A fault.'))]
  const { hub, ends, told } = hubOf({
    BANK01: { look: () => (looks.shift() as Look)() },
    BANK02: { look: async () => good },
  })
  for (let look = 0; look < 3; look += 1) await keepTokens(hub, running)
  assert.deepEqual(told(), [
    ['warn', 'token.unchecked', 'BANK01'],
    ['error', 'token.failed', 'BANK01'],
  ])
  const end = endsAt.getTime() / 1_000
  assert.deepEqual(await ends(), { BANK01: end, BANK02: end })
})

test('of processes that look at once one looks at a time', async () => {
  let [looking, most, looks] = [0, 0, 0]
  const look: Look = async () => {
    looking += 1
    looks += 1
    most = Math.max(most, looking)
    await new Promise(setImmediate)
    await books.db.query('a_while', 'select pg_sleep(0.01)', [])
    looking -= 1
    return good
  }
  await Promise.all(Array.from({ length: 3 }, () => keepTokens(hubOf({ BANK01: { look } }).hub, running)))
  assert.deepEqual({ most, looks }, { most: 1, looks: 3 })
})

test('a hub that stops does not wait for another’s look', async () => {
  assert.equal(await claimTokenLook(books.db, 'BANK01', 60), true)
  const { hub, told } = hubOf({ BANK01: { look: async () => good } })
  await keepTokens(hub, AbortSignal.abort())
  assert.deepEqual(told(), [])
})
