import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../../domain/errors.ts'
import type { Hub } from '../../flows/hub.ts'
import { answerOnce, type Reply } from '../../flows/idempotency.ts'
import { sha256Hex } from '../../kit/crypto.ts'
import { writeJson } from '../../kit/json.ts'
import { sendBare } from '../bare-answer.ts'
import { askerOf } from '../server.ts'
import { type CheckoutLinks, orderRefusalBody } from './refuse-order.ts'

export type Act = {
  /** Undefined: every request is one of its own. */
  readonly key: string | undefined
  /** What the same request has again. */
  readonly body: unknown
  /** Of what is made or acted upon: a resumed request keeps the first one. */
  readonly objectId: string
  readonly act: (objectId: string) => Promise<Reply>
}

/** Runs an act and answers it; under a key once, and ever after as the first time. */
export async function answerKeyed(
  { hub, links }: { readonly hub: Hub; readonly links: CheckoutLinks },
  request: FastifyRequest,
  reply: FastifyReply,
  { key, body, objectId, act }: Act,
): Promise<FastifyReply> {
  if (key === undefined) {
    const made = await act(objectId)
    return sendBare(reply, made.status, made.body)
  }
  const keyed = {
    subject: askerOf(request).actor,
    key,
    route: `${request.method} ${pathOf(request)}`,
    bodySha256: sha256Hex(writeJson(body)),
    objectId,
  }
  const rendering = {
    result: (made: Reply) => made,
    refusal: (refused: Refusal) => ({ status: refused.status, body: orderRefusalBody(refused, links) }),
  }
  const { replayed, ...answer } = await answerOnce(hub, keyed, rendering, (once) => act(once.objectId))
  if (replayed) reply.header('Idempotent-Replayed', 'true')
  return sendBare(reply, answer.status, answer.body)
}

/** As sent, without its query and without a slash at its end. */
function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').replace(/\/$/, '').toLowerCase()
}
