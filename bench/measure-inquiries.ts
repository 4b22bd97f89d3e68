import type { ChildProcess } from 'node:child_process'
import type { BareAnswer } from './bare-server.ts'
import type { Load, Loaded } from './generator.ts'
import { type Answer, HttpConnection, jsonOf, requestBytes } from './http-connection.ts'
import { inTurns, type Pair } from './pairs.ts'
import { cpuOf } from './process-cpu.ts'
import { ask, startProcess } from './processes.ts'
import { bankCode, makeBills } from './sandbox.ts'
import type { World } from './world.ts'

export type InquiryLeg = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU milliseconds of the server for one answer. */
  readonly serverCpuMs: number
  readonly generatorCpuMs: number
}

export const inquiryConnections = 16
const warmUpMs = 1_500

/** (b) The same inquiry answered from cache by the hub, and its bytes by a bare `node:http` server, in turns. */
export async function measureInquiries(
  world: World,
  how: { rounds: number; forMs: number; random: () => number; progress: (sentence: string) => void },
): Promise<Pair<InquiryLeg>[]> {
  const [bill] = await makeBills(world, 1, how.random)
  const token = world.secrets.banks[bankCode]?.bankToken ?? ''
  const path = `/${bankCode}/payments?query=${bill}`
  const request = requestBytes({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } })
  const { gateway } = world.hub.ports
  const answer = await askOnce(gateway, request)
  const processes: ChildProcess[] = []
  const start = (file: string) => processes[processes.push(startProcess(file)) - 1] as ChildProcess
  try {
    const server = start('./bare-server.ts')
    const barePort = await ask<number>(server, bareAnswer(answer))
    const generator = start('./generator.ts')
    const leg = async (pid: number, port: number, forMs: number) => {
      const load: Load = { port, request: request.toString('latin1'), connections: inquiryConnections, forMs }
      return runLeg(generator, load, pid)
    }
    const runHub = (forMs: number) => fromCache(gateway, () => leg(world.hub.pid, gateway, forMs))
    const runBare = (forMs: number) => leg(server.pid ?? 0, barePort, forMs)
    await runBare(warmUpMs)
    await leg(world.hub.pid, gateway, warmUpMs)
    const pairs: Pair<InquiryLeg>[] = []
    for (let round = 1; round <= how.rounds; round += 1) {
      how.progress(`(b) inquiries from cache: round ${round} of ${how.rounds}`)
      pairs.push(
        await inTurns(
          round,
          () => runHub(how.forMs),
          () => runBare(how.forMs),
        ),
      )
    }
    return pairs
  } finally {
    for (const child of processes) child.disconnect()
  }
}

async function askOnce(port: number, request: Buffer): Promise<Answer> {
  const connection = await HttpConnection.open(port)
  const answer = await connection.send(request)
  jsonOf(answer, 'the inquiry')
  connection.close()
  return answer
}

/** The hub's answer with all its headers, those apart that `node:http` writes itself. */
function bareAnswer(answer: Answer): BareAnswer {
  const headers = [...answer.head.matchAll(/^([\w-]+): *(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value])
  const own = new Set(['date', 'connection', 'keep-alive'])
  const kept = headers.filter(([name = '']) => !own.has(name.toLowerCase()))
  return { status: answer.status, headers: Object.fromEntries(kept), body: answer.body.toString('utf8') }
}

async function runLeg(generator: ChildProcess, load: Load, pid: number): Promise<InquiryLeg> {
  const before = cpuOf(pid)
  const loaded = await ask<Loaded>(generator, load)
  const serverMs = cpuOf(pid) - before
  if (loaded.wrong > 0) throw new Error(`${loaded.wrong} of ${loaded.answers} inquiries got another answer`)
  return {
    perSecond: loaded.answers / loaded.seconds,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
    serverCpuMs: serverMs / loaded.answers,
    generatorCpuMs: loaded.cpuMs / loaded.answers,
  }
}

/** Runs a leg, and makes sure that no inquiry of it went to the policy system. */
async function fromCache<Result>(port: number, run: () => Promise<Result>): Promise<Result> {
  const before = await lookUps(port)
  const result = await run()
  const after = await lookUps(port)
  if (after !== before) throw new Error(`${after - before} inquiries were not answered from the cache`)
  return result
}

async function lookUps(port: number): Promise<number> {
  const connection = await HttpConnection.open(port)
  const answer = await connection.send(requestBytes({ method: 'GET', path: '/actuator/prometheus' }))
  connection.close()
  const line = /^hub_cache_lookups_total{cache="premiums",result="miss"} (\S+)$/m.exec(answer.body.toString('utf8'))
  return Number(line?.[1] ?? 0)
}
