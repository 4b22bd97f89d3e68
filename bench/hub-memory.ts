import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Bytes of the hub's process after its garbage was collected. */
export type Memory = { readonly rss: number; readonly heapUsed: number; readonly external: number }

const attachedWithinMs = 10_000

/**
 * Looks into the hub as a debugger does, by Node's own way: SIGUSR1 opens its inspector, which says on its log where it
 * listens (`--inspect-port=0`: anywhere), and is asked to collect garbage and to say what is left.
 */
export class HubMemory {
  readonly #inspector: WebSocket
  #asked = 0

  static async attach(pid: number, logFile: string): Promise<HubMemory> {
    process.kill(pid, 'SIGUSR1')
    const until = performance.now() + attachedWithinMs
    for (;;) {
      const url = [...readFileSync(logFile, 'utf8').matchAll(/^Debugger listening on (ws:\S+)$/gm)].at(-1)?.[1]
      if (url !== undefined) return new HubMemory(await opened(url))
      if (performance.now() > until) throw new Error('The hub opened no inspector')
      await wait(20)
    }
  }

  constructor(inspector: WebSocket) {
    this.#inspector = inspector
  }

  async read(): Promise<Memory> {
    // Finalizers of the first collection leave garbage for the second.
    for (let times = 0; times < 2; times += 1) await this.#ask('HeapProfiler.collectGarbage', {})
    const expression = 'JSON.stringify(process.memoryUsage())'
    const answer = await this.#ask('Runtime.evaluate', { expression, returnByValue: true })
    return JSON.parse((answer as { result: { value: string } }).result.value) as Memory
  }

  close(): void {
    this.#inspector.close()
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = (this.#asked += 1)
    return new Promise((resolve, reject) => {
      const hear = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } }
        if (answer.id !== id) return
        this.#inspector.removeEventListener('message', hear)
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`))
        else resolve(answer.result)
      }
      this.#inspector.addEventListener('message', hear)
      this.#inspector.send(JSON.stringify({ id, method, params }))
    })
  }
}

async function opened(url: string): Promise<WebSocket> {
  const inspector = new WebSocket(url)
  await new Promise((resolve, reject) => {
    inspector.addEventListener('open', resolve)
    inspector.addEventListener('error', reject)
  })
  return inspector
}
