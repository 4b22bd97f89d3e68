import type { FastifyReply } from 'fastify'
import type { Refusal } from '../../domain/errors.ts'
import { writeJson } from '../../kit/json.ts'
import { errorLists, sendBare, toldBare } from '../bare-answer.ts'

/** A refusal in the form of this surface. */
export function sendTopupRefusal(reply: FastifyReply, refused: Refusal): FastifyReply {
  const refusal = toldBare(refused)
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  if (refusal.code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  return sendBare(reply, refusal.status, topupRefusalBody(refusal))
}

/** `{success: false, message, errors?}`, where `errors` has all that is wrong, by field. */
export function topupRefusalBody(refusal: Refusal): string {
  const { message, details } = refusal
  if (typeof details !== 'string') {
    return writeJson({ success: false, message, errors: errorLists(details) })
  }
  const sentences = details === message ? [message] : [message, details]
  return writeJson({
    success: false,
    message: sentences.map((sentence) => sentence.replace(/\.?$/, '.')).join(' '),
  })
}
