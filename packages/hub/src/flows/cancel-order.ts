import { Refusal } from '../domain/errors.ts'
import { orderWords } from '../domain/order.ts'
import { type Order, readOrder, withdrawOrder } from '../store/orders.ts'
import { readPayment } from '../store/payments.ts'
import { cancelPayment } from './cancel-payment.ts'
import type { Asker, Hub } from './hub.ts'
import { OrderRefusal } from './pay-order.ts'

/** How often a payment may be opened anew under our hands before we give up. */
const mostRounds = 3

/**
 * The shop gives an order up: its open payment first, after a last look at the bank, then the order. One that is cancelled
 * already is answered as it is. Throws `OrderRefusal` for a paid one, CONFLICT where money of it waits for a person,
 * SERVER_UNAVAILABLE where a bank cannot say whether it was paid.
 */
export async function cancelOrder(hub: Hub, asker: Asker, order: Order, given: { readonly reason: string }) {
  for (let round = 1; round <= mostRounds; round += 1) {
    const answer = await withdrawOrder(hub.db, order.uuid, `${asker.actor}: ${given.reason}`)
    if (answer.kind === 'withdrawn') return readKnown(hub, order)
    if (answer.kind === 'settled') throw new OrderRefusal(orderWords.paid)
    await giveUp(hub, asker, answer.number, given)
  }
  throw new Refusal('CONFLICT', `Order ${order.orderNumber} keeps changing; read it again`, { retryAfterS: 1 })
}

async function giveUp(hub: Hub, asker: Asker, number: number, given: { readonly reason: string }): Promise<void> {
  const payment = await readPayment(hub.db, number)
  if (!payment) throw new Error(`Payment ${number} vanished`)
  try {
    await cancelPayment(hub, asker, payment, given)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'CONFLICT') throw error
    const found = await readPayment(hub.db, number)
    // The last look found it paid.
    if (found?.status === 'completed') throw new OrderRefusal(orderWords.paid)
    throw error
  }
}

async function readKnown(hub: Hub, order: Order): Promise<Order> {
  const known = await readOrder(hub.db, { uuid: order.uuid })
  if (!known) throw new Error(`Order ${order.orderNumber} vanished`)
  return known
}
