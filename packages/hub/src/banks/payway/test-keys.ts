import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** For tests: a pair of RSA keys that nobody else has. PayWay's have 1024 bits. */
export function throwawayKeys(bits = 1024): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength: bits })
}

/** For tests: what stands in a `merchant_auth`, and how many bytes each of its pieces held. */
export function openMerchantAuth(sealed: string, privateKey: KeyObject): { text: string; pieces: number[] } {
  const bytes = Buffer.from(sealed, 'base64')
  const pieceBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  const opened: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes)
    opened.push(privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, piece))
  }
  return { text: Buffer.concat(opened).toString('utf8'), pieces: opened.map((piece) => piece.length) }
}
