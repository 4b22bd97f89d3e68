import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { SignatureProfile } from './settings.ts'

/** The fields of a verify call in wire order, without `hash`. */
export const signedFields = ['merchantId', 'storeId', 'terminalId', 'txId', 'timestamp'] as const

/**
 * The HMAC-SHA512 that verify's `hash` must be. The bank's recipe is not published, hence the profile; the usual one
 * joins the values in wire order without separator, with the key as text, in Base64.
 */
export function signatureOf(
  values: Readonly<Record<string, string>>,
  secretKey: string,
  profile: SignatureProfile,
): string {
  const names = profile.order === 'wire' ? [...signedFields] : [...signedFields].sort()
  const message =
    profile.join === 'k=v&'
      ? names.map((name) => `${name}=${values[name] ?? ''}`).join('&')
      : names.map((name) => values[name] ?? '').join(profile.join)
  const key = Buffer.from(secretKey, profile.key === 'text' ? 'utf8' : 'base64')
  const digest = createHmac('sha512', key).update(message, 'utf8').digest()
  if (profile.output === 'base64') return digest.toString('base64')
  return profile.output === 'hex' ? digest.toString('hex') : digest.toString('hex').toUpperCase()
}

/** Compares secrets without telling by the time it takes where they differ. */
export function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(wanted).digest())
}
