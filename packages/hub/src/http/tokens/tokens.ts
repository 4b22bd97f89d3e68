import { createSigner } from 'fast-jwt'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { noteSecurityEvent } from '../../flows/note-security-event.ts'
import { sha256Hex, timingSafeEqualText } from '../../kit/crypto.ts'
import { findApiClient } from '../../store/tokens.ts'
import { longestTokenTtlS, type TokenSettings } from '../auth.ts'
import { asRefusal, rawBody, type SurfaceTools } from '../server.ts'

/** Signs an access token: `scope` is blank-separated, `ttlS` at most an hour; `operator` mints it, and it counts as his. */
export function signAccessToken(
  settings: TokenSettings,
  claims: {
    readonly subject: string
    readonly scope: string
    readonly ttlS: number
    readonly operator?: string | undefined
  },
): string {
  const sign = createSigner({
    key: settings.secret,
    algorithm: 'HS256',
    iss: settings.issuer,
    aud: settings.audience,
    sub: claims.subject,
    expiresIn: Math.min(claims.ttlS, longestTokenTtlS) * 1_000,
  })
  return sign({ scope: claims.scope, ...(claims.operator === undefined ? {} : { operator: claims.operator }) })
}

type Asked = {
  readonly grantType: string | undefined
  readonly clientId: string
  readonly secret: string
  readonly scope: string | undefined
}

/** `POST /auth/token`: OAuth 2 client credentials, as JSON, as a form, or with HTTP Basic. Errors in the OAuth form. */
export function mountTokens(surface: FastifyInstance, tools: SurfaceTools, settings: TokenSettings): void {
  const { hub } = tools
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    refuseAs(reply, asRefusal(hub, error, request))
  surface.post('/auth/token', { config: { open: true }, errorHandler }, async (request, reply) => {
    const asked = readAsked(request)
    if (typeof asked === 'string') return refuse(reply, 400, 'invalid_request', asked)
    if (asked.grantType !== undefined && asked.grantType !== 'client_credentials') {
      return refuse(reply, 400, 'unsupported_grant_type', 'grant_type must be client_credentials')
    }
    const client = await findApiClient(hub.db, asked.clientId.slice(0, 100))
    // Compared even when there is no such client, so that time does not tell which names exist.
    const same = timingSafeEqualText(sha256Hex(asked.secret), client?.secretSha256 ?? sha256Hex('no such client'))
    if (!client || !same) {
      const actor = `client ${asked.clientId.slice(0, 100)} from address ${request.ip}`
      const sentence = 'A client failed to log in.'
      const object = 'POST /auth/token'
      noteSecurityEvent(hub, { kind: 'failed_login', actor, object, sentence, correlationId: request.id })
      reply.header('WWW-Authenticate', 'Basic realm="khqr-hub"')
      return refuse(reply, 401, 'invalid_client', 'Client id or secret is wrong')
    }
    const wanted = asked.scope?.split(/\s+/).filter((scope) => scope !== '') ?? client.scopes
    const excess = wanted.find((scope) => !client.scopes.includes(scope))
    if (excess !== undefined)
      return refuse(reply, 400, 'invalid_scope', `This client is not registered for ${excess.slice(0, 60)}`)
    const scope = wanted.join(' ')
    const accessToken = signAccessToken(settings, { subject: client.clientId, scope, ttlS: longestTokenTtlS })
    return reply.send({ access_token: accessToken, token_type: 'Bearer', expires_in: longestTokenTtlS, scope })
  })
}

function refuse(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).send({ error, error_description: description })
}

/** What is common to all surfaces, in the OAuth form. */
function refuseAs(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, retryAfterS } = refusal
  if (retryAfterS !== undefined) reply.header('Retry-After', String(retryAfterS))
  const away = retryAfterS !== undefined ? 'temporarily_unavailable' : 'server_error'
  return refuse(reply, status, status >= 500 || status === 429 ? away : 'invalid_request', refusal.message)
}

function readAsked(request: FastifyRequest): Asked | string {
  const type = request.givenContentType?.split(';')[0]?.trim().toLowerCase()
  const text = rawBody(request).toString('utf8')
  let fields: Record<string, unknown>
  if (type === 'application/json') {
    try {
      const parsed: unknown = JSON.parse(text)
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
        return 'The body must be a JSON object'
      fields = { ...parsed }
    } catch {
      return 'The body is not valid JSON'
    }
  } else if (type === 'application/x-www-form-urlencoded') fields = Object.fromEntries(new URLSearchParams(text))
  else throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Send application/json or application/x-www-form-urlencoded')
  const basic = readBasic(request.headers.authorization)
  const clientId = basic?.clientId ?? fields['client_id']
  const secret = basic?.secret ?? fields['client_secret']
  const { grant_type: grantType, scope } = fields
  if (typeof clientId !== 'string' || typeof secret !== 'string')
    return 'client_id and client_secret are required, as text'
  if (grantType !== undefined && typeof grantType !== 'string') return 'grant_type must be text'
  if (scope !== undefined && typeof scope !== 'string') return 'scope must be text: scopes with blanks between'
  return { grantType, clientId, secret, scope }
}

function readBasic(authorization: string | undefined): { clientId: string; secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,1000})$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { clientId, secret: secret.join(':') }
}
