import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import type { Hub } from '../../flows/hub.ts'
import { noteSecurityEvent } from '../../flows/note-security-event.ts'
import { isActiveOperator } from '../../store/operators.ts'
import { type Principal, requireScope } from '../auth.ts'
import { refuseOtherMethods, refuseOtherPaths } from '../other-methods.ts'
import { callerOf, type SurfaceTools } from '../server.ts'
import { actRoutes } from './acts.ts'
import { bankRoutes } from './banks.ts'
import { caseRoutes } from './cases.ts'
import { paymentRoutes } from './payments.ts'
import { refundRoutes } from './refunds.ts'
import type { Route } from './route.ts'
import { suspenseRoutes } from './suspense.ts'

/** Every route of the hub's own API. `docs/api.md` is made from this table. */
export const routes: readonly Route[] = [
  ...paymentRoutes,
  ...refundRoutes,
  ...suspenseRoutes,
  ...actRoutes,
  ...caseRoutes,
  ...bankRoutes,
]

/** `/v1`: the table above, 405 for other methods on its paths, and 404 for everything else below it. */
export function mountV1(surface: FastifyInstance, tools: SurfaceTools): void {
  const { hub } = tools
  for (const route of routes) mount(surface, hub, route)
  refuseOtherMethods(surface, routes)
  // Without this, /v1/payments would be read as the payments of a bank called V1.
  refuseOtherPaths(surface, ['/v1'])
}

function mount(surface: FastifyInstance, hub: Hub, route: Route): void {
  surface.route({
    method: route.method,
    url: route.path,
    config: { allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, ...route.scopes) },
    ...(route.byOperator ? { preParsing: (request: FastifyRequest) => requireOperator(hub, request) } : {}),
    handler: (request, reply) => route.run(hub, request, reply),
  })
}

/** Runs after the scope was checked, before the body is read. */
async function requireOperator(hub: Hub, request: FastifyRequest): Promise<void> {
  const caller = callerOf(request)
  if (caller.operator !== undefined && (await isActiveOperator(hub.db, caller.operator))) return
  const sentence = 'Only a registered operator may do this'
  noteSecurityEvent(hub, {
    kind: 'out_of_scope',
    actor: `${caller.kind} ${caller.subject}`,
    object: `${request.method} ${request.routeOptions.url ?? ''}`,
    sentence,
    correlationId: request.id,
  })
  throw new Refusal('OPERATOR_REQUIRED', sentence, {
    details: `The token names ${caller.operator ?? 'nobody'}; an operator is added with "khqr-hub operator add"`,
  })
}
