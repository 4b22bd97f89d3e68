import type { FastifyReply } from 'fastify'
import type { Refusal } from '../../domain/errors.ts'
import type { Payment, Receipt } from '../../domain/payment.ts'
import type { Hub } from '../../flows/hub.ts'
import { writeJson } from '../../kit/json.ts'
import type { Topup } from '../../store/topups.ts'
import { toldBare } from '../bare-answer.ts'
import { jsonAmount, timestamp } from '../envelope.ts'

// Two kinds of clients call the same paths: those of the open API, whose answers are an envelope with a code, and those of
// the older documents, whose answers are bare and whose errors are {message, error}.

/** The open API's codes that are answered here. */
export const openApiCodes = { notFound: 1, linkTrouble: 4, badFields: 5, unauthorized: 6, unreachable: 9 } as const

export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(writeJson(body))
}

/** The open API's "yes". Always 200. */
export function sendData(reply: FastifyReply, sentence: string, data: object): FastifyReply {
  return sendJson(reply, 200, { responseCode: 0, responseMessage: sentence, errorCode: null, data })
}

/** The open API's "no", of which "not paid yet" is one. Always 200. */
export function sendCode(reply: FastifyReply, errorCode: number, sentence: string): FastifyReply {
  return sendJson(reply, 200, { responseCode: 1, responseMessage: sentence, errorCode, data: null })
}

/** The documents' "not paid", and their word for what they do not know. */
export function sendNotFound(reply: FastifyReply): FastifyReply {
  return sendJson(reply, 404, { message: 'Transaction not found', error: 'not_found' })
}

/** A refusal that both kinds of clients can read: it may be decided before the body says which one it is. */
export function sendFacadeRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { code, status, message, details, retryAfterS } = toldBare(refusal)
  if (retryAfterS !== undefined) reply.header('Retry-After', String(retryAfterS))
  if (code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  const sentence = typeof details === 'string' && details !== message ? `${message}. ${details}` : message
  return sendJson(reply, status, {
    message: sentence,
    error: code.toLowerCase(),
    ...(typeof details === 'string' ? {} : { errors: details }),
    responseCode: 1,
    responseMessage: sentence,
    errorCode: openApiCodeOf(status),
    data: null,
  })
}

function openApiCodeOf(status: number): number | null {
  if (status === 401 || status === 403) return openApiCodes.unauthorized
  if (status >= 500) return openApiCodes.unreachable
  return status === 429 || status === 409 ? null : openApiCodes.badFields
}

/** The receipt that settled a payment; undefined while it is not paid. */
export function settlingReceipt(payment: Payment): Receipt | undefined {
  if (payment.status !== 'completed') return undefined
  return payment.receipts.findLast((receipt) => receipt.appliedMinor > 0n)
}

/** A paid top-up as the documents have it. */
export function paidByDocuments(payment: Payment, topup: Topup, receipt: Receipt): object {
  return {
    hash: topup.handle,
    paid: true,
    status: 'completed',
    amount: jsonAmount(payment.amount),
    currency: payment.amount.currency,
    paid_at: timestamp(receipt.paidAt),
    transaction_id: receipt.bankTransactionId,
    bill_number: topup.billNumber,
  }
}

/** A transaction as the open API has it. What was not kept (the payer's account among it) is null, which it may be. */
export function transactionOf(hub: Hub, receipt: Receipt): object {
  const accounts = hub.banks.get(receipt.bankCode)?.accounts ?? []
  return {
    hash: receipt.bankTransactionId,
    fromAccountId: null,
    toAccountId: accounts.find((account) => account.id === receipt.merchantAccountId)?.payeeAccount ?? null,
    currency: receipt.amount.currency,
    amount: jsonAmount(receipt.amount),
    description: null,
    createdDateMs: receipt.paidAt.getTime(),
    acknowledgedDateMs: receipt.recordedAt.getTime(),
    trackingStatus: null,
    receiverBank: null,
    receiverBankAccount: null,
    instructionRef: null,
    externalRef: null,
  }
}
