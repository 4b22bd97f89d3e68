import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TObject, Type } from 'typebox'
import type { Refusal } from '../../domain/errors.ts'
import { answerOnce, type Once, type Reply, withoutKey } from '../../flows/idempotency.ts'
import type { Asker, Hub } from '../../flows/hub.ts'
import { sha256Hex } from '../../kit/crypto.ts'
import { writeJson } from '../../kit/json.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import { problemBody, sendProblem } from '../problem.ts'
import { asRead, errorsOf, readJsonBody, refuseErrors } from '../read-input.ts'
import { askerOf, callerOf } from '../server.ts'

/** One row of the table of routes, in the form that is mounted and documented. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** As Fastify writes it: `/v1/cases/:id`. */
  readonly path: string
  /** Any of these scopes is enough. */
  readonly scopes: readonly string[]
  /** Only a registered operator may. */
  readonly byOperator: boolean
  readonly key: 'required' | 'honoured' | 'none'
  /** What it does, for the docs: begins with a verb. */
  readonly does: string
  readonly query: TObject
  readonly body: TObject
  readonly run: (hub: Hub, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

const strict = { additionalProperties: false }
const nothing = Type.Object({}, strict)

type Reading<Params extends TObject, Query extends TObject> = {
  readonly path: string
  readonly scopes: readonly string[]
  readonly does: string
  readonly params: Params
  readonly query: Query
  /** Answers what is shown. Throws `Refusal`. */
  readonly read: (hub: Hub, given: Static<Params> & Static<Query>) => Promise<object>
}

/** A GET. */
export function reading<Params extends TObject, Query extends TObject>(row: Reading<Params, Query>): Route {
  return {
    method: 'GET',
    path: row.path,
    scopes: row.scopes,
    byOperator: false,
    key: 'none',
    does: row.does,
    query: row.query,
    body: nothing,
    run: async (hub, request, reply) => {
      refuseErrors(errorsOf(row.params, request.params), errorsOf(row.query, request.query))
      const given = { ...asRead(row.params, request.params), ...asRead(row.query, request.query) }
      return send(reply, { status: 200, body: writeJson(await row.read(hub, given)) })
    },
  }
}

/** An operator, acting. */
export type ActingAsker = Asker & { readonly operator: string }

type Acting<Params extends TObject, Body extends TObject, Result> = {
  /** POST unless told: PATCH changes what is there to what the body says. */
  readonly method?: 'PATCH'
  readonly path: string
  readonly does: string
  /** `required` for whatever opens or moves money. */
  readonly key: 'required' | 'honoured'
  readonly params: Params
  readonly body: Body
  /** The id of the object that is made, or acted upon. */
  readonly objectId: (params: Static<Params>) => string
  readonly act: (
    hub: Hub,
    asker: ActingAsker,
    given: Static<Params> & Static<Body>,
    once: Once<Result>,
  ) => Promise<Result>
  /** 200 unless told. */
  readonly status?: (result: Result) => 200 | 201 | 202
  readonly view: (result: Result) => object
}

/** A request by an operator that changes something. */
export function acting<Params extends TObject, Body extends TObject, Result>(row: Acting<Params, Body, Result>): Route {
  return {
    method: row.method ?? 'POST',
    path: row.path,
    scopes: ['money:operate'],
    byOperator: true,
    key: row.key,
    does: row.does,
    query: nothing,
    body: row.body,
    run: (hub, request, reply) => runAct(row, hub, request, reply),
  }
}

async function runAct<Params extends TObject, Body extends TObject, Result>(
  row: Acting<Params, Body, Result>,
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const json = readJsonBody(request)
  const { key, errors } = readIdempotencyKey(request, row.key)
  refuseErrors(errors, errorsOf(row.params, request.params), errorsOf(nothing, request.query), errorsOf(row.body, json))
  const params = asRead(row.params, request.params)
  const given = { ...params, ...asRead(row.body, json) }
  const asker = actingAskerOf(request)
  const result = (made: Result): Reply => ({ status: row.status?.(made) ?? 200, body: writeJson(row.view(made)) })
  const act = (once: Once<Result>) => row.act(hub, asker, given, once)
  const objectId = row.objectId(params)
  if (key === undefined) return send(reply, result(await act(withoutKey(objectId))))
  const route = `${request.method} ${pathOf(request)}`
  const keyed = { subject: asker.actor, key, route, bodySha256: sha256Hex(writeJson(json)), objectId }
  const refusal = (refused: Refusal): Reply => ({ status: refused.status, body: problemBody(refused, request.id) })
  const { replayed, ...answer } = await answerOnce(hub, keyed, { result, refusal }, act)
  if (replayed) reply.header('Idempotent-Replayed', 'true')
  return send(reply, answer)
}

function send(reply: FastifyReply, { status, body }: Reply): FastifyReply {
  if (status >= 400) return sendProblem(reply, status, body)
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}

/** The operator acts; which client he used is in the log, under the correlation id. */
function actingAskerOf(request: FastifyRequest): ActingAsker {
  const operator = callerOf(request).operator ?? ''
  return { ...askerOf(request), actor: `operator ${operator}`, operator }
}

/** As sent, without its query and without a slash at its end. */
function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').replace(/\/$/, '')
}
