import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { TObject } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import type { Hub } from '../../flows/hub.ts'
import { answerOnce, type Reply } from '../../flows/idempotency.ts'
import { openTopup, type TopupOrder, topupMethods } from '../../flows/open-topup.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { sha256Hex } from '../../kit/crypto.ts'
import { newId } from '../../kit/ids.ts'
import { writeJson } from '../../kit/json.ts'
import { currencies, isCurrency, printAmount } from '../../money/money.ts'
import { findPaymentNumber, readPayment } from '../../store/payments.ts'
import { readTopup } from '../../store/topups.ts'
import { readWallet } from '../../store/wallets.ts'
import { type Principal, requireScope } from '../auth.ts'
import { sendBare, withWrongFieldsUnprocessable } from '../bare-answer.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import { readNumberedPage } from '../list.ts'
import { refuseOtherMethods, refuseOtherPaths } from '../other-methods.ts'
import { asRead, errorsOf, readJsonBody, refuseErrors } from '../read-input.ts'
import { asRefusal, askerOf, type SurfaceTools } from '../server.ts'
import { errorsOfTopup, newTopup, nothing, readMoney, topupId, walletPath, walletQuery } from './fields.ts'
import { sendTopupRefusal, topupRefusalBody } from './refuse-topup.ts'
import { type CheckoutLinks, viewOfKnownTopup, viewOfTopup } from './view-of-topup.ts'
import { viewOfWallet, walletEntries } from './view-of-wallet.ts'

export type TopupSettings = { readonly mode: 'sandbox' | 'live'; readonly links: CheckoutLinks }

type World = TopupSettings & { readonly hub: Hub }

/** One row of the table of routes, in the form that is mounted and documented. */
export type TopupRoute = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Any of these scopes is enough. */
  readonly scopes: readonly string[]
  readonly key: 'honoured' | 'none'
  /** What it does, for the docs: begins with a verb. */
  readonly does: string
  readonly query: TObject
  readonly body: TObject
  readonly run: (world: World, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

const readers = ['topups:write', 'payments:read']

/** Every route of top-ups and wallets. `docs/topups.md` is made from this table. */
export const topupRoutes: readonly TopupRoute[] = [
  {
    method: 'POST',
    path: '/api/topups/v1',
    scopes: ['topups:write'],
    key: 'honoured',
    does: 'opens a top-up and shows its code',
    query: nothing,
    body: newTopup,
    run: create,
  },
  {
    method: 'GET',
    path: '/api/topups/v1/methods',
    scopes: readers,
    key: 'none',
    does: 'lists the methods that are enabled, with their limits',
    query: nothing,
    body: nothing,
    run: listMethods,
  },
  {
    method: 'GET',
    path: '/api/topups/v1/:id',
    scopes: readers,
    key: 'none',
    does: 'shows a top-up; its bank is asked sooner while somebody looks',
    query: nothing,
    body: nothing,
    run: show,
  },
  {
    method: 'GET',
    path: '/api/wallets/v1/:userId',
    scopes: readers,
    key: 'none',
    does: "shows a user's balance in each currency, and what it is made of, the newest first",
    query: walletQuery,
    body: nothing,
    run: showWallet,
  },
]

/** Top-ups and wallets: bare objects, `{success: false, message, errors?}` for what is refused. */
export function mountTopups(surface: FastifyInstance, { hub }: SurfaceTools, settings: TopupSettings): void {
  const told: Pick<RouteShorthandOptions, 'errorHandler'> = {
    errorHandler: (error, request, reply) => sendTopupRefusal(reply, asRefusal(hub, error, request)),
  }
  refuseOtherMethods(surface, topupRoutes, told)
  refuseOtherPaths(surface, ['/api/topups', '/api/wallets'], told)
  for (const route of topupRoutes) {
    surface.route({
      ...told,
      method: route.method,
      url: route.path,
      config: { allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, ...route.scopes) },
      handler: (request, reply) => withWrongFieldsUnprocessable(() => route.run({ hub, ...settings }, request, reply)),
    })
  }
}

async function create(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, mode, links } = world
  const json = readJsonBody(request)
  const { key, errors } = readIdempotencyKey(request, 'honoured')
  refuseErrors(errors, errorsOf(nothing, request.query), errorsOfTopup(json, mode))
  const order = readOrder(json)
  const asker = askerOf(request)
  const open = async (reserved?: { readonly paymentId: string }): Promise<Reply> => {
    const opened = await openTopup(hub, asker, order, reserved)
    return { status: 201, body: writeJson(viewOfTopup(opened, links)) }
  }
  if (key === undefined) {
    const { status, body } = await open()
    return sendBare(reply, status, body)
  }
  const route = `${request.method} ${request.routeOptions.url ?? ''}`
  const keyed = { subject: asker.actor, key, route, bodySha256: sha256Hex(writeJson(json)), objectId: newId('pay') }
  const rendering = {
    result: (made: Reply) => made,
    refusal: (refused: Refusal) => ({ status: refused.status, body: topupRefusalBody(refused) }),
  }
  const { replayed, ...answer } = await answerOnce(hub, keyed, rendering, (once) => open({ paymentId: once.objectId }))
  if (replayed) reply.header('Idempotent-Replayed', 'true')
  return sendBare(reply, answer.status, answer.body)
}

function readOrder(json: Readonly<Record<string, unknown>>): TopupOrder {
  const given = asRead(newTopup, json)
  return {
    userId: given.userId,
    amount: readMoney(given),
    description: given.description,
    method: given.method?.toUpperCase(),
    returnUrl: given.return_url,
    cancelUrl: given.cancel_url,
    caller: undefined,
  }
}

async function listMethods({ hub }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(nothing, request.query))
  const methods = topupMethods(hub).map(({ code, currencies: taken, limits }) => ({
    code,
    currencies: taken,
    limits: Object.fromEntries(
      Object.keys(currencies)
        .filter((currency) => isCurrency(currency))
        .filter((currency) => taken.includes(currency))
        .map((currency) => {
          const { min, max } = limits[currency]
          return [
            currency,
            { min: printAmount(min.amountMinor, currency), max: printAmount(max.amountMinor, currency) },
          ]
        }),
    ),
  }))
  return sendBare(reply, 200, writeJson({ methods }))
}

async function show({ hub, links }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(topupId, request.params), errorsOf(nothing, request.query))
  const { id } = asRead(topupId, request.params)
  const number = id.startsWith('pay_') ? await findPaymentNumber(hub.db, id) : Number(id)
  const payment = number === undefined ? undefined : await readPayment(hub.db, number)
  if (payment) await watchPayment(hub, payment)
  const topup = payment && (await readTopup(hub.db, payment.number))
  if (!payment || !topup) throw new Refusal('RESOURCE_NOT_FOUND', 'No such top-up', { details: `Top-up: ${id}` })
  const receiptUrl = await customerReceiptLink(hub, payment)
  return sendBare(reply, 200, writeJson(viewOfKnownTopup({ payment, topup, receiptUrl }, links)))
}

async function showWallet({ hub }: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseErrors(errorsOf(walletPath, request.params), errorsOf(walletQuery, request.query))
  const { userId } = asRead(walletPath, request.params)
  const page = readNumberedPage(walletEntries, asRead(walletQuery, request.query))
  const wallet = await readWallet(hub.db, { userId, ...page })
  return sendBare(reply, 200, writeJson(viewOfWallet(userId, page.limit, wallet)))
}
