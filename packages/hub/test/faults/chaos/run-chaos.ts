import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { checkInvariants } from '../../../src/flows/check-invariants.ts'
import { type Db, openDatabase } from '../../../src/store/db.ts'
import { durabilitySettings } from '../../../src/store/health.ts'
import { namedCheckpoints } from './checkpoints.ts'
import type { Finding } from './compare-books.ts'
import { type Crowd, letCustomersCome } from './customers.ts'
import { type Fault, type FaultLog, openFaultLog } from './fault-log.ts'
import { type Ground, openGround } from './ground.ts'
import { killsByPoint } from './kills.ts'
import { letOperatorsWork, type Office } from './operators.ts'
import { letMinutesPassDead, type Patience, type Quiet, untilQuiet } from './quiet.ts'
import { randomFrom } from './random.ts'
import { hubAsksByItself, type Memory, remember } from './read-books.ts'
import { readUnexpected } from './read-logs.ts'
import { recoveryTimes, type Spread, spreadOf } from './recovery.ts'
import { type Pace, storm } from './storm.ts'
import { databaseName } from './postgres-under-faults.ts'
import { tellTimeline } from './tell-timeline.ts'

export type ChaosOrder = {
  readonly seed: number
  /** How long faults are played in each round, in milliseconds. After each round everything must come to rest. */
  readonly rounds: readonly number[]
  readonly pace: Pace
  readonly crowd: { readonly atOnce: number; readonly restMs: number }
  readonly redeliverAfterMs: readonly number[]
  readonly patience: Patience
  /** The long run: PostgreSQL on a disk of its own, and no clock is helped but that of the counted bank. */
  readonly isLong: boolean
  readonly progress: (sentence: string) => void
  /** Told how to end everything early. */
  readonly onOpen?: (close: () => Promise<void>) => void
}

export type ChaosResult = {
  readonly seed: number
  readonly durability: Readonly<Record<string, string>>
  readonly disk: string
  readonly rounds: readonly {
    readonly faults: number
    readonly quietMs: number
    readonly unfinished: readonly string[]
    readonly left: readonly string[]
  }[]
  readonly faults: readonly Fault[]
  readonly counts: Counts
  readonly findings: readonly Finding[]
  /** Why each finding may have come about. */
  readonly timelines: readonly string[]
  readonly invariants: readonly { readonly name: string; readonly violations: readonly string[] }[]
  readonly recovery: { readonly all: Spread; readonly kills: Spread; readonly hubStarts: Spread }
  readonly killsByPoint: Readonly<Record<string, number>>
  /** Checkpoints of the flows at which no hub was killed. */
  readonly neverKilledAt: readonly string[]
  /** Processes that ended without our doing. */
  readonly surprises: readonly string[]
  /** What the hubs logged that no fault explains, and how often. */
  readonly unexpected: Readonly<Record<string, number>>
  readonly days: Readonly<Record<string, number>>
  /** What operators did. */
  readonly acts: Readonly<Record<string, number>>
}

export type Counts = {
  readonly payments: number
  readonly completed: number
  readonly topups: number
  readonly topupsCompleted: number
  /** At any time: late money completes some of them afterwards. */
  readonly topupsExpired: number
  readonly orders: number
  /** How many of them are so for their shop. */
  readonly ordersBy: Readonly<Record<string, number>>
  readonly customerReceipts: number
  readonly movements: number
  /** Of those, through the bank that knows refunds by their sum alone. */
  readonly hosted: number
  /** Of those, through the network that is asked by the code's MD5. */
  readonly transfers: number
  readonly receipts: number
  readonly suspense: number
  readonly cases: number
  readonly credits: number
  readonly refunds: number
  readonly creditNotes: number
  /** Movements that a bank took back, and those of them that we know of already. */
  readonly takenBack: number
  readonly takenBackKnown: number
}

