import type { Clock } from './clock.ts'

/** One span of time shared by everything an operation does: its login, its call, its retries. */
export type Deadline = {
  readonly signal: AbortSignal
  /** Never below 0. */
  remainingMs(): number
}

/** The longest a bank or policy system may take, all retries included. */
export const usualDeadlineMs = 5_000

/** A deadline of any length: for commands that wait for the hub, which itself waits for others. */
export function startPatience(clock: Clock, patienceMs: number): Deadline {
  const endsAtMs = clock.monotonicMs() + patienceMs
  return {
    signal: AbortSignal.timeout(patienceMs),
    remainingMs: () => Math.max(0, endsAtMs - clock.monotonicMs()),
  }
}

export function startDeadline(clock: Clock, deadlineMs: number = usualDeadlineMs): Deadline {
  const spanMs = Math.min(deadlineMs, usualDeadlineMs)
  const endsAtMs = clock.monotonicMs() + spanMs
  return {
    signal: AbortSignal.timeout(Math.max(0, Math.ceil(spanMs))),
    remainingMs: () => Math.max(0, endsAtMs - clock.monotonicMs()),
  }
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
