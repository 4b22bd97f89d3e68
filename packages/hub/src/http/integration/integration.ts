import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { maskName } from '../../kit/mask.ts'
import { Trouble } from '../../kit/trouble.ts'
import { type Principal, requireScope, seesNames } from '../auth.ts'
import { jsonAmount, sendSuccess } from '../envelope.ts'
import { askerOf, callerOf, type SurfaceTools } from '../server.ts'

/** `GET /integration/premiums/{number}`: the premium as the policy system knows it. */
export function mountIntegration(surface: FastifyInstance, tools: SurfaceTools): void {
  const { hub } = tools
  const read = { allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, 'bills:read') }
  surface.get<{ Params: { number: string } }>(
    '/integration/premiums/:number',
    { config: read },
    async (request, reply) => {
      const { number } = request.params
      if (!/^[A-Za-z0-9]{1,10}$/.test(number)) {
        throw new Refusal('BAD_REQUEST', 'The number is not right', {
          details: { number: `"${number.slice(0, 40)}" must be 1 to 10 letters and digits` },
        })
      }
      const { correlationId, traceparent } = askerOf(request)
      const found = await hub
        .lookUp(number.toUpperCase(), { fresh: false, call: { correlationId, traceparent } })
        .catch(unavailable)
      if (found.state === 'not_found') {
        throw new Refusal('RESOURCE_NOT_FOUND', 'No such policy or application', { details: `Number: ${number}` })
      }
      if (found.state === 'nothing_due') {
        throw new Refusal('RESOURCE_NOT_FOUND', 'Nothing is due', { details: `Nothing is due on ${number}` })
      }
      const { premium, cached, stale } = found
      const data = {
        number: premium.number,
        payer: seesNames(callerOf(request)) ? premium.payer : maskName(premium.payer),
        amount: jsonAmount(premium.amount),
        currency: premium.amount.currency,
        dueDate: premium.dueDate,
        source: premium.biller,
        cached,
        ...(stale ? { stale } : {}),
      }
      return sendSuccess(reply, data, hub.clock.now())
    },
  )
}

function unavailable(error: unknown): never {
  if (!(error instanceof Trouble)) throw error
  throw new Refusal('SERVER_UNAVAILABLE', 'The policy system cannot be asked now', {
    details: `The policy system ${error.target} does not answer (${error.kind}).`,
    retryAfterS: error.retryAfterS,
    cause: error,
  })
}
