import { existsSync, readdirSync, readFileSync } from 'node:fs'

// CPU time of other processes, from /proc. Where there is none (not Linux), nothing is known and NaN is given.

const nsPerMs = 1e6
/** `getconf CLK_TCK` on every Linux that runs Node. */
const msPerTick = 10

/** CPU milliseconds that a process with all its threads has used so far; 0 once it is gone. */
export function cpuOf(pid: number): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce((sum, thread) => sum + threadMs(pid, thread), 0)
  } catch {
    return 0
  }
}

/**
 * CPU milliseconds that a PostgreSQL has used so far: the postmaster, its backends, and those that have ended, which the
 * kernel counts in ticks of 10 ms.
 */
export function cpuOfPostgres(postmasterPid: number): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === postmasterPid)
  const living = [String(postmasterPid), ...children].reduce((sum, pid) => sum + cpuOf(Number(pid)), 0)
  const endedTicks = statOf(String(postmasterPid)).slice(13, 15)
  return endedTicks.reduce((sum, ticks) => sum + Number(ticks) * msPerTick, living)
}

/** The parent of a process; undefined when either is gone. */
export function parentOf(pid: string): number | undefined {
  const parent = Number(statOf(pid)[1])
  return Number.isInteger(parent) ? parent : undefined
}

function threadMs(pid: number, thread: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / nsPerMs
}

/** The fields of /proc/PID/stat from the third (state) on: a program's name, before it, may hold anything. */
function statOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
