import { advanceRefunds } from '../flows/advance-refund.ts'
import { checkDue } from '../flows/check-due.ts'
import { checkPlanned } from '../flows/check-planned.ts'
import { expirePayments } from '../flows/expire-payments.ts'
import type { Hub } from '../flows/hub.ts'
import { forgetIdempotencyKeys } from '../flows/idempotency.ts'
import { keepTokens } from '../flows/keep-tokens.ts'
import { reaskMessages } from '../flows/reask-messages.ts'
import { refreshBanks } from '../flows/refresh-banks.ts'
import { refreshPages } from '../flows/refresh-pages.ts'
import { relay } from '../flows/relay.ts'
import { sendMessages } from '../flows/send-messages.ts'
import { sealAudit } from '../flows/seal-audit.ts'
import { watchInvariants } from '../flows/watch-invariants.ts'

/** A job runs every `everyMs`, sooner when woken, and again at once while it finds work. */
type Job = {
  readonly name: string
  readonly everyMs: number
  /** Loops in this process: while one waits for a slow system, the others serve the rest. */
  readonly workers: number
  /** The signal comes when the process stops: what takes long ends itself then. */
  readonly run: (hub: Hub, signal: AbortSignal) => Promise<number>
}

const jobs: readonly Job[] = [
  { name: 'relay', everyMs: 1_000, workers: 3, run: relay },
  { name: 'send-messages', everyMs: 1_000, workers: 1, run: sendMessages },
  { name: 'expire-payments', everyMs: 5_000, workers: 1, run: expirePayments },
  { name: 'reask-messages', everyMs: 1_000, workers: 1, run: reaskMessages },
  { name: 'seal-audit', everyMs: 1_000, workers: 1, run: sealAudit },
  { name: 'check-invariants', everyMs: 300_000, workers: 1, run: watchInvariants },
  { name: 'advance-refunds', everyMs: 1_000, workers: 1, run: advanceRefunds },
  // Every process is told of a switch at once; this is for when the telling got lost.
  { name: 'refresh-banks', everyMs: 5_000, workers: 1, run: refreshBanks },
  // What changed is told at once; this is for when the telling got lost.
  { name: 'refresh-pages', everyMs: 3_000, workers: 1, run: refreshPages },
  { name: 'keep-tokens', everyMs: 3_600_000, workers: 1, run: keepTokens },
  { name: 'forget-idempotency-keys', everyMs: 600_000, workers: 1, run: forgetIdempotencyKeys },
]

export type RunningJobs = {
  wake(name: string): void
  /** Lets what runs finish, and starts nothing more. */
  stop(): Promise<void>
}

/** After a failure (the database is away) a job waits this long before it tries again. */
const restMs = 1_000

/** Starts every job in this process. Any number of processes may: work is taken with SKIP LOCKED. */
export function startJobs(hub: Hub): RunningJobs {
  const running = [...jobs, ...checksOf(hub)].flatMap((job) =>
    Array.from({ length: job.workers }, () => ({ name: job.name, ...loop(hub, job) })),
  )
  return {
    // One sleeper is enough: it takes all there is, and the others wake by themselves.
    wake: (name) => {
      const ones = running.filter((one) => one.name === name)
      const sleeper = ones.find((one) => one.isAsleep()) ?? ones[0]
      sleeper?.wake()
    },
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()))
    },
  }
}

/** Each bank is asked by a job of its own, so that none waits for a slow one. Inactive banks are asked too (clause 8). */
function checksOf(hub: Hub): Job[] {
  return [...hub.banks.values()]
    .filter((at) => at.bank.describe().verify !== 'never')
    .map((at) => ({
      name: 'check-payments',
      everyMs: 1_000,
      workers: 1,
      run: () => (at.bank.describe().callsAreCounted ? checkPlanned(hub, at) : checkDue(hub, at)),
    }))
}

function loop(hub: Hub, job: Job): { wake: () => void; isAsleep: () => boolean; stop: () => Promise<void> } {
  const state = { stopping: false, woken: false, asleep: false }
  const stop = new AbortController()
  let interrupt: () => void = () => {}
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const wakeUp = () => {
        clearTimeout(timer)
        state.asleep = false
        resolve()
      }
      const timer = setTimeout(wakeUp, ms)
      state.asleep = true
      interrupt = wakeUp
    })
  const ended = (async () => {
    while (!state.stopping) {
      state.woken = false
      const found = await runOnce(hub, job, stop.signal)
      if (found === 'failed') await sleep(restMs)
      else if (found === 0 && !state.woken && !state.stopping) await sleep(job.everyMs)
    }
  })()
  return {
    isAsleep: () => state.asleep,
    wake: () => {
      state.woken = true
      interrupt()
    },
    stop: () => {
      state.stopping = true
      stop.abort()
      interrupt()
      return ended
    },
  }
}

async function runOnce(hub: Hub, job: Job, signal: AbortSignal): Promise<number | 'failed'> {
  try {
    const found = await job.run(hub, signal)
    hub.metrics.jobRuns.inc({ job: job.name, outcome: 'done' })
    return found
  } catch (error) {
    hub.metrics.jobRuns.inc({ job: job.name, outcome: 'failed' })
    hub.log.error({ event: 'job.failed', job: job.name, err: error }, 'A job failed; it is tried again.')
    return 'failed'
  }
}
