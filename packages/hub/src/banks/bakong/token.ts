import { sha256Hex } from '../../kit/crypto.ts'
import { ExactNumber, isJsonObject, parseExactJson } from '../../kit/json.ts'
import type { TokenFingerprint, TokenKeeper } from '../keeping.ts'

/** An access token as it is used: `text` is secret, the rest may be told. */
export type Token = {
  readonly text: string
  readonly fingerprint: TokenFingerprint
  /** As the token itself says; undefined where it is no JWT or names no end. */
  readonly endsAt: Date | undefined
}

/** The longest token that is read: those of Bakong have about 200 characters. */
const longestToken = 4_096

/** Undefined for what cannot stand in a header. */
export function readToken(text: unknown): Token | undefined {
  if (typeof text !== 'string' || text.length > longestToken || !/^[\x21-\x7e]+$/.test(text)) return undefined
  return { text, fingerprint: sha256Hex(text).slice(0, 16), endsAt: readEnd(text) }
}

/** The kept token, or the configured one where that lives longer: whoever wrote a new one into the settings means it. */
export async function currentToken(tokens: TokenKeeper, configured: string | undefined): Promise<Token | undefined> {
  const kept = readToken(await tokens.read())
  const set = readToken(configured)
  if (!kept || !set) return kept ?? set
  return (set.endsAt?.getTime() ?? 0) > (kept.endsAt?.getTime() ?? Number.POSITIVE_INFINITY) ? set : kept
}

export function hasEnded(token: Token, now: Date): boolean {
  return token.endsAt !== undefined && token.endsAt <= now
}

/** `exp` of a JWT, in seconds. The signature is the bank's to check. */
function readEnd(text: string): Date | undefined {
  const [, payload, signature] = text.split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const claims = parseExactJson(Buffer.from(payload, 'base64url').toString('utf8'))
    const end = isJsonObject(claims) ? claims['exp'] : undefined
    const seconds = end instanceof ExactNumber ? Math.floor(Number(end.source)) : end
    return typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : undefined
  } catch {
    return undefined
  }
}
