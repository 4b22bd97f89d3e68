import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { livingSimulator } from './simulator/pid-file.ts'
import type { SimulatorConfig, SimulatorReply } from './simulator/config.ts'

export type RunningSimulator = { readonly port: number; readonly pid: number; stop(): Promise<void> }

const startWithinMs = 15_000
const handOverWithinMs = 10_000

/** Starts the banks and policy systems played by us, as a process of their own. Throws with its own sentence. */
export async function spawnSimulator(config: SimulatorConfig): Promise<RunningSimulator> {
  await replaceLeftover(config.dataFile)
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('./simulator/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  child.send(config)
  const reply = await firstReply(child)
  if (reply.type === 'failed') throw new Error(`The simulator did not start: ${reply.message}`)
  return {
    port: reply.port,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** A hub that was killed leaves its simulator behind, telling its notices: it hands over to the new one. */
async function replaceLeftover(dataFile: string): Promise<void> {
  const pid = await livingSimulator(`${dataFile}.pid`)
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  const until = performance.now() + handOverWithinMs
  while ((await livingSimulator(`${dataFile}.pid`)) !== undefined && performance.now() < until) await delay(20)
}

async function firstReply(child: ChildProcess): Promise<SimulatorReply> {
  const timer = setTimeout(() => child.kill('SIGKILL'), startWithinMs)
  try {
    return await new Promise<SimulatorReply>((resolve, reject) => {
      child.once('message', (message) => resolve(message as SimulatorReply))
      child.once('error', reject)
      child.once('exit', (code, signal) =>
        reject(new Error(`The simulator ended before it was ready (${code ?? signal}).`)),
      )
    })
  } finally {
    clearTimeout(timer)
  }
}
