import { setTimeout as delay } from 'node:timers/promises'
import type { FaultLog } from './fault-log.ts'
import { commitAnswer, type FaultProxy, httpAnswer } from './fault-proxy.ts'
import { callsPerDay, type Ground } from './ground.ts'
import { beginDay } from './pass-time.ts'
import type { Random } from './random.ts'
import { pickSystemFault } from './system-faults.ts'

/** What every fault is given. */
export type Stage = {
  readonly ground: Ground
  readonly random: Random
  readonly log: FaultLog
  /** What is under a fault that lasts: a second one at the same place would end the first. */
  readonly busy: Set<string>
}

/** Faults that leave every process alive, by how often they come. Each notes itself only when it took effect. */
export const cheapFaults = {
  'connections cut': { weight: 22, play: cutConnections },
  'connections delayed': { weight: 14, play: delayConnections },
  'connections held': { weight: 6, play: holdConnections },
  'answer of COMMIT lost': { weight: 14, play: loseCommit },
  'answer to a bank lost': { weight: 10, play: (stage) => loseHttpAnswer(stage, stage.ground.fromBanks) },
  'answer of a system lost': {
    weight: 10,
    play: (stage) => loseHttpAnswer(stage, stage.random.pick(stage.ground.toSystems)),
  },
  'lying or failing system': { weight: 20, play: lyingSystem },
  'messages repeated out of order': { weight: 8, play: repeatMessages },
  'counted calls used up': { weight: 2, play: useUpCalls },
  'counted calls short': { weight: 4, play: shortenCalls },
  'database session ended': { weight: 5, play: endSession },
  'tables locked until the pool is exhausted': { weight: 3, play: exhaustPool },
  'simulator stopped for a while (SIGSTOP)': { weight: 1, play: freezeSimulator },
} as const satisfies Record<string, { weight: number; play: (stage: Stage, kind: string) => Promise<void> }>

export type CheapFault = keyof typeof cheapFaults

function everyProxy({ ground }: Stage): readonly FaultProxy[] {
  return [...ground.toDatabase, ...ground.toSystems, ground.fromBanks, ground.fromCustomers]
}

async function cutConnections({ ground, random, log, ...rest }: Stage, kind: string): Promise<void> {
  const proxy = random.pick(everyProxy({ ground, random, log, ...rest }))
  const cut = proxy.cut(random.pick([0.2, 0.5, 1]), () => random.next())
  if (cut > 0) log.note({ kind, target: proxy.name, detail: `${cut} connections` })
}

/** For the time that `act` takes, nobody else does the same to this place. */
async function alone(stage: Stage, place: string, act: () => Promise<void>): Promise<void> {
  if (stage.busy.has(place)) return
  stage.busy.add(place)
  try {
    await act()
  } finally {
    stage.busy.delete(place)
  }
}

function delayConnections(stage: Stage, kind: string): Promise<void> {
  const { random, log } = stage
  const proxy = random.pick(everyProxy(stage))
  return alone(stage, `delay ${proxy.name}`, async () => {
    const ms = random.pick([20, 80, 200, 500])
    const startedAt = Date.now()
    proxy.setDelay(ms)
    await delay(random.whole(800, 3_000))
    proxy.setDelay(0)
    log.note({ kind, target: proxy.name, startedAt, detail: `each chunk by ${ms} ms` })
  })
}

function holdConnections(stage: Stage, kind: string): Promise<void> {
  const { random, log } = stage
  const proxy = random.pick(everyProxy(stage))
  return alone(stage, `hold ${proxy.name}`, async () => {
    const startedAt = Date.now()
    proxy.setHeld(true)
    await delay(random.pick([500, 1_500, 3_500, 6_000]))
    proxy.setHeld(false)
    log.note({ kind, target: proxy.name, startedAt, detail: 'nothing passed' })
  })
}

/** The statements by which money, messages, codes and credits are written. */
const writingStatements = [
  'write_steps',
  'keep_message',
  'keep_callback',
  'open_payment',
  'open_order_payment',
  'withdraw_order',
  'open_attempt',
  'start_credits',
  'finish_credits',
  'claim_deliveries',
]

async function loseCommit({ ground, random, log }: Stage, kind: string): Promise<void> {
  const proxy = random.pick(ground.toDatabase)
  const lost = await proxy.loseAnswer(
    [random.pick(writingStatements)].map((name) => `${name}\0`),
    commitAnswer,
    4_000,
  )
  if (lost) log.note({ kind, target: proxy.name, detail: `${lost.slice(0, -1)} was committed` })
}

async function loseHttpAnswer({ log }: Stage, proxy: FaultProxy): Promise<void> {
  const lost = await proxy.loseAnswer(['POST '], httpAnswer, 4_000)
  const kind = proxy.name === 'banks to hubs' ? 'answer to a bank lost' : 'answer of a system lost'
  if (lost) log.note({ kind, target: proxy.name, detail: 'a POST was acted upon' })
}

function lyingSystem(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  const { target, operation, fault, value } = pickSystemFault(random)
  return alone(stage, `${target} ${operation}`, async () => {
    const startedAt = Date.now()
    const set = await ground.simulator.controlPatiently('POST', '/_simulator/faults', {
      target,
      operation,
      fault,
      value,
    })
    if (set.status !== 200)
      throw new Error(`The simulator refused fault ${fault} of ${target} ${operation}: ${set.text}`)
    await delay(random.whole(700, 3_500))
    await ground.simulator.controlPatiently('POST', '/_simulator/faults', { target, operation, fault: 'none' })
    log.note({ kind, target: `${target} ${operation}`, startedAt, detail: fault })
  })
}

