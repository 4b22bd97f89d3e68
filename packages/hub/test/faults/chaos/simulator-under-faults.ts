import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SimulatorConfig } from '../../../src/sandbox/simulator/config.ts'
import { type Answer, call } from '../../support/running-hub.ts'

/** The banks and policy systems of the run, in a process that is killed too and comes back with its file. */
export type SimulatorUnderFaults = {
  readonly port: number
  pid(): number | undefined
  kill(): number | undefined
  freeze(ms: number): Promise<number | undefined>
  /** One control call; throws while it is away. */
  control(method: string, path: string, body?: unknown): Promise<Answer>
  /** As `control`, asking again until it was answered; for calls that do no harm twice. */
  controlPatiently(method: string, path: string, body?: unknown): Promise<Answer>
  stop(): Promise<void>
}

export const simulatorEntry = fileURLToPath(new URL('../../../src/sandbox/simulator/main.ts', import.meta.url))
const restMs = 100

export async function startSimulatorUnderFaults(
  config: SimulatorConfig,
  environment: Readonly<Record<string, string>>,
): Promise<SimulatorUnderFaults> {
  let child: ChildProcess | undefined
  const state = { stopping: false, ready: false }
  const keeper = (async () => {
    while (!state.stopping) {
      const born = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', simulatorEntry], {
        env: { PATH: process.env['PATH'] ?? '', ...environment },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      child = born
      born.on('error', () => {})
      const ended = once(born, 'exit')
      born.once('message', (reply: { type: string }) => {
        state.ready = reply.type === 'ready'
      })
      born.send(config, () => {})
      await ended
      state.ready = false
      if (!state.stopping) await delay(restMs)
    }
  })()
  const control = (method: string, path: string, body?: unknown) =>
    call(`http://127.0.0.1:${config.port}${path}`, method, body === undefined ? {} : { json: body })
  while (!state.ready) await delay(20)
  return {
    port: config.port,
    pid: () => (state.ready ? child?.pid : undefined),
    kill() {
      if (!state.ready || !child) return undefined
      state.ready = false
      child.kill('SIGKILL')
      return child.pid
    },
    async freeze(ms) {
      const one = child
      if (!state.ready || !one) return undefined
      one.kill('SIGSTOP')
      await delay(ms)
      one.kill('SIGCONT')
      return one.pid
    },
    control,
    async controlPatiently(method, path, body) {
      for (;;) {
        const answer = await control(method, path, body).catch(() => undefined)
        if (answer && answer.status < 500) return answer
        await delay(100)
      }
    },
    async stop() {
      state.stopping = true
      child?.kill('SIGCONT')
      child?.kill('SIGTERM')
      await keeper
    },
  }
}