/** Plays the whole run and says what came of it. Throws only when the suite itself cannot go on. */
export async function runChaos(order: ChaosOrder): Promise<ChaosResult> {
  const random = randomFrom(order.seed)
  const ground = await openGround({ ...order, random: random.fork('ground'), wantsDisk: order.isLong })
  order.onOpen?.(() => ground.close())
  const db = openDatabase({ ...ground.postgres.connection, database: databaseName }, { poolSize: 2, onError: () => {} })
  try {
    const log = openFaultLog()
    const memory: Memory = { told: new Map(), sharedTransfers: [], expiredUnasked: new Set() }
    const crowds: Crowd[] = []
    const offices: Office[] = []
    const rounds: ChaosResult['rounds'][number][] = []
    let quiet: Quiet | undefined
    for (const [index, forMs] of order.rounds.entries()) {
      const before = log.faults.length
      const own = random.fork(`round ${index + 1}`)
      const asks = await hubAsksByItself(ground)
      const crowd = letCustomersCome(ground, own.fork('customers'), { ...order.crowd, hubAsksByItself: asks }, memory)
      crowds.push(crowd)
      const office = letOperatorsWork(ground, own.fork('operators'), {
        restMs: order.crowd.restMs,
        payments: () => crowd.deeds.flatMap(({ payment }) => (payment === undefined ? [] : [payment])),
      })
      offices.push(office)
      const watch = watchProgress(order, { ground, memory, log, round: `round ${index + 1} of ${order.rounds.length}` })
      await storm({ ground, random: own, log, busy: new Set() }, order.pace, forMs)
      await Promise.all([crowd.leave(), office.leave()])
      if (!order.isLong) {
        await letMinutesPassDead(ground, (target, pid) =>
          log.note({ kind: 'everything killed at once', target, pid, signal: 'SIGKILL' }),
        )
      }
      quiet = await untilQuiet(ground, memory, order.patience, (what) => order.progress(`round ${index + 1}: ${what}`))
      await watch.stop()
      const { tookMs, unfinished, left } = quiet
      rounds.push({ faults: log.faults.length - before, quietMs: tookMs, unfinished, left })
      order.progress(
        `round ${index + 1}: at rest ${(tookMs / 1_000).toFixed(1)} s after the last fault, ${quiet.findings.length} findings`,
      )
      if (quiet.findings.some(({ kind }) => kind !== 'unconfirmed' && kind !== 'untold')) break
    }
    if (!quiet) throw new Error('A run has at least one round')
    return await conclude({ order, ground, db, log, crowds, offices, rounds, quiet })
  } finally {
    await db.close()
    await ground.close()
  }
}

type Ended = {
  readonly order: ChaosOrder
  readonly ground: Ground
  readonly db: Db
  readonly log: FaultLog
  readonly crowds: readonly Crowd[]
  readonly offices: readonly Office[]
  readonly rounds: ChaosResult['rounds']
  readonly quiet: Quiet
}

