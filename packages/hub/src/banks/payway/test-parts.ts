import type { ServerResponse } from 'node:http'
import { after } from 'node:test'
import { systemClock } from '../../kit/clock.ts'
import { createGuard } from '../../kit/guard.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { answerJson, startLocalServer } from '../../kit/test-local-server.ts'
import type { ReceivedRequest } from '../../kit/test-local-server.ts'
import type { MerchantAccount } from '../bank.ts'
import type { Parts } from './api.ts'
import { calls } from './calls.ts'
import type { CalledOperation } from './calls.ts'
import { createKeyRing } from './keys.ts'
import { readPaywaySettings } from './settings.ts'
import { throwawayKeys } from './test-keys.ts'

const http = createHttpClient(systemClock)
after(() => http.close())

export const account: MerchantAccount = {
  id: 1,
  bankCode: 'ABA',
  accountNumber: 'khhubdemo',
  currency: 'USD',
  storeId: '',
  terminalId: '',
  payeeAccount: 'sample_shop@abaa',
  payeeMerchantId: undefined,
  active: true,
}
export const call = { correlationId: 'c-1' }

/** Ours to read what is sealed for PayWay. */
export const { publicKey, privateKey } = throwawayKeys()

export type Route = (request: ReceivedRequest, response: ServerResponse, count: number) => void

/** For tests: a PayWay over real HTTP whose answers a test writes itself, by operation, and our parts to ask it with. */
export async function paywayAnswering(
  routes: Partial<Record<CalledOperation, Route>>,
  more: { readonly raw?: object; readonly spent?: readonly CalledOperation[] | undefined } = {},
) {
  const counts: Partial<Record<CalledOperation, number>> = {}
  const operationOf = (url: string): CalledOperation | undefined =>
    (Object.keys(calls) as CalledOperation[]).find((name) => calls[name].path === url)
  const server = await startLocalServer((request, response) => {
    const name = operationOf(request.url)
    const route = name && routes[name]
    if (!route) return void response.writeHead(404).end()
    counts[name] = (counts[name] ?? 0) + 1
    return route(request, response, counts[name])
  })
  after(() => server.close())
  const time = { shiftMs: 0 }
  const clock = {
    ...systemClock,
    now: () => new Date(Date.now() + time.shiftMs),
    monotonicMs: () => systemClock.monotonicMs() + time.shiftMs,
  }
  const log = createLog({ level: 'silent', pretty: false })
  const tools = { http, clock, metrics: createMetrics(), log, sandbox: true }
  const raw = { ...sampleRaw, 'base-url': server.url, ...more.raw }
  const settings = readPaywaySettings('ABA', raw, tools)
  const takes: { account: string; operation: string; perMinute: number }[] = []
  const rates = {
    take: async (account: string, operation: string, perMinute: number) => {
      takes.push({ account, operation, perMinute })
      return more.spent?.some((one) => one === operation) !== true
    },
  }
  const keys = createKeyRing(settings, tools)
  const keeping = { budget: nobody, tokens: nobody, rates } as unknown as Parts['keeping']
  const parts: Parts = { settings, guard: createGuard('ABA', tools), clock, log, keeping, keys }
  const sentTo = (name: CalledOperation) =>
    server.requests
      .filter((request) => operationOf(request.url) === name)
      .map((request) => JSON.parse(request.body) as Readonly<Record<string, string>>)
  return { parts, server, counts, sentTo, time, takes }
}

const nobody = new Proxy({}, { get: () => Promise.reject(new Error('PayWay counts no calls by the day')) })

export const sampleRaw = {
  'merchant-id': 'khhubdemo',
  'api-key': 'example-key-usd-0001',
  'payee-account': 'sample_shop@abaa',
  'callback-origin': 'http://127.0.0.1:8080',
  'callback-account': 'made-up-part-of-a-path',
  'rsa-public-key': String(publicKey.export({ type: 'spki', format: 'pem' })),
}

export const says =
  (body: unknown, status = 200): Route =>
  (_request, response) =>
    answerJson(response, status, body)
export const html: Route = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please wait</html>')
}
export const silent: Route = () => undefined
export const code = (of: string | number, message = ''): object => ({ status: { code: of, message, tran_id: 'x' } })
