import { type Money, readAmount } from '../amount.ts'
import { KhqrError, type Problem, problem, refuse } from '../problem.ts'
import { type Currency, currencyOfCode, type TextField } from '../tags.ts'
import { crc16, crcText } from './crc16.ts'
import { type Field, readFields } from './fields.ts'
import { md5 } from './md5.ts'
import { utf8Bytes } from './utf8.ts'

/** Everything a KHQR says. What is not in the code is undefined; texts are as written, times are Dates. */
export type Khqr = {
  /** The text that was decoded, unchanged. */
  readonly qr: string
  /** Lower-case MD5 of the text: Bakong's name for the payment. */
  readonly md5: string
  readonly kind: 'individual' | 'merchant' | undefined
  readonly payloadFormat: string | undefined
  /** "12" is a code for one payment, "11" one that is printed; absent before SDK 1.0.18. */
  readonly initiation: string | undefined
  readonly unionPayAccount: string | undefined
  /** Tag 29 or 30, sub-tag 00: who is paid, or the settlement wallet of the payee's bank. */
  readonly payeeAccount: string | undefined
  /** Tag 29, sub-tag 01. */
  readonly accountInformation: string | undefined
  /** Tag 30, sub-tag 01. */
  readonly merchantId: string | undefined
  /** Tag 29 or 30, sub-tag 02. */
  readonly acquiringBank: string | undefined
  readonly merchantCategoryCode: string | undefined
  /** Tag 53 as written, such as "116"; `currency` where it is one that KHQR knows. */
  readonly currencyCode: string | undefined
  readonly currency: Currency | undefined
  /** Tag 54 as written, such as "5000.0". */
  readonly amount: string | undefined
  /** The amount exactly, where text and currency make one: "5000.0" KHR is 5000n. Zero is read too. */
  readonly money: Money | undefined
  readonly countryCode: string | undefined
  readonly merchantName: string | undefined
  readonly merchantCity: string | undefined
  readonly billNumber: string | undefined
  readonly mobileNumber: string | undefined
  readonly storeLabel: string | undefined
  readonly terminalLabel: string | undefined
  readonly purpose: string | undefined
  readonly language: string | undefined
  readonly alternateName: string | undefined
  readonly alternateCity: string | undefined
  /** Tag 99, sub-tags 00 and 01, where they are 13 digits of milliseconds. */
  readonly createdAt: Date | undefined
  readonly expiresAt: Date | undefined
  /** Tag 63 as written. */
  readonly crc: string | undefined
  readonly crcFits: boolean
  /** Every field in the order of the text, with its raw value. */
  readonly fields: readonly Field[]
  /** What this library has no name for, path → value: {"61": "12000", "62.68": "…"}. */
  readonly unknown: Readonly<Record<string, string>>
  /** What strict mode refuses, and what is odd though harmless. Empty for a good code. */
  readonly warnings: readonly Problem[]
}

/** The longest text that is looked at, in UTF-16 units: no QR code holds more than 7,089 characters. */
export const longestText = 7089

/**
 * Reads a KHQR. Strict (the default) refuses, with the position, what two readers could read differently: a tag twice,
 * a wrong length, a CRC that does not fit, anything after the CRC. Lenient reads what is there and says the same as
 * warnings; of a tag that stands twice it takes the last, as the official SDK does. Both throw only `KhqrError`. What
 * the values must be (lengths, country, expiry) is the business of `verify`.
 */
export function decode(qr: string, options: { readonly mode?: 'strict' | 'lenient' | undefined } = {}): Khqr {
  if (typeof qr !== 'string') refuse('NOT_TEXT', { value: qr })
  if (qr.length > longestText) refuse('TOO_LONG', { field: 'length', value: qr.length })
  const khqr = readKhqr(qr)
  if (options.mode === 'lenient') return khqr
  for (const warning of khqr.warnings) if (!isHarmless(warning)) throw new KhqrError(warning)
  return khqr
}

/** Whether strict mode lets a warning pass: readers accept a lower-case CRC. */
export function isHarmless(warning: Problem): boolean {
  return warning.name === 'CRC_LOWER_CASE'
}

type Draft = { -readonly [Key in Exclude<keyof Khqr, 'unknown' | 'warnings'>]: Khqr[Key] } & {
  unknown: Record<string, string>
  warnings: Problem[]
}

type TextKey = TextField | 'payloadFormat' | 'initiation' | 'currencyCode' | 'amount' | 'countryCode' | 'crc'

function readKhqr(qr: string): Khqr {
  const { fields, fault } = readFields(qr, 0, qr.length)
  const khqr = emptyDraft(qr, fields)
  const seen = new Uint8Array(100)
  for (const field of fields) {
    if (khqr.crc !== undefined) break
    const tag = Number(field.tag)
    if (seen[tag] === 1) khqr.warnings.push(twice(field, ''))
    seen[tag] = 1
    takeField(khqr, field)
  }
  if (seen[29] === 1 && seen[30] === 1) khqr.warnings.push(problem('TWO_ACCOUNTS', { field: '29, 30' }))
  checkEnd(khqr, fault)
  khqr.currency = khqr.currencyCode === undefined ? undefined : currencyOfCode(khqr.currencyCode)
  khqr.money = readMoney(khqr.amount, khqr.currency)
  return khqr
}

function readMoney(amount: string | undefined, currency: Currency | undefined): Money | undefined {
  if (amount === undefined || currency === undefined) return undefined
  const amountMinor = readAmount(amount, currency)
  return amountMinor === undefined ? undefined : { amountMinor, currency }
}

