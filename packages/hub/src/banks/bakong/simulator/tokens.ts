import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Ports, RouteRequest } from './ports.ts'

/** Tokens of Bakong are JWTs (HS256) that last 90 days. */
export const tokenLifeS = 90 * 86_400

export type TokenRecord = { readonly k: 'token'; readonly token: string; readonly issuedAtMs: number }

type Claims = { readonly issuedAtS: number; readonly expiresAtS: number }

/** A fresh token, as the API gives it out: each has an id of its own. `lifeS` below 0 makes one that has ended. */
export function signToken(secret: string, nowMs: number, lifeS: number = tokenLifeS): string {
  const iat = Math.floor(nowMs / 1000)
  const claims = { data: { id: randomBytes(8).toString('hex') }, iat, exp: iat + lifeS }
  const unsigned = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(claims)}`
  return `${unsigned}.${signatureOf(secret, unsigned)}`
}

/** The times of a token that this secret signed, ended or not; undefined for any other text. */
export function readToken(secret: string, token: string): Claims | undefined {
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  if (more.length > 0 || !isSame(signature, signatureOf(secret, `${header}.${payload}`))) return undefined
  if (objectIn(header)?.['alg'] !== 'HS256') return undefined
  const { iat, exp } = objectIn(payload) ?? {}
  return typeof iat === 'number' && typeof exp === 'number' ? { issuedAtS: iat, expiresAtS: exp } : undefined
}

/** First 16 hex digits of its SHA-256: names a token without being one. */
export function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16)
}

/** The tokens given out so far. They carry their own times, so they outlive a restart. */
export class Tokens {
  readonly #secret: string
  readonly #ports: Ports
  /** Fingerprint → when it was given out, to the millisecond; the tokens themselves know seconds only. */
  readonly #issuedAtMs = new Map<string, number>()

  constructor(secret: string, ports: Ports) {
    this.#secret = secret
    this.#ports = ports
  }

  recall({ token, issuedAtMs }: TokenRecord): void {
    this.#issuedAtMs.set(token, issuedAtMs)
  }

  issue(lifeS?: number): string {
    const issuedAtMs = this.#ports.nowMs()
    const token = signToken(this.#secret, issuedAtMs, lifeS)
    const record: TokenRecord = { k: 'token', token: fingerprintOf(token), issuedAtMs }
    this.#ports.keep(record)
    this.recall(record)
    return token
  }

  /** The fingerprint of the call's token; undefined where it is missing, not ours, or has ended. */
  accept({ headers, fault }: RouteRequest): string | undefined {
    const token = /^Bearer (\S+)$/i.exec(String(headers['authorization'] ?? ''))?.[1] ?? ''
    const claims = readToken(this.#secret, token)
    if (!claims || claims.expiresAtS * 1000 <= this.#ports.nowMs() || fault?.kind === 'wrong-secret') return undefined
    const fingerprint = fingerprintOf(token)
    const issuedAtMs = this.#issuedAtMs.get(fingerprint) ?? claims.issuedAtS * 1000
    // The fault makes everything given out before it was set worthless; a renewal heals it.
    const isWorthless = fault?.kind.startsWith('expired-token') === true && issuedAtMs <= fault.setAtMs
    return isWorthless ? undefined : fingerprint
  }
}

function signatureOf(secret: string, unsigned: string): string {
  return createHmac('sha256', secret).update(unsigned).digest('base64url')
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
