import { constants, createPrivateKey, privateDecrypt } from 'node:crypto'

/**
 * Opens a `merchant_auth`: Base64 of pieces of at most 117 bytes, each encrypted alone (RSA, PKCS #1 v1.5) and joined.
 * Undefined where it is anything else than an object under this key.
 */
export function readMerchantAuth(text: string, privateKeyPem: string): Readonly<Record<string, unknown>> | undefined {
  const key = createPrivateKey(privateKeyPem)
  const blockBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0 || bytes.length % blockBytes !== 0) return undefined
  const pieces: Buffer[] = []
  try {
    for (let at = 0; at < bytes.length; at += blockBytes) {
      const block = bytes.subarray(at, at + blockBytes)
      pieces.push(privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, block))
    }
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