const plainNames: Record<string, TextKey> = {
  '00': 'payloadFormat',
  '01': 'initiation',
  '15': 'unionPayAccount',
  '52': 'merchantCategoryCode',
  '53': 'currencyCode',
  '54': 'amount',
  '58': 'countryCode',
  '59': 'merchantName',
  '60': 'merchantCity',
  '63': 'crc',
}

const templateNames: Record<string, Record<string, TextKey | undefined>> = {
  '29': { '00': 'payeeAccount', '01': 'accountInformation', '02': 'acquiringBank' },
  '30': { '00': 'payeeAccount', '01': 'merchantId', '02': 'acquiringBank' },
  '62': { '01': 'billNumber', '02': 'mobileNumber', '03': 'storeLabel', '07': 'terminalLabel', '08': 'purpose' },
  '64': { '00': 'language', '01': 'alternateName', '02': 'alternateCity' },
  '99': {},
}

function takeField(khqr: Draft, field: Field): void {
  const name = plainNames[field.tag]
  if (name !== undefined) {
    khqr[name] = field.value
    return
  }
  const subNames = templateNames[field.tag]
  if (subNames === undefined) {
    khqr.unknown[field.tag] = field.value
    return
  }
  if (field.tag === '29') khqr.kind = 'individual'
  if (field.tag === '30') khqr.kind = 'merchant'
  if (field.fields === undefined) {
    khqr.unknown[field.tag] = field.value
    khqr.warnings.push(
      problem('TEMPLATE_UNREADABLE', { field: field.tag, value: field.value, position: field.position }),
    )
    return
  }
  takeTemplate(khqr, field, field.fields, subNames)
}

function takeTemplate(
  khqr: Draft,
  template: Field,
  subFields: readonly Field[],
  names: Record<string, TextKey | undefined>,
): void {
  for (let index = 0; index < subFields.length; index++) {
    const field = subFields[index] as Field
    // A template holds at most 24 sub-fields, so looking back is cheap.
    for (let before = 0; before < index; before++) {
      if (subFields[before]?.tag === field.tag) khqr.warnings.push(twice(field, `${template.tag}.`))
    }
    const name = names[field.tag]
    if (name !== undefined) khqr[name] = field.value
    else if (template.tag !== '99' || !takeTime(khqr, field)) khqr.unknown[`${template.tag}.${field.tag}`] = field.value
  }
}

/** Other schemes put other things into tag 99 (ACLEDA a GUID into 99.00), so only 13 digits are a time. */
function takeTime(khqr: Draft, field: Field): boolean {
  if ((field.tag !== '00' && field.tag !== '01') || !/^\d{13}$/.test(field.value)) return false
  const time = new Date(Number(field.value))
  if (field.tag === '00') khqr.createdAt = time
  else khqr.expiresAt = time
  return true
}

/** The last thing in a KHQR is tag 63: the CRC over all UTF-8 bytes up to and including "6304". */
function checkEnd(khqr: Draft, fault: Problem | undefined): void {
  const { qr, crc, fields } = khqr
  const last = fields.find((field) => field.tag === '63')
  if (crc === undefined || last === undefined) {
    khqr.warnings.push(fault ?? problem('CRC_MISSING', { position: qr.length }))
    return
  }
  const end = last.position + 4 + crc.length
  if (end < qr.length) khqr.warnings.push(problem('TRAILING_DATA', { value: qr.slice(end), position: end }))
  const where = { field: '63', value: crc, position: last.position }
  if (!/^[0-9A-Fa-f]{4}$/.test(crc)) {
    khqr.warnings.push(problem('CRC_LENGTH', where))
    return
  }
  const { bytes, length } = utf8Bytes(end < qr.length ? qr.slice(0, end) : qr)
  khqr.crcFits = crcText(crc16(bytes, length - 4)) === crc.toUpperCase()
  if (!khqr.crcFits) khqr.warnings.push(problem('CRC_MISMATCH', where))
  else if (crc !== crc.toUpperCase()) khqr.warnings.push(problem('CRC_LOWER_CASE', where))
}

function twice(field: Field, prefix: string): Problem {
  return problem('DUPLICATE_TAG', { field: prefix + field.tag, value: field.value, position: field.position })
}

/** All keys from the start, in one order, so that every decoded code has the same shape. */
function emptyDraft(qr: string, fields: readonly Field[]): Draft {
  const { bytes, length } = utf8Bytes(qr)
  return {
    qr,
    md5: md5(bytes, length),
    kind: undefined,
    payloadFormat: undefined,
    initiation: undefined,
    unionPayAccount: undefined,
    payeeAccount: undefined,
    accountInformation: undefined,
    merchantId: undefined,
    acquiringBank: undefined,
    merchantCategoryCode: undefined,
    currencyCode: undefined,
    currency: undefined,
    amount: undefined,
    money: undefined,
    countryCode: undefined,
    merchantName: undefined,
    merchantCity: undefined,
    billNumber: undefined,
    mobileNumber: undefined,
    storeLabel: undefined,
    terminalLabel: undefined,
    purpose: undefined,
    language: undefined,
    alternateName: undefined,
    alternateCity: undefined,
    createdAt: undefined,
    expiresAt: undefined,
    crc: undefined,
    crcFits: false,
    fields,
    unknown: {},
    warnings: [],
  }
}
