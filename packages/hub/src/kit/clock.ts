/** Time handed in, so that flows and tests decide what "now" is. */
export type Clock = {
  /** Wall-clock time. */
  now(): Date
  /** Milliseconds that never jump, for durations and expiries within this process. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
}