async function conclude({ order, ground, db, log, crowds, offices, rounds, quiet }: Ended): Promise<ChaosResult> {
  const { books, findings } = quiet
  const topups = books.payments.filter((one) => one.wallet !== undefined)
  const listed = books.movements.filter((one) => one.status === 'SUCCESS')
  const completed = await ground.postgres.askPatiently<{ at: number }>(
    `select extract(epoch from at)::float8 * 1000 as at from payment_history where to_status = 'completed'`,
  )
  const [open] = await ground.postgres.askPatiently<{ suspense: number; cases: number }>(
    `select (select count(*)::int from suspense where state = 'open') as suspense,
        (select count(*)::int from cases where state = 'open') as cases`,
  )
  const completedAt = completed.map((row) => row.at)
  const deeds = crowds.flatMap((crowd) => crowd.deeds)
  const timelines: string[] = []
  for (const finding of findings.filter(({ kind }) => kind !== 'untold').slice(0, mostTimelines))
    timelines.push(await tellTimeline(db, finding, deeds, log.faults))
  return {
    seed: order.seed,
    durability: Object.fromEntries((await durabilitySettings(db)).map(({ name, setting }) => [name, setting])),
    disk: ground.work.disk ? 'a disk of its own, filled now and then' : `never filled: ${ground.work.whyNoDisk}`,
    rounds,
    faults: log.faults,
    counts: {
      payments: books.payments.length,
      completed: completedAt.length,
      topups: topups.length,
      topupsCompleted: topups.filter((one) => one.status === 'completed').length,
      topupsExpired: topups.filter((one) => one.expiredAt !== undefined).length,
      orders: books.orders.length,
      ordersBy: Object.fromEntries(
        [...Map.groupBy(books.orders, ({ status }) => status)].map(([status, ones]) => [status, ones.length]),
      ),
      customerReceipts: books.customerReceipts?.length ?? 0,
      movements: listed.length,
      hosted: listed.filter(({ bank }) => books.withoutRefundIds.has(bank)).length,
      transfers: listed.filter((one) => one.md5 !== undefined).length,
      receipts: books.receipts.length,
      credits: books.credits.length,
      refunds: books.refunds.filter((one) => one.status === 'succeeded').length,
      creditNotes: books.creditNotes.length,
      takenBack: books.movements.filter((one) => one.status === 'REVERSED').length,
      takenBackKnown: books.reversed.length,
      suspense: open?.suspense ?? 0,
      cases: open?.cases ?? 0,
    },
    findings,
    timelines,
    invariants: await checkInvariants(db, { writesReference: (bank) => !withoutReference.has(bank) }),
    recovery: {
      all: spreadOf(recoveryTimes(log.faults, completedAt)),
      kills: spreadOf(
        recoveryTimes(
          log.faults.filter((fault) => fault.signal === 'SIGKILL'),
          completedAt,
        ),
      ),
      hubStarts: spreadOf(ground.hubs.flatMap((hub) => hub.startedInMs)),
    },
    killsByPoint: Object.fromEntries([...killsByPoint()].sort()),
    neverKilledAt: namedCheckpoints().filter((name) => !killsByPoint().has(name)),
    surprises: ground.hubs.flatMap((hub) => hub.surprises),
    unexpected: Object.fromEntries(
      await readUnexpected(ground.hubs.map((hub) => join(ground.work.path, `${hub.name}.log`))),
    ),
    days: sumUp(crowds.map((crowd) => crowd.days)),
    acts: sumUp(offices.map((office) => office.done)),
  }
}

/** Banks of the sandbox whose codes do not carry our reference. */
const withoutReference = new Set(['ABA'])
const mostTimelines = 10
const progressEveryMs = 10_000

type Watched = { readonly ground: Ground; readonly memory: Memory; readonly log: FaultLog; readonly round: string }

/** What the simulator forgets is remembered meanwhile. */
function watchProgress(order: ChaosOrder, { ground, memory, log, round }: Watched): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const told = (async () => {
    while (!stopping.signal.aborted) {
      await delay(progressEveryMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      await remember(ground, memory).catch(() => {})
      const rows = await ground.postgres
        .ask<{ completed: number; due: number }>(
          `select (select count(*)::int from payments where status = 'completed') as completed,
              (select count(*)::int from event_deliveries where state = 'due') as due`,
        )
        .catch(() => [])
      const kills = log.faults.filter((fault) => fault.signal === 'SIGKILL').length
      const database = rows[0]
        ? `${rows[0].completed} payments completed, ${rows[0].due} events due`
        : 'PostgreSQL is away'
      order.progress(`${round}: ${log.faults.length} faults, ${kills} kills, ${database}`)
    }
  })()
  return {
    stop() {
      stopping.abort()
      return told
    },
  }
}

function sumUp(counted: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const counts of counted) for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count
  return sums
}
