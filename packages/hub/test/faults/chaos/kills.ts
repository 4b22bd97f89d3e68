import { setTimeout as delay } from 'node:timers/promises'
import type { Stage } from './cheap-faults.ts'
import { isCheckpoint } from './checkpoints.ts'
import type { HubUnderFaults } from './hub-under-faults.ts'

/** Faults that end or stop a process, by how often they come. Each notes itself, with the pid, when it took effect. */
export const kills = {
  'hub killed at a named point': { weight: 60, play: killAtPoint },
  'hub killed at any moment': { weight: 12, play: killHub },
  'both hubs killed at once': { weight: 3, play: killBoth },
  'simulator killed': { weight: 9, play: killSimulator },
  'PostgreSQL killed while a transaction is written': { weight: 6, play: killPostgres },
  'PostgreSQL backend killed': { weight: 7, play: killBackend },
} as const satisfies Record<string, { weight: number; play: (stage: Stage, kind: string) => Promise<void> }>

export type Kill = keyof typeof kills

/** How often each point was killed at; kept over the whole run so that no point is forgotten. */
const killedAt = new Map<string, number>()
/** Longer than the jobs' intervals; rare points are waited for so long, then the others too. */
const reachWithinMs = 2_000

export function killsByPoint(): ReadonlyMap<string, number> {
  return killedAt
}

/** Whichever comes first of the points that a hub was killed at least often; checkpoints of the flows more often. */
async function killAtPoint(stage: Stage, kind: string): Promise<void> {
  const { ground, random, log } = stage
  const hub = await spareHub(stage)
  if (!hub) return killAnother(stage)
  const known = [...new Set(ground.hubs.flatMap((one) => [...one.points]))].filter(isWorthAKill)
  const named = known.filter(isCheckpoint)
  const among = named.length > 0 && random.chance(0.6) ? named : known
  const least = Math.min(...among.map((point) => killedAt.get(point) ?? 0))
  const skip = random.pick([0, 0, 0, 1, 3])
  const rare = among.filter((point) => (killedAt.get(point) ?? 0) === least)
  const killed = (await hub.killAt(rare, skip, reachWithinMs)) ?? (await hub.killAt(among, skip, reachWithinMs))
  if (killed) {
    killedAt.set(killed.point, (killedAt.get(killed.point) ?? 0) + 1)
    log.note({ kind, target: hub.name, pid: killed.pid, signal: 'SIGKILL', detail: `at ${killed.point}` })
    return
  }
  // It came to none of them: killed wherever it is, so that the pace is kept.
  const instead = hub.kill()
  if (instead !== undefined)
    log.note({ kind: 'hub killed at any moment', target: hub.name, pid: instead, signal: 'SIGKILL' })
}

/** Health checks and the seeding at a start are no steps of a payment. */
function isWorthAKill(point: string): boolean {
  return !/actuator|^(ping|seed|put_|read_mode|stamp|has_inst|read_banks|read_accounts)/.test(point)
}

/**
 * A hub to kill while another serves, so that there are payments to be in the middle of; both at once is a fault of its
 * own. Undefined: the other one is still starting, or has just started.
 */
async function spareHub({ ground, random, busy }: Stage): Promise<HubUnderFaults | undefined> {
  for (let tries = 0; tries < 35; tries += 1) {
    const awake = ground.hubs.filter((hub) => !busy.has(`freeze ${hub.name}`))
    const serving = awake.filter((hub) => hub.readyForMs() > 500)
    if (serving.length === ground.hubs.length) return random.pick(serving)
    // One is stopped: the other may be killed too when it has served for some time.
    const [alone] = serving
    if (awake.length === 1 && alone && alone.readyForMs() > 6_000) return alone
    await delay(100)
  }
  return undefined
}

/** Where no hub can be spared, what starts faster is killed, so that the pace is kept. */
function killAnother(stage: Stage): Promise<void> {
  return stage.random.chance(0.5)
    ? killSimulator(stage, 'simulator killed')
    : killBackend(stage, 'PostgreSQL backend killed')
}

async function killHub(stage: Stage, kind: string): Promise<void> {
  const hub = await spareHub(stage)
  if (!hub) return killAnother(stage)
  const pid = hub.kill()
  if (pid !== undefined) stage.log.note({ kind, target: hub.name, pid, signal: 'SIGKILL' })
}

async function killBoth(stage: Stage, kind: string): Promise<void> {
  await spareHub(stage)
  for (const hub of stage.ground.hubs) {
    if (stage.busy.has(`freeze ${hub.name}`)) continue
    const pid = hub.kill()
    if (pid !== undefined) stage.log.note({ kind, target: hub.name, pid, signal: 'SIGKILL' })
  }
}

async function killSimulator({ ground, log, busy }: Stage, kind: string): Promise<void> {
  if (busy.has('freeze simulator')) return
  const pid = ground.simulator.kill()
  if (pid !== undefined) log.note({ kind, target: 'banks and policy systems', pid, signal: 'SIGKILL' })
}

async function killPostgres({ ground, random, log }: Stage, kind: string): Promise<void> {
  const proxy = random.pick(ground.toDatabase)
  const statement = random.pick(['write_steps', 'keep_message', 'finish_credits', 'start_credits'])
  const inTheMiddle = await proxy.nextAsk(`${statement}\0`, 3_000)
  // Before, within or after the transaction: it takes one or two milliseconds.
  const us = random.whole(0, 3)
  if (us > 0) await delay(us)
  const pid = ground.postgres.kill()
  if (pid === undefined) return
  log.note({
    kind,
    target: 'postmaster',
    pid,
    signal: 'SIGKILL',
    detail: inTheMiddle ? `${us} ms after ${statement} was sent` : 'while little was written',
  })
}

async function killBackend({ ground, random, log }: Stage, kind: string): Promise<void> {
  const pid = await ground.postgres.killBackend((pids) => random.pick(pids)).catch(() => undefined)
  if (pid !== undefined) log.note({ kind, target: 'a backend of a hub', pid, signal: 'SIGKILL' })
}

/** SIGSTOP of one hub for 30 s: it wakes up believing that no time has passed. */
export async function freezeHub(stage: Stage, ms: number): Promise<void> {
  const hub = await spareHub(stage)
  if (!hub) return
  const place = `freeze ${hub.name}`
  stage.busy.add(place)
  const startedAt = Date.now()
  const pid = await hub.freeze(ms)
  stage.busy.delete(place)
  if (pid === undefined) return
  stage.log.note({
    kind: 'hub stopped (SIGSTOP)',
    target: hub.name,
    startedAt,
    pid,
    signal: 'SIGSTOP',
    detail: `${ms} ms`,
  })
}

/** Every free block of PostgreSQL's disk is taken for a while. */
export async function fillDisk({ ground, random, log }: Stage): Promise<void> {
  const { disk } = ground.work
  if (!disk) return
  const startedAt = Date.now()
  const bytes = disk.fill()
  await delay(random.whole(2_000, 6_000))
  disk.free()
  log.note({ kind: 'disk full', target: 'PostgreSQL', startedAt, detail: `${Math.round(bytes / 1024 ** 2)} MiB taken` })
}
