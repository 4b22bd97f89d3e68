import { type Money, readAmount, writeAmount } from '../amount.ts'
import { type ProblemName, refuse } from '../problem.ts'
import { type Currency, currencies, longestValue, type TextField, textFields, twoDigits } from '../tags.ts'
import { crc16, crcText } from './crc16.ts'
import { md5 } from './md5.ts'
import { utf8Bytes } from './utf8.ts'

type Shared = {
  /** Who is paid: name@bank. */
  readonly payeeAccount: string
  readonly merchantName: string
  /** "Phnom Penh" where left out. */
  readonly merchantCity?: string | undefined
  readonly currency: Currency
  /** A decimal text such as "12.50": never a binary number. Without an amount the code is static. */
  readonly amount?: string | undefined
  /** The same in cents or riel; give one of the two. */
  readonly amountMinor?: bigint | undefined
  /** Required with an amount: until when the code may be paid. A Date or milliseconds since 1970. */
  readonly expiresAt?: Date | number | undefined
  /** Now, where left out. Written only with an amount. */
  readonly createdAt?: Date | number | undefined
  /** Four digits; "5999" where left out. */
  readonly merchantCategoryCode?: string | undefined
  /** KHR only. */
  readonly unionPayAccount?: string | undefined
  readonly billNumber?: string | undefined
  readonly mobileNumber?: string | undefined
  readonly storeLabel?: string | undefined
  readonly terminalLabel?: string | undefined
  readonly purpose?: string | undefined
  /** Two letters such as "km": given together with `alternateName`. */
  readonly language?: string | undefined
  readonly alternateName?: string | undefined
  readonly alternateCity?: string | undefined
}

/** Tag 29: a person, a single shop, or a remittance account. */
export type IndividualInput = Shared & {
  readonly kind: 'individual'
  readonly accountInformation?: string | undefined
  readonly acquiringBank?: string | undefined
  readonly merchantId?: undefined
}

/** Tag 30: a merchant known to its bank by an ID. */
export type MerchantInput = Shared & {
  readonly kind: 'merchant'
  readonly merchantId: string
  readonly acquiringBank: string
  readonly accountInformation?: undefined
}

export type KhqrInput = IndividualInput | MerchantInput

/** The text to show, and its lower-case MD5: the name under which Bakong knows the payment. Keep both; never rebuild them. */
export type EncodedKhqr = { readonly qr: string; readonly md5: string }

/**
 * Writes a KHQR in canonical order. Optional fields that are undefined or '' are not written. Lengths count UTF-16
 * units; CRC and MD5 run over UTF-8. Throws `KhqrError` with the field, the value and what to do.
 */
export function encode(input: KhqrInput): EncodedKhqr {
  if (typeof input !== 'object' || input === null) refuse('KIND_MISSING', { field: 'input', value: input })
  const money = readMoney(input)
  const body =
    (money === undefined ? '000201010211' : '000201010212') +
    unionPay(input) +
    payee(input) +
    category(input) +
    `5303${currencies[input.currency].numericCode}` +
    (money === undefined ? '' : tagged('54', writeAmount(money))) +
    '5802KH' +
    required(input, 'merchantName', 'MERCHANT_NAME_MISSING') +
    (optional(input, 'merchantCity') || '6010Phnom Penh') +
    additionalData(input) +
    languages(input) +
    times(input, money)
  if (/[^ -~]/.test(body)) checkCharacters(input)
  return seal(`${body}6304`)
}

/** Ends a text that ends in "6304" with its CRC, and names it by its MD5. */
export function seal(unsealed: string): EncodedKhqr {
  const { bytes, length } = utf8Bytes(unsealed)
  const crc = crcText(crc16(bytes, length))
  for (let index = 0; index < 4; index++) bytes[length + index] = crc.charCodeAt(index)
  return { qr: unsealed + crc, md5: md5(bytes, length + 4) }
}

/** Tag, length in UTF-16 units, value. */
export function tagged(tag: string, value: string): string {
  return tag + twoDigits[value.length] + value
}

function readMoney(input: KhqrInput): Money | undefined {
  const { amount, amountMinor, currency } = input
  if (!currency) refuse('CURRENCY_MISSING', { field: 'currency', value: currency })
  if (!Object.hasOwn(currencies, currency)) refuse('CURRENCY_UNSUPPORTED', { field: 'currency', value: currency })
  if (amount === undefined && amountMinor === undefined) return undefined
  if (amount !== undefined && amountMinor !== undefined) refuse('AMOUNT_TWICE', { field: 'amount', value: amount })
  const minor =
    amount === undefined ? amountMinor : typeof amount === 'string' ? readAmount(amount, currency) : undefined
  if (typeof minor !== 'bigint' || minor <= 0n || minor > currencies[currency].mostMinor) {
    refuse('AMOUNT_INVALID', { field: amount === undefined ? 'amountMinor' : 'amount', value: amount ?? amountMinor })
  }
  return { amountMinor: minor, currency }
}

