import type { Moment } from './deadline.ts'

/** What travels with every outgoing call. */
export type CallContext = {
  /** Sent as `X-Request-ID`. */
  readonly correlationId: string
  /** W3C trace context, passed on as it came. */
  readonly traceparent?: string | undefined
  /** Money already notified is being verified: an open breaker must not block this call. */
  readonly notified?: boolean | undefined
  /** The schedule asks, and nobody waits: it must not spend what a bank's counted calls keep in reserve. */
  readonly planned?: boolean | undefined
  /** A shorter deadline than the usual 5,000 ms. */
  readonly deadlineMs?: number | undefined
  /** The request must not be written to a socket after this moment: it fails then, with nothing done. */
  readonly sendBefore?: Moment | undefined
}

/** Whether a system answers at all: for health and the doctor. */
export type Probe = { readonly reachable: boolean; readonly responseTimeMs: number; readonly sentence: string }
