import { type Static, Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { suspenseReasons } from '../../domain/payment.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Once } from '../../flows/idempotency.ts'
import { requestRefund } from '../../flows/request-refund.ts'
import { resolveSuspense } from '../../flows/resolve-suspense.ts'
import { newId } from '../../kit/ids.ts'
import { type ListedAct, listActs } from '../../store/acts.ts'
import { listRefunds } from '../../store/refunds.ts'
import { listHeldMoney, readHeldMoney } from '../../store/suspense.ts'
import { knownAct } from './acts.ts'
import { amount, bankCode, paymentId, reason, rowId, rowNumber, wordOf } from './fields.ts'
import { knownPaymentNumber } from './find-payment.ts'
import { readListFilter } from './list-filter.ts'
import { listFields, listOf, readNumberedPage } from '../list.ts'
import { knownRefund, statusOfRefund } from './refunds.ts'
import { acting, type ActingAsker, reading, type Route } from './route.ts'
import { viewOfAct, viewOfHeldMoney, viewOfRefund } from './views.ts'

const strict = { additionalProperties: false }
const id = Type.Object({ id: rowId('sus') }, strict)
const part = Type.Object({ amount: Type.Optional(amount), reason }, strict)
const application = Type.Object({ payment: paymentId, amount: Type.Optional(amount), reason }, strict)
const filters = Type.Object(
  {
    state: Type.Optional(wordOf(['open', 'resolved'])),
    reason: Type.Optional(wordOf(suspenseReasons)),
    bank: Type.Optional(bankCode),
    payment: Type.Optional(paymentId),
    ...listFields,
  },
  strict,
)

/** Acts and refunds of one row shown with it, at most. */
const mostShown = 100

export const suspenseRoutes: readonly Route[] = [
  reading({
    path: '/v1/suspense',
    scopes: ['money:operate'],
    does: 'lists money in suspense, the newest first',
    params: Type.Object({}),
    query: filters,
    read: list,
  }),
  reading({
    path: '/v1/suspense/:id',
    scopes: ['money:operate'],
    does: 'shows money in suspense with its acts and refunds',
    params: id,
    query: Type.Object({}, strict),
    read: (hub, given) => show(hub, rowNumber(given.id)),
  }),
  acting({
    path: '/v1/suspense/:id/apply',
    key: 'required',
    does: 'applies held money to a payment; to another payable than the money named, a second person must agree',
    params: id,
    body: application,
    objectId: () => newId('act'),
    act: async (hub, asker, given, once) =>
      resolve(hub, asker, given, once, {
        kind: 'apply',
        paymentNumber: await knownPaymentNumber(hub.db, given.payment),
      }),
    status: statusOfAct,
    view: viewOfAct,
  }),
  acting({
    path: '/v1/suspense/:id/write-off',
    key: 'required',
    does: 'writes held money off; above the limit, a second person must agree',
    params: id,
    body: part,
    objectId: () => newId('act'),
    act: (hub, asker, given, once) => resolve(hub, asker, given, once, { kind: 'write_off' }),
    status: statusOfAct,
    view: viewOfAct,
  }),
  acting({
    path: '/v1/suspense/:id/refund',
    key: 'required',
    does: 'sends held money back; above the limit, a second person must agree',
    params: id,
    body: part,
    objectId: () => newId('rfd'),
    act: async (hub, asker, given, once) => {
      const of = { suspenseId: rowNumber(given.id) }
      await requestRefund(hub, asker, { id: once.objectId, of, amount: given.amount, reason: given.reason })
      return knownRefund(hub.db, once.objectId)
    },
    status: statusOfRefund,
    view: viewOfRefund,
  }),
]

async function list(hub: Hub, query: Static<typeof filters>): Promise<object> {
  const { limit, before } = readNumberedPage('suspense', query)
  const rows = await listHeldMoney(hub.db, {
    state: query.state,
    reason: query.reason,
    ...(await readListFilter(hub.db, query)),
    before,
    most: limit + 1,
  })
  return listOf('suspense', limit, rows, { place: (row) => row.id, view: viewOfHeldMoney })
}

async function show(hub: Hub, suspenseId: number): Promise<object> {
  const found = await readHeldMoney(hub.db, suspenseId)
  if (!found)
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such money in suspense', { details: `Suspense: sus_${suspenseId}` })
  const everything = { before: undefined, most: mostShown, suspenseId, status: undefined }
  const acts = await listActs(hub.db, { ...everything, kind: undefined })
  const refunds = await listRefunds(hub.db, { ...everything, bankCode: undefined, paymentNumber: undefined })
  return { ...viewOfHeldMoney(found), acts: acts.map(viewOfAct), refunds: refunds.map(viewOfRefund) }
}

async function resolve(
  hub: Hub,
  asker: ActingAsker,
  given: { readonly id: string; readonly amount?: string; readonly reason: string },
  once: Once<ListedAct>,
  what: { readonly kind: 'apply'; readonly paymentNumber: number } | { readonly kind: 'write_off' },
): Promise<ListedAct> {
  const order = { id: once.objectId, suspenseId: rowNumber(given.id), amount: given.amount, reason: given.reason }
  await resolveSuspense(hub, asker, { ...order, ...what })
  return knownAct(hub.db, once.objectId)
}

/** 202: asked for, and waiting for a second person. */
function statusOfAct(act: ListedAct): 200 | 202 {
  return act.status === 'requires_approval' ? 202 : 200
}
