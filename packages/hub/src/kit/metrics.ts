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
  /** Payments asked about on the schedule, by what the bank said: paid, unpaid, not_found or unknown. */
  readonly paymentChecks: Counter<'bank' | 'outcome'>
  /** Payments by what became of them: opened (first code shown), completed, expired, cancelled, failed, completed_late. */
  readonly payments: Counter<'payable' | 'bank' | 'outcome'>
  /** How often a bank whose calls run out was asked about a payment on the schedule before it ended. */
  readonly checksPerPayment: Histogram<'bank' | 'outcome'>
  /** Refunds that reached their end: succeeded, failed or cancelled. */
  readonly refunds: Counter<'bank' | 'outcome'>
  readonly creditAttempts: Counter<'biller' | 'outcome'>
  readonly creditNoteAttempts: Counter<'biller' | 'outcome'>
  /** Tries to tell a customer: sent, postponed, failed (given up), or erased (nobody is left to tell). */
  readonly customerMessages: Counter<'channel' | 'outcome'>
  /** Connections to the database: in use, idle, and callers waiting for one. */
  readonly pool: Gauge<'state'>
  /** Events not yet delivered to a sink, and the age of the oldest in seconds. */
  readonly outboxDue: Gauge<'sink'>
  readonly outboxLagSeconds: Gauge<'sink'>
  /** Payments whose next check is due and not asked yet, and for how many seconds the oldest has been. */
  readonly checksDue: Gauge<'bank'>
  readonly checkLagSeconds: Gauge<'bank'>
  /** Status calls of today, where a bank counts them: allowed, spent, left; and 1 while the bank refuses. */
  readonly bankCallsAllowed: Gauge<'bank'>
  readonly bankCallsSpent: Gauge<'bank'>
  readonly bankCallsLeft: Gauge<'bank'>
  readonly bankCallsLatched: Gauge<'bank'>
  /** When the access token of a bank ends, in seconds since 1970; 0 where there is none that works. */
  readonly bankTokenEndsAt: Gauge<'bank'>
  /** Runs of each job: `done` or `failed`. */
  readonly jobRuns: Counter<'job' | 'outcome'>
  /** Violations found by the last check of each invariant; 0 is how it must be. */
  readonly invariantViolations: Gauge<'invariant'>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const makers = makersOf(registry)
  return { registry, ...callingOut(makers), ...beingAsked(makers), ...working(makers) }
}

/** Banks and policy systems, as we call them. */
function callingOut({ counter, gauge, histogram }: Makers) {
  return {
    callSeconds: histogram(
      'hub_outgoing_call_seconds',
      'Time of each attempt to call a bank or a policy system.',
      ['target', 'operation', 'outcome'],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    ),
    callErrors: counter(
      'hub_outgoing_call_errors_total',
      'Attempts to call a bank or a policy system that ended in trouble.',
      ['target', 'operation', 'kind'],
    ),
    callRetries: counter('hub_outgoing_call_retries_total', 'Attempts repeated after trouble.', [
      'target',
      'operation',
    ]),
    breakerState: gauge('hub_breaker_state', 'Circuit breaker of one operation: 0 closed, 1 half-open, 2 open.', [
      'target',
      'operation',
    ]),
    bankCallsAllowed: gauge('hub_bank_calls_allowed', 'Status calls that a bank which counts them allows today.', [
      'bank',
    ]),
    bankCallsSpent: gauge('hub_bank_calls_spent', 'Status calls of today that were sent, refused ones too.', ['bank']),
    bankCallsLeft: gauge('hub_bank_calls_left', 'Status calls that may still be sent today.', ['bank']),
    bankCallsLatched: gauge(
      'hub_bank_calls_latched',
      '1 while a bank refuses status calls until its next day, else 0.',
      ['bank'],
    ),
    bankTokenEndsAt: gauge(
      'hub_bank_token_ends_at_seconds',
      'When the access token of a bank ends, in seconds since 1970, looked at every hour; 0: there is none that works.',
      ['bank'],
    ),
    cacheLookUps: counter(
      'hub_cache_lookups_total',
      'Look-ups in a cache by result: hit, miss, or stale (an old answer served because the system is down).',
      ['cache', 'result'],
    ),
  }
}

