import type { Payment } from '../domain/payment.ts'
import { watchChecks } from '../store/checks.ts'
import type { Hub } from './hub.ts'

/** For how long a look at a payment's status counts as watching, and how often it is written down at most. */
const watchS = 30
const writeEveryS = 10

/** Somebody reads this payment's status: its banks are asked sooner for a while. */
export async function watchPayment(hub: Hub, payment: Payment): Promise<void> {
  if (payment.status === 'completed' || payment.attempts.length === 0) return
  await watchChecks(hub.db, payment.number, watchS, writeEveryS)
}