function unionPay(input: KhqrInput): string {
  const written = optional(input, 'unionPayAccount')
  if (written !== '' && input.currency === 'USD') refuse('UNION_PAY_WITH_USD', { field: 'unionPayAccount' })
  return written
}

function payee(input: KhqrInput): string {
  if (input.kind !== 'individual' && input.kind !== 'merchant') {
    refuse('KIND_MISSING', { field: 'kind', value: (input as { kind: unknown }).kind })
  }
  const account = required(input, 'payeeAccount', 'ACCOUNT_MISSING')
  if (!/^[^@]+@[^@]+$/.test(input.payeeAccount)) {
    refuse('ACCOUNT_INVALID', { field: 'payeeAccount', value: input.payeeAccount })
  }
  if (input.kind === 'individual') {
    return template('29', account + optional(input, 'accountInformation') + optional(input, 'acquiringBank'))
  }
  const merchantId = required(input, 'merchantId', 'MERCHANT_ID_MISSING')
  return template('30', account + merchantId + required(input, 'acquiringBank', 'ACQUIRING_BANK_MISSING'))
}

function category(input: KhqrInput): string {
  const written = optional(input, 'merchantCategoryCode')
  if (written !== '' && !/^5204[0-9]{4}$/.test(written)) {
    refuse('CATEGORY_INVALID', { field: 'merchantCategoryCode', value: input.merchantCategoryCode })
  }
  return written || '52045999'
}

function additionalData(input: KhqrInput): string {
  const subFields =
    optional(input, 'billNumber') +
    optional(input, 'mobileNumber') +
    optional(input, 'storeLabel') +
    optional(input, 'terminalLabel') +
    optional(input, 'purpose')
  return subFields === '' ? '' : template('62', subFields)
}

function languages(input: KhqrInput): string {
  const language = optional(input, 'language')
  const name = optional(input, 'alternateName')
  if (language !== '' && name === '') refuse('ALTERNATE_NAME_MISSING', { field: 'alternateName' })
  if (name !== '' && language === '') refuse('LANGUAGE_MISSING', { field: 'language' })
  const subFields = language + name + optional(input, 'alternateCity')
  return subFields === '' ? '' : template('64', subFields)
}

function times(input: KhqrInput, money: Money | undefined): string {
  const { expiresAt } = input
  if (money === undefined) {
    if (expiresAt !== undefined) refuse('EXPIRY_ON_STATIC', { field: 'expiresAt', value: expiresAt })
    return ''
  }
  if (expiresAt === undefined) refuse('EXPIRY_MISSING', { field: 'expiresAt' })
  const created = milliseconds('createdAt', input.createdAt ?? Date.now())
  const expires = milliseconds('expiresAt', expiresAt)
  if (expires < created) refuse('EXPIRY_IN_PAST', { field: 'expiresAt', value: new Date(expires) })
  return `99340013${created}0113${expires}`
}

/** Thirteen digits: from September 2001 to November 2286. Seconds have ten, and are refused rather than guessed. */
function milliseconds(field: string, time: Date | number): number {
  const value = time instanceof Date ? time.getTime() : time
  if (Number.isInteger(value) && value >= 1e12 && value < 1e13) return value
  return refuse(field === 'expiresAt' ? 'EXPIRY_LENGTH' : 'TIME_INVALID', { field, value: time })
}

function required(input: KhqrInput, name: TextField, missing: ProblemName): string {
  const written = optional(input, name)
  if (written === '') refuse(missing, { field: name, value: input[name] })
  return written
}

/** The field as it is written, or '' where it is left out. */
function optional(input: KhqrInput, name: TextField): string {
  const value: unknown = input[name]
  if (value === undefined || value === null || value === '') return ''
  if (typeof value !== 'string') refuse('FIELD_NOT_TEXT', { field: name, value })
  const rule = textFields[name]
  if (value.length > rule.most) refuse(rule.tooLong, { field: name, value })
  return tagged(rule.tag, value)
}

function template(tag: string, subFields: string): string {
  if (subFields.length > longestValue) refuse('TEMPLATE_LENGTH', { field: tag, value: subFields.length })
  return tagged(tag, subFields)
}

/** A control character cannot be shown, and half a surrogate pair has no UTF-8: what is read would not be what was given. */
function checkCharacters(input: KhqrInput): void {
  for (const name of Object.keys(textFields) as TextField[]) {
    const value = input[name]
    if (typeof value === 'string' && /[\p{Cc}\p{Cs}]/u.test(value)) refuse('FIELD_CHARACTERS', { field: name, value })
  }
}
