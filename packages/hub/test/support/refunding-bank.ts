import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { freePort } from '../../src/kit/free-port.ts'
import { sampleWorld } from '../../src/sandbox/sample-world.ts'
import { startTestHub, type TestHub } from './running-hub.ts'
import { restSchedule } from './schedule.ts'

export type Totals = {
  readonly refunded: string
  readonly refunds: readonly { readonly refundId?: string; readonly amount: string; readonly status: string }[]
}

/** How the bank between tells what it has refunded; the rest of it is the simulator's. */
export type Speech = {
  /** Rewrites what the simulator says; kept as it is unless set. */
  totals: (said: Totals) => Totals
  /** The next answer about totals waits for this, with what was true when it was asked for. */
  hold: Promise<unknown> | undefined
  /** Resolves `hold`'s own "asked": somebody's question is being held. */
  asked: () => void
}

/**
 * A hub whose bank `code` is the simulator's, active, but for what it tells of refunds: the one that names none of our ids,
 * counts what it has not sent, or lies.
 */
export async function startHubWithRefundingBank(
  t: TestContext,
  code: 'BANK01' | 'BANK03',
): Promise<{ hub: TestHub; speech: Speech }> {
  const speech: Speech = { totals: (said) => said, hold: undefined, asked: () => {} }
  const simulator = await freePort('127.0.0.1')
  const truth = `http://127.0.0.1:${simulator}`
  const server = createServer((request, response) => {
    passOn(truth, speech, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const between = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hub = await startTestHub(
    t,
    { HUB_SIMULATOR_PORT: String(simulator), HUB_REQUESTS_PER_MINUTE: '10000' },
    (config) => {
      const settings = sampleWorld(config, { ...config.ports, simulator }).banks[code] as Record<string, unknown>
      const base = String(settings['base_url']).replace(truth, between)
      return { ...config, banks: { [code]: { ...settings, base_url: base, active: true } } }
    },
  )
  await restSchedule(hub)
  return { hub, speech }
}

async function passOn(
  truth: string,
  speech: Speech,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
  const isTotals = request.method === 'GET' && request.url?.includes('/refunds?') === true
  const answer = await fetch(truth + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(request.method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
  })
  let body = Buffer.from(await answer.arrayBuffer())
  if (isTotals && body.toString('utf8').startsWith('{"transactionId"')) {
    body = Buffer.from(JSON.stringify(speech.totals(JSON.parse(body.toString('utf8')) as Totals)))
    if (speech.hold) {
      const { hold } = speech
      speech.hold = undefined
      speech.asked()
      await hold
    }
  }
  const type = answer.headers.get('content-type')
  response.writeHead(answer.status, type === null ? {} : { 'content-type': type }).end(body)
}
