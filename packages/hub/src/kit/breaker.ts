/** When one operation of one system is left alone, and for how long. */
export type BreakerLimits = {
  readonly windowMs: number
  /** Fewer calls than this in the window never open it. */
  readonly minimumCalls: number
  /** More than this share of failures opens it. */
  readonly failureShare: number
  readonly openMs: number
}

export const usualBreakerLimits: BreakerLimits = {
  windowMs: 60_000,
  minimumCalls: 10,
  failureShare: 0.5,
  openMs: 30_000,
}

export type BreakerState = 'closed' | 'half_open' | 'open'

export type Breaker = {
  readonly state: BreakerState
  /** How long until a trial call is let through; 0 unless open. */
  retryAfterMs(): number
  /**
   * Asks to call. The pass must be settled once with how the call went. Undefined while open, and while the one trial
   * of a half-open breaker is under way. `bypass` always gets a pass, and its outcome counts like any other.
   */
  enter(bypass: boolean): Pass | undefined
}

export type Pass = { settle(failed: boolean): void }

const slices = 60

/**
 * A circuit breaker over a sliding window of sixty slices. A library's was tried and forgot old failures only as new
 * calls came in, so that ten failures spread over hours opened it; and it had no way to let verification of notified
 * money through and still count it.
 */
export function createBreaker(
  limits: BreakerLimits,
  monotonicMs: () => number,
  onChange: (state: BreakerState) => void,
): Breaker {
  const window = createWindow(limits.windowMs / slices, monotonicMs)
  let state: BreakerState = 'closed'
  let openedAtMs = 0
  let trialUnderWay = false

  const moveTo = (next: BreakerState): void => {
    state = next
    if (next === 'open') openedAtMs = monotonicMs()
    if (next === 'closed') window.forget()
    onChange(next)
  }
  const retryAfterMs = (): number => (state === 'open' ? Math.max(0, openedAtMs + limits.openMs - monotonicMs()) : 0)

  const settle = (failed: boolean, enteredIn: BreakerState): void => {
    window.count(failed)
    if (enteredIn === 'half_open' && state === 'half_open') return moveTo(failed ? 'open' : 'closed')
    if (state !== 'closed' || !failed) return
    const { calls, failures } = window.sum()
    if (calls >= limits.minimumCalls && failures > calls * limits.failureShare) moveTo('open')
  }

  return {
    get state() {
      return state
    },
    retryAfterMs,
    enter(bypass) {
      if (state === 'open' && retryAfterMs() === 0) moveTo('half_open')
      const isTrial = state === 'half_open' && !trialUnderWay
      if (state !== 'closed' && !isTrial && !bypass) return undefined
      if (isTrial) trialUnderWay = true
      const enteredIn = isTrial ? 'half_open' : 'closed'
      return {
        settle(failed) {
          if (isTrial) trialUnderWay = false
          settle(failed, enteredIn)
        },
      }
    },
  }
}

function createWindow(sliceMs: number, monotonicMs: () => number) {
  const ring = Array.from({ length: slices }, () => ({ slice: Number.NEGATIVE_INFINITY, calls: 0, failures: 0 }))
  const now = (): number => Math.floor(monotonicMs() / sliceMs)
  return {
    count(failed: boolean): void {
      const slice = now()
      const index = slice % slices
      let cell = ring[index]
      if (cell?.slice !== slice) {
        cell = { slice, calls: 0, failures: 0 }
        ring[index] = cell
      }
      cell.calls += 1
      if (failed) cell.failures += 1
    },
    sum(): { calls: number; failures: number } {
      const oldest = now() - slices
      return ring.reduce(
        (sum, cell) =>
          cell.slice > oldest ? { calls: sum.calls + cell.calls, failures: sum.failures + cell.failures } : sum,
        { calls: 0, failures: 0 },
      )
    },
    forget(): void {
      for (const cell of ring) cell.slice = Number.NEGATIVE_INFINITY
    },
  }
}
