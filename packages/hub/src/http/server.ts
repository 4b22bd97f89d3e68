import Fastify, {
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { type ErrorCode, Refusal } from '../domain/errors.ts'
import type { Hub } from '../flows/hub.ts'
import { noteSecurityEvent } from '../flows/note-security-event.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Conflict, isDatabaseAway } from '../store/db.ts'
import type { Authenticate, Principal } from './auth.ts'
import { answerRefusal } from './problem.ts'
import { limitRates } from './rate-limits.ts'
import { answerUnreadableBytes, answerUnreadablePath } from './unreadable-requests.ts'

export type SurfaceSettings = {
  /** General limit per client and minute. */
  readonly requestsPerMinute: number
  /** Limit of bank messages per source and minute. */
  readonly webhooksPerMinute: number
  readonly trustedProxies: readonly string[]
}

/** What every surface is made of. */
export type SurfaceTools = {
  readonly hub: Hub
  readonly authenticate: Authenticate
  readonly settings: SurfaceSettings
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route runs: who calls, or why we do not know. */
    caller: Principal | Refusal
    /** The Content-Type header as it came, readable or not. */
    givenContentType: string | undefined
  }
  interface FastifyContextConfig {
    /** Runs before the body is read, after authentication. Throws `Refusal`. */
    allow?: (request: FastifyRequest, caller: Principal) => void
    /** Nobody need say who they are: health, metrics, the token endpoint. */
    open?: boolean
    /** Runs once it is known who calls, after the general limit has counted the request. Throws `Refusal`. */
    afterLimit?: (request: FastifyRequest) => Promise<void>
    /** A bank's route: skewed clocks are logged, not refused. */
    bankRoute?: boolean
  }
}

/** Bodies above this many bytes are refused with 413. */
const largestBodyBytes = 64 * 1024
const skewToleratedS = 300
/** TLS ends at the proxy; whoever came by it is told to come by it for a year. */
const strictTransport = 'max-age=31536000'

/** One HTTP surface with everything that is common to all: correlation, bearer, limits, envelope, metrics, log. */
export async function createSurface(name: string, tools: SurfaceTools): Promise<FastifyInstance> {
  const { hub, settings } = tools
  const badInput: ErrorCode = name === 'khqr' ? 'VALIDATION_ERROR' : 'BAD_REQUEST'
  const surface = Fastify({
    logger: false,
    bodyLimit: largestBodyBytes,
    exposeHeadRoutes: false,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    genReqId: (request) => saneRequestId(request.headers['x-request-id']),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    // A bank that stops mid-body must not hold a socket for ever.
    requestTimeout: 30_000,
    // Node waits for a body as long as for the head where the head may take longer.
    http: { connectionsCheckingInterval: 5_000, headersTimeout: 30_000 },
    return503OnClosing: true,
    frameworkErrors: answerUnreadablePath(hub.clock),
    clientErrorHandler: answerUnreadableBytes(hub.clock),
  })
  keepBodiesRaw(surface)
  surface.decorateRequest('caller')
  surface.decorateRequest('givenContentType')
  surface.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-ID', request.id)
    reply.header('Cache-Control', 'no-store')
    reply.header('X-Content-Type-Options', 'nosniff')
    if (request.protocol === 'https') reply.header('Strict-Transport-Security', strictTransport)
    takeContentType(request)
    if (request.routeOptions.config.open) return
    request.caller = await tools.authenticate(request.headers.authorization)
  })
  await limitRates(surface, hub, settings)
  // Behind the hook that the limit has put there by now.
  surface.addHook('onRoute', (route) => {
    const { afterLimit } = route.config ?? {}
    if (afterLimit) route.onRequest = [...[route.onRequest ?? []].flat(), afterLimit]
  })
  surface.addHook('preParsing', async (request) => {
    const { open, allow, bankRoute } = request.routeOptions.config
    if (request.is404 || (open === true && request.url.startsWith('/actuator'))) return
    if (!open) admit(hub, request, allow)
    checkClock(hub, request, bankRoute ? undefined : badInput)
  })
  surface.addHook('onResponse', async (request, reply) => record(hub, name, request, reply))
  surface.setErrorHandler((error, request, reply) =>
    answerRefusal(reply, asRefusal(hub, error, request), hub.clock.now()),
  )
  surface.setNotFoundHandler({ preHandler: surface.rateLimit() }, (request, reply) => {
    const refusal = new Refusal('RESOURCE_NOT_FOUND', 'No such path', {
      details: `${request.method} ${request.url.slice(0, 200)}`,
    })
    return answerRefusal(reply, refusal, hub.clock.now())
  })
  return surface
}

