import { readAmount } from '../amount.ts'
import { KhqrError, type Problem, problem, refuse } from '../problem.ts'
import { currencyOfCode, longestText } from '../tags.ts'
import { crc16, crcText } from './crc16.ts'
import { endOf, type Field, isOwnTemplate, readFields, tagNumber } from './fields.ts'
import { Khqr } from './khqr.ts'
import { utf8Of } from './utf8.ts'

/**
 * Reads a KHQR. Strict (the default) refuses, with the position, what two readers could read differently: a tag twice,
 * a wrong length, a CRC that does not fit, anything after the CRC. Lenient reads what is there and says the same as
 * warnings; of a tag that stands twice it takes the last, as the official SDK does. Both throw only `KhqrError`. What
 * the values must be (lengths, country, expiry) is the business of `verify`.
 */
export function decode(qr: string, options: { readonly mode?: 'strict' | 'lenient' | undefined } = {}): Readonly<Khqr> {
  if (typeof qr !== 'string') refuse('NOT_TEXT', { value: qr })
  if (qr.length > longestText) refuse('TOO_LONG', { field: 'length', value: qr.length })
  const khqr = readKhqr(qr)
  if (options?.mode === 'lenient') return khqr
  for (const warning of khqr.warnings) if (!isHarmless(warning)) throw new KhqrError(warning)
  return khqr
}

/** Whether strict mode lets a warning pass: readers accept a lower-case CRC. */
export function isHarmless(warning: Problem): boolean {
  return warning.name === 'CRC_LOWER_CASE'
}

/** How often each of the 100 tags was seen, up to 255; emptied for every code. */
const seen = /* @__PURE__ */ new Uint8ClampedArray(100)

function readKhqr(qr: string): Khqr {
  const { fields, fault } = readFields(qr, 0, qr.length)
  const khqr = new Khqr(qr, fields)
  let end: Field | undefined
  seen.fill(0)
  for (const field of fields) {
    const tag = tagNumber(field.tag)
    // Once for each tag, however often it stands there.
    if (seen[tag] === 1) khqr.warnings.push(twice(field, ''))
    seen[tag] = (seen[tag] as number) + 1
    takeField(khqr, tag, field)
    if (tag === 63) {
      end = field
      break
    }
  }
  if (seen[29] !== 0 && seen[30] !== 0) khqr.warnings.push(problem('TWO_ACCOUNTS', { field: '29, 30' }))
  if (end === undefined) khqr.warnings.push(fault ?? problem('CRC_MISSING', { position: qr.length }))
  else checkCrc(khqr, end)
  if (khqr.amount !== undefined && khqr.currency !== undefined) {
    const amountMinor = readAmount(khqr.amount, khqr.currency)
    if (amountMinor !== undefined) khqr.money = { amountMinor, currency: khqr.currency }
  }
  return khqr
}

function takeField(khqr: Khqr, tag: number, field: Field): void {
  if (isOwnTemplate(tag)) takeTemplate(khqr, tag, field, field.fields ?? [])
  else if (!takeText(khqr, tag, field.value)) khqr.unknown[field.tag] = field.value
}

function takeTemplate(khqr: Khqr, tag: number, template: Field, subFields: readonly Field[]): void {
  if (tag === 29) khqr.kind = 'individual'
  if (tag === 30) khqr.kind = 'merchant'
  let end = template.position + 4
  for (const field of subFields) {
    if (!takeSubText(khqr, tag * 100 + tagNumber(field.tag), field.value)) {
      khqr.unknown[`${template.tag}.${field.tag}`] = field.value
    }
    end = endOf(field)
  }
  const repeated = firstRepeated(subFields)
  if (repeated !== undefined) khqr.warnings.push(twice(repeated, `${template.tag}.`))
  if (end === endOf(template)) return
  khqr.unknown[template.tag] = template.value
  khqr.warnings.push(
    problem('TEMPLATE_UNREADABLE', { field: template.tag, value: khqr.qr.slice(end, endOf(template)), position: end }),
  )
}

/** A template holds at most 24 sub-fields, so looking back is cheap. */
function firstRepeated(fields: readonly Field[]): Field | undefined {
  for (let index = 1; index < fields.length; index++) {
    const field = fields[index] as Field
    for (let before = 0; before < index; before++) if ((fields[before] as Field).tag === field.tag) return field
  }
  return undefined
}

/** False where the tag has no name here. */
function takeText(khqr: Khqr, tag: number, text: string): boolean {
  if (tag === 0) khqr.payloadFormat = text
  else if (tag === 1) khqr.initiation = text
  else if (tag === 15) khqr.unionPayAccount = text
  else if (tag === 52) khqr.merchantCategoryCode = text
  else if (tag === 53) {
    khqr.currencyCode = text
    khqr.currency = currencyOfCode(text)
  } else if (tag === 54) khqr.amount = text
  else if (tag === 58) khqr.countryCode = text
  else if (tag === 59) khqr.merchantName = text
  else if (tag === 60) khqr.merchantCity = text
  else if (tag === 63) khqr.crc = text
  else return false
  return true
}

/** `path` is template and sub-tag: 6201 is the bill number. False where it has no name here. */
function takeSubText(khqr: Khqr, path: number, text: string): boolean {
  if (path === 2900 || path === 3000) khqr.payeeAccount = text
  else if (path === 2901) khqr.accountInformation = text
  else if (path === 3001) khqr.merchantId = text
  else if (path === 2902 || path === 3002) khqr.acquiringBank = text
  else if (path === 6201) khqr.billNumber = text
  else if (path === 6202) khqr.mobileNumber = text
  else if (path === 6203) khqr.storeLabel = text
  else if (path === 6207) khqr.terminalLabel = text
  else if (path === 6208) khqr.purpose = text
  else if (path === 6400) khqr.language = text
  else if (path === 6401) khqr.alternateName = text
  else if (path === 6402) khqr.alternateCity = text
  // Other schemes put other things into tag 99 (ACLEDA a GUID into 99.00), so only 13 digits are a time.
  else if (path === 9900 && isTime(text)) khqr.createdAt = new Date(Number(text))
  else if (path === 9901 && isTime(text)) khqr.expiresAt = new Date(Number(text))
  else return false
  return true
}

function isTime(text: string): boolean {
  return text.length === 13 && /^[0-9]+$/.test(text)
}

/** The last thing in a KHQR is tag 63: the CRC over all UTF-8 bytes up to and including "6304". */
function checkCrc(khqr: Khqr, field: Field): void {
  const { qr, warnings } = khqr
  const { value, position } = field
  const end = endOf(field)
  if (end < qr.length) warnings.push(problem('TRAILING_DATA', { value: qr.slice(end), position: end }))
  const { bytes, length } = utf8Of(qr.slice(0, position + 4))
  const fitting = crcText(crc16(bytes, length))
  khqr.crcFits = value.toUpperCase() === fitting
  if (value === fitting) return
  const name = khqr.crcFits ? 'CRC_LOWER_CASE' : /^[0-9A-Fa-f]{4}$/.test(value) ? 'CRC_MISMATCH' : 'CRC_LENGTH'
  warnings.push(problem(name, { field: '63', value, position }))
}

function twice(field: Field, prefix: string): Problem {
  return problem('DUPLICATE_TAG', { field: prefix + field.tag, value: field.value, position: field.position })
}
