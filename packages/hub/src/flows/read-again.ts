import type { Payment } from '../domain/payment.ts'
import { readPayment } from '../store/payments.ts'
import type { Hub } from './hub.ts'

/** The payment as it stands now. Payments are never deleted. */
export async function readAgain(hub: Hub, payment: Payment): Promise<Payment> {
  const now = await readPayment(hub.db, payment.number)
  if (!now) throw new Error(`Payment ${payment.number} vanished`)
  return now
}
