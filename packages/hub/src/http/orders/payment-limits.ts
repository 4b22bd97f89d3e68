import { createCache } from '../../kit/cache.ts'
import type { Clock } from '../../kit/clock.ts'

/** How often one customer may ask for a payment. */
export type PaymentLimits = { readonly perMinute: number; readonly perHour: number }

/** Windows kept at once, at most; the one not heard of for longest is forgotten. */
const mostWindows = 50_000
const minuteMs = 60_000
const hourMs = 3_600_000

type Window = { count: number; readonly endsAtMs: number }

/** Counts calls, each in the minute and in the hour that began with the first one. */
export function createPaymentLimits(clock: Pick<Clock, 'monotonicMs'>, limits: PaymentLimits) {
  const { monotonicMs } = clock
  const windows = createCache<Window>({ maxEntries: mostWindows, staleMs: 0, monotonicMs })
  const waitMs = (key: string, lengthMs: number, most: number): number => {
    const found = windows.get(key)?.value
    const window = found ?? { count: 0, endsAtMs: monotonicMs() + lengthMs }
    if (!found) windows.put(key, window, lengthMs)
    window.count += 1
    return window.count > most ? Math.max(1, window.endsAtMs - monotonicMs()) : 0
  }
  return {
    /** Counts one more call of `key`. Seconds until the next may be made; undefined: this one may. */
    count(key: string): number | undefined {
      const longestMs = Math.max(
        waitMs(`minute ${key}`, minuteMs, limits.perMinute),
        waitMs(`hour ${key}`, hourMs, limits.perHour),
      )
      return longestMs === 0 ? undefined : Math.ceil(longestMs / 1_000)
    },
  }
}
