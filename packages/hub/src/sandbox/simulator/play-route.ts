import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Route as BakongRoute } from '../../banks/bakong/simulator/ports.ts'
import type { Route, RouteRequest } from '../../banks/bank-qr/simulator/ports.ts'
import type { Route as PaywayRoute } from '../../banks/payway/simulator/ports.ts'
import type { PolicyAnswer, PolicyRoute } from '../../billers/policy-system/simulator/ports.ts'
import { type FaultRule, type FaultTable, slowMs } from './faults.ts'

type Stage = { readonly target: string; readonly faults: FaultTable; readonly durable: () => Promise<void> }
type SomeAnswer = Exclude<
  ReturnType<Route['handle']> | ReturnType<PaywayRoute['handle']> | PolicyAnswer,
  'silence' | 'hang-up'
>

const htmlPage =
  '<!doctype html><html><head><title>Maintenance</title></head><body><h1>We will be back</h1></body></html>'

/** Mounts one call of a simulated system, with whatever fault is set on it. */
export function playRoute(
  app: FastifyInstance,
  route: Route | PolicyRoute | BakongRoute | PaywayRoute,
  stage: Stage,
): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const rule = stage.faults.find(stage.target, route.operation)
      const asked = routeRequest(request, rule)
      if ('arrive' in route) route.arrive?.(asked)
      const playsItself = rule !== undefined && 'plays' in route && route.plays.includes(rule.fault)
      const flaps = (): boolean => stage.faults.flaps(stage.target, route.operation)
      const instead = rule && !playsItself ? await insteadOfActing(rule, flaps) : undefined
      const answer: SomeAnswer | 'silence' | 'hang-up' = instead ?? route.handle(asked)
      if (answer === 'silence') return reply.hijack()
      if (answer === 'hang-up') {
        await stage.durable()
        request.raw.socket.destroy()
        return reply.hijack()
      }
      const afterMs = 'afterMs' in answer ? (answer.afterMs ?? 0) : 0
      if (afterMs > 0) await wait(afterMs)
      if (rule?.fault === 'slow-answer') await wait(slowMs(rule))
      await stage.durable()
      return send(reply, answer, rule)
    },
  })
}

function routeRequest(request: FastifyRequest, rule: FaultRule | undefined): RouteRequest {
  return {
    headers: request.headers,
    query: request.query as Record<string, string>,
    params: request.params as Record<string, string>,
    body: request.body instanceof Buffer ? request.body : Buffer.alloc(0),
    fault: rule && {
      kind: rule.fault,
      value: rule.value,
      setAtMs: rule.setAtMs,
      named: rule.operation !== '*',
    },
  }
}

/** The answer of a call that never reaches the system, or undefined when it goes through. */
async function insteadOfActing(rule: FaultRule, flaps: () => boolean): Promise<SomeAnswer | 'silence' | undefined> {
  const failed = { status: 500, contentType: 'application/json', body: '{"error":"INTERNAL_ERROR"}' }
  switch (rule.fault) {
    case 'slow':
      await wait(slowMs(rule))
      return undefined
    case '500':
      return failed
    case 'html':
      return { status: 200, contentType: 'text/html; charset=utf-8', body: htmlPage }
    case 'flap':
      return flaps() ? failed : undefined
    case 'silent':
      return 'silence'
    case 'quota':
      return {
        status: 429,
        contentType: 'application/json',
        body: '{"error":"TOO_MANY_REQUESTS"}',
        headers: { 'retry-after': '30' },
      }
    default:
      return undefined
  }
}

function send(reply: FastifyReply, answer: SomeAnswer, rule: FaultRule | undefined): FastifyReply {
  const body = Buffer.from(answer.body)
  const half = body.subarray(0, Math.floor(body.length / 2))
  if (rule?.fault === 'cut') {
    reply.hijack()
    reply.raw.writeHead(answer.status, { 'content-type': answer.contentType, 'content-length': body.length })
    reply.raw.write(half, () => reply.raw.destroy())
    return reply
  }
  if ('headers' in answer && answer.headers) reply.headers(answer.headers)
  return reply
    .code(answer.status)
    .header('content-type', answer.contentType)
    .send(rule?.fault === 'truncated' ? half : body)
}
