import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

type Json = Readonly<Record<string, unknown>>

/** A JWT written by hand, so that it can be wrong in any way; `signature` makes the third part of the first two. */
export function forgeToken(header: Json, claims: Json, signature: (signed: string) => string): string {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${signature(signed)}`
}

export function hmac(algorithm: 'sha256' | 'sha384' | 'sha512', key: string) {
  return (signed: string) => createHmac(algorithm, key).update(signed).digest('base64url')
}

export const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2_048 })

export function rs256(signed: string): string {
  return sign('sha256', Buffer.from(signed), rsaPair.privateKey).toString('base64url')
}

function part(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
