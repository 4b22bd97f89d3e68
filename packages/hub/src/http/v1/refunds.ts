import { type Static, Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { refundStatuses } from '../../domain/refund.ts'
import { approveRefund, cancelRefund, showEvidence } from '../../flows/decide-refund.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Once } from '../../flows/idempotency.ts'
import { requestRefund } from '../../flows/request-refund.ts'
import { decideOnceOnRefund } from '../../flows/resumed-decision.ts'
import { newId } from '../../kit/ids.ts'
import type { Db } from '../../store/db.ts'
import { listRefunds, type ListedRefund, readListedRefund } from '../../store/refunds.ts'
import { amount, bankCode, madeId, moment, paymentId, reason, wordOf } from './fields.ts'
import { knownPaymentNumber } from './find-payment.ts'
import { readListFilter } from './list-filter.ts'
import { listFields, listOf, readIdPage } from '../list.ts'
import { acting, type ActingAsker, reading, type Route } from './route.ts'
import { viewOfRefund } from './views.ts'

const strict = { additionalProperties: false }
const id = Type.Object({ id: madeId('rfd') }, strict)
const why = Type.Object({ reason }, strict)
const filters = Type.Object(
  {
    status: Type.Optional(wordOf(refundStatuses)),
    bank: Type.Optional(bankCode),
    payment: Type.Optional(paymentId),
    ...listFields,
  },
  strict,
)
const evidence = Type.Object(
  {
    bank_reference: Type.String({
      pattern: '^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,62}[\\x21-\\x7e])?$',
      description: "must be the bank's own reference of the transfer: 1 to 64 ASCII characters",
    }),
    paid_at: moment,
    note: Type.String({
      pattern: '^(?=[\\s\\S]*\\S)[\\s\\S]{3,500}$',
      description: 'must be 3 to 500 characters that say who sent it and where the proof is',
    }),
  },
  strict,
)

export const refundRoutes: readonly Route[] = [
  acting({
    path: '/v1/refunds',
    key: 'required',
    does: 'sends back what a payment was settled with, or a part; above the limit, a second person must agree',
    params: Type.Object({}),
    body: Type.Object({ payment: paymentId, amount: Type.Optional(amount), reason }, strict),
    objectId: () => newId('rfd'),
    act: async (hub, asker, given, once) => {
      const of = { paymentNumber: await knownPaymentNumber(hub.db, given.payment) }
      await requestRefund(hub, asker, { id: once.objectId, of, amount: given.amount, reason: given.reason })
      return knownRefund(hub.db, once.objectId)
    },
    status: statusOfRefund,
    view: viewOfRefund,
  }),
  reading({
    path: '/v1/refunds',
    scopes: ['payments:read', 'money:operate'],
    does: 'lists refunds, the newest first',
    params: Type.Object({}),
    query: filters,
    read: list,
  }),
  reading({
    path: '/v1/refunds/:id',
    scopes: ['payments:read', 'money:operate'],
    does: 'shows a refund',
    params: id,
    query: Type.Object({}, strict),
    read: async (hub, given) => viewOfRefund(await knownRefund(hub.db, given.id)),
  }),
  acting({
    path: '/v1/refunds/:id/approve',
    key: 'required',
    does: 'agrees to a refund that another operator asked for, and sends it',
    params: id,
    body: why,
    objectId: (params) => params.id,
    act: (hub, asker, given, once) =>
      decide(
        hub,
        once,
        (refund) => refund.approvedBy === asker.operator,
        () => approveRefund(hub, asker, given.id, given.reason),
      ),
    view: viewOfRefund,
  }),
  acting({
    path: '/v1/refunds/:id/cancel',
    key: 'required',
    does: 'calls off a refund that was not sent; its money stands again where it was',
    params: id,
    body: why,
    objectId: (params) => params.id,
    act: (hub, asker, given, once) =>
      decide(
        hub,
        once,
        (refund) => refund.status === 'cancelled',
        () => cancelRefund(hub, asker, given.id, given.reason),
      ),
    view: viewOfRefund,
  }),
  acting({
    path: '/v1/refunds/:id/evidence',
    key: 'required',
    does: 'shows that a person has sent a manual refund',
    params: id,
    body: evidence,
    objectId: (params) => params.id,
    act: prove,
    view: viewOfRefund,
  }),
]

/** 202: asked for, and waiting for a second person. */
export function statusOfRefund(refund: ListedRefund): 201 | 202 {
  return refund.status === 'requires_approval' ? 202 : 201
}

/** Throws RESOURCE_NOT_FOUND. */
export async function knownRefund(db: Db, refundId: string): Promise<ListedRefund> {
  const refund = await readListedRefund(db, refundId)
  if (!refund) throw new Refusal('RESOURCE_NOT_FOUND', 'No such refund', { details: `Refund: ${refundId}` })
  return refund
}

async function list(hub: Hub, query: Static<typeof filters>): Promise<object> {
  const { limit, before } = readIdPage('refunds', 'rfd', query)
  const rows = await listRefunds(hub.db, {
    status: query.status,
    ...(await readListFilter(hub.db, query)),
    suspenseId: undefined,
    before,
    most: limit + 1,
  })
  return listOf('refunds', limit, rows, { place: (row) => row.id, view: viewOfRefund })
}

async function decide(
  hub: Hub,
  once: Once<ListedRefund>,
  isTaken: Parameters<typeof decideOnceOnRefund>[2],
  act: Parameters<typeof decideOnceOnRefund>[3],
): Promise<ListedRefund> {
  await decideOnceOnRefund(hub, once, isTaken, act)
  return knownRefund(hub.db, once.objectId)
}

async function prove(
  hub: Hub,
  asker: ActingAsker,
  given: { readonly id: string } & Static<typeof evidence>,
  once: Once<ListedRefund>,
): Promise<ListedRefund> {
  const { bank_reference: bankReference, note } = given
  const paidAt = readPaidAt(given.paid_at, hub.clock.now())
  return decide(
    hub,
    once,
    (refund) => refund.status === 'succeeded' && refund.bankRefundId === bankReference,
    () => showEvidence(hub, asker, given.id, { bankReference, paidAt, note }),
  )
}

/** How far a clock elsewhere may be ahead of ours, in milliseconds. */
const aheadMs = 5 * 60_000

/** Reads when a person sent money. Throws BAD_REQUEST for a day that is none, and for a moment to come. */
export function readPaidAt(text: string, now: Date): Date {
  const paidAt = new Date(text)
  if (paidAt.getTime() <= now.getTime() + aheadMs) return paidAt
  throw new Refusal('BAD_REQUEST', 'The time of the transfer is not right', {
    details: { paid_at: `is "${text.slice(0, 40)}", and must be a past moment such as 2026-01-07T12:00:00+07:00` },
  })
}
