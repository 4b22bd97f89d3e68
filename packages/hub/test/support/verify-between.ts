import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { freePort } from '../../src/kit/free-port.ts'
import { sampleWorld } from '../../src/sandbox/sample-world.ts'
import { startTestHub, type TestHub } from './running-hub.ts'

/** What the simulated bank answers, and what a test makes of it. */
export type VerifyAnswer = {
  readonly status: string
  readonly txId?: string
  readonly payments?: readonly { readonly transactionId: string; readonly amount: unknown; readonly status?: string }[]
}

/** While `say` is set, verify of both banks answers what it makes of the truth. */
export type Between = { say: ((truth: VerifyAnswer) => unknown) | undefined }

/** A hub whose banks are the simulator's, but for verify: a test may put other words in its mouth. */
export async function startHubWithVerify(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ hub: TestHub; verify: Between }> {
  const verify: Between = { say: undefined }
  const simulator = await freePort('127.0.0.1')
  const truth = `http://127.0.0.1:${simulator}`
  const server = createServer((request, response) => void passOn(truth, verify, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const between = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const on = { HUB_SIMULATOR_PORT: String(simulator), HUB_REQUESTS_PER_MINUTE: '10000', ...settings }
  const hub = await startTestHub(t, on, (config) => {
    const { banks } = sampleWorld(config, { ...config.ports, simulator })
    const redirect = (bank: unknown) => {
      const own = bank as Readonly<Record<string, unknown>>
      return { ...own, 'verify-payment-url': String(own['verify-payment-url']).replace(truth, between) }
    }
    return { ...config, banks: { AMK: redirect(banks['AMK']), BANK01: redirect(banks['BANK01']) } }
  })
  return { hub, verify }
}

async function passOn(
  truth: string,
  verify: Between,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
  try {
    const answer = await fetch(truth + (request.url ?? ''), {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      body: Buffer.concat(chunks),
    })
    const text = await answer.text()
    const isPlayed = answer.status === 200 && verify.say !== undefined
    const body = isPlayed ? JSON.stringify(verify.say?.(JSON.parse(text) as VerifyAnswer)) : text
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type }).end(body)
  } catch {
    // The simulator hung up: so do we.
    response.destroy()
  }
}
