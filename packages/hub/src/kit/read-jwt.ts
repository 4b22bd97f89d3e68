/** When a token was issued and when it ends, as it says itself; undefined where it does not say. */
export type JwtTimes = { readonly issuedAt: Date | undefined; readonly endsAt: Date | undefined }

/** Reads a JWT of somebody else's, whose signature only they can check; undefined when the text is no JWT. */
export function readJwt(token: string): JwtTimes | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return undefined
  const [header, claims] = parts.slice(0, 2).map(readPart)
  if (!header || typeof header['alg'] !== 'string' || !claims) return undefined
  return { issuedAt: timeOf(claims['iat']), endsAt: timeOf(claims['exp']) }
}

function readPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Seconds since 1970, up to the year 9999. */
function timeOf(claim: unknown): Date | undefined {
  const isTime = typeof claim === 'number' && claim > 0 && claim < 253_402_300_800
  return isTime ? new Date(claim * 1_000) : undefined
}
