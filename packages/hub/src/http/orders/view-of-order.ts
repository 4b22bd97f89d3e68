import { orderStatus, type OrderStatus } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { uuidOfId } from '../../kit/ids.ts'
import { type Money, printAmount } from '../../money/money.ts'
import type { Order } from '../../store/orders.ts'
import { timestamp } from '../envelope.ts'

/** An order as it is answered when it is made. */
export function viewOfOrder(order: Order) {
  const { uuid, orderNumber, total } = order
  return {
    uuid,
    order_number: orderNumber,
    total: amountText(total),
    currency: total.currency,
    status: statusOf(order),
  }
}

/** An order as its shop reads it again. */
export function viewOfKnownOrder(order: Order) {
  const { customer, payment } = order
  return {
    ...viewOfOrder(order),
    customer_id: order.customerId,
    items: order.items,
    customer: {
      first_name: customer.firstName ?? null,
      last_name: customer.lastName ?? null,
      email: customer.email ?? null,
      phone: customer.phone ?? null,
    },
    payment: payment ? viewOfKnownPayment(payment) : null,
    return_url: order.returnUrl ?? null,
    cancel_url: order.cancelUrl ?? null,
    created_at: timestamp(order.createdAt),
    cancelled_at: order.cancelledAt ? timestamp(order.cancelledAt) : null,
  }
}

/** The same with what was sent back of it, or is on its way back: only its shop reads that. */
function viewOfKnownPayment(payment: Payment) {
  const { uuid, status, amount, ...times } = viewOfPayment(payment)
  const { currency } = payment.amount
  return {
    uuid,
    status,
    amount,
    amount_refunded: amountText({ amountMinor: payment.refundedMinor, currency }),
    ...times,
  }
}

/** A payment of an order. `failed_at`: when it ended unpaid, in whatever way; null also where it was paid late. */
export function viewOfPayment(payment: Payment) {
  const { status, completedAt, closedAt } = payment
  const isFailed = status === 'failed' || status === 'cancelled' || status === 'expired'
  return {
    uuid: uuidOfId(payment.id),
    status,
    amount: amountText(payment.amount),
    completed_at: completedAt ? timestamp(completedAt) : null,
    failed_at: isFailed && closedAt ? timestamp(closedAt) : null,
  }
}

export function statusOf({ cancelledAt, payment }: Order): OrderStatus {
  return orderStatus(cancelledAt !== undefined, payment)
}

export function amountText({ amountMinor, currency }: Money): string {
  return printAmount(amountMinor, currency)
}
