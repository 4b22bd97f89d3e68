import { Refusal } from '../domain/errors.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { Conflict } from '../store/db.ts'
import { type Closed, closePayment } from './close-payment.ts'
import type { Asker, Hub } from './hub.ts'

/**
 * Customer, merchant or operator gives a payment up. A payment that is cancelled already is answered as it is. Throws
 * `Refusal`: CONFLICT when it was paid, holds a part of its money, or ended another way; SERVER_UNAVAILABLE when a bank
 * cannot say whether it was paid.
 */
export async function cancelPayment(
  hub: Hub,
  asker: Asker,
  payment: Payment,
  order: { readonly reason: string },
): Promise<Payment> {
  if (payment.status === 'cancelled') return payment
  const closed = await close(hub, asker, payment, order.reason)
  if (closed.kind === 'closed' || closed.payment.status === 'cancelled') return closed.payment
  const { number, status } = closed.payment
  if (closed.kind === 'settled') {
    const how = isOpen(status) ? 'holds money, or a refund of it is not done' : `is ${status}`
    throw new Refusal('CONFLICT', `Payment ${number} ${how}: it cannot be cancelled`)
  }
  throw new Refusal('SERVER_UNAVAILABLE', `${closed.bankCode} cannot say whether payment ${number} was paid`, {
    details: `Payment ${number} stays open until ${closed.bankCode} can say that nobody paid it.`,
    ...(closed.trouble ? { retryAfterS: closed.trouble.retryAfterS, cause: closed.trouble } : { retryAfterS: 5 }),
  })
}

async function close(hub: Hub, asker: Asker, payment: Payment, reason: string): Promise<Closed> {
  try {
    return await closePayment(hub, asker, payment, {
      evidence: 'given_up',
      sentence: `Given up: ${reason}`,
      because: 'the payment was given up',
      audit: { action: 'payment.cancelled', reason },
    })
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new Refusal('CONFLICT', `Payment ${payment.number} keeps changing; read it again`, { cause: error })
  }
}
