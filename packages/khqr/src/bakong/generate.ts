import { seal, tagged } from '../code/encode.ts'
import { type ProblemName, refuse } from '../problem.ts'
import { longestValue } from '../tags.ts'
import { type IndividualInfo, isEmpty, khqrData, type MerchantInfo } from './information.ts'

/**
 * Writes a code as bakong-khqr 1.0.20 writes it: the same checks in the same order, so that the first failure has the
 * same number. Stricter only where the official SDK writes a code that nobody can pay: see the README.
 */
export function generate(information: IndividualInfo | MerchantInfo, kind: 'individual' | 'merchant') {
  const { amount } = information
  const isStatic = amount === undefined || amount === null || Number(amount) === 0
  const unsealed =
    (isStatic ? '000201010211' : '000201010212') +
    unionPay(information) +
    (kind === 'merchant' ? merchantAccount(information as MerchantInfo) : individualAccount(information)) +
    category(information) +
    currency(information) +
    (isStatic ? '' : tagged('54', amountText(information))) +
    '5802KH' +
    bounded('59', information.merchantName, 25, 'MERCHANT_NAME_LENGTH', 'MERCHANT_NAME_MISSING') +
    bounded('60', String(information.merchantCity || 'Phnom Penh'), 15, 'MERCHANT_CITY_LENGTH') +
    additionalData(information) +
    languages(information) +
    (isStatic ? '' : times(information))
  return seal(`${unsealed}6304`)
}

function unionPay({ upiMerchantAccount }: IndividualInfo): string {
  return upiMerchantAccount ? bounded('15', upiMerchantAccount, longestValue, 'UNION_PAY_LENGTH') : ''
}

function individualAccount(information: IndividualInfo): string {
  const { accountInformation, acquiringBank } = information
  const subFields =
    account(information) +
    (isAbsent(accountInformation) ? '' : bounded('01', accountInformation, 32, 'ACCOUNT_INFORMATION_LENGTH')) +
    (isAbsent(acquiringBank) ? '' : bounded('02', acquiringBank, 32, 'ACQUIRING_BANK_LENGTH', 'ACQUIRING_BANK_MISSING'))
  return template('29', subFields)
}

function merchantAccount(information: MerchantInfo): string {
  const subFields =
    account(information) +
    bounded('01', information.merchantID, 32, 'MERCHANT_ID_LENGTH', 'MERCHANT_ID_MISSING') +
    bounded('02', information.acquiringBank, 32, 'ACQUIRING_BANK_LENGTH', 'ACQUIRING_BANK_MISSING')
  return template('30', subFields)
}

function account({ bakongAccountID }: IndividualInfo): string {
  const written = bounded('00', bakongAccountID, 32, 'ACCOUNT_LENGTH', 'ACCOUNT_MISSING')
  // The official SDK answers a number with code 0 and an error object for a code.
  if (!String(bakongAccountID).includes('@')) refuse('ACCOUNT_INVALID')
  return written
}

function category({ merchantCategoryCode }: IndividualInfo): string {
  const code = String(merchantCategoryCode ?? '5999')
  const written = bounded('52', code, 4, 'CATEGORY_LENGTH', 'CATEGORY_MISSING')
  if (!/^[0-9]+$/.test(code)) refuse('CATEGORY_INVALID')
  return written
}

function currency(information: IndividualInfo): string {
  const written = bounded('53', information.currency, 3, 'CURRENCY_LENGTH', 'CURRENCY_MISSING')
  const code = Number.parseInt(String(information.currency), 10)
  if (code !== khqrData.currency.khr && code !== khqrData.currency.usd) refuse('CURRENCY_UNSUPPORTED')
  if (isUsd(information) && information.upiMerchantAccount) refuse('UNION_PAY_WITH_USD')
  return written
}

function isUsd({ currency }: IndividualInfo): boolean {
  return Number(currency) === khqrData.currency.usd
}

/** KHR whole, however written; USD with two decimals where it has a point. Not what is no number: "abc", "1,000". */
function amountText(information: IndividualInfo): string {
  const given = String(information.amount)
  const text = isUsd(information) ? usdText(given) : Number(given) % 1 === 0 ? String(Math.round(Number(given))) : ''
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || text.length > 13) refuse('AMOUNT_INVALID')
  return text
}

function usdText(given: string): string {
  if (!/^[0-9]*\.?[0-9]*$/.test(given)) return ''
  const decimals = given.split('.')[1]
  if (decimals === undefined) return given
  return decimals.length > 2 ? '' : Number.parseFloat(given).toFixed(2)
}

function additionalData(information: IndividualInfo): string {
  const { billNumber, mobileNumber, storeLabel, terminalLabel, purposeOfTransaction } = information
  if ([billNumber, mobileNumber, storeLabel, terminalLabel, purposeOfTransaction].every(isEmpty)) return ''
  const subFields =
    label('01', billNumber, 25, 'BILL_NUMBER_LENGTH') +
    label('02', mobileNumber, 25, 'MOBILE_NUMBER_LENGTH') +
    label('03', storeLabel, 25, 'STORE_LABEL_LENGTH') +
    label('07', terminalLabel, 25, 'TERMINAL_LABEL_LENGTH') +
    label('08', purposeOfTransaction, 25, 'PURPOSE_LENGTH')
  return template('62', subFields)
}

function languages(information: IndividualInfo): string {
  const { languagePreference: language, merchantNameAlternateLanguage: name } = information
  const { merchantCityAlternateLanguage: city } = information
  if ([language, name, city].every(isEmpty)) return ''
  if (language && !name) refuse('ALTERNATE_NAME_MISSING')
  // The official SDK answers a name without its language with code 0 and an error object for a code.
  if (!isAbsent(name) && isAbsent(language)) refuse('LANGUAGE_MISSING')
  const named = isAbsent(name)
    ? ''
    : label('00', language, 2, 'LANGUAGE_LENGTH') + label('01', name, 25, 'ALTERNATE_NAME_LENGTH')
  return template('64', named + label('02', city, 15, 'ALTERNATE_CITY_LENGTH'))
}

function times({ expirationTimestamp }: IndividualInfo): string {
  const created = Date.now()
  const expires = Number(expirationTimestamp)
  if (!expires) refuse('EXPIRY_MISSING')
  if (String(expires).length !== 13) refuse('EXPIRY_LENGTH')
  if (expires < created) refuse('EXPIRY_IN_PAST')
  return tagged('99', tagged('00', String(created)) + tagged('01', String(expires)))
}

/** A sub-field of 62 or 64, or '' where it is left out. An object built by hand may hold '', which is refused. */
function label(tag: string, value: unknown, most: number, problem: ProblemName): string {
  return isAbsent(value) ? '' : bounded(tag, value, most, problem, problem)
}

/** The official SDK measures texts only: numbers pass at any length that two digits can write. */
function bounded(
  tag: string,
  value: unknown,
  most: number,
  tooLong: ProblemName,
  missing: ProblemName = tooLong,
): string {
  if (isEmpty(value)) refuse(missing)
  const text = String(value)
  if (text.length > (typeof value === 'string' ? most : longestValue)) refuse(tooLong)
  return tagged(tag, text)
}

function template(tag: string, subFields: string): string {
  if (subFields.length > longestValue) refuse('TEMPLATE_LENGTH')
  return tagged(tag, subFields)
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
