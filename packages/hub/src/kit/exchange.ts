import { sha256Hex } from './crypto.ts'
import { readFormFields } from './form.ts'
import { redactJson, redactText, removed, treatmentOf } from './redact.ts'

/** The longest body kept beside a payment, in characters. */
export const longestKeptBody = 16_384
/** Base64 longer than this is a picture or a file, not a value to read. */
const longestKeptBase64 = 256

/**
 * A body as it may be kept: redacted, bounded, pictures and other bytes as their size and digest. `plain`: names of JSON
 * fields that look secret and are not; `secret`: of fields that are and do not look it.
 */
export function keptBody(
  body: Uint8Array,
  contentType: string | undefined,
  plain: readonly string[] = [],
  secret: readonly string[] = [],
): string {
  if (body.byteLength === 0) return ''
  const picture = pictureType(body)
  if (picture !== undefined) return `<${picture}, ${sized(body)}>`
  const text = utf8Text(body)
  if (text === undefined) return `<${sized(body)}>`
  const fields = readFormFields(text, contentType)
  if (!fields) return bounded(readable(text, plain, secret))
  return bounded(fields.map(([name, value]) => `${name}=${keptField(name, value, secret)}`).join('&'))
}

/** The address of a call as it may be kept: without credentials, secret parameters removed. */
export function keptUrl(text: string): string {
  const url = new URL(text)
  for (const name of new Set(url.searchParams.keys())) {
    if (treatmentOf(name) !== 'keep') url.searchParams.set(name, removed)
  }
  return bounded(redactText(url.href))
}

/** "image/png" or "image/jpeg" by the first bytes: banks are not to be trusted with content types. */
export function pictureType(bytes: Uint8Array): 'image/png' | 'image/jpeg' | undefined {
  const begins = (...magic: number[]): boolean => magic.every((byte, index) => bytes[index] === byte)
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  return begins(0xff, 0xd8, 0xff) ? 'image/jpeg' : undefined
}

/** The bytes as text, a byte order mark dropped; undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function readable(text: string, plain: readonly string[], secret: readonly string[]): string {
  const json = redactJson(text, shortenBase64, plain, secret)
  return json ?? shortenBase64(redactText(text))
}

function shortenBase64(text: string): string {
  if (text.length <= longestKeptBase64) return text
  const isBase64 = /^\s*(data:[\w/+.-]{0,60};base64,)?[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(text)
  return isBase64 ? `<base64, ${text.length} characters, sha256 ${sha256Hex(text)}>` : text
}

function keptField(name: string, value: string, secret: readonly string[]): string {
  return treatmentOf(name) === 'keep' && !secret.includes(name) ? shortenBase64(redactText(value)) : removed
}

function sized(body: Uint8Array): string {
  return `${body.byteLength} bytes, sha256 ${sha256Hex(body)}`
}

function bounded(text: string): string {
  return text.length <= longestKeptBody ? text : `${text.slice(0, longestKeptBody - 1)}…`
}
