import type { FastifyReply } from 'fastify'
import type { Refusal } from '../domain/errors.ts'
import { ExactDecimal, writeJson } from '../kit/json.ts'
import { type Money, printAmount } from '../money/money.ts'

/** An amount as a JSON number with exactly the currency's decimals: `150.00`, `60000`. */
export function jsonAmount(money: Money): ExactDecimal {
  return new ExactDecimal(printAmount(money.amountMinor, money.currency))
}

/** RFC 3339 UTC in whole seconds. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** The success envelope of the insurance surfaces. */
export function sendSuccess(reply: FastifyReply, data: unknown, now: Date): FastifyReply {
  const body = { success: true, data, timestamp: timestamp(now), correlationId: reply.request.id }
  return reply.code(200).type('application/json; charset=utf-8').send(writeJson(body))
}

/** The error envelope: code, message, details; `retryAfter` in seconds where repeating makes sense. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal, now: Date): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  if (refusal.code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  if (refusal.code === 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER') {
    reply.header('WWW-Authenticate', 'Bearer realm="bank-partner"')
  }
  const body = errorBody(refusal, reply.request.id, now)
  return reply.code(refusal.status).type('application/json; charset=utf-8').send(body)
}

/** The error envelope as text. */
export function errorBody(refusal: Refusal, correlationId: string, now: Date): string {
  const at = timestamp(now)
  const error = {
    code: refusal.wireCode,
    message: refusal.message,
    details: refusal.details,
    correlationId,
    timestamp: at,
    ...(refusal.retryAfterS === undefined ? {} : { retryAfter: refusal.retryAfterS }),
  }
  return writeJson({ success: false, error, timestamp: at, correlationId })
}
