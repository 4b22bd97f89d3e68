import type { Purchase } from '../banks/purchase.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment } from '../domain/events.ts'
import { orderStatus, orderWords } from '../domain/order.ts'
import { type Attempt, type Payment, settledMinor } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { randomToken } from '../kit/crypto.ts'
import { newId } from '../kit/ids.ts'
import { type Currency, showMoney } from '../money/money.ts'
import { readCheckout } from '../store/checkouts.ts'
import { openOrderPayment, type Order, type OrderCustomer, readOrder } from '../store/orders.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { creatingForAtMostMs, makeCode, type Place } from './make-code.ts'
import { offerPage } from './offer-page.ts'
import { readAgain } from './read-again.ts'

/** Which way an order may be paid now, and through which bank. */
export type OrderMethod = {
  readonly code: string
  readonly shows: 'code' | 'page'
  readonly at: BankAtWork
  readonly currencies: readonly Currency[]
}

export type OrderPaymentRequest = {
  /** A method's code; undefined: the first there is in the order's currency. */
  readonly method: string | undefined
  /** What the customer says of himself now; what he leaves out is the order's. */
  readonly customer: OrderCustomer
  /** What the caller believes is still to be paid; undefined: he does not say. Minor units of the order's currency. */
  readonly amountMinor: bigint | undefined
}

export type OrderPayment = {
  readonly order: Order
  readonly payment: Payment
  /** Without `qrString` the bank's own page takes over. */
  readonly attempt: Attempt
  readonly checkoutToken: string
}

/** An order's state does not allow what is asked; `checkoutToken` leads to the payment that is in process. */
export class OrderRefusal extends Refusal {
  readonly checkoutToken: string | undefined
  constructor(message: string, checkoutToken?: string) {
    super('UNPROCESSABLE', message)
    this.checkoutToken = checkoutToken
  }
}

/** The ledger's word for who is owed. */
const biller = 'SHOP'

/** The ways orders may be paid now, in the order of the settings. */
export function orderMethods(hub: Hub): OrderMethod[] {
  return [...hub.banks.values()].flatMap((at) => {
    const open = at.active ? at.policy.orderMethods : []
    const currencies = [...new Set(at.accounts.filter((one) => one.active).map((one) => one.currency))]
    return open.map(({ code, shows }) => ({ code, shows, at, currencies }))
  })
}

/**
 * Opens the one payment of an order, or finds the one whose code has ended, and shows a code of it. Messages are what the
 * order API promises, to the letter. Throws `OrderRefusal` and `Refusal`.
 */
export async function payOrder(
  hub: Hub,
  asker: Client,
  order: Order,
  request: OrderPaymentRequest,
  reserved: { readonly paymentId: string } = { paymentId: newId('pay') },
): Promise<OrderPayment> {
  await refuseState(hub, order, request, reserved.paymentId)
  const method = methodFor(hub, order, request)
  const account = method.at.accounts.find((one) => one.active && one.currency === order.total.currency)
  if (!account) throw new Error(`${method.at.code} has no account in ${order.total.currency}`)
  const payment = await open(hub, asker, order, request, reserved.paymentId)
  const checkout = await readCheckout(hub.db, payment.number)
  if (!checkout) throw new Error(`Payment ${payment.number} has no page`)
  const place = {
    at: method.at,
    account,
    number: payment.number,
    purchase: purchaseOf(hub, order, request, method, checkout.token),
    // Whoever resumes his own request gets the code that it made.
    refuseOthers: { isMaker: payment.id === reserved.paymentId, told: () => inProcess(hub, payment) },
  }
  const shown = await show(hub, asker, order, method, place)
  return { order, payment: shown.payment, attempt: shown.attempt, checkoutToken: checkout.token }
}

type Client = Asker & { readonly subject: string }

async function show(hub: Hub, asker: Client, order: Order, { shows }: OrderMethod, place: Place) {
  try {
    if (shows === 'page') return await offerPage(hub, asker, place)
    const made = await makeCode(hub, asker, place)
    if (made.kind === 'away') throw made.refusal
    return made.session
  } catch (error) {
    // The payment was settled or closed, or money of an older code was found, while the next one was to be made.
    if (error instanceof Refusal && error.code === 'RESOURCE_NOT_FOUND') throw await whatBecame(hub, order, error)
    throw error
  }
}

async function whatBecame(hub: Hub, { uuid }: Order, cause: Refusal): Promise<Refusal> {
  const order = await readOrder(hub.db, { uuid })
  const status = order && orderStatus(order.cancelledAt !== undefined, order.payment)
  if (status === 'paid' || status === 'refunded') return new OrderRefusal(orderWords.paid)
  if (status === 'cancelled') return new OrderRefusal(orderWords.cancelled)
  if (order?.payment && isInProcess(hub, order.payment)) return inProcess(hub, order.payment)
  return new Refusal('CONFLICT', 'The payment of this order ended at this moment', {
    details: 'Send the request again for a new one',
    retryAfterS: 1,
    cause,
  })
}

