import type { FastifyReply } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { writeJson } from '../../kit/json.ts'

/** An answer that is written already. */
export function sendBare(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}

/** A refusal in the form of this surface. */
export function sendTopupRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  if (refusal.code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  return sendBare(reply, refusal.status, topupRefusalBody(refusal))
}

/** `{success: false, message, errors?}`, where `errors` has all that is wrong, by field. */
export function topupRefusalBody(refusal: Refusal): string {
  const { message, details } = refusal
  if (typeof details !== 'string') {
    const errors = Object.fromEntries(Object.entries(details).map(([field, why]) => [field, [why]]))
    return writeJson({ success: false, message, errors })
  }
  const sentences = details === message ? [message] : [message, details]
  return writeJson({
    success: false,
    message: sentences.map((sentence) => sentence.replace(/\.?$/, '.')).join(' '),
  })
}

/** Runs a route; fields that are wrong are 422 on this surface. A body that cannot be read at all stays 400. */
export async function withWrongFieldsUnprocessable<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'BAD_REQUEST' || typeof error.details === 'string') throw error
    throw new Refusal('UNPROCESSABLE', error.message, { details: error.details, cause: error })
  }
}
