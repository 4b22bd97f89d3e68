import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { orderWords } from '../../domain/order.ts'
import { orderMethods, type OrderPayment, type OrderPaymentRequest, payOrder } from '../../flows/pay-order.ts'
import type { Hub } from '../../flows/hub.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { newId } from '../../kit/ids.ts'
import { AmountError, type Currency, parseAmount } from '../../money/money.ts'
import type { Order } from '../../store/orders.ts'
import { sendBare } from '../bare-answer.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import { asRead, errorsOf, type FieldErrors, readJsonBody, refuseErrors } from '../read-input.ts'
import { askerOf, rawBody } from '../server.ts'
import { answerKeyed } from './answer-keyed.ts'
import { moduleQuery, newPayment, nothing } from './fields.ts'
import { findByUuid, findByUuidOrNumber, noSuchOrder, refuseOthers } from './find-order.ts'
import { success, uuidIn } from './manage-orders.ts'
import type { World } from './orders.ts'
import type { CheckoutLinks } from './refuse-order.ts'
import { amountText, statusOf, viewOfPayment } from './view-of-order.ts'

/** Who asks for payments of any customer's order, and who reads about them. */
export const payingShops = ['orders:manage']
export const readingShops = ['orders:manage', 'orders:read']

/** An order's payment: `POST …/customer/orders/{uuid}/payment/khqr`. */
export async function pay(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, links } = world
  const json = rawBody(request).length === 0 ? {} : readJsonBody(request)
  const { key, errors } = readIdempotencyKey(request, 'honoured')
  const uuid = uuidIn(request)
  const order = await findByUuid(hub, uuid)
  if (order) refuseOthers(hub, request, order, payingShops)
  refuseErrors(
    withUnknownMethod(
      hub,
      json,
      new Map([...errors, ...errorsOf(nothing, request.query), ...errorsOf(newPayment, json)]),
    ),
  )
  if (!order) throw noSuchOrder(uuid)
  const wanted = requestOf(world, order, asRead(newPayment, json))
  return answerKeyed(world, request, reply, {
    key,
    body: json,
    objectId: newId('pay'),
    act: async (paymentId) => {
      const paid = await payOrder(hub, askerOf(request), order, wanted, { paymentId })
      return { status: 200, body: success(viewOfPaid(paid, links)) }
    },
  })
}

/** The same as an order module asks for it: `GET /api/payway/v1/khqr`. */
export async function payForModule(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, links } = world
  const query = givenIn(request)
  const { key, errors } = readIdempotencyKey(request, 'honoured')
  const order = await findByUuidOrNumber(hub, query['modelId'])
  if (order) refuseOthers(hub, request, order, payingShops)
  const wrong = withUnknownMethod(hub, query, new Map([...errors, ...errorsOf(moduleQuery, query)]))
  if (wrong.has('amount')) throw wrongAmount(wrong)
  refuseErrors(wrong)
  const given = asRead(moduleQuery, query)
  if (!order) throw noSuchOrder(given.modelId)
  const firstName = given.first_name ?? given.name
  const wanted = {
    ...requestOf(world, order, { ...given, ...(firstName === undefined ? {} : { first_name: firstName }) }),
    amountMinor: amountIn(given.amount, order.total.currency),
  }
  return answerKeyed(world, request, reply, {
    key,
    body: query,
    objectId: newId('pay'),
    act: async (paymentId) => {
      const { attempt, checkoutToken } = await payOrder(hub, askerOf(request), order, wanted, { paymentId })
      return {
        status: 200,
        body: success({
          qr_string: attempt.qrString ?? null,
          abapay_deeplink: attempt.deeplink ?? null,
          tran_id: attempt.reference,
          checkout_url: links(checkoutToken),
        }),
      }
    },
  })
}

/** `GET …/customer/orders/{uuid}/payment/status`: whoever looks has the bank asked sooner. */
export async function showStatus({ hub }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const uuid = uuidIn(request)
  const order = await findByUuid(hub, uuid)
  if (order) refuseOthers(hub, request, order, readingShops)
  refuseErrors(errorsOf(nothing, request.query))
  if (!order) throw noSuchOrder(uuid)
  if (!order.payment) throw new Refusal('RESOURCE_NOT_FOUND', orderWords.noPayment)
  await watchPayment(hub, order.payment)
  const status = statusOf(order)
  const data = {
    payment: viewOfPayment(order.payment),
    order: { uuid: order.uuid, status, is_paid: status === 'paid' },
  }
  return sendBare(reply, 200, success(data))
}

function viewOfPaid({ order, payment, attempt, checkoutToken }: OrderPayment, links: CheckoutLinks) {
  const { uuid, status, amount } = viewOfPayment(payment)
  return {
    order: {
      uuid: order.uuid,
      order_number: order.orderNumber,
      total: amountText(order.total),
      status: statusOf({ ...order, payment }),
    },
    payment: { uuid, status, amount },
    khqr: {
      qr_string: attempt.qrString ?? null,
      abapay_deeplink: attempt.deeplink ?? null,
      transaction_id: attempt.reference,
    },
    checkout_url: links(checkoutToken),
  }
}

/** The method of an order that is not told how it is paid, wherever it is open. */
const promisedMethod = 'abapay_khqr_deeplink'
/** Order modules write it before a method's code. */
const promisedPrefix = /^payway_/

function methodIn(code: string): string {
  return code.toLowerCase().replace(promisedPrefix, '')
}

/** Where anything is wrong, also a method that no bank here has: all that is wrong is told at once. */
function withUnknownMethod(hub: Hub, given: Readonly<Record<string, unknown>>, wrong: FieldErrors): FieldErrors {
  const name = 'payment_method_code'
  const code = given[name]
  if (wrong.size === 0 || wrong.has(name) || typeof code !== 'string') return wrong
  const isThere = [...hub.banks.values()].some(({ bank, policy }) =>
    [...(bank.methods ?? []), ...policy.orderMethods].some((one) => one.code === methodIn(code)),
  )
  return isThere ? wrong : new Map([...wrong, [name, `"${code.slice(0, 40)}" is no method of this hub`]])
}

function requestOf({ hub }: World, { total }: Order, given: Static<typeof newPayment>): OrderPaymentRequest {
  const { payment_method_code: code, first_name: firstName, last_name: lastName, email, phone } = given
  const open = orderMethods(hub).filter((one) => one.currencies.includes(total.currency))
  const usual = open.find((one) => one.code === promisedMethod)?.code
  return {
    method: code === undefined ? usual : methodIn(code),
    customer: { firstName, lastName, email, phone },
    amountMinor: undefined,
  }
}

/** What a query says; a form that was left empty says nothing. */
function givenIn(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(request.query as object).filter(([, value]) => value !== ''))
}

function wrongAmount(errors: ReadonlyMap<string, string>): Refusal {
  return new Refusal('UNPROCESSABLE', orderWords.amount, { details: Object.fromEntries(errors) })
}

function amountIn(text: string, currency: Currency): bigint {
  try {
    return parseAmount(text, currency)
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    throw new Refusal('UNPROCESSABLE', orderWords.amount, { details: { amount: error.message }, cause: error })
  }
}
