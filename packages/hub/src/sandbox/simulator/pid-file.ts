import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a simulator that is being stopped may take before the next one gives up. */
const handOverMs = 5_000

/** Writes our pid beside the data file; refuses while another simulator is still writing that file. */
export async function takePidFile(path: string): Promise<void> {
  const until = Date.now() + handOverMs
  for (;;) {
    const other = await livingSimulator(path)
    if (other === undefined) break
    if (Date.now() > until) {
      throw new Error(
        `Another simulator (pid ${other}) is using this data; stop it first (SIGTERM), or remove ${path}.`,
      )
    }
    await wait(50)
  }
  await writeFile(path, `${process.pid}\n`)
}

export async function dropPidFile(path: string): Promise<void> {
  const pid = await readPid(path)
  if (pid === process.pid) await rm(path, { force: true })
}

/** The other living simulator that this file names; undefined when there is none. */
export async function livingSimulator(path: string): Promise<number | undefined> {
  const pid = await readPid(path)
  if (pid === undefined || pid === process.pid) return undefined
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  // A pid is used again some day: only a process that runs this program counts. Without /proc the pid alone decides.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'simulator/main.ts')
  return command.includes('simulator/main.ts') ? pid : undefined
}

async function readPid(path: string): Promise<number | undefined> {
  const pid = Number((await readFile(path, 'utf8').catch(() => '')).trim())
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}
