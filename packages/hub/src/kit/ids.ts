import { randomBytes, randomUUID } from 'node:crypto'
import { uuidv7obj } from 'uuidv7'

/** Crockford's alphabet in lower case: its text order is the order of the numbers, and no letter is mistaken for a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const idCharacters = 26

/**
 * A new identifier such as `pay_06a9k2…`: prefix, underscore, 26 characters holding a UUIDv7. Ids made later sort later,
 * also within one millisecond of one process.
 */
export function newId(prefix: string): string {
  return `${prefix}_${textOf(BigInt(`0x${uuidv7obj().toHex()}`))}`
}

function textOf(number: bigint): string {
  let text = ''
  for (let rest = number, i = 0; i < idCharacters; i += 1, rest >>= 5n) text = alphabet[Number(rest & 31n)] + text
  return text
}

/** Whether a text has the shape that `newId(prefix)` gives. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text.slice(prefix.length + 1))
}

/** The same identifier as a UUID: "pay_06a9k2…" → "019a…-…". Throws for what `newId` did not make. */
export function uuidOfId(id: string): string {
  const text = id.slice(id.indexOf('_') + 1)
  if (!isId(id.slice(0, id.indexOf('_')), id)) throw new Error(`"${id}" is no identifier`)
  const number = [...text].reduce((sum, character) => sum * 32n + BigInt(alphabet.indexOf(character)), 0n)
  const hex = number.toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The identifier of a UUID that `uuidOfId` gave; undefined for a text that is no UUID. Upper case is read as lower. */
export function idOfUuid(prefix: string, uuid: string): string | undefined {
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(uuid)) return undefined
  return `${prefix}_${textOf(BigInt(`0x${uuid.replaceAll('-', '')}`))}`
}

/** Six characters that are easily read out: 30 bits, to tell one reference from another. */
export function randomReference(): string {
  return Array.from(randomBytes(6), (byte) => alphabet[byte & 31]).join('')
}

/** A correlation id for a request that came without one. */
export function newCorrelationId(): string {
  return randomUUID()
}
