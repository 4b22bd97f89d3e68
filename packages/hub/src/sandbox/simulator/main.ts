/**
 * The simulator's process. The hub spawns it with an ipc channel and sends one message, a `SimulatorConfig`; it answers
 * with one `SimulatorReply`. It outlives the hub for a while, as a bank would.
 */
import { completeConfig, type SimulatorReply } from './config.ts'
import { type SimulatorHost, startSimulator } from './host.ts'
import { dropPidFile, takePidFile } from './pid-file.ts'

/** Longer than all redeliveries together take, so that a hub that comes back hears everything. */
const livesOnMs = 90_000

let host: SimulatorHost | undefined
let pidFile: string | undefined
let isStopping = false

process.once('message', (message: unknown) => void start(message))
process.once('disconnect', () => setTimeout(() => void stop(), host === undefined ? 0 : livesOnMs))
process.once('SIGTERM', () => void stop())
// Ctrl-C reaches the whole process group; the hub decides when its simulator ends.
process.on('SIGINT', () => {})
if (process.send === undefined) {
  process.stderr.write('The simulator is started by the hub (khqr-hub start), which sends it its configuration.\n')
  process.exitCode = 2
}

async function start(message: unknown): Promise<void> {
  try {
    const config = completeConfig(message)
    await takePidFile(`${config.dataFile}.pid`)
    pidFile = `${config.dataFile}.pid`
    host = await startSimulator(config)
    reply({ type: 'ready', port: host.port })
  } catch (reason) {
    reply({ type: 'failed', message: reason instanceof Error ? reason.message : String(reason) })
    process.exitCode = 1
    await stop()
  }
}

async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  await host?.close()
  if (pidFile !== undefined) await dropPidFile(pidFile)
  if (process.connected) process.disconnect()
  process.exit()
}

function reply(answer: SimulatorReply): void {
  if (process.connected) process.send?.(answer)
}
