import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after } from 'node:test'
import { systemClock } from '../../kit/clock.ts'
import { md5Hex } from '../../kit/crypto.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { answerJson, startLocalServer } from '../../kit/test-local-server.ts'
import type { ReceivedRequest } from '../../kit/test-local-server.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { MerchantAccount, ShownCode, VerifyKeys } from '../bank.ts'
import { createGuard } from '../../kit/guard.ts'
import { createBakong } from './index.ts'
import { readBakongSettings } from './settings.ts'
import type { Parts } from './api.ts'
import { keepInMemory } from './test-keeping.ts'

const http = createHttpClient(systemClock)
after(() => http.close())

export const account: MerchantAccount = {
  id: 1,
  bankCode: 'BAKONG',
  accountNumber: 'sample_shop@devb',
  currency: 'USD',
  storeId: '',
  terminalId: '',
  payeeAccount: 'sample_shop@devb',
  payeeMerchantId: undefined,
  active: true,
}
export const call = { correlationId: 'c-1' }
export const planned = { ...call, planned: true }
export const sampleRaw = {
  'base-url': 'http://127.0.0.1:8687/bakong',
  'account-id': 'sample_shop@devb',
  'merchant-name': 'Sample Shop',
}

/** A JWT as Bakong's, ending after so many days. Its signature is made up. */
export function jwt(days: number, id = 'sample'): string {
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { data: { id }, iat: now - 86_400, exp: now + days * 86_400 }
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.bm90LWEtc2lnbmF0dXJl`
}

export type Route = (request: ReceivedRequest, response: ServerResponse, count: number) => void

/** By the last part of the path. */
export type Routes = Readonly<Record<string, Route>>

/** For tests: an open API over real HTTP whose answers a test writes itself, and our connector to it. */
export async function bakongAnswering(
  routes: Routes,
  more: { raw?: object; keeping?: Parameters<typeof keepInMemory>[0] } = {},
) {
  const counts: Record<string, number> = {}
  const server = await startLocalServer((request, response) => {
    const name = request.url.split('/').at(-1) ?? ''
    counts[name] = (counts[name] ?? 0) + 1
    const route = routes[name] ?? routes['*']
    route?.(request, response, counts[name])
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
  const settings = readBakongSettings('BAKONG', { ...sampleRaw, 'base-url': server.url, ...more.raw }, tools)
  const keeping = keepInMemory({ token: jwt(60), ...more.keeping })
  const memory = { refusedToken: undefined, listsClosedAtMs: undefined, staticCodes: new Set<string>() }
  const parts: Parts = { settings, guard: createGuard('BAKONG', tools), clock, keeping, memory, sandbox: true }
  const sentTo = (name: string) => server.requests.filter((request) => request.url.endsWith(`/${name}`))
  return { bank: createBakong(settings, tools, keeping), parts, keeping, counts, server, sentTo, time }
}

export const single = 'check_transaction_by_md5'
export const list = 'check_transaction_by_md5_list'

export function code(text: string, amountMinor = 1_250n): ShownCode {
  const createdAt = new Date(Date.now() - 60_000)
  const expiresAt = new Date(Date.now() + 540_000)
  const amount = { amountMinor, currency: 'USD' as const }
  return { reference: '150001', qrString: text, md5: md5Hex(text), amount, createdAt, expiresAt }
}

export function keysOf(reference: string, ...codes: readonly ShownCode[]): VerifyKeys {
  return { reference, account, codes, unshown: [] }
}

export const transaction = (changes: object = {}) => ({
  hash: 'ab'.repeat(32),
  fromAccountId: 'sample_payer@devb',
  toAccountId: 'sample_shop@devb',
  currency: 'USD',
  amount: 12.5,
  description: null,
  createdDateMs: Date.now() - 30_000,
  acknowledgedDateMs: Date.now() - 29_000,
  trackingStatus: null,
  receiverBank: null,
  receiverBankAccount: null,
  instructionRef: null,
  externalRef: '100FT000000001',
  ...changes,
})

export const says =
  (body: unknown, status = 200): Route =>
  (_request, response) =>
    answerJson(response, status, body)
export const success = (data: unknown): object => {
  return { responseCode: 0, responseMessage: 'Getting transaction successfully.', errorCode: null, data }
}
export const refusal = (errorCode: number | null, responseMessage = 'Transaction could not be found.'): object => {
  return { responseCode: 1, responseMessage, errorCode, data: null }
}
export const dayUsedUp = refusal(17, 'Daily request limit of 100 exceeded. Please try again tomorrow.')
export const forbidden: Route = (_request, response) => {
  response.writeHead(403, { 'content-type': 'text/html' }).end('<html><head><title>403 Forbidden</title></head></html>')
}
export const html: Route = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please wait</html>')
}
export const silent: Route = () => undefined
export const notFound = says(refusal(1))
export const paid = says(success(transaction()))

export const isTrouble =
  (wanted: Partial<Trouble>, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof Trouble, String(error))
    for (const [name, value] of Object.entries(wanted)) assert.equal(error[name as keyof Trouble], value, error.message)
    assert.match(error.message, message)
    return true
  }
