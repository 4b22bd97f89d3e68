import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Ports } from '../packages/hub/src/sandbox/running-ports.ts'

/** `khqr-hub start` as a process of its own. */
export type SpawnedHub = {
  readonly pid: number
  readonly ports: Ports
  /** Ends it as Ctrl-C does. Throws when it does not end well. */
  stop(): Promise<void>
}

const entry = fileURLToPath(new URL('../packages/hub/bin/khqr-hub.js', import.meta.url))
const readyWithinMs = 30_000

export function hubLogIn(dataDir: string): string {
  return join(dataDir, 'hub.log')
}

/** Its log goes to a file, as a service's does: nobody here should spend time on reading it. */
export async function spawnHub(dataDir: string, environment: Readonly<Record<string, string>>): Promise<SpawnedHub> {
  const portsFile = join(dataDir, 'running-ports.json')
  const logFile = hubLogIn(dataDir)
  rmSync(portsFile, { force: true })
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, 'start'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const until = performance.now() + readyWithinMs
  // It notes its ports when it is ready.
  while (!existsSync(portsFile)) {
    if (hasEnded() || performance.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`The hub did not start. It said:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`)
    }
    await wait(20)
  }
  return {
    pid: child.pid ?? 0,
    ports: JSON.parse(readFileSync(portsFile, 'utf8')) as Ports,
    async stop() {
      if (!hasEnded()) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await gone
      }
      if (child.exitCode !== 0)
        throw new Error(`The hub ended with ${child.exitCode ?? child.signalCode}; see ${logFile}`)
    },
  }
}
