import { type Payment, standingMinor } from './payment.ts'

export const orderStatuses = ['pending', 'paid', 'cancelled', 'refunded'] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** `price`: decimal text in the order's currency, of one piece. */
export type OrderItem = { readonly name: string; readonly quantity: number; readonly price: string }

/**
 * What an order's status is, from what became of its money: derived, never stored. `refunded`: nothing of the money that
 * paid it is here any more. `payment`: its completed payment, else its newest one.
 */
export function orderStatus(isCancelled: boolean, payment: Payment | undefined): OrderStatus {
  if (payment?.status === 'completed') return standingMinor(payment) > 0n ? 'paid' : 'refunded'
  return isCancelled ? 'cancelled' : 'pending'
}
