import { crc16, crcText } from '../code/crc16.ts'
import { utf8Of } from '../code/utf8.ts'
import { verify } from '../code/verify.ts'
import type { Problem } from '../problem.ts'
import { longestText } from '../tags.ts'
import { cutCode, cutTemplate } from './cut.ts'
import { isEmpty } from './information.ts'

/** What `BakongKHQR.verify` answers. */
export class CRCValidation {
  readonly isValid: boolean
  readonly #khqr: unknown

  constructor(isValid: boolean, khqr: unknown) {
    this.isValid = isValid
    this.#khqr = khqr
  }

  /**
   * Not in the official SDK, and no own property, so that answers still compare equal: everything that this package's
   * own `verify` has against the code, also where the official rules call it valid.
   */
  get reasons(): readonly Problem[] {
    return verify(this.#khqr as string, { now: Date.now() }).reasons
  }
}

/**
 * Says what the official rules say, and no where they hang. Stricter in two things: a tag or length that is not two
 * digits is not guessed at, and a code that has a tag twice, or both tag 29 and tag 30, names two payments.
 */
export function verifyAsOfficial(khqr: unknown): CRCValidation {
  return new CRCValidation(typeof khqr === 'string' && isSealed(khqr) && followsRules(khqr), khqr)
}

function isSealed(khqr: string): boolean {
  if (khqr.length < 12 || khqr.length > longestText || !/^6304[A-Fa-f0-9]{4}$/.test(khqr.slice(-8))) return false
  const { bytes, length } = utf8Of(khqr)
  return crcText(crc16(bytes, length - 4)) === khqr.slice(-4).toUpperCase()
}

type Rule = (value: string, initiation: string | undefined) => boolean

/** 29 stands for 29 and 30. */
const rules: Record<string, Rule> = {
  '00': (value) => isBetween(value, 1, 2),
  '01': (value) => value === '11' || value === '12',
  '15': (value) => value.length <= 99,
  '29': followsAccountRules,
  '52': (value) => /^[0-9]{1,4}$/.test(value),
  '53': (value) => isBetween(value, 1, 3) && ['116', '840'].includes(String(Number.parseInt(value, 10))),
  '54': (value) => isBetween(value, 1, 13) && !value.includes('-'),
  '58': (value) => isBetween(value, 1, 3),
  '59': (value) => isBetween(value, 1, 25),
  '60': (value) => isBetween(value, 1, 15),
  '62': followsLabelRules,
  '63': (value) => isBetween(value, 1, 4),
  '64': followsLanguageRules,
  '99': followsTimeRules,
}

const requiredTags = ['00', '29', '52', '53', '58', '59', '60', '63']

function followsRules(khqr: string): boolean {
  const { fields, isPlain } = cutCode(khqr)
  const last = fields.at(-1)
  if (!isPlain || last?.tag !== '63' || last.rest !== '') return false
  const values = new Map<string, string>()
  for (const field of fields) {
    const tag = field.tag === '30' ? '29' : field.tag
    if (rules[tag] === undefined) continue
    if (values.has(tag)) return false
    values.set(tag, field.value)
  }
  if (requiredTags.some((tag) => !values.has(tag))) return false
  if (values.get('01') === '12' && !values.has('54')) return false
  if ((values.get('01') === '12' || values.has('54')) && !values.has('99')) return false
  let initiation: string | undefined
  for (const [tag, value] of values) {
    // The official rules look at the expiry only when tag 01 was read before tag 99.
    if (tag === '01') initiation = value
    if (!rules[tag]?.(value, initiation)) return false
  }
  return true
}

function isBetween(value: string, least: number, most: number): boolean {
  return value.length >= least && value.length <= most
}

/** The sub-fields by tag, the last of a kind; undefined where the official reader guesses or hangs. */
function subFieldsOf(template: string): Map<string, string> | undefined {
  const { fields, isPlain } = cutTemplate(template)
  return isPlain ? new Map(fields.map(({ tag, value }) => [tag, value])) : undefined
}

function followsAccountRules(template: string): boolean {
  const subFields = subFieldsOf(template)
  const account = subFields?.get('00')
  if (subFields === undefined || account === undefined) return false
  if (!isBetween(account, 1, 32) || !account.includes('@')) return false
  return isBetween(subFields.get('01') ?? '', 0, 32) && isBetween(subFields.get('02') ?? '-', 1, 32)
}

function followsLabelRules(template: string): boolean {
  const subFields = subFieldsOf(template)
  if (subFields === undefined) return false
  return ['01', '02', '03', '07', '08'].every((tag) => isBetween(subFields.get(tag) ?? '-', 1, 25))
}

function followsLanguageRules(template: string): boolean {
  const subFields = subFieldsOf(template)
  if (subFields === undefined) return false
  const language = subFields.get('00')
  const name = subFields.get('01')
  if (language && !name) return false
  if (name !== undefined && !(isBetween(language ?? '', 1, 2) && isBetween(name, 1, 25))) return false
  return isBetween(subFields.get('02') ?? '-', 1, 15)
}

function followsTimeRules(template: string, initiation: string | undefined): boolean {
  const subFields = subFieldsOf(template)
  if (subFields === undefined) return false
  if (initiation !== '12') return true
  const expires = Number(subFields.get('01'))
  if (isEmpty(expires) || Number.isNaN(expires) || String(expires).length !== 13) return false
  return !(expires < Number(subFields.get('00'))) && expires >= Date.now()
}
