import { Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import type { Payment } from '../../domain/payment.ts'
import { cancelPayment } from '../../flows/cancel-payment.ts'
import type { Hub } from '../../flows/hub.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { readPayment } from '../../store/payments.ts'
import { paymentId, reason } from './fields.ts'
import { findPaymentNumberOf } from './find-payment.ts'
import { acting, reading, type Route } from './route.ts'
import { viewOfPayment, withPositions } from './view-of-payment.ts'

const id = Type.Object({ id: paymentId }, { additionalProperties: false })

export const paymentRoutes: readonly Route[] = [
  reading({
    path: '/v1/payments/:id',
    scopes: ['payments:read', 'money:operate'],
    does: 'shows a payment with its receipts and attempts',
    params: id,
    query: Type.Object({}, { additionalProperties: false }),
    read: async (hub, given) => {
      const payment = await knownPayment(hub, given.id)
      await watchPayment(hub, payment)
      return viewOfPayment(await withPositions(hub, payment))
    },
  }),
  acting({
    path: '/v1/payments/:id/cancel',
    key: 'required',
    does: 'gives an open payment up, after a last look at its banks; one that was cancelled already stays so',
    params: id,
    body: Type.Object({ reason }, { additionalProperties: false }),
    objectId: (params) => params.id,
    act: async (hub, asker, given) => {
      const payment = await cancelPayment(hub, asker, await knownPayment(hub, given.id), { reason: given.reason })
      return withPositions(hub, payment)
    },
    view: viewOfPayment,
  }),
]

async function knownPayment(hub: Hub, id: string): Promise<Payment> {
  const payment = await readPayment(hub.db, await findPaymentNumberOf(hub.db, id))
  if (!payment) throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment', { details: `Payment: ${id}` })
  return payment
}
