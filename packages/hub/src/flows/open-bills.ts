import type { Payment } from '../domain/payment.ts'
import type { Clock } from '../kit/clock.ts'

/**
 * Remembers for a moment which payment is open for a bill, so that a bank asking again and again costs no round trip.
 * Display only: whoever pays is judged by the database. Dropped at once when this process changes the payment; another
 * process's change is seen after at most `rememberMs`.
 */
export type OpenBills = {
  find(key: string): Payment | undefined
  remember(key: string, payment: Payment): void
  forget(payment: Payment): void
}

const rememberMs = 1_000
const mostBills = 10_000

export function createOpenBills(clock: Clock): OpenBills {
  const byKey = new Map<string, { payment: Payment; until: number }>()
  const keysOf = new Map<number, Set<string>>()
  return {
    find(key) {
      const found = byKey.get(key)
      return found && found.until > clock.monotonicMs() ? found.payment : undefined
    },
    remember(key, payment) {
      if (byKey.size >= mostBills) {
        byKey.clear()
        keysOf.clear()
      }
      byKey.set(key, { payment, until: clock.monotonicMs() + rememberMs })
      const keys = keysOf.get(payment.number) ?? new Set()
      keysOf.set(payment.number, keys.add(key))
    },
    forget(payment) {
      for (const key of keysOf.get(payment.number) ?? []) byKey.delete(key)
      keysOf.delete(payment.number)
    },
  }
}
