import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after } from 'node:test'
import { encode, toPng } from '@khqr-hub/khqr'
import { systemClock } from '../../kit/clock.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { answerJson, startLocalServer } from '../../kit/test-local-server.ts'
import type { ReceivedRequest } from '../../kit/test-local-server.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { MerchantAccount } from '../bank.ts'
import { createBankQr } from './index.ts'
import { sampleRawSettings } from './test-settings.ts'
import { readBankQrSettings } from './settings.ts'

const http = createHttpClient(systemClock)
after(() => http.close())

export const account: MerchantAccount = {
  id: 1,
  bankCode: 'AMK',
  accountNumber: '900000000000001',
  currency: 'USD',
  storeId: '800000000000001',
  terminalId: '70000001',
  payeeAccount: 'sample@amkb',
  payeeMerchantId: 'M-0001',
  active: true,
}
export const order = {
  reference: '150001',
  amount: { amountMinor: 15_000n, currency: 'USD' },
  payer: 'Sok Dara',
  account,
  expiresAt: new Date('2026-01-07T05:15:00Z'),
} as const
export const call = { correlationId: 'c-1' }

export const { qr } = encode({
  kind: 'merchant',
  payeeAccount: 'sample@amkb',
  merchantId: 'M-0001',
  acquiringBank: 'AMK',
  merchantName: 'Sample Insurance',
  currency: 'USD',
  amount: '150.00',
  billNumber: '150001',
  expiresAt: 1_767_763_800_000,
  createdAt: 1_767_762_000_000,
})
export const png = Buffer.from(toPng(qr))

export type Route = (request: ReceivedRequest, response: ServerResponse, count: number) => void

/** For tests: a bank over real HTTP whose answers a test writes itself, and our connector to it. */
export async function bankAnswering(
  routes: { login?: Route; qr?: Route; verify?: Route; refund?: Route; totals?: Route },
  changes: object = {},
) {
  const counts: Record<string, number> = {}
  const server = await startLocalServer((request, response) => {
    const name = routeOf(request)
    counts[name] = (counts[name] ?? 0) + 1
    const route = routes[name] ?? (name === 'login' ? goodLogin : undefined)
    route?.(request, response, counts[name])
  })
  after(() => server.close())
  const raw = {
    ...sampleRawSettings,
    base_url: server.url,
    'verify-payment-url': `${server.url}/pay/verify`,
    ...changes,
  }
  const time = { shiftMs: 0 }
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + time.shiftMs }
  const log = createLog({ level: 'silent', pretty: false })
  const tools = { http, clock, metrics: createMetrics(), log, sandbox: true }
  const settings = readBankQrSettings('AMK', raw, tools)
  const received = (name: string) => server.requests.filter((request) => request.url.includes(name))
  return { bank: createBankQr(settings, tools), counts, server, received, time }
}

function routeOf({ method, url }: ReceivedRequest): 'login' | 'qr' | 'verify' | 'refund' | 'totals' {
  if (url.startsWith('/auth/')) return 'login'
  if (url.startsWith('/qr/')) return 'qr'
  if (url.startsWith('/refunds')) return method === 'GET' ? 'totals' : 'refund'
  return 'verify'
}

export const goodLogin: Route = (_request, response, count) =>
  answerJson(response, 200, { access_token: `token-${count}`, token_type: 'Bearer', expires_in: 3600 })
export const sends =
  (body: string | Buffer, type = 'text/plain', status = 200): Route =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body)
  }
export const silent: Route = () => undefined

export const isTrouble =
  (wanted: Partial<Trouble>, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof Trouble, String(error))
    for (const [name, value] of Object.entries(wanted)) assert.equal(error[name as keyof Trouble], value, error.message)
    assert.match(error.message, message)
    return true
  }
