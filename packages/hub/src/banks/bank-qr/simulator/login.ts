import { createHash, createHmac, randomBytes } from 'node:crypto'
import { jsonAnswer } from './answers.ts'
import type { Answer, Ports, Route, RouteRequest } from './ports.ts'
import type { BankQrSimulatorSettings } from './settings.ts'
import { sameSecret } from './signature.ts'

const tokenLifeS = 3600

/** The log-in call, and the check of what it gave out. Tokens carry their own times, so they outlive a restart. */
export function playLogin(settings: BankQrSimulatorSettings, ports: Ports): { route: Route; accepts: AcceptsToken } {
  const key = createHash('sha256').update(`token of ${settings.username} ${settings.password}`).digest()
  const seal = (claims: string): string => createHmac('sha256', key).update(claims).digest('base64url')

  function handle(request: RouteRequest): Answer {
    const refused = jsonAnswer(401, { error: 'invalid_client', error_description: 'Bad credentials' })
    const given = readCredentials(request, settings.login.style)
    if (given === undefined) return jsonAnswer(400, { error: 'invalid_request' })
    if (request.fault?.kind === 'wrong-secret') return refused
    const known = sameSecret(given.username, settings.username)
    if (!sameSecret(given.password, settings.password) || !known) return refused
    const now = ports.nowMs()
    // Set through `*` the fault spares the log-in, so that a second one heals it.
    const isStillborn = request.fault?.kind === 'expired-token' && request.fault.named
    const expiresAtMs = isStillborn ? now - 1 : now + tokenLifeS * 1000
    const claims = `${now}.${expiresAtMs}.${randomBytes(12).toString('base64url')}`
    return jsonAnswer(200, {
      access_token: `${claims}.${seal(claims)}`,
      token_type: 'Bearer',
      expires_in: tokenLifeS,
    })
  }

  function accepts(request: RouteRequest): boolean {
    const token = /^Bearer (\S+)$/.exec(String(request.headers['authorization'] ?? ''))?.[1] ?? ''
    const at = token.lastIndexOf('.')
    const claims = token.slice(0, Math.max(at, 0))
    if (!sameSecret(token.slice(at + 1), seal(claims))) return false
    const [issuedAtMs, expiresAtMs] = claims.split('.').map(Number)
    if (request.fault?.kind === 'wrong-secret') return false
    // The fault makes everything given out before it was set worthless; a new log-in heals it.
    const worthless = request.fault?.kind === 'expired-token' && Number(issuedAtMs) <= request.fault.setAtMs
    return !worthless && Number(expiresAtMs) > ports.nowMs()
  }

  const path = settings.basePath + settings.login.path
  return { route: { operation: 'login', method: 'POST', path, handle }, accepts }
}

export type AcceptsToken = (request: RouteRequest) => boolean

function readCredentials(
  request: RouteRequest,
  style: BankQrSimulatorSettings['login']['style'],
): { username: string; password: string } | undefined {
  if (style === 'form-client-credentials') {
    const form = new URLSearchParams(request.body.toString('utf8'))
    if (form.get('grant_type') !== 'client_credentials') return undefined
    return { username: form.get('client_id') ?? '', password: form.get('client_secret') ?? '' }
  }
  try {
    const body = JSON.parse(request.body.toString('utf8')) as { username?: unknown; password?: unknown } | null
    const { username, password } = body ?? {}
    return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined
  } catch {
    return undefined
  }
}
