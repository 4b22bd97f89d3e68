import { setTimeout as wait } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { type Agent, request } from 'undici'
import type { Delivery } from './deliveries.ts'
import { type FaultRule, type FaultTable, slowMs } from './faults.ts'

/** What we answered, or why no answer came. */
export type AttemptAnswer = {
  readonly status?: number | undefined
  /** At most 2000 characters of it. */
  readonly body?: string | undefined
  readonly error?: string | undefined
}

/** How long a bank waits for our answer to one message. */
const attemptDeadlineMs = 15_000
const bodyKept = 2000

type Means = {
  readonly agent: Agent
  readonly faults: FaultTable
  readonly gatewayUrl: string
  readonly tokenOf: (bank: string) => string | undefined
}

/** Tells one message once. Never throws. */
export async function attemptDelivery(delivery: Delivery, means: Means): Promise<AttemptAnswer> {
  const rule = means.faults.find(delivery.bank, 'webhook')
  const lost = rule?.fault === 'silent' || (rule?.fault === 'flap' && means.faults.flaps(delivery.bank, 'webhook'))
  if (lost) return { error: `not sent: fault ${rule.fault}` }
  if (delivery.as) return callBack(delivery, delivery.as, means, rule)
  const token = means.tokenOf(delivery.bank)
  if (token === undefined) return { error: `not sent: ${delivery.bank} is no longer configured` }
  if (rule?.fault === 'slow') await wait(slowMs(rule))
  const bearer = rule?.fault === 'wrong-secret' ? `not-${token}` : token
  return callGateway(means, 'POST', delivery.path, bearer, bodyUnder(rule, delivery.body))
}

/** One call of ours as a bank makes it. Never throws. */
export function callGateway(
  means: Pick<Means, 'agent' | 'gatewayUrl'>,
  method: 'GET' | 'POST',
  path: string,
  bearer: string,
  body?: string,
): Promise<AttemptAnswer> {
  const headers = {
    authorization: `Bearer ${bearer}`,
    'x-request-id': randomUUID(),
    'x-timestamp': String(Math.floor(Date.now() / 1000)),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return send(means.agent, { method, url: new URL(path, means.gatewayUrl), headers, body })
}

/** A message to the address that a bank was given. It never leaves this machine, whatever address that is. */
async function callBack(
  { path, body }: Delivery,
  { method, headers }: NonNullable<Delivery['as']>,
  means: Means,
  rule: FaultRule | undefined,
): Promise<AttemptAnswer> {
  const url = new URL(path, means.gatewayUrl)
  const isHere = url.host === new URL(means.gatewayUrl).host || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (!isHere) return { error: `not sent: ${url.host} is neither the hub nor an address of this machine` }
  if (rule?.fault === 'slow') await wait(slowMs(rule))
  return send(means.agent, {
    method,
    url,
    headers: rule?.fault === 'wrong-secret' ? badlySigned(headers) : headers,
    body: method === 'GET' ? undefined : bodyUnder(rule, body),
  })
}

type Request = {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

async function send(dispatcher: Agent, { method, url, headers, body }: Request): Promise<AttemptAnswer> {
  try {
    const signal = AbortSignal.timeout(attemptDeadlineMs)
    const answer = await request(url, { dispatcher, method, headers: { ...headers }, body: body ?? null, signal })
    return { status: answer.statusCode, body: (await answer.body.text()).slice(0, bodyKept) }
  } catch (reason) {
    return { error: reason instanceof Error ? reason.message || reason.name : String(reason) }
  }
}

/** The same signature, of something else. */
function badlySigned(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isSignature = (name: string): boolean => /hmac|signature/.test(name)
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    isSignature(name) ? Buffer.from(Buffer.from(value, 'base64').toReversed()).toString('base64') : value,
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

function bodyUnder(rule: FaultRule | undefined, body: string): string {
  if (rule?.fault === 'html') return '<html><body>notice</body></html>'
  return rule?.fault === 'truncated' ? body.slice(0, Math.floor(body.length / 2)) : body
}
