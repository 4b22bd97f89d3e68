import type { FastifyReply } from 'fastify'
import type { Refusal } from '../domain/errors.ts'
import { writeJson } from '../kit/json.ts'
import { sendRefusal } from './envelope.ts'

/** Whether errors on this path are told as RFC 9457 problems: the hub's own API. */
function speaksProblems(url: string): boolean {
  return /^\/v1(?:[/?]|$)/.test(url)
}

/** A refusal in the shape of the surface that was asked. */
export function answerRefusal(reply: FastifyReply, refusal: Refusal, now: Date): FastifyReply {
  if (!speaksProblems(reply.request.url)) return sendRefusal(reply, refusal, now)
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  if (refusal.code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  return sendProblem(reply, refusal.status, problemBody(refusal, reply.request.id))
}

/** A problem that is written already. */
export function sendProblem(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/problem+json; charset=utf-8').send(body)
}

/** RFC 9457 as text. `errors` is keyed by field; `retryable`: the same request may succeed later, unchanged. */
export function problemBody(refusal: Refusal, requestId: string): string {
  const { wireCode: code, status, message, details, retryAfterS } = refusal
  const sentences = typeof details === 'string' && details !== message ? [message, details] : [message]
  return writeJson({
    type: `urn:khqr-hub:problem:${code}`,
    title: titleOf(code),
    status,
    detail: sentences.map((sentence) => sentence.replace(/\.?$/, '.')).join(' '),
    code,
    request_id: requestId,
    retryable: status >= 500 || status === 429 || retryAfterS !== undefined,
    ...(typeof details === 'string' ? {} : { errors: details }),
  })
}

/** "Idempotency key reused": the same for every occurrence of a code. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
