import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { TObject } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Order } from '../../store/orders.ts'
import { type Principal, requireScope } from '../auth.ts'
import { withWrongFieldsUnprocessable } from '../bare-answer.ts'
import { refuseOtherMethods, refuseOtherPaths } from '../other-methods.ts'
import { asRefusal, type SurfaceTools } from '../server.ts'
import { cancellation, moduleQuery, newOrder, newPayment, nothing, orderFilter } from './fields.ts'
import { findByUuid, findByUuidOrNumber, isShop } from './find-order.ts'
import { cancel, create, list, listMethods, show } from './manage-orders.ts'
import { pay, payForModule, payingShops, readingShops, showStatus } from './pay-orders.ts'
import { createPaymentLimits, type PaymentLimits } from './payment-limits.ts'
import { type CheckoutLinks, sendOrderRefusal } from './refuse-order.ts'

export type OrderSettings = PaymentLimits & { readonly mode: 'sandbox' | 'live'; readonly links: CheckoutLinks }

export type World = Pick<OrderSettings, 'mode' | 'links'> & { readonly hub: Hub }

/** One row of the table of routes, in the form that is mounted and documented. */
export type OrderRoute = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Any of these scopes is enough. */
  readonly scopes: readonly string[]
  readonly key: 'honoured' | 'none'
  /** What it does, for the docs: begins with a verb. */
  readonly does: string
  readonly query: TObject
  readonly body: TObject
  /** There where a customer may ask only so often: which order is asked about. */
  readonly limited?: (hub: Hub, request: FastifyRequest) => Promise<Order | undefined>
  readonly run: (world: World, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** Every route of orders. `docs/orders.md` is made from this table. */
export const orderRoutes: readonly OrderRoute[] = [
  {
    method: 'POST',
    path: '/api/order/v1/orders',
    scopes: ['orders:manage'],
    key: 'honoured',
    does: 'creates an order',
    query: nothing,
    body: newOrder,
    run: create,
  },
  {
    method: 'GET',
    path: '/api/order/v1/orders',
    scopes: readingShops,
    key: 'none',
    does: 'lists orders, the newest first',
    query: orderFilter,
    body: nothing,
    run: list,
  },
  {
    method: 'GET',
    path: '/api/order/v1/orders/:uuid',
    scopes: readingShops,
    key: 'none',
    does: 'shows an order',
    query: nothing,
    body: nothing,
    run: show,
  },
  {
    method: 'POST',
    path: '/api/order/v1/orders/:uuid/cancel',
    scopes: ['orders:manage'],
    key: 'honoured',
    does: 'gives an order up, and its open payment, after a last look at the bank',
    query: nothing,
    body: cancellation,
    run: cancel,
  },
  {
    method: 'GET',
    path: '/api/order/v1/payment-methods',
    scopes: ['orders:pay', ...readingShops],
    key: 'none',
    does: 'lists the methods that are open, with their currencies and limits',
    query: nothing,
    body: nothing,
    run: listMethods,
  },
  {
    method: 'POST',
    path: '/api/order/v1/customer/orders/:uuid/payment/khqr',
    scopes: ['orders:pay', ...payingShops],
    key: 'honoured',
    does: 'opens the payment of an order, and shows its code',
    query: nothing,
    body: newPayment,
    limited: (hub, { params }) => findByUuid(hub, (params as { readonly uuid?: string }).uuid),
    run: pay,
  },
  {
    method: 'GET',
    path: '/api/order/v1/customer/orders/:uuid/payment/status',
    scopes: ['orders:pay', ...readingShops],
    key: 'none',
    does: "shows an order's payment; its bank is asked sooner while somebody looks",
    query: nothing,
    body: nothing,
    run: showStatus,
  },
  {
    method: 'GET',
    path: '/api/payway/v1/khqr',
    scopes: ['orders:pay', ...payingShops],
    key: 'honoured',
    does: 'the same as an order module asks for it: opens the payment of an order, and answers its code alone',
    query: moduleQuery,
    body: nothing,
    limited: (hub, { query }) => findByUuidOrNumber(hub, (query as { readonly modelId?: unknown }).modelId),
    run: payForModule,
  },
]

/** Shop orders: `{success: true, data}`, and `{success: false, message, errors?, data?}` for what is refused. */
export function mountOrders(surface: FastifyInstance, { hub }: SurfaceTools, settings: OrderSettings): void {
  const world: World = { hub, mode: settings.mode, links: settings.links }
  const limits = createPaymentLimits(hub.clock, settings)
  const told: Pick<RouteShorthandOptions, 'errorHandler'> = {
    errorHandler: (error, request, reply) => sendOrderRefusal(reply, asRefusal(hub, error, request), settings.links),
  }
  refuseOtherMethods(surface, orderRoutes, told)
  refuseOtherPaths(surface, ['/api/order', '/api/payway/v1'], told)
  for (const route of orderRoutes) {
    surface.route({
      ...told,
      method: route.method,
      url: route.path,
      config: {
        allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, ...route.scopes),
        // Before anything else is judged: whatever is answered counts.
        afterLimit: (request: FastifyRequest) => countCall(hub, limits, route, request),
      },
      handler: (request, reply) => withWrongFieldsUnprocessable(() => route.run(world, request, reply)),
    })
  }
}

/** Throws RATE_LIMIT_EXCEEDED. Each customer has limits of his own on each limited route; a shop's calls are his order's. */
async function countCall(
  hub: Hub,
  limits: ReturnType<typeof createPaymentLimits>,
  route: OrderRoute,
  request: FastifyRequest,
): Promise<void> {
  const { caller } = request
  if (!route.limited || caller instanceof Refusal) return
  const order = isShop(request, payingShops) ? await route.limited(hub, request) : undefined
  const retryAfterS = limits.count(`${route.path} ${order?.customerId ?? caller.subject}`)
  // Who may not call at all is told that.
  if (retryAfterS === undefined || !route.scopes.some((scope) => caller.scopes.has(scope))) return
  throw new Refusal('RATE_LIMIT_EXCEEDED', 'Too many payments were asked for', {
    details: 'One customer may ask for payments a few times a minute and an hour: wait the seconds of Retry-After',
    retryAfterS,
  })
}
