import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ports } from '../../src/sandbox/running-ports.ts'

/** `khqr-hub start` as a process of its own, to be killed for real. */
export type HubProcess = {
  readonly pid: number
  readonly ports: Ports
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<number | null>
}

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))

/**
 * Starts the hub with this environment (see `testEnvironment`) and waits until it says that it is ready. `options` are the
 * command line's, before its command.
 */
export async function startHubProcess(
  environment: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<HubProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...options, 'start'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await untilReady(child)
  const dataDir = environment['HUB_DATA_DIR'] ?? ''
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    return child.exitCode
  }
  return {
    pid: child.pid ?? 0,
    ports: JSON.parse(readFileSync(join(dataDir, 'running-ports.json'), 'utf8')) as Ports,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (said.includes('is ready')) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code, signal) =>
      reject(new Error(`The hub ended (${code ?? signal}) before it was ready:\n${said}`)),
    )
  })
  // Read on, so that a full pipe never blocks it.
  child.stdout?.resume()
  child.stderr?.resume()
}
