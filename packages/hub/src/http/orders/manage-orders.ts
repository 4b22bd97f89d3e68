import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { cancelOrder } from '../../flows/cancel-order.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import { orderMethods } from '../../flows/pay-order.ts'
import { newId, uuidOfId } from '../../kit/ids.ts'
import { writeJson } from '../../kit/json.ts'
import { currencies, isCurrency, parseAmount } from '../../money/money.ts'
import { readCheckout } from '../../store/checkouts.ts'
import { createOrder, listOrders, type NewOrder, readOrder } from '../../store/orders.ts'
import { sendBare } from '../bare-answer.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import { listOf, readNumberedPage } from '../list.ts'
import { asRead, errorsOf, readJsonBody, refuseErrors } from '../read-input.ts'
import { askerOf } from '../server.ts'
import { answerKeyed } from './answer-keyed.ts'
import { cancellation, errorsOfOrder, newOrder, nothing, type OrderBody, orderFilter, withItemsRead } from './fields.ts'
import { findByUuid, noSuchOrder } from './find-order.ts'
import type { World } from './orders.ts'
import { amountText, viewOfKnownOrder, viewOfOrder } from './view-of-order.ts'

/** The list's name in its cursors. */
const orderList = 'orders'

export async function create(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, mode } = world
  const json = withItemsRead(readJsonBody(request))
  const { key, errors } = readIdempotencyKey(request, 'honoured')
  refuseErrors(errors, errorsOf(nothing, request.query), errorsOfOrder(json, mode))
  const given = asRead(newOrder, json) as OrderBody
  const { actor } = askerOf(request)
  return answerKeyed(world, request, reply, {
    key,
    body: json,
    objectId: newId('ord'),
    act: async (objectId) => {
      const order = orderOf(given, uuidOfId(objectId), actor)
      const made = await createOrder(hub.db, order)
      const kept = await readOrder(hub.db, { orderNumber: order.orderNumber })
      // A resumed request finds the order that it made itself.
      if (!kept || (!made && kept.uuid !== order.uuid)) throw numberTaken(order.orderNumber)
      return { status: 201, body: success({ order: viewOfOrder(kept) }) }
    },
  })
}

function orderOf(given: OrderBody, uuid: string, createdBy: string): NewOrder {
  const { currency } = given
  const { first_name: firstName, last_name: lastName, email, phone } = given.customer ?? {}
  return {
    uuid,
    orderNumber: given.order_number,
    customerId: given.customer_id,
    total: { amountMinor: parseAmount(given.total, currency), currency },
    items: (given.items ?? []).map(({ name, quantity, price }) => ({
      name,
      quantity,
      price: amountText({ amountMinor: parseAmount(price, currency), currency }),
    })),
    customer: { firstName, lastName, email, phone },
    returnUrl: given.return_url,
    cancelUrl: given.cancel_url,
    createdBy,
  }
}

function numberTaken(orderNumber: string): Refusal {
  return new Refusal('UNPROCESSABLE', 'There is an order with this number', {
    details: { order_number: `"${orderNumber}" is the number of an order that is there: send another` },
  })
}

export async function list({ hub }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(orderFilter, request.query))
  const { customer_id: customerId, order_number: orderNumber, ...query } = asRead(orderFilter, request.query)
  const { limit, before } = readNumberedPage(orderList, query)
  const rows = await listOrders(hub.db, { customerId, orderNumber, before, limit: limit + 1 })
  const { data, ...more } = listOf(orderList, limit, rows, { place: (order) => order.id, view: viewOfKnownOrder })
  return sendBare(reply, 200, success({ orders: data, ...more }))
}

export async function show({ hub, links }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(nothing, request.query))
  const uuid = uuidIn(request)
  const order = await findByUuid(hub, uuid)
  if (!order) throw noSuchOrder(uuid)
  const checkout = order.payment && (await readCheckout(hub.db, order.payment.number))
  const alone = {
    checkout_url: checkout ? links(checkout.token) : null,
    receipt_url: (order.payment && (await customerReceiptLink(hub, order.payment))) ?? null,
  }
  return sendBare(reply, 200, success({ order: { ...viewOfKnownOrder(order), ...alone } }))
}

export async function cancel(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const json = readJsonBody(request)
  const { key, errors } = readIdempotencyKey(request, 'honoured')
  refuseErrors(errors, errorsOf(nothing, request.query), errorsOf(cancellation, json))
  const uuid = uuidIn(request)
  const order = await findByUuid(world.hub, uuid)
  if (!order) throw noSuchOrder(uuid)
  return answerKeyed(world, request, reply, {
    key,
    body: json,
    objectId: order.uuid,
    act: async () => {
      const cancelled = await cancelOrder(world.hub, askerOf(request), order, asRead(cancellation, json))
      return { status: 200, body: success({ order: viewOfOrder(cancelled) }) }
    },
  })
}

export async function listMethods({ hub }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(nothing, request.query))
  const open = orderMethods(hub)
  const methods = [...new Set(open.map((one) => one.code))].map((code) => {
    const same = open.filter((one) => one.code === code)
    const taken = Object.keys(currencies).filter(
      (name) => isCurrency(name) && same.some((one) => one.currencies.includes(name)),
    )
    const max = (name: string) => isCurrency(name) && amountText({ amountMinor: hub.orderLimits[name], currency: name })
    return {
      code,
      shows: same[0]?.shows,
      currencies: taken,
      limits: Object.fromEntries(taken.map((name) => [name, { max: max(name) }])),
    }
  })
  return sendBare(reply, 200, success({ payment_methods: methods }))
}

/** `{success: true, data}` as text. */
export function success(data: object): string {
  return writeJson({ success: true, data })
}

export function uuidIn(request: FastifyRequest): string {
  const { uuid } = request.params as { readonly uuid?: string }
  return uuid ?? ''
}
