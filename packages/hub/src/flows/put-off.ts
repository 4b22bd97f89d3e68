import type { Delivery } from '../store/deliveries.ts'
import type { NewCase } from '../store/writes.ts'

/** A delivery that is tried again; with a case it waits for a person, and is tried slowly. */
export type PutOff = {
  readonly kind: 'again'
  readonly delivery: Delivery
  readonly why: string
  readonly cases: readonly NewCase[]
}

export function postponed(delivery: Delivery, why: string, cases: readonly NewCase[] = []): PutOff {
  return { kind: 'again', delivery, why, cases }
}
