import { readAmount, writeAmount } from '../amount.ts'
import { type ProblemName, refuse } from '../problem.ts'
import { type Currency, currencies, type FieldRule, longestValue, textFields, twoDigits } from '../tags.ts'
import { crc16, crcText } from './crc16.ts'
import { md5 } from './md5.ts'
import { type Utf8, utf8Of } from './utf8.ts'

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
  const currency = currencyOf(input)
  const amount = amountOf(input)
  const unsealed =
    (amount === '' ? '000201010211' : '000201010212') +
    unionPay(input) +
    payee(input) +
    category(input) +
    currency +
    amount +
    '5802KH' +
    required(input.merchantName, textFields.merchantName, 'MERCHANT_NAME_MISSING') +
    (optional(input.merchantCity, textFields.merchantCity) || '6010Phnom Penh') +
    additionalData(input) +
    languages(input) +
    times(input, amount === '') +
    '6304'
  const utf8 = utf8Of(unsealed)
  if (!isPrintable(utf8)) refuseCharacters(input)
  return seal(unsealed, utf8)
}

/** Ends a text that ends in "6304" with its CRC, and names it by its MD5. */
export function seal(unsealed: string, utf8: Utf8 = utf8Of(unsealed)): EncodedKhqr {
  const { bytes, length } = utf8
  const crc = crcText(crc16(bytes, length))
  for (let index = 0; index < 4; index++) bytes[length + index] = crc.charCodeAt(index)
  return { qr: unsealed + crc, md5: md5(utf8, length + 4) }
}

/** Tag, length in UTF-16 units, value. */
export function tagged(tag: string, value: string): string {
  return tag + twoDigits[value.length] + value
}

function currencyOf({ currency }: KhqrInput): string {
  if (currency === 'USD') return '5303840'
  if (currency === 'KHR') return '5303116'
  return refuse(currency ? 'CURRENCY_UNSUPPORTED' : 'CURRENCY_MISSING', { field: 'currency', value: currency })
}

/** Tag 54, or '' for a static code. */
function amountOf({ amount, amountMinor, currency }: KhqrInput): string {
  if (amount === undefined && amountMinor === undefined) return ''
  if (amount !== undefined && amountMinor !== undefined) refuse('AMOUNT_TWICE', { field: 'amount', value: amount })
  const minor =
    amount === undefined ? amountMinor : typeof amount === 'string' ? readAmount(amount, currency) : undefined
  if (typeof minor !== 'bigint' || minor <= 0n || minor > currencies[currency].mostMinor) {
    refuse('AMOUNT_INVALID', { field: amount === undefined ? 'amountMinor' : 'amount', value: amount ?? amountMinor })
  }
  return tagged('54', writeAmount({ amountMinor: minor, currency }))
}

function unionPay({ unionPayAccount, currency }: KhqrInput): string {
  const written = optional(unionPayAccount, textFields.unionPayAccount)
  if (written !== '' && currency === 'USD') refuse('UNION_PAY_WITH_USD', { field: 'unionPayAccount' })
  return written
}

function payee(input: KhqrInput): string {
  const { kind, payeeAccount, accountInformation, merchantId, acquiringBank } = input
  if (kind !== 'individual' && kind !== 'merchant') refuse('KIND_MISSING', { field: 'kind', value: kind })
  const account = required(payeeAccount, textFields.payeeAccount, 'ACCOUNT_MISSING')
  if (!isAccount(payeeAccount)) refuse('ACCOUNT_INVALID', { field: 'payeeAccount', value: payeeAccount })
  if (kind === 'individual') {
    const information = optional(accountInformation, textFields.accountInformation)
    return template('29', account + information + optional(acquiringBank, textFields.acquiringBank))
  }
  const id = required(merchantId, textFields.merchantId, 'MERCHANT_ID_MISSING')
  const bank = required(acquiringBank, textFields.acquiringBank, 'ACQUIRING_BANK_MISSING')
  return template('30', account + id + bank)
}

/** name@bank: one @ with something on both sides. */
export function isAccount(account: string): boolean {
  const at = account.indexOf('@')
  return at > 0 && at < account.length - 1 && account.indexOf('@', at + 1) < 0
}

function category({ merchantCategoryCode }: KhqrInput): string {
  const written = optional(merchantCategoryCode, textFields.merchantCategoryCode)
  if (written === '') return '52045999'
  if (!isCategory(merchantCategoryCode)) {
    refuse('CATEGORY_INVALID', { field: 'merchantCategoryCode', value: merchantCategoryCode })
  }
  return written
}

export function isCategory(code: string | undefined): boolean {
  return code !== undefined && /^[0-9]{4}$/.test(code)
}

function additionalData({ billNumber, mobileNumber, storeLabel, terminalLabel, purpose }: KhqrInput): string {
  const subFields =
    optional(billNumber, textFields.billNumber) +
    optional(mobileNumber, textFields.mobileNumber) +
    optional(storeLabel, textFields.storeLabel) +
    optional(terminalLabel, textFields.terminalLabel) +
    optional(purpose, textFields.purpose)
  return subFields === '' ? '' : template('62', subFields)
}

function languages(input: KhqrInput): string {
  const language = optional(input.language, textFields.language)
  const name = optional(input.alternateName, textFields.alternateName)
  if (language !== '' && name === '') refuse('ALTERNATE_NAME_MISSING', { field: 'alternateName' })
  if (name !== '' && language === '') refuse('LANGUAGE_MISSING', { field: 'language' })
  const subFields = language + name + optional(input.alternateCity, textFields.alternateCity)
  return subFields === '' ? '' : template('64', subFields)
}

function times({ createdAt, expiresAt }: KhqrInput, isStatic: boolean): string {
  if (isStatic) {
    if (expiresAt !== undefined) refuse('EXPIRY_ON_STATIC', { field: 'expiresAt', value: expiresAt })
    return ''
  }
  if (expiresAt === undefined) refuse('EXPIRY_MISSING', { field: 'expiresAt' })
  const created = milliseconds('createdAt', createdAt ?? Date.now())
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

function required(value: string, rule: FieldRule, missing: ProblemName): string {
  const written = optional(value, rule)
  if (written === '') refuse(missing, { field: rule.name, value })
  return written
}

/** The field as it is written, or '' where it is left out. */
function optional(value: string | null | undefined, rule: FieldRule): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value !== 'string') refuse('FIELD_NOT_TEXT', { field: rule.name, value })
  if (value.length > rule.most) refuse(rule.tooLong, { field: rule.name, value })
  return rule.tag + twoDigits[value.length] + value
}

function template(tag: string, subFields: string): string {
  if (subFields.length > longestValue) refuse('TEMPLATE_LENGTH', { field: tag, value: subFields.length })
  return tagged(tag, subFields)
}

/**
 * A control character cannot be shown, and half a surrogate pair has no UTF-8: what is read would not be what was given.
 * UTF-8 writes U+FFFD (EF BF BD) for such a half; where that stood in the text already, something was lost before.
 */
function isPrintable({ bytes, length }: Utf8): boolean {
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] as number
    if (byte < 0x20 || byte === 0x7f) return false
    if (byte === 0xef && bytes[index + 1] === 0xbf && bytes[index + 2] === 0xbd) return false
  }
  return true
}

function refuseCharacters(input: KhqrInput): void {
  for (const { name } of Object.values(textFields)) {
    const value = input[name]
    if (typeof value === 'string' && !isPrintable(utf8Of(value))) refuse('FIELD_CHARACTERS', { field: name, value })
  }
}
