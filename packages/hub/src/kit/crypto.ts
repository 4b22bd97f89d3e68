import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Compares two secrets in a time that depends on neither their content nor where they first differ. */
export function timingSafeEqualText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

/** A random secret as base64url text; 32 bytes unless told. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** Lower-case hex MD5 over UTF-8: what KHQR calls a code by. Not for secrets. */
export function md5Hex(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

export function hmacSha256(key: Uint8Array, content: string): Buffer {
  return createHmac('sha256', key).update(content, 'utf8').digest()
}
