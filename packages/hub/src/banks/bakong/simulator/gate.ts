import { errorWords, quotaExceeded, refused, serverPage } from './envelope.ts'
import type { Answer, Fault, Route, RouteRequest } from './ports.ts'
import type { CountedCall, Quota } from './quota.ts'
import type { Tokens } from './tokens.ts'

/** Faults that every call of the API can have besides those of plain HTTP. */
export const everyonesFaults = ['abroad', '429', '504', 'code'] as const

/** Faults of calls that need a token and are counted. */
export const countedFaults = [
  ...everyonesFaults,
  'quota',
  'expired-token',
  'expired-token-200',
  'wrong-secret',
] as const

const codeUnlessSaid = 9

/** The answer of a call that never reaches the API's own code. */
export function refusedAtDoor(fault: Fault | undefined): Answer | undefined {
  switch (fault?.kind) {
    case 'abroad':
    case 'list-refused':
      return serverPage(403, 'Forbidden')
    case '429':
      return serverPage(429, 'Too Many Requests')
    case '504':
      return serverPage(504, 'Gateway Time-out')
    case 'code':
      return refused(Number(fault.value ?? codeUnlessSaid))
    default:
      return undefined
  }
}

type Counted = {
  readonly operation: string
  readonly path: string
  readonly plays: readonly string[]
  /** `body` is any JSON value. */
  readonly answer: (body: unknown, fault: Fault | undefined) => Answer
}

/**
 * A status call: it needs a token and counts against the day of that token from the moment it arrives, whatever becomes
 * of it. Only what a server before the API turns away for coming from abroad is not counted.
 */
export function countedRoute(route: Counted, tokens: Tokens, quota: Quota): Route {
  const arrived = new WeakMap<RouteRequest, CountedCall>()
  const { operation, path, answer } = route
  return {
    operation,
    method: 'POST',
    path,
    plays: [...countedFaults, ...route.plays],
    arrive(request) {
      const token = request.fault?.kind === 'abroad' ? undefined : tokens.accept(request)
      if (token !== undefined) arrived.set(request, quota.take(token))
    },
    handle(request) {
      const { fault } = request
      const atDoor = refusedAtDoor(fault)
      if (atDoor) return atDoor
      const call = arrived.get(request)
      if (!call) return refused(6, errorWords[6], fault?.kind === 'expired-token-200' ? 200 : 401)
      if (fault?.kind === 'quota' || call.count > call.perDay) return quotaExceeded(call.perDay)
      const body = jsonIn(request.body)
      return body === undefined ? refused(5, 'The request body is not JSON.', 400) : answer(body, fault)
    },
  }
}

/** Any JSON value; undefined where it is none. */
export function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

/** A field of a JSON object that is a text of 1 to `most` characters. */
export function textIn(body: unknown, name: string, most: number): string | undefined {
  const value = fieldOf(body, name)
  return typeof value === 'string' && value.length > 0 && value.length <= most ? value : undefined
}

export function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}