/** Throws the 401 or 403, and notes the forged token or the step out of scope. A request without a bearer is no event. */
function admit(hub: Hub, request: FastifyRequest, allow: FastifyContextConfig['allow']): void {
  const object = `${request.method} ${request.routeOptions.url ?? ''}`
  const { caller, id: correlationId } = request
  if (caller instanceof Refusal && request.headers.authorization !== undefined) {
    const actor = `address ${request.ip}`
    noteSecurityEvent(hub, { kind: 'bad_token', actor, object, sentence: caller.message, correlationId })
  }
  const known = callerOf(request)
  try {
    allow?.(request, known)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'FORBIDDEN') {
      const actor = `${known.kind} ${known.subject}`
      noteSecurityEvent(hub, { kind: 'out_of_scope', actor, object, sentence: error.message, correlationId })
    }
    throw error
  }
}

/** The caller, or the 401 that says why we do not know. */
export function callerOf(request: FastifyRequest): Principal {
  if (request.caller instanceof Refusal) throw request.caller
  return request.caller
}

/** Who acts, for history, events and outgoing calls. */
export function askerOf(request: FastifyRequest): {
  actor: string
  subject: string
  correlationId: string
  traceparent: string | undefined
} {
  const caller = callerOf(request)
  return {
    actor: `${caller.kind === 'access' ? 'client' : caller.kind} ${caller.subject}`,
    subject: caller.subject,
    correlationId: request.id,
    traceparent: traceparentOf(request),
  }
}

/** W3C trace context as it came, where it is one. */
export function traceparentOf(request: FastifyRequest): string | undefined {
  const { traceparent } = request.headers
  const isSane = typeof traceparent === 'string' && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent)
  return isSane ? traceparent : undefined
}

/** The body exactly as it came; empty when there was none. */
export function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/**
 * Every body reaches its route as the bytes that came, whatever its content type says: a bank's message is kept before
 * its type or syntax is judged, and a signature is over bytes.
 */
function keepBodiesRaw(surface: FastifyInstance): void {
  surface.removeAllContentTypeParsers()
  surface.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** Out of Fastify's sight: it would refuse a type that it cannot read before the message was kept. */
function takeContentType(request: FastifyRequest): void {
  request.givenContentType = request.headers['content-type']
  request.raw.headers['content-type'] = undefined
}

function saneRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : newCorrelationId()
}

/** `X-Timestamp` is optional; a clock more than 5 minutes off is refused with `code`, or only logged where there is none. */
function checkClock(hub: Hub, request: FastifyRequest, code: ErrorCode | undefined): void {
  const given = request.headers['x-timestamp']
  if (given === undefined) return
  const seconds = typeof given === 'string' && /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN
  const skewS = Math.abs(hub.clock.now().getTime() / 1_000 - seconds)
  if (skewS <= skewToleratedS) return
  if (code === undefined) {
    hub.log.warn(
      { event: 'clock.skew', given: String(given).slice(0, 40), correlationId: request.id },
      'A bank sent an X-Timestamp far from our clock.',
    )
    return
  }
  throw new Refusal(code, 'X-Timestamp is more than 5 minutes from our clock', {
    details: {
      'X-Timestamp': `"${String(given).slice(0, 40)}" must be unix seconds within ${skewToleratedS} s of now, or left out`,
    },
  })
}

const fastifyRefusals: Readonly<Record<string, () => Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new Refusal('PAYLOAD_TOO_LARGE', `The body is larger than ${largestBodyBytes} bytes`),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new Refusal('BAD_REQUEST', 'Content-Length does not fit the body'),
}

/** Whatever was thrown, as what the caller is told. */
export function asRefusal(hub: Hub, error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = fastifyRefusals[code]
  if (known) return known()
  const statusCode = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (statusCode >= 400 && statusCode < 500) return new Refusal('BAD_REQUEST', 'The request cannot be read')
  // A deadlock, or a writer who is always faster: nothing was written, and the next try may well succeed.
  const away = isDatabaseAway(error) || error instanceof Conflict
  hub.log.error(
    {
      event: away ? 'database.away' : 'request.failed',
      err: error,
      correlationId: request.id,
      path: request.routeOptions.url,
    },
    'A request failed.',
  )
  // The database may be restarting: the bank is told to come back, and what it told us before is kept already.
  if (away)
    return new Refusal('SERVER_UNAVAILABLE', 'The hub cannot write now', {
      details: 'Try again in a moment',
      retryAfterS: 5,
      cause: error,
    })
  return new Refusal('INTERNAL_ERROR', 'Something went wrong here', {
    details: `Give the operator the request id ${request.id}`,
    cause: error,
  })
}

function record(hub: Hub, surface: string, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'none'
  const seconds = reply.elapsedTime / 1_000
  const status = String(reply.statusCode)
  hub.metrics.requestSeconds.observe({ surface, route, method: request.method, status }, seconds)
  if (route.startsWith('/actuator')) return
  hub.log.info(
    {
      event: 'request',
      surface,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      correlationId: request.id,
      subject: request.caller && !(request.caller instanceof Refusal) ? request.caller.subject : undefined,
    },
    `${request.method} ${route} ${status}`,
  )
}
