import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** The key that seals, and those that only open what was sealed before. 32 bytes each. */
export type SealingKeys = { readonly current: Buffer; readonly older: readonly Buffer[] }

/** Keeps secrets in tables: AES-256-GCM. What was sealed for one owner opens for no other. */
export type Seal = {
  /** 8 hex digits that name the current key without being it. */
  readonly keyId: string
  /** `owner` says whose the secret is, for example "bank_token BANK01". */
  seal(secret: string, owner: string): string
  /** Throws `CannotOpen`. */
  open(sealed: string, owner: string): string
  /** Whether the current key sealed it. */
  isCurrent(sealed: string): boolean
}

/** A sealed value that cannot be read: its key is missing, or it was changed, or it is another owner's. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen'
  readonly why: 'key_missing' | 'not_authentic'
  constructor(why: CannotOpen['why'], message: string) {
    super(message)
    this.why = why
  }
}

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const version = 's1'

/** Reads 32 bytes written as base64 (either alphabet, with or without padding) or as 64 hex digits; undefined for anything else. */
export function readSealingKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  const key = Buffer.from(text, 'base64')
  return key.length === keyBytes ? key : undefined
}

/** Names a key in sealed values and messages. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('khqr-hub sealing key').update(key).digest('hex').slice(0, 8)
}

/** A sealed value reads `s1.{key id}.{base64url of nonce, ciphertext and tag}`; version, key id and owner are authenticated. */
export function createSeal({ current, older }: SealingKeys): Seal {
  const keys = new Map([current, ...older].map((key) => [keyIdOf(key), key]))
  const keyId = keyIdOf(current)
  return {
    keyId,
    seal: (secret, owner) => {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', current, iv, { authTagLength: tagBytes })
      cipher.setAAD(boundTo(keyId, owner))
      const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${version}.${keyId}.${sealed.toString('base64url')}`
    },
    open: (sealed, owner) => {
      const { keyId: named, bytes } = partsOf(sealed)
      const key = keys.get(named)
      if (!key) throw new CannotOpen('key_missing', `it was sealed with the key ${named}, which is not configured`)
      return decrypt(key, bytes, boundTo(named, owner))
    },
    isCurrent: (sealed) => partsOf(sealed).keyId === keyId,
  }
}

/** Which key sealed it. Throws `CannotOpen` when it is no sealed value. */
export function sealedWith(sealed: string): string {
  return partsOf(sealed).keyId
}

function boundTo(keyId: string, owner: string): Buffer {
  return Buffer.from(`${version}.${keyId}.${owner}`, 'utf8')
}

function partsOf(sealed: string): { readonly keyId: string; readonly bytes: Buffer } {
  const [, keyId = '', text = ''] = /^s1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? []
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < ivBytes + tagBytes) throw new CannotOpen('not_authentic', 'it is no sealed value')
  return { keyId, bytes }
}

function decrypt(key: Buffer, bytes: Buffer, aad: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    throw new CannotOpen('not_authentic', 'it was changed since it was sealed, or it is another owner’s')
  }
}
