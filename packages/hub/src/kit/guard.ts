import { createBreaker, usualBreakerLimits } from './breaker.ts'
import type { Breaker, BreakerLimits, BreakerState } from './breaker.ts'
import type { CallContext, Probe } from './call.ts'
import type { Clock } from './clock.ts'
import { startDeadline } from './deadline.ts'
import type { Deadline } from './deadline.ts'
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { Trouble } from './trouble.ts'

/** What every connector is handed by the roof. */
export type ConnectorTools = {
  readonly http: HttpClient
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  /** Sandbox mode: connectors may reach this machine only. */
  readonly sandbox: boolean
  readonly breakerLimits?: BreakerLimits | undefined
}

export type GuardedCall = Omit<HttpRequest, 'target'> & {
  /** Sending it twice does what sending it once does: only then is it tried again after trouble. */
  readonly repeatable: boolean
}

/** Deadline, retry, circuit breaker, metrics and error translation around every call to one system. */
export type Guard = {
  readonly target: string
  /**
   * Gives back answers 2xx and 4xx. Throws `Trouble` for everything else: redirects, 429, 5xx, no answer, open breaker.
   * Calls of one operation share `deadline`.
   */
  call(call: GuardedCall, context: CallContext, deadline: Deadline): Promise<HttpAnswer>
  startDeadline(context: CallContext): Deadline
  /** Throws what `call` would throw now for an open breaker: for calls that are counted before they are sent. */
  refuseOpen(operation: string, context: CallContext): void
  /** One GET past the breaker: any HTTP answer, also an error, proves the path. */
  probe(url: string, context: CallContext): Promise<Probe>
  /** Operations that were never called are not listed. */
  breakerStates(): Readonly<Record<string, BreakerState>>
}

/** Tries of a repeatable call, the first one included. */
const mostTries = 3
const firstBackoffMs = 100
const longestRetryAfterS = 300
const stateFigures: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 }

export function createGuard(target: string, tools: ConnectorTools): Guard {
  const breakers = new Map<string, Breaker>()
  const breakerOf = (operation: string): Breaker => {
    const known = breakers.get(operation)
    if (known) return known
    const show = (state: BreakerState): void =>
      tools.metrics.breakerState.set({ target, operation }, stateFigures[state])
    const breaker = createBreaker(tools.breakerLimits ?? usualBreakerLimits, tools.clock.monotonicMs, show)
    show('closed')
    breakers.set(operation, breaker)
    return breaker
  }
  return {
    target,
    startDeadline: (context) => startDeadline(tools.clock, context.deadlineMs, context.sendBefore),
    async call(call, context, deadline) {
      const breaker = breakerOf(call.operation)
      for (let tried = 1; ; tried += 1) {
        try {
          return await tryOnce({ ...call, target }, context, deadline, breaker, tools)
        } catch (error) {
          const backoffMs = firstBackoffMs * 2 ** (tried - 1) * (0.5 + Math.random() / 2)
          const again = call.repeatable && tried < mostTries && isTransient(error) && deadline.remainingMs() > backoffMs
          if (!again) throw error
          tools.metrics.callRetries.inc({ target, operation: call.operation })
          await tools.clock.wait(backoffMs)
        }
      }
    },
    refuseOpen(operation, context) {
      const breaker = breakerOf(operation)
      if (context.notified !== true && breaker.retryAfterMs() > 0) throw circuitOpen({ target, operation }, breaker)
    },
    probe: (url, context) => probe(target, url, context, tools),
    breakerStates: () => Object.fromEntries([...breakers].map(([operation, breaker]) => [operation, breaker.state])),
  }
}

async function tryOnce(
  request: HttpRequest,
  context: CallContext,
  deadline: Deadline,
  breaker: Breaker,
  tools: ConnectorTools,
): Promise<HttpAnswer> {
  const pass = breaker.enter(context.notified === true)
  if (!pass) throw circuitOpen(request, breaker)
  const startedMs = tools.clock.monotonicMs()
  let failed = false
  let outcome = 'ok'
  let status: number | undefined
  try {
    const answer = await tools.http.send(request, context, deadline)
    status = answer.status
    refuseErrorStatus(request, answer)
    if (answer.status >= 400) outcome = 'refused'
    return answer
  } catch (error) {
    failed = isTransient(error)
    outcome = error instanceof Trouble ? error.kind : 'fault'
    tools.metrics.callErrors.inc({ target: request.target, operation: request.operation, kind: outcome })
    throw error
  } finally {
    pass.settle(failed)
    const durationMs = tools.clock.monotonicMs() - startedMs
    const { target, operation } = request
    tools.metrics.callSeconds.observe({ target, operation, outcome }, durationMs / 1000)
    const { correlationId } = context
    tools.log.info(
      {
        event: 'bank.call',
        correlationId,
        target,
        operation,
        outcome,
        httpStatus: status,
        durationMs: Math.round(durationMs),
      },
      `${target} ${operation}: ${outcome}`,
    )
  }
}

/** Trouble of the path or of the server: worth another try, and what the breaker counts. An unreadable answer is neither. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Trouble)) return false
  if (error.kind === 'unreachable' || error.kind === 'timeout') return true
  return error.kind === 'error_answer' && error.httpStatus !== undefined && error.httpStatus >= 500
}

function circuitOpen({ target, operation }: Pick<HttpRequest, 'target' | 'operation'>, breaker: Breaker): Trouble {
  return new Trouble('circuit_open', `${target} ${operation} is left alone after repeated failures`, {
    target,
    operation,
    outcome: 'not_done',
    retryAfterS: Math.max(1, Math.ceil(breaker.retryAfterMs() / 1000)),
  })
}

function refuseErrorStatus(request: HttpRequest, answer: HttpAnswer): void {
  const { status, headers, exchange } = answer
  if (status >= 200 && status < 300) return
  if (status >= 400 && status < 500 && status !== 429) return
  const where =
    status >= 300 && status < 400 ? ` (a redirect to "${headers['location'] ?? ''}", which is never followed)` : ''
  const message = `${request.target} ${request.operation} answered HTTP ${status}${where}`
  throw new Trouble('error_answer', message.slice(0, 300), {
    target: request.target,
    operation: request.operation,
    outcome: status === 429 ? 'not_done' : 'unknown',
    httpStatus: status,
    retryAfterS: readRetryAfter(headers['retry-after']),
    exchange,
  })
}

function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined
  return Math.min(Math.max(1, Number(text)), longestRetryAfterS)
}

async function probe(target: string, url: string, context: CallContext, tools: ConnectorTools): Promise<Probe> {
  const startedMs = tools.clock.monotonicMs()
  const spent = (): number => Math.round(tools.clock.monotonicMs() - startedMs)
  const request: HttpRequest = { target, operation: 'probe', method: 'GET', url }
  try {
    const { status } = await tools.http.send(request, context, startDeadline(tools.clock, context.deadlineMs))
    return { reachable: true, responseTimeMs: spent(), sentence: `${target} answers (HTTP ${status})` }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    const reachable = error.kind === 'unreadable'
    return { reachable, responseTimeMs: spent(), sentence: reachable ? `${target} answers` : error.message }
  }
}