async function refuseState(
  hub: Hub,
  order: Order,
  { amountMinor }: OrderPaymentRequest,
  paymentId: string,
): Promise<void> {
  const { total, payment } = order
  if (total.amountMinor <= 0n) throw new OrderRefusal(orderWords.amount)
  if (total.amountMinor > hub.orderLimits[total.currency]) throw new OrderRefusal(orderWords.tooMuch)
  const status = orderStatus(order.cancelledAt !== undefined, payment)
  if (status === 'paid' || status === 'refunded') throw new OrderRefusal(orderWords.paid)
  if (status === 'cancelled') throw new OrderRefusal(orderWords.cancelled)
  if (amountMinor !== undefined && amountMinor !== total.amountMinor) throw new OrderRefusal(orderWords.amount)
  if (payment && payment.id !== paymentId && isInProcess(hub, payment)) throw await inProcess(hub, payment)
}

/** Its code may still be paid, money of it waits for a person, or a part of its money has come. */
function isInProcess(hub: Hub, payment: Payment): boolean {
  if (payment.receipts.some((receipt) => receipt.heldMinor > 0n)) return true
  if (isOpen(payment.status) && settledMinor(payment) > 0n) return true
  const now = hub.clock.now()
  // What a crash left half made is nobody's code.
  const madeSince = new Date(now.getTime() - creatingForAtMostMs)
  const isLive = ({ state, expiresAt, createdAt }: Attempt) =>
    state === 'open' ? expiresAt > now : state === 'creating' && createdAt > madeSince
  return isOpen(payment.status) && payment.attempts.some(isLive)
}

async function inProcess(hub: Hub, payment: Payment): Promise<OrderRefusal> {
  const checkout = await readCheckout(hub.db, payment.number)
  return new OrderRefusal(orderWords.inProcess, checkout?.token)
}

function methodFor(hub: Hub, order: Order, { method }: OrderPaymentRequest): OrderMethod {
  const { currency } = order.total
  const all = orderMethods(hub)
  const found = all.find((one) => (method === undefined || one.code === method) && one.currencies.includes(currency))
  if (found) return found
  const open = all.filter((one) => one.currencies.includes(currency)).map((one) => one.code)
  const isUsed =
    method !== undefined &&
    [...hub.banks.values()].some((at) => at.policy.orderMethods.some((one) => one.code === method))
  const there = open.length === 0 ? 'no method is open now' : `open are ${open.join(', ')}`
  const problem = isUsed
    ? `"${method}" is switched off, or takes no ${currency}: ${there}`
    : `${method === undefined ? 'there is no method' : `"${method.slice(0, 40)}" is no method of this hub`}: ${there}`
  throw new Refusal('UNPROCESSABLE', 'This payment method is not available', {
    details: { payment_method_code: problem },
  })
}

function purchaseOf(
  hub: Hub,
  order: Order,
  { customer }: OrderPaymentRequest,
  method: OrderMethod,
  token: string,
): Purchase {
  const known = order.customer
  return {
    method: method.code,
    customer: {
      firstName: customer.firstName ?? known.firstName,
      lastName: customer.lastName ?? known.lastName,
      email: customer.email ?? known.email,
      phone: customer.phone ?? known.phone,
    },
    items: order.items,
    backTo: hub.pageOf(token),
  }
}

async function open(
  hub: Hub,
  asker: Asker,
  order: Order,
  { customer }: OrderPaymentRequest,
  paymentId: string,
): Promise<Payment> {
  const at = hub.clock.now()
  const { total, orderNumber } = order
  const bill = { payableKind: 'order' as const, biller, billNumber: orderNumber, billKey: '' }
  const names = [customer.firstName ?? order.customer.firstName, customer.lastName ?? order.customer.lastName]
  const opening = await openOrderPayment(hub.db, {
    ...bill,
    id: paymentId,
    amount: total,
    payer: {
      name: names.filter((name) => name !== undefined).join(' '),
      email: customer.email ?? order.customer.email,
      phone: customer.phone ?? order.customer.phone,
    },
    bankCode: undefined,
    channel: 'KHQR_PAYMENT',
    at,
    sentence: `${showMoney(total)} is to be paid for order ${orderNumber}.`,
    actor: asker.actor,
    correlationId: asker.correlationId,
    eventId: newId('evt'),
    lookOnly: false,
    eventBody: describePayment({ ...bill, id: paymentId, number: 0, amount: total, openedAt: at }, 'pending'),
    orderUuid: order.uuid,
    checkout: { token: randomToken(32), returnUrl: order.returnUrl, cancelUrl: order.cancelUrl },
  })
  if (opening.kind === 'open') {
    // Another request for the same order was faster: it shows the code.
    if (opening.payment.id !== paymentId && isInProcess(hub, opening.payment))
      throw await inProcess(hub, opening.payment)
    return opening.payment
  }
  if (opening.kind === 'withdrawn') throw new OrderRefusal(orderWords.cancelled)
  if (opening.kind !== 'settled') throw new Error(`Order ${orderNumber} answered ${opening.kind}`)
  const settled = await readOrder(hub.db, { uuid: order.uuid })
  if (settled?.payment && settled.payment.status !== 'completed')
    throw await inProcess(hub, await readAgain(hub, settled.payment))
  throw new OrderRefusal(orderWords.paid)
}
