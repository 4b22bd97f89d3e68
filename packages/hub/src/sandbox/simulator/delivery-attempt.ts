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
  const token = means.tokenOf(delivery.bank)
  if (token === undefined) return { error: `not sent: ${delivery.bank} is no longer configured` }
  if (rule?.fault === 'slow') await wait(slowMs(rule))
  const bearer = rule?.fault === 'wrong-secret' ? `not-${token}` : token
  return callGateway(means, 'POST', delivery.path, bearer, bodyUnder(rule, delivery.body))
}

/** One call of ours as a bank makes it. Never throws. */
export async function callGateway(
  means: Pick<Means, 'agent' | 'gatewayUrl'>,
  method: 'GET' | 'POST',
  path: string,
  bearer: string,
  body?: string,
): Promise<AttemptAnswer> {
  try {
    const answer = await request(new URL(path, means.gatewayUrl), {
      dispatcher: means.agent,
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        'x-request-id': randomUUID(),
        'x-timestamp': String(Math.floor(Date.now() / 1000)),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body ?? null,
      signal: AbortSignal.timeout(attemptDeadlineMs),
    })
    return { status: answer.statusCode, body: (await answer.body.text()).slice(0, bodyKept) }
  } catch (reason) {
    return { error: reason instanceof Error ? reason.message || reason.name : String(reason) }
  }
}

function bodyUnder(rule: FaultRule | undefined, body: string): string {
  if (rule?.fault === 'html') return '<html><body>notice</body></html>'
  return rule?.fault === 'truncated' ? body.slice(0, Math.floor(body.length / 2)) : body
}
