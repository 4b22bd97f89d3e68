import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLine, processState, startedWith } from './processes.ts'

/** What a cluster's `postmaster.pid` says, judged against the living processes. */
export type Postmaster = {
  readonly pid: number
  readonly socketFolder: string
  readonly port: number
  /**
   * `ours`: alive, and its command line names this cluster. `stranger`: that number is another program's by now.
   * `ending`: killed, but still seen, until the system has cleared its memory and its parent has collected it.
   */
  readonly state: 'ours' | 'stranger' | 'ending' | 'gone'
  /** Whether it takes connections. */
  readonly ready: boolean
}

export function readPostmaster(cluster: string): Postmaster | undefined {
  let lines: string[]
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return undefined
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return {
    pid,
    port: Number(lines[3] ?? 0),
    socketFolder: lines[4] ?? '',
    state: judge(pid, cluster),
    ready: lines[7]?.trim() === 'ready',
  }
}

function judge(pid: number, cluster: string): Postmaster['state'] {
  const state = processState(pid)
  if (state === 'gone') return 'gone'
  // The memory with its command line goes first, so a running process without one is on its way out.
  if (state === 'zombie' || commandLine(pid).length === 0) return 'ending'
  return startedWith(pid, cluster) ? 'ours' : 'stranger'
}

/**
 * Stops a living postmaster and waits until it is gone: "fast" (transactions are rolled back, everything is written),
 * then, if that takes over a minute, "immediate" (the next start replays its log; nothing that was committed is lost).
 */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, patienceMs] of [['SIGINT', 60_000] as const, ['SIGQUIT', 15_000] as const]) {
    if (!send(pid, signal)) return
    const giveUpAt = Date.now() + patienceMs
    while (Date.now() < giveUpAt) {
      if (processState(pid) !== 'running') return
      await delay(5)
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop. See its log, then end that process by hand.`)
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
