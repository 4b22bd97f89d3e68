import type { FastifyReply } from 'fastify'
import type { Refusal } from '../../domain/errors.ts'
import { OrderRefusal } from '../../flows/pay-order.ts'
import { writeJson } from '../../kit/json.ts'
import { errorLists, sendBare, toldBare } from '../bare-answer.ts'

/** What a page's token makes of the address that pages have. */
export type CheckoutLinks = (token: string) => string

/** A refusal in the form of this surface. */
export function sendOrderRefusal(reply: FastifyReply, refused: Refusal, links: CheckoutLinks): FastifyReply {
  const refusal = toldBare(refused)
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  if (refusal.code === 'UNAUTHORIZED') reply.header('WWW-Authenticate', 'Bearer realm="khqr-hub"')
  return sendBare(reply, refusal.status, orderRefusalBody(refusal, links))
}

/**
 * `{success: false, message, errors?, data?}`: `errors` has all that is wrong, by field; `data.checkout_url` leads to the
 * payment that is in process. A message that stands alone is written as it is, as some are promised to the letter.
 */
export function orderRefusalBody(refusal: Refusal, links: CheckoutLinks): string {
  const { message, details } = refusal
  if (typeof details !== 'string') return writeJson({ success: false, message, errors: errorLists(details) })
  const token = refusal instanceof OrderRefusal ? refusal.checkoutToken : undefined
  return writeJson({
    success: false,
    message: details === message ? message : `${message}: ${details}`,
    ...(token === undefined ? {} : { data: { checkout_url: links(token) } }),
  })
}
