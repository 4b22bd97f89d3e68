import { Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { flagsOf, type Payment, receivedMinor } from '../../domain/payment.ts'
import { cancelPayment } from '../../flows/cancel-payment.ts'
import type { Hub } from '../../flows/hub.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { type Money, printAmount } from '../../money/money.ts'
import { readPayment } from '../../store/payments.ts'
import { timestamp } from '../envelope.ts'
import { paymentId, reason } from './fields.ts'
import { findPaymentNumberOf } from './find-payment.ts'
import { acting, reading, type Route } from './route.ts'

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
      return viewOfPayment(payment)
    },
  }),
  acting({
    path: '/v1/payments/:id/cancel',
    key: 'required',
    does: 'gives an open payment up, after a last look at its banks; one that was cancelled already stays so',
    params: id,
    body: Type.Object({ reason }, { additionalProperties: false }),
    objectId: (params) => params.id,
    act: async (hub, asker, given) =>
      cancelPayment(hub, asker, await knownPayment(hub, given.id), { reason: given.reason }),
    view: viewOfPayment,
  }),
]

async function knownPayment(hub: Hub, id: string): Promise<Payment> {
  const payment = await readPayment(hub.db, await findPaymentNumberOf(hub.db, id))
  if (!payment) throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment', { details: `Payment: ${id}` })
  return payment
}

/** A payment as it is shown. */
function viewOfPayment(payment: Payment) {
  const { currency } = payment.amount
  return {
    id: payment.id,
    number: payment.number,
    status: payment.status,
    flags: flagsOf(payment),
    amount: print(payment.amount),
    amount_received: printAmount(receivedMinor(payment), currency),
    amount_refunded: printAmount(payment.refundedMinor, currency),
    currency,
    payable: {
      kind: payment.payableKind,
      biller: payment.biller,
      number: payment.billNumber,
      due_date: payment.billKey,
    },
    opened_at: timestamp(payment.openedAt),
    completed_at: payment.completedAt ? timestamp(payment.completedAt) : null,
    closed_at: payment.closedAt ? timestamp(payment.closedAt) : null,
    receipts: payment.receipts.map((receipt) => ({
      bank: receipt.bankCode,
      transaction_id: receipt.bankTransactionId,
      channel: receipt.channel,
      amount: print(receipt.amount),
      currency: receipt.amount.currency,
      proof: receipt.proof,
      applied: printAmount(receipt.appliedMinor, receipt.amount.currency),
      in_suspense: printAmount(receipt.heldMinor, receipt.amount.currency),
      suspended_because: receipt.suspended ?? null,
      reversed: receipt.reversed,
      paid_at: timestamp(receipt.paidAt),
      recorded_at: timestamp(receipt.recordedAt),
    })),
    attempts: payment.attempts.map((attempt) => ({
      bank: attempt.bankCode,
      state: attempt.state,
      qr_string: attempt.qrString ?? null,
      deeplink: attempt.deeplink ?? null,
      created_at: timestamp(attempt.createdAt),
      expires_at: timestamp(attempt.expiresAt),
    })),
  }
}

function print({ amountMinor, currency }: Money): string {
  return printAmount(amountMinor, currency)
}