/** The bank refuses the next status call with code 17, and no other is sent until midnight, which comes soon. */
function useUpCalls(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  return alone(stage, 'counted calls', async () => {
    const startedAt = Date.now()
    await ground.simulator.controlPatiently('POST', '/_simulator/bakong/quota', { spent: callsPerDay })
    await delay(random.whole(2_000, 6_000))
    const rows = await ground.postgres.askPatiently<{ latched: boolean }>(
      'select bool_or(latched_at is not null) as latched from call_days',
    )
    await beginDay(ground)
    const isLatched = rows[0]?.latched === true
    if (isLatched) log.note({ kind, target: 'BAKONG', startedAt, detail: 'code 17, then midnight' })
  })
}

/** Some calls are left for a while: they go to the codes that are most likely paid. */
function shortenCalls(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  return alone(stage, 'counted calls', async () => {
    const startedAt = Date.now()
    const left = random.pick([5, 30, 60])
    const rows = await ground.postgres
      .ask<{ day: string }>('update call_days set spent = $1 returning day::text', [callsPerDay - left])
      .catch(() => [])
    await delay(random.whole(3_000, 8_000))
    await beginDay(ground)
    if (rows.length > 0) log.note({ kind, target: 'BAKONG', startedAt, detail: `${left} left, then midnight` })
  })
}

type OldMessage = {
  readonly bank: string
  /** Of a callback, an address. */
  readonly path: string
  readonly body: string
  /** Of a callback, which is signed and carries no bearer. */
  readonly as?: { readonly method: string; readonly headers: Readonly<Record<string, string>> }
}

/** What banks told us a while ago, once more, several times and in any order. */
async function repeatMessages({ ground, random, log }: Stage, kind: string): Promise<void> {
  const answer = await ground.simulator.control('GET', '/_simulator/deliveries').catch(() => undefined)
  const all = (answer?.json['deliveries'] ?? []) as unknown as OldMessage[]
  if (all.length === 0) return
  const recent = all.slice(-60)
  const chosen = Array.from({ length: random.whole(3, 10) }, () => random.pick(recent))
  const heard = await Promise.all(
    chosen.map(({ bank, path, body, as }) =>
      fetch(new URL(path, `http://127.0.0.1:${ground.fromBanks.port}`), {
        method: as?.method ?? 'POST',
        headers: as?.headers ?? {
          authorization: `Bearer ${ground.bankToken(bank)}`,
          'content-type': 'application/json',
        },
        ...(as?.method === 'GET' ? {} : { body }),
        signal: AbortSignal.timeout(15_000),
      }).then(
        (said) => said.arrayBuffer().then(() => said.status),
        () => undefined,
      ),
    ),
  )
  const answers = heard.filter((status) => status !== undefined)
  if (answers.length > 0) log.note({ kind, target: 'hubs', detail: `${chosen.length} messages` })
}

async function endSession({ ground, random, log }: Stage, kind: string): Promise<void> {
  const rows = await ground.postgres
    .ask<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'khqr-hub' and backend_type = 'client backend'`,
    )
    .catch(() => [])
  if (rows.length === 0) return
  const { pid } = random.pick(rows)
  const ended = await ground.postgres.ask(`select pg_terminate_backend($1)`, [pid]).catch(() => undefined)
  if (ended) log.note({ kind, target: 'PostgreSQL', detail: `backend ${pid}` })
}

/** Every statement about payments waits, while more customers come than there are connections. */
function exhaustPool(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  return alone(stage, 'lock', async () => {
    const client = await ground.postgres.connect().catch(() => undefined)
    if (!client) return
    const startedAt = Date.now()
    try {
      await client.query('begin')
      await client.query(`set local lock_timeout = '2s'`)
      await client.query('lock table payments, inbox in access exclusive mode')
      const crowd = Array.from({ length: 60 }, (_, index) =>
        fetch(`http://127.0.0.1:${ground.fromCustomers.port}/khqr?bankCode=AMK&billNumber=P123456789`, {
          headers: { authorization: `Bearer ${ground.token(`crowd-${index}`)}` },
          signal: AbortSignal.timeout(8_000),
        }).then(
          (answer) => answer.arrayBuffer(),
          () => undefined,
        ),
      )
      await delay(random.whole(2_000, 5_000))
      const rows = await ground.postgres
        .ask<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity where application_name = 'khqr-hub' and wait_event_type = 'Lock'`,
        )
        .catch(() => [])
      await client.query('rollback')
      log.note({ kind, target: 'PostgreSQL', startedAt, detail: `${rows[0]?.waiting ?? '?'} statements waited` })
      await Promise.all(crowd)
    } catch {
      // PostgreSQL was killed meanwhile, or the lock was not to be had: no fault then.
    } finally {
      await client.end().catch(() => {})
    }
  })
}

function freezeSimulator(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  return alone(stage, 'freeze simulator', async () => {
    const startedAt = Date.now()
    const ms = random.whole(1_000, 6_000)
    const pid = await ground.simulator.freeze(ms)
    if (pid !== undefined)
      log.note({ kind, target: 'simulator', startedAt, pid, signal: 'SIGSTOP', detail: `${ms} ms` })
  })
}