/** What others ask of us, and what became of it. */
function beingAsked({ counter, histogram }: Makers) {
  return {
    securityEvents: counter(
      'hub_security_events_total',
      'Failed logins, forged tokens, steps out of scope, wrong merchants and addresses.',
      ['kind'],
    ),
    webhookVerdicts: counter('hub_webhook_verdicts_total', 'Messages of banks by the status they were answered with.', [
      'bank',
      'route',
      'status',
    ]),
    webhookSeconds: histogram(
      'hub_webhook_seconds',
      "Time from a bank message's arrival to our answer.",
      ['bank', 'route'],
      [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    ),
    qrGenerations: counter('hub_qr_generations_total', 'Codes asked of a bank, by outcome: shown, refused, trouble.', [
      'bank',
      'outcome',
    ]),
    requestSeconds: histogram(
      'hub_request_seconds',
      'Time of every request by surface, route, method and status.',
      ['surface', 'route', 'method', 'status'],
      [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    ),
    tokenValidations: counter('hub_token_validations_total', 'Bearers checked, by kind and result.', [
      'kind',
      'result',
    ]),
    paymentChecks: counter(
      'hub_payment_checks_total',
      'Payments asked about on the schedule, by what the bank said: paid, unpaid, not_found, unknown.',
      ['bank', 'outcome'],
    ),
    payments: counter(
      'hub_payments_total',
      'Payments by what became of them: opened (first code shown), completed, expired, cancelled, failed, or completed_late (closed before).',
      ['payable', 'bank', 'outcome'],
    ),
    checksPerPayment: histogram(
      'hub_checks_per_payment',
      'How often a bank whose status calls run out was asked about a payment on the schedule before it ended.',
      ['bank', 'outcome'],
      [0, 1, 2, 3, 5, 8, 13, 21, 34, 55],
    ),
    refunds: counter('hub_refunds_total', 'Refunds that reached their end: succeeded, failed or cancelled.', [
      'bank',
      'outcome',
    ]),
    creditAttempts: counter('hub_credit_attempts_total', 'Premiums sent to a policy system, by outcome.', [
      'biller',
      'outcome',
    ]),
    creditNoteAttempts: counter('hub_credit_note_attempts_total', 'Credit notes sent to a policy system, by outcome.', [
      'biller',
      'outcome',
    ]),
    customerMessages: counter(
      'hub_customer_messages_total',
      'Tries to tell a customer of his payment: sent, postponed, failed (given up), erased (nobody is left to tell).',
      ['channel', 'outcome'],
    ),
  }
}

/** The house itself: database, relay, jobs. */
function working({ counter, gauge }: Makers) {
  return {
    pool: gauge('hub_database_connections', 'Connections to the database: in_use, idle, and callers waiting for one.', [
      'state',
    ]),
    outboxDue: gauge('hub_outbox_due', 'Events not yet delivered to a sink.', ['sink']),
    outboxLagSeconds: gauge('hub_outbox_lag_seconds', 'Age of the oldest event not yet delivered to a sink.', ['sink']),
    checksDue: gauge('hub_checks_due', 'Payments whose next check at a bank is due and not asked yet.', ['bank']),
    checkLagSeconds: gauge('hub_check_lag_seconds', 'For how long the oldest due check of a bank has waited.', [
      'bank',
    ]),
    jobRuns: counter('hub_job_runs_total', 'Runs of each job, by outcome: done or failed.', ['job', 'outcome']),
    invariantViolations: gauge(
      'hub_invariant_violations',
      'Violations that the last check of each invariant found, every 5 minutes: 0 is how it must be.',
      ['invariant'],
    ),
  }
}

type Makers = ReturnType<typeof makersOf>

function makersOf(registry: Registry) {
  const registers = [registry]
  return {
    counter: <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name, help, labelNames, registers }),
    gauge: <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Gauge({ name, help, labelNames, registers }),
    /** `buckets` in seconds, or in what the help says. */
    histogram: <Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]) =>
      new Histogram({ name, help, labelNames, buckets, registers }),
  }
}
