import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { writeJson } from '../../kit/json.ts'

/** PKCS#1 v1.5 puts this many bytes around what it encrypts. */
const paddingBytes = 11

/** Reads PayWay's RSA key, a PEM. Undefined where it is none, or not one that can encrypt. */
export function readRsaKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}

/**
 * `merchant_auth`: what only PayWay can read of a request. The JSON is cut into pieces as long as the key can take (117
 * bytes with 1024 bits), each encrypted by itself, all of them joined and written as base64. Never the same text twice.
 */
export function sealMerchantAuth(content: object, key: KeyObject): string {
  const plain = Buffer.from(writeJson(content), 'utf8')
  const pieceBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8 - paddingBytes
  const pieces: Buffer[] = []
  for (let at = 0; at < plain.length; at += pieceBytes) {
    const piece = plain.subarray(at, at + pieceBytes)
    pieces.push(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, piece))
  }
  return Buffer.concat(pieces).toString('base64')
}
