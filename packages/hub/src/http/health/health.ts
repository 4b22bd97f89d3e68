import type { FastifyInstance } from 'fastify'
import { allSinks } from '../../domain/events.ts'
import type { BankAtWork, Hub } from '../../flows/hub.ts'
import type { Probe } from '../../kit/call.ts'
import { newCorrelationId } from '../../kit/ids.ts'
import { checkLag } from '../../store/checks.ts'
import { deliveryLag } from '../../store/deliveries.ts'
import { ping } from '../../store/health.ts'
import type { SurfaceTools } from '../server.ts'
import { callsView, gaugeCalls, readAllowances } from './bank-calls.ts'

type Status = 'UP' | 'DOWN' | 'DEGRADED'
type Component = { readonly status: Status; readonly details?: Readonly<Record<string, unknown>> }

/** Probes are this old at most when they are shown, and take this long at most. */
const probeAgeMs = 5_000
const probeDeadlineMs = 1_000

export type HealthTools = SurfaceTools & {
  /** Whether every role's port is open. */
  readonly isReady: () => boolean
  readonly version: string
  readonly mode: string
}

/**
 * `/actuator/*`: whether the hub can do its work, without a single internal address. A bank that is away makes it
 * DEGRADED (still 200); only the database makes it DOWN (503).
 */
export function mountHealth(surface: FastifyInstance, tools: HealthTools): void {
  const { hub } = tools
  const open = { config: { open: true } }
  const look = rememberFor(probeAgeMs, hub, () => components(hub))
  surface.get('/actuator/health', open, async (_request, reply) => {
    if (!tools.isReady()) return reply.code(503).send({ status: 'DOWN', components: {}, reason: 'starting' })
    const [db, others] = await Promise.all([database(hub), look()])
    const all = { db, ...others, gatewayService: { status: 'UP' } satisfies Component }
    const status = overall(all)
    return reply.code(status === 'DOWN' ? 503 : 200).send({ status, components: all })
  })
  surface.get('/actuator/health/liveness', open, () => ({ status: 'UP' }))
  surface.get('/actuator/health/readiness', open, async (_request, reply) => {
    const isReady = tools.isReady() && (await database(hub)).status === 'UP'
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'UP' : 'DOWN' })
  })
  surface.get('/actuator/info', open, () => ({ name: 'khqr-hub', version: tools.version, mode: tools.mode }))
  surface.get('/actuator/metrics', open, async () => ({
    names: (await hub.metrics.registry.getMetricsAsJSON()).map((one) => one.name),
  }))
  surface.get('/actuator/prometheus', open, async (_request, reply) => {
    await gauge(hub)
    return reply.type(hub.metrics.registry.contentType).send(await hub.metrics.registry.metrics())
  })
}

async function gauge(hub: Hub): Promise<void> {
  const { totalCount, idleCount, waitingCount } = hub.db.pool
  hub.metrics.pool.set({ state: 'in_use' }, totalCount - idleCount)
  hub.metrics.pool.set({ state: 'idle' }, idleCount)
  hub.metrics.pool.set({ state: 'waiting' }, waitingCount)
  await gaugeChecks(hub)
  await gaugeCalls(hub)
  const lags = await deliveryLag(hub.db).catch(() => undefined)
  // A sink with nothing due has no row; without an answer the last figures stay.
  for (const sink of lags ? allSinks() : []) {
    const lag = lags?.find((one) => one.sink === sink)
    hub.metrics.outboxDue.set({ sink }, lag?.due ?? 0)
    hub.metrics.outboxLagSeconds.set({ sink }, lag?.oldestS ?? 0)
  }
}

async function gaugeChecks(hub: Hub): Promise<void> {
  const lags = await checkLag(hub.db).catch(() => undefined)
  for (const bank of lags ? hub.banks.keys() : []) {
    const lag = lags?.find((one) => one.bankCode === bank)
    hub.metrics.checksDue.set({ bank }, lag?.due ?? 0)
    hub.metrics.checkLagSeconds.set({ bank }, lag?.oldestS ?? 0)
  }
}

async function database(hub: Hub): Promise<Component> {
  const startedMs = hub.clock.monotonicMs()
  const isUp = await Promise.race([
    ping(hub.db).then(
      () => true,
      () => false,
    ),
    hub.clock.wait(probeDeadlineMs).then(() => false),
  ])
  const responseTime = Math.round(hub.clock.monotonicMs() - startedMs)
  return isUp ? { status: 'UP', details: { responseTime } } : { status: 'DOWN', details: { reason: 'no answer' } }
}

async function components(hub: Hub): Promise<Readonly<Record<string, Component>>> {
  const banks = [...hub.banks.values()].filter((at) => at.active)
  const [bankProbes, billerProbes, allowances] = await Promise.all([
    probeAll(
      hub,
      banks,
      (at: BankAtWork) => at.code,
      (at) => at.bank.probe(call()),
    ),
    probeAll(
      hub,
      [...hub.billers.values()],
      (biller) => biller.name,
      (biller) => biller.probe(call()),
    ),
    readAllowances(hub),
  ])
  const shown = Object.entries(bankProbes).map(([code, row]) => {
    const allowance = allowances.get(code)
    return [code, allowance ? { ...row, statusCalls: callsView(allowance) } : row] as const
  })
  return { bankApi: summary(Object.fromEntries(shown)), policySystems: summary(billerProbes) }
}

function call() {
  return { correlationId: newCorrelationId(), deadlineMs: probeDeadlineMs }
}

async function probeAll<One>(
  hub: Hub,
  ones: readonly One[],
  nameOf: (one: One) => string,
  probe: (one: One) => Promise<Probe>,
): Promise<Record<string, Component & { responseTime: number }>> {
  const rows = await Promise.all(
    ones.map(async (one) => {
      const answer = await probe(one).catch((error: unknown) => {
        hub.log.debug({ event: 'probe.failed', target: nameOf(one), err: error }, 'A probe failed.')
        return { reachable: false, responseTimeMs: 0 }
      })
      const status: Status = answer.reachable ? 'UP' : 'DOWN'
      return [nameOf(one), { status, responseTime: Math.round(answer.responseTimeMs) }] as const
    }),
  )
  return Object.fromEntries(rows)
}

/** One system away is a degraded hub, not a dead one. */
function summary(details: Record<string, Component>): Component {
  const isAllUp = Object.values(details).every((one) => one.status === 'UP')
  return { status: isAllUp ? 'UP' : 'DEGRADED', details }
}

function overall(all: Readonly<Record<string, Component>>): Status {
  const found = Object.values(all).map((one) => one.status)
  if (found.includes('DOWN')) return 'DOWN'
  return found.includes('DEGRADED') ? 'DEGRADED' : 'UP'
}

/** Many lookers, one look. */
function rememberFor<Value>(ageMs: number, hub: Hub, look: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined
  return () => {
    const now = hub.clock.monotonicMs()
    if (!last || now - last.at > ageMs) last = { at: now, value: look() }
    return last.value
  }
}
