import { createVerifier } from 'fast-jwt'
import { Refusal } from '../domain/errors.ts'
import { type Clock, systemClock } from '../kit/clock.ts'
import { sha256Hex } from '../kit/crypto.ts'
import type { Metrics } from '../kit/metrics.ts'
import type { BearerToken } from '../store/tokens.ts'

/** Who calls, and what for. */
export type Principal = {
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** `access`: a JWT of ours; `bank` and `service`: long-lived, kept as digests. */
  readonly kind: 'access' | 'bank' | 'service'
  /** Which operator an access token speaks for, registered or not: its claim `operator`, or else its subject. */
  readonly operator: string | undefined
}

export type TokenSettings = {
  /** HS256 key, at least 32 bytes. */
  readonly secret: string
  readonly issuer: string
  readonly audience: string
}

export type Authenticate = (authorization: string | undefined) => Promise<Principal | Refusal>

/** An access token lives at most this long, in seconds. */
export const longestTokenTtlS = 3_600
const leewayS = 60
const longestTokenLength = 4_096

/**
 * Checks bearers: access tokens by one fixed algorithm, issuer, audience, lifetime and signature; long-lived tokens by
 * their digest. Never throws for what a caller sent: a bad bearer is a `Refusal` (401) that says what is wrong without
 * saying what would be right.
 */
export function createAuthenticate(
  settings: TokenSettings,
  findToken: (sha256: string) => Promise<BearerToken | undefined>,
  metrics: Metrics,
  clock: Clock = systemClock,
): Authenticate {
  const verify = createVerifier({
    key: settings.secret,
    // One algorithm: a token cannot choose another, and `none` is none of ours.
    algorithms: ['HS256'],
    allowedIss: settings.issuer,
    allowedAud: settings.audience,
    clockTolerance: leewayS * 1_000,
    requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub'],
    cache: 1_000,
  })
  return async (authorization) => {
    const bearer = readBearer(authorization)
    if (bearer instanceof Refusal) return counted(bearer, 'none', metrics)
    if (bearer.split('.').length === 3) return counted(readAccessToken(bearer, verify, clock), 'access', metrics)
    const known = await findToken(sha256Hex(bearer))
    if (!known) return counted(unauthorized('The token is not known'), 'opaque', metrics)
    const { holder: subject, kind } = known
    return counted({ subject, scopes: new Set(known.scopes), kind, operator: undefined }, kind, metrics)
  }
}

function readBearer(authorization: string | undefined): string | Refusal {
  if (authorization === undefined) return unauthorized('Send Authorization: Bearer <token>')
  const parts = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization.slice(0, longestTokenLength + 10))
  if (!parts?.[1] || parts[1].length > longestTokenLength)
    return unauthorized('The Authorization header is not "Bearer <token>"')
  return parts[1]
}

function readAccessToken(token: string, verify: (token: string) => unknown, clock: Clock): Principal | Refusal {
  try {
    const claims = verify(token)
    if (!isClaims(claims)) return unauthorized('The token lacks subject or scope')
    // Measured from now as well: a token issued "in two hours" would otherwise live for three.
    const endsInS = claims.exp - clock.now().getTime() / 1_000
    if (claims.exp - claims.iat > longestTokenTtlS || endsInS > longestTokenTtlS + leewayS)
      return unauthorized('The token lives longer than an hour')
    return {
      subject: claims.sub,
      scopes: new Set(claims.scope.split(' ').filter((scope) => scope !== '')),
      kind: 'access',
      operator: claims.operator ?? claims.sub,
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return unauthorized(code === 'FAST_JWT_EXPIRED' ? 'The token has expired' : 'The token is not valid')
  }
}

type Claims = {
  readonly sub: string
  readonly scope: string
  readonly exp: number
  readonly iat: number
  readonly operator?: string
}

function isClaims(claims: unknown): claims is Claims {
  return (
    typeof claims === 'object' &&
    claims !== null &&
    'sub' in claims &&
    typeof claims.sub === 'string' &&
    claims.sub !== '' &&
    'scope' in claims &&
    typeof claims.scope === 'string' &&
    'exp' in claims &&
    typeof claims.exp === 'number' &&
    'iat' in claims &&
    typeof claims.iat === 'number' &&
    (!('operator' in claims) || (typeof claims.operator === 'string' && claims.operator !== ''))
  )
}

function counted(result: Principal | Refusal, kind: string, metrics: Metrics): Principal | Refusal {
  metrics.tokenValidations.inc({ kind, result: result instanceof Refusal ? 'refused' : 'accepted' })
  return result
}

function unauthorized(message: string): Refusal {
  return new Refusal('UNAUTHORIZED', message)
}

/** The bank codes that a caller may act for. */
export function banksOf(principal: Principal): string[] {
  return [...principal.scopes]
    .filter((scope) => scope.startsWith('bank:'))
    .map((scope) => scope.slice('bank:'.length).toUpperCase())
}

/** Throws FORBIDDEN unless the caller has one of `scopes`. */
export function requireScope(principal: Principal, ...scopes: readonly string[]): void {
  if (scopes.some((scope) => principal.scopes.has(scope))) return
  throw new Refusal('FORBIDDEN', `The token lacks the scope ${scopes.join(' or ')}`)
}

/** Whether this caller may see names and phones as they are. */
export function seesNames(principal: Principal): boolean {
  return principal.kind === 'service' || principal.scopes.has('payments:read') || banksOf(principal).length > 0
}
