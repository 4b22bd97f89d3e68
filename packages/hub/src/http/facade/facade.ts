import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { Hub } from '../../flows/hub.ts'
import { type Principal, requireScope } from '../auth.ts'
import { refuseOtherMethods } from '../other-methods.ts'
import { readJsonBody } from '../read-input.ts'
import { asRefusal, type SurfaceTools } from '../server.ts'
import { sendFacadeRefusal } from './answers.ts'
import { checkTransaction } from './check-transaction.ts'
import { generateCode } from './generate-code.ts'
import { refuseFields } from './refuse-fields.ts'
import { shortenLink } from './shorten-link.ts'

export type FacadeSettings = {
  /** What clients of the older documents send as `md5`; undefined: there are none. */
  readonly merchantKey: string | undefined
}

/** What a body of a façade route is: a JSON object whose amount is text. */
export type Body = Readonly<Record<string, unknown>>

export type FacadeWorld = FacadeSettings & { readonly hub: Hub }

type Answer = (world: FacadeWorld, request: FastifyRequest, reply: FastifyReply, body: Body) => Promise<FastifyReply>

/** Every route of the façade. `docs/topups.md` is made from this table. */
export const facadeRoutes: readonly { readonly path: string; readonly does: string; readonly answer: Answer }[] = [
  {
    path: '/v1/generate_deeplink_by_qr',
    does: 'with `qr`: a short link that opens banking apps with that code; with `md5` and `amount`: opens a top-up',
    answer: (world, request, reply, body) => {
      // The same path has two meanings; only what is in the body tells which one a client means.
      if (body['qr'] !== undefined) return shortenLink(world, request, reply, body)
      if (body['md5'] !== undefined || body['amount'] !== undefined) return generateCode(world, request, reply, body)
      return refuseFields({ qr: 'is required; or send md5, amount, currency and bill_number' })
    },
  },
  {
    path: '/v1/check_transaction_by_hash',
    does: 'says whether a code was paid: by the hash that opening it gave out, or by the hash of its transaction',
    answer: (world, _request, reply, body) => checkTransaction(world, reply, { name: 'hash', value: body['hash'] }),
  },
  {
    path: '/v1/check_transaction_by_md5',
    does: "says whether a code was paid: by the MD5 of the code's text, or by the same `hash`",
    answer: (world, _request, reply, body) => {
      // Clients of the older documents send the hash here too, some beside their merchant key.
      const name = body['hash'] === undefined ? 'md5' : 'hash'
      return checkTransaction(world, reply, { name, value: body[name] })
    },
  },
]

/**
 * The paths of the central bank's open API, for software that was written to it, or to the older documents that give the
 * same paths another meaning. They read and open the same top-ups as everybody else, and ask no bank for a status.
 */
export function mountFacade(surface: FastifyInstance, { hub }: SurfaceTools, settings: FacadeSettings): void {
  const told: Pick<RouteShorthandOptions, 'errorHandler'> = {
    errorHandler: (error, request, reply) => sendFacadeRefusal(reply, asRefusal(hub, error, request)),
  }
  const posts = facadeRoutes.map(({ path }) => ({ method: 'POST', path }))
  refuseOtherMethods(surface, posts, told)
  for (const { path, answer } of facadeRoutes) {
    surface.post(
      path,
      {
        config: { allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, 'topups:write') },
        ...told,
      },
      async (request, reply) => answer({ hub, ...settings }, request, reply, readJsonBody(request)),
    )
  }
}
