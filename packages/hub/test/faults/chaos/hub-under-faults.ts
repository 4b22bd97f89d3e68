import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** `khqr-hub start` as a process that is killed for real and comes back, as under any supervisor. */
export type HubUnderFaults = {
  readonly name: string
  readonly ports: HubPorts
  /** Of the process that is ready now; undefined while it is dead or starting. */
  readyPid(): number | undefined
  /** How long the process has been ready, in milliseconds; 0 while it is not. */
  readyForMs(): number
  /** Whether a balancer would lead anybody here: a health check notices after some seconds that it stands still. */
  isLedTo(): boolean
  /** kill -9 at once. Undefined: there was no ready process. */
  kill(): number | undefined
  /** kill -9 when it comes to one of these points, the first `skip` times apart. Undefined: it came to none in time. */
  killAt(points: readonly string[], skip: number, withinMs: number): Promise<KilledAt | undefined>
  /** SIGSTOP, and SIGCONT after `ms`. Answers the pid; undefined: there was no ready process. */
  freeze(ms: number): Promise<number | undefined>
  /** Every named point that a process of this hub has come to. */
  readonly points: ReadonlySet<string>
  /** Milliseconds from each start to being ready. */
  readonly startedInMs: readonly number[]
  /** Ends that were not our doing after it had been ready: code or signal. */
  readonly surprises: readonly string[]
  untilReady(): Promise<void>
  /** SIGTERM, and no start after it. */
  stop(): Promise<void>
}

export type KilledAt = { readonly pid: number; readonly point: string }

export type HubPorts = { readonly gateway: number; readonly khqr: number; readonly integration: number }

export type HubStart = {
  readonly name: string
  readonly ports: HubPorts
  readonly configFile: string
  readonly logFile: string
  readonly environment: Readonly<Record<string, string>>
}

type Life = {
  readonly child: ChildProcess
  ready: boolean
  readyAt: number
  killed: boolean
  frozenAt: number | undefined
  atPoint: (point: string) => void
}

export const hubEntry = fileURLToPath(new URL('../../../bin/khqr-hub.js', import.meta.url))
const killPoints = new URL('./kill-points.ts', import.meta.url).href
/** How long a balancer leads people to a hub that stands still. */
const healthCheckMs = 3_000
/** What a supervisor waits before it starts again. */
const restMs = 200
/** Longer than the longest call that a stopping hub lets end. */
const stopPatienceMs = 45_000

export function startHubUnderFaults(start: HubStart): HubUnderFaults {
  const points = new Set<string>()
  const startedInMs: number[] = []
  const surprises: string[] = []
  let life: Life | undefined
  const state = { stopping: false }
  const keeper = (async () => {
    while (!state.stopping) {
      const startedMs = performance.now()
      const born = give(start, points)
      life = born
      const ended = once(born.child, 'exit')
      void becomesReady(born, start.ports).then((ready) => ready && startedInMs.push(performance.now() - startedMs))
      const [code, signal] = await ended
      if (born.ready && !born.killed && !state.stopping)
        surprises.push(`${start.name} ended by itself: ${code ?? signal}`)
      born.ready = false
      if (!state.stopping) await delay(restMs)
    }
  })()
  const ready = () => (life?.ready && !life.killed ? life : undefined)
  const end = (one: Life): number => {
    one.killed = true
    one.child.kill('SIGKILL')
    return one.child.pid ?? 0
  }
  return {
    name: start.name,
    ports: start.ports,
    points,
    startedInMs,
    surprises,
    readyPid: () => ready()?.child.pid,
    readyForMs: () => Date.now() - (ready()?.readyAt ?? Date.now()),
    isLedTo: () => {
      const one = ready()
      return one !== undefined && (one.frozenAt === undefined || Date.now() - one.frozenAt < healthCheckMs)
    },
    kill: () => {
      const one = ready()
      return one && end(one)
    },
    killAt: (points, skip, withinMs) => killAt(ready(), { points, skip }, withinMs, end),
    async freeze(ms) {
      const one = ready()
      if (!one) return undefined
      one.child.kill('SIGSTOP')
      one.frozenAt = Date.now()
      await delay(ms)
      one.child.kill('SIGCONT')
      one.frozenAt = undefined
      return one.child.pid
    },
    async untilReady() {
      while (!ready()) await delay(50)
    },
    async stop() {
      state.stopping = true
      const child = life?.child
      child?.kill('SIGCONT')
      child?.kill('SIGTERM')
      const timer = setTimeout(() => {
        surprises.push(`${start.name} did not stop within ${stopPatienceMs} ms of SIGTERM`)
        child?.kill('SIGKILL')
      }, stopPatienceMs)
      await keeper
      clearTimeout(timer)
    },
  }
}

function give(start: HubStart, points: Set<string>): Life {
  const log = openSync(start.logFile, 'a')
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', killPoints, hubEntry, '--config', start.configFile, 'start'],
    {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...start.environment },
      stdio: ['ignore', log, log, 'pipe', 'ipc'],
    },
  )
  closeSync(log)
  const life: Life = { child, ready: false, readyAt: 0, killed: false, frozenAt: undefined, atPoint: () => {} }
  let rest = ''
  const pipe = child.stdio[3] as Readable
  pipe.on('error', () => {})
  pipe.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('seen ')) points.add(line.slice(5))
      else if (line.startsWith('at ')) life.atPoint(line.slice(3))
    }
  })
  child.on('error', () => {})
  return life
}

/** Asks until it answers or has ended. */
async function becomesReady(life: Life, ports: HubPorts): Promise<boolean> {
  while (life.child.exitCode === null && life.child.signalCode === null) {
    const answers = await Promise.all(
      Object.values(ports).map((port) =>
        fetch(`http://127.0.0.1:${port}/actuator/health/liveness`, { signal: AbortSignal.timeout(1_000) }).then(
          (answer) => answer.arrayBuffer().then(() => answer.ok),
          () => false,
        ),
      ),
    )
    if (answers.every(Boolean)) {
      life.ready = !life.killed
      life.readyAt = Date.now()
      return life.ready
    }
    await delay(50)
  }
  return false
}

async function killAt(
  life: Life | undefined,
  wanted: { readonly points: readonly string[]; readonly skip: number },
  withinMs: number,
  end: (life: Life) => number,
): Promise<KilledAt | undefined> {
  if (!life?.child.connected) return undefined
  const there = Promise.withResolvers<string | undefined>()
  life.atPoint = there.resolve
  const timer = setTimeout(() => there.resolve(undefined), withinMs)
  life.child.once('exit', () => there.resolve(undefined))
  life.child.send(wanted, () => {})
  const point = await there.promise
  clearTimeout(timer)
  life.atPoint = () => {}
  if (point !== undefined && !life.killed) return { pid: end(life), point }
  // No longer wanted: it must not stand still when nobody waits for it.
  if (life.child.connected) life.child.send({ points: [], skip: 0 }, () => {})
  return undefined
}
