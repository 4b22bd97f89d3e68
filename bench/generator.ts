import { quantile } from './figures.ts'
import { HttpConnection } from './http-connection.ts'

/** The same request again and again, from `connections` keep-alive connections, each with one on its way. */
export type Load = {
  readonly port: number
  readonly request: string
  readonly connections: number
  readonly forMs: number
}

export type Loaded = {
  readonly answers: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU milliseconds of the generator. */
  readonly cpuMs: number
  /** Answers that were not 200, or of another length than the first: any is too many. */
  readonly wrong: number
}

// The load generator of (b), a process of its own.
process.on('message', (load: Load) => {
  generate(load).then(
    (loaded) => process.send?.(loaded),
    (error: unknown) => {
      throw error
    },
  )
})
process.once('disconnect', () => process.exit())

async function generate({ port, request, connections, forMs }: Load): Promise<Loaded> {
  const bytes = Buffer.from(request)
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(port)))
  const latenciesMs: number[] = []
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  const endMs = startedMs + forMs
  let length: number | undefined
  let wrong = 0
  const ask = async (connection: HttpConnection) => {
    for (let sentMs = performance.now(); sentMs < endMs; ) {
      const { status, body } = await connection.send(bytes)
      length ??= body.byteLength
      if (status !== 200 || body.byteLength !== length) wrong += 1
      const answeredMs = performance.now()
      latenciesMs.push(answeredMs - sentMs)
      sentMs = answeredMs
    }
  }
  await Promise.all(open.map(ask))
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  for (const connection of open) connection.close()
  return {
    answers: latenciesMs.length,
    seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMs: (user + system) / 1_000,
    wrong,
  }
}
