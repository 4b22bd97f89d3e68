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
  /** Failed logins, forged tokens, wrong merchants: by kind. */
  readonly securityEvents: Counter<'kind'>
  /** What became of each bank message: bank, route, and the status we answered. */
  readonly webhookVerdicts: Counter<'bank' | 'route' | 'status'>
  /** From a bank message's arrival to our answer. */
  readonly webhookSeconds: Histogram<'bank' | 'route'>
  readonly qrGenerations: Counter<'bank' | 'outcome'>
  /** Requests by surface, route pattern, method and status. */
  readonly requestSeconds: Histogram<'surface' | 'route' | 'method' | 'status'>
  readonly tokenValidations: Counter<'kind' | 'result'>
  readonly creditAttempts: Counter<'biller' | 'outcome'>
  /** Connections to the database: in use, idle, and callers waiting for one. */
  readonly pool: Gauge<'state'>
  /** Events not yet delivered to a sink, and the age of the oldest in seconds. */
  readonly outboxDue: Gauge<'sink'>
  readonly outboxLagSeconds: Gauge<'sink'>
  /** Runs of each job: `done` or `failed`. */
  readonly jobRuns: Counter<'job' | 'outcome'>
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
    securityEvents: new Counter({
      name: 'hub_security_events_total',
      help: 'Failed logins, forged or out-of-scope tokens, wrong merchants.',
      labelNames: ['kind'],
      registers,
    }),
    webhookVerdicts: new Counter({
      name: 'hub_webhook_verdicts_total',
      help: 'Messages of banks by the status they were answered with.',
      labelNames: ['bank', 'route', 'status'],
      registers,
    }),
    webhookSeconds: new Histogram({
      name: 'hub_webhook_seconds',
      help: "Time from a bank message's arrival to our answer.",
      labelNames: ['bank', 'route'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
      registers,
    }),
    qrGenerations: new Counter({
      name: 'hub_qr_generations_total',
      help: 'Codes asked of a bank, by outcome: shown, refused, trouble.',
      labelNames: ['bank', 'outcome'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'hub_request_seconds',
      help: 'Time of every request by surface, route, method and status.',
      labelNames: ['surface', 'route', 'method', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    tokenValidations: new Counter({
      name: 'hub_token_validations_total',
      help: 'Bearers checked, by kind and result.',
      labelNames: ['kind', 'result'],
      registers,
    }),
    creditAttempts: new Counter({
      name: 'hub_credit_attempts_total',
      help: 'Premiums sent to a policy system, by outcome.',
      labelNames: ['biller', 'outcome'],
      registers,
    }),
    pool: new Gauge({
      name: 'hub_database_connections',
      help: 'Connections to the database: in_use, idle, and callers waiting for one.',
      labelNames: ['state'],
      registers,
    }),
    outboxDue: new Gauge({
      name: 'hub_outbox_due',
      help: 'Events not yet delivered to a sink.',
      labelNames: ['sink'],
      registers,
    }),
    outboxLagSeconds: new Gauge({
      name: 'hub_outbox_lag_seconds',
      help: 'Age of the oldest event not yet delivered to a sink.',
      labelNames: ['sink'],
      registers,
    }),
    jobRuns: new Counter({
      name: 'hub_job_runs_total',
      help: 'Runs of each job, by outcome: done or failed.',
      labelNames: ['job', 'outcome'],
      registers,
    }),
  }
}
