import { type Attempt, type Payment, standingMinor } from './payment.ts'

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

/** The newest attempt where the bank's own page takes over: open without a code of ours. Undefined where a code is. */
export function pageAttempt({ attempts }: Payment): Attempt | undefined {
  const newest = attempts.at(-1)
  return newest?.state === 'open' && newest.qrString === undefined ? newest : undefined
}

/** What is said of an order that cannot be paid as it is: promised to the letter. */
export const orderWords = {
  amount: 'Invalid payment amount',
  tooMuch: 'Payment amount exceeds maximum limit',
  paid: 'This order has already been paid',
  cancelled: 'This order has been cancelled',
  inProcess: 'A payment is already being processed for this order',
  noPayment: 'No payment found for this order',
} as const
