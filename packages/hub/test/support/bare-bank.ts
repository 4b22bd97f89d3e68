import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { freePort } from '../../src/kit/free-port.ts'
import { sampleWorld } from '../../src/sandbox/sample-world.ts'
import { startTestHub, type TestHub } from './running-hub.ts'
import { restSchedule } from './schedule.ts'

/** How AMK's verify answers: a bank that once lists its movements, and another time says no more than "paid". */
export type BareVerify = { isBare: boolean }

/** A hub whose AMK is the simulator's, but for verify, which leaves out everything but the status while it is bare. */
export async function startHubWithBareBank(t: TestContext): Promise<{ hub: TestHub; verify: BareVerify }> {
  const verify: BareVerify = { isBare: true }
  const simulator = await freePort('127.0.0.1')
  const truth = `http://127.0.0.1:${simulator}`
  const server = createServer((request, response) => void passOn(truth, verify, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const between = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hub = await startTestHub(
    t,
    { HUB_SIMULATOR_PORT: String(simulator), HUB_REQUESTS_PER_MINUTE: '10000' },
    (config) => {
      const { AMK } = sampleWorld(config, { ...config.ports, simulator }).banks
      const settings = AMK as Readonly<Record<string, unknown>>
      const url = String(settings['verify-payment-url']).replace(truth, between)
      return { ...config, banks: { AMK: { ...settings, 'verify-payment-url': url } } }
    },
  )
  await restSchedule(hub)
  return { hub, verify }
}

async function passOn(
  truth: string,
  verify: BareVerify,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
  const answer = await fetch(truth + (request.url ?? ''), {
    method: request.method ?? 'POST',
    headers: headers as Record<string, string>,
    body: Buffer.concat(chunks),
  })
  const said = (await answer.json()) as { status?: unknown }
  const body = verify.isBare ? { status: said.status } : said
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
