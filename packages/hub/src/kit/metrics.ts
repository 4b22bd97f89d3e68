import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * One registry per hub, never the process-wide one, so that two hubs in one test process do not share figures. A room
 * that counts something of its own makes it with `registers: [metrics.registry]`.
 */
export type Metrics = {
  readonly registry: Registry
  /** Seconds of every attempt, labelled target, operation and outcome (`ok`, `refused`, or a trouble's kind). */
  readonly callSeconds: Histogram<'target' | 'operation' | 'outcome'>
  /** Attempts that ended in trouble, by kind. */
  readonly callErrors: Counter<'target' | 'operation' | 'kind'>
  readonly callRetries: Counter<'target' | 'operation'>
  /** 0 closed, 1 half-open, 2 open. */
  readonly breakerState: Gauge<'target' | 'operation'>
  /** Look-ups in a named cache: `hit`, `miss` or `stale`. */
  readonly cacheLookUps: Counter<'cache' | 'result'>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    callSeconds: new Histogram({
      name: 'hub_outgoing_call_seconds',
      help: 'Time of each attempt to call a bank or a policy system.',
      labelNames: ['target', 'operation', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    callErrors: new Counter({
      name: 'hub_outgoing_call_errors_total',
      help: 'Attempts to call a bank or a policy system that ended in trouble.',
      labelNames: ['target', 'operation', 'kind'],
      registers,
    }),
    callRetries: new Counter({
      name: 'hub_outgoing_call_retries_total',
      help: 'Attempts repeated after trouble.',
      labelNames: ['target', 'operation'],
      registers,
    }),
    breakerState: new Gauge({
      name: 'hub_breaker_state',
      help: 'Circuit breaker of one operation: 0 closed, 1 half-open, 2 open.',
      labelNames: ['target', 'operation'],
      registers,
    }),
    cacheLookUps: new Counter({
      name: 'hub_cache_lookups_total',
      help: 'Look-ups in a cache by result: hit, miss, or stale (an old answer served because the system is down).',
      labelNames: ['cache', 'result'],
      registers,
    }),
  }
}
