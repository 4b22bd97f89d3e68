import type { Clock } from './clock.ts'

/** One span of time shared by everything an operation does: its login, its call, its retries. */
export type Deadline = {
  readonly signal: AbortSignal
  /** Never below 0. */
  remainingMs(): number
  /**
   * Whether a request may still be written to a socket. The signal alone does not tell: in a process that was stopped, or
   * on a machine that slept, a connection may open before the timer that is long due.
   */
  maySend(): boolean
}

/** A point in time by both clocks. It is past when either says so: one stands still in sleep, the other may be set back. */
export type Moment = { readonly monotonicMs: number; readonly wallMs: number }

export function momentIn(clock: Clock, ms: number): Moment {
  return { monotonicMs: clock.monotonicMs() + ms, wallMs: clock.now().getTime() + ms }
}

export function isPast(clock: Clock, moment: Moment): boolean {
  return clock.monotonicMs() > moment.monotonicMs || clock.now().getTime() > moment.wallMs
}

/** The longest a bank or policy system may take, all retries included. */
export const usualDeadlineMs = 5_000

/** A deadline of any length: for commands that wait for the hub, which itself waits for others. */
export function startPatience(clock: Clock, patienceMs: number, sendBefore?: Moment): Deadline {
  const end = momentIn(clock, patienceMs)
  return {
    signal: AbortSignal.timeout(Math.max(0, Math.ceil(patienceMs))),
    remainingMs: () => Math.max(0, end.monotonicMs - clock.monotonicMs()),
    maySend: () => !isPast(clock, end) && (sendBefore === undefined || !isPast(clock, sendBefore)),
  }
}

/** `sendBefore`: nothing is written to a socket after this moment, however much of the deadline is left. */
export function startDeadline(clock: Clock, deadlineMs: number = usualDeadlineMs, sendBefore?: Moment): Deadline {
  return startPatience(clock, Math.min(deadlineMs, usualDeadlineMs), sendBefore)
}

/** Waits for shared work no longer than one's own deadline; the work itself goes on. */
export async function waitWithin<Result>(
  work: Promise<Result>,
  deadline: Deadline,
  late: () => Error,
): Promise<Result> {
  if (deadline.signal.aborted) {
    work.catch(() => undefined)
    throw late()
  }
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(late())
  deadline.signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, ended])
  } finally {
    deadline.signal.removeEventListener('abort', onAbort)
  }
}
