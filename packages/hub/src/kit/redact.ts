import { ExactDecimal, ExactNumber, parseExactJson, writeJson } from './json.ts'
import { maskAccount, maskEmail, maskName, maskPhone } from './mask.ts'

export const removed = '[removed]'

/**
 * A copy that may be logged or kept: by the name of a field, at every depth, secrets are removed and personal data is
 * masked. Names are compared without case and punctuation, so `secret-key`, `secretKey` and `SECRET_KEY` are one name.
 * Errors become plain objects with their causes; texts lose bearer tokens and JWTs wherever they stand.
 */
export function redact(value: unknown): unknown {
  return redactValue(value, '', { depth: 0, above: new Set() })
}

/**
 * The same for JSON text, whose numbers keep their digits; `shorten` has the last word on texts. Fields named in `plain`
 * are kept although their names look secret: a bank's `hash` may be its word for a transaction id. Those named in `secret`
 * are removed although theirs do not. Undefined if not JSON.
 */
export function redactJson(
  text: string,
  shorten: (text: string) => string,
  plain: readonly string[] = [],
  secret: readonly string[] = [],
): string | undefined {
  try {
    const json = { shorten, plain, secret }
    return writeJson(redactValue(parseExactJson(text), '', { depth: 0, above: new Set(), json }))
  } catch {
    return undefined
  }
}

/** Takes bearer tokens, basic credentials, JWTs and credentials in URLs out of free text. */
export function redactText(text: string): string {
  // Most texts hold nothing of the kind: one look tells.
  if (!/:\/\/|eyJ|bearer|basic/i.test(text)) return text
  return text
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${removed}`)
    .replace(/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, removed)
    .replace(/(\w:\/\/)[^\s/@]+@/g, `$1${removed}@`)
}

/** What is done with a field of this name. */
export function treatmentOf(fieldName: string): Treatment {
  const known = treatments.get(fieldName)
  if (known !== undefined) return known
  const treatment = judge(fieldName.toLowerCase().replace(/[^a-z0-9]/g, ''))
  if (treatments.size < rememberedNames) treatments.set(fieldName, treatment)
  return treatment
}

export type Treatment = 'keep' | 'remove' | 'name' | 'phone' | 'email' | 'account'

const treatments = new Map<string, Treatment>()
/** Field names come from other systems too: the memory of them is bounded. */
const rememberedNames = 2_000

const secretParts =
  /password|passwd|passphrase|secret|token|signature|hmac|hash|authorization|cookie|credential|privatekey|cardn|cardholder|securitycode/
const secretEnds = /keys?$|^card|^merchantauth$/
const secretNames = new Set(['pwd', 'pan', 'pin', 'otp', 'cvv', 'cvv2', 'cvc', 'track1', 'track2', 'jwt', 'auth'])
const nameParts =
  /payername|customername|fullname|firstname|lastname|surname|givenname|ownername|holdername|accountname|recipientname|sendername|receivername|beneficiaryname|contactname|insuredname|username/
const nameNames = new Set(['payer', 'owner', 'insured', 'policyholder', 'beneficiary', 'customer', 'recipient'])
/** Whose account the money came from names whoever paid; the account that it went to is ours. */
const payerAccount = /^(from|payer|sender|debtor|source)(bank)?acc(oun)?t(?!name)/
/** Words that hold a secret's word without being one. */
const harmless = new Set(['tokentype', 'idempotencykeyreused', 'signatureprofile'])

function judge(name: string): Treatment {
  if (harmless.has(name)) return 'keep'
  if (secretNames.has(name) || secretParts.test(name) || secretEnds.test(name)) return 'remove'
  if (name.includes('email')) return 'email'
  if (/phone|mobile|msisdn/.test(name) || name === 'tel') return 'phone'
  if (payerAccount.test(name)) return 'account'
  return nameNames.has(name) || nameParts.test(name) ? 'name' : 'keep'
}

const deepest = 12
const mostItems = 200

type Place = {
  readonly depth: number
  /** The objects this value stands in: one of them again is a circle. */
  readonly above: Set<object>
  readonly json?: {
    readonly shorten: (text: string) => string
    readonly plain: readonly string[]
    readonly secret: readonly string[]
  }
}

function redactValue(value: unknown, fieldName: string, place: Place): unknown {
  const treatment = treatmentIn(place, fieldName)
  if (value === undefined || value === null || typeof value === 'boolean') return value
  if (treatment === 'remove') return removed
  if (typeof value === 'object') return redactObject(value, fieldName, treatment, place)
  if (typeof value === 'string') return maskText(redactText(value), treatment, place)
  if (typeof value === 'number') return treatment === 'keep' ? value : maskText(String(value), treatment, place)
  return typeof value === 'bigint' ? maskText(value.toString(), treatment, place) : undefined
}

function treatmentIn({ json }: Place, fieldName: string): Treatment {
  if (json?.secret.includes(fieldName)) return 'remove'
  return json?.plain.includes(fieldName) ? 'keep' : treatmentOf(fieldName)
}

function maskText(text: string, treatment: Treatment, place: Place): string {
  if (treatment === 'name') return maskName(text)
  if (treatment === 'phone') return maskPhone(text)
  if (treatment === 'email') return maskEmail(text)
  if (treatment === 'account') return maskAccount(text)
  return place.json ? place.json.shorten(text) : text
}

function redactObject(value: object, fieldName: string, treatment: Treatment, place: Place): unknown {
  if (value instanceof ExactNumber || value instanceof ExactDecimal) {
    if (place.json && treatment === 'keep') return value
    return maskText(value instanceof ExactNumber ? value.source : value.text, treatment, place)
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`
  if (value instanceof URL) return redactText(value.href)
  if (place.depth >= deepest) return '<deeper>'
  if (place.above.has(value)) return '<circular>'
  place.above.add(value)
  const within = { ...place, depth: place.depth + 1 }
  try {
    if (Array.isArray(value) || value instanceof Set) {
      return [...value].slice(0, mostItems).map((item) => redactValue(item, fieldName, within))
    }
    return Object.fromEntries(entriesOf(value).map(([name, field]) => [name, redactValue(field, name, within)]))
  } finally {
    place.above.delete(value)
  }
}

function entriesOf(value: object): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([name, field]) => [String(name), field])
  const entries = Object.entries(value)
  if (!(value instanceof Error)) return entries
  const { name, message, stack, cause } = value
  return [
    ['type', name],
    ['message', message],
    ['stack', stack],
    ...entries.filter(([key]) => key !== 'name'),
    ['cause', cause],
  ]
}
