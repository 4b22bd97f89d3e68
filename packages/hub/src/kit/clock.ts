import { setTimeout as sleep } from 'node:timers/promises'

/** Time handed in, so that flows and tests decide what "now" is. */
export type Clock = {
  /** Wall-clock time. */
  now(): Date
  /** Milliseconds that never jump, for durations and expiries within this process. */
  monotonicMs(): number
  /** Resolves after `ms`. */
  wait(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms) => sleep(ms),
}
