import { KhqrError, type Problem, problem, refuse } from '../problem.ts'
import { type TextField, textFields } from '../tags.ts'
import { decode, isHarmless } from './decode.ts'
import { isAccount, isCategory } from './encode.ts'
import type { Khqr } from './khqr.ts'

/** `reasons` says why the code is not valid, all of it; `warnings` what is odd though payable. */
export type Verdict = {
  readonly valid: boolean
  readonly reasons: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** What the code says as far as it can be read; undefined for what is not a text. */
  readonly khqr: Readonly<Khqr> | undefined
}

/**
 * Says whether a code may be paid at the time `now`, or every reason why not. Throws for no text whatever, only where
 * `now` is no time. A valid code is well formed, nothing more: its CRC is no signature.
 */
export function verify(qr: string, options: { readonly now: Date | number }): Verdict {
  const now = Number(options?.now)
  if (Number.isNaN(now)) refuse('TIME_INVALID', { field: 'now', value: options?.now })
  const findings: Findings = { reasons: [], warnings: [] }
  const khqr = read(qr, findings)
  if (khqr === undefined) return { valid: false, ...findings, khqr }
  checkHead(khqr, findings)
  checkPayee(khqr, findings)
  checkMoney(khqr, findings)
  checkMerchant(khqr, findings)
  checkLengths(khqr, findings)
  checkLanguages(khqr, findings)
  checkTimes(khqr, now, findings)
  return { valid: findings.reasons.length === 0, ...findings, khqr }
}

type Findings = { readonly reasons: Problem[]; readonly warnings: Problem[] }

function read(qr: string, { reasons, warnings }: Findings): Readonly<Khqr> | undefined {
  try {
    const khqr = decode(qr, { mode: 'lenient' })
    for (const warning of khqr.warnings) (isHarmless(warning) ? warnings : reasons).push(warning)
    return khqr
  } catch (error) {
    if (!(error instanceof KhqrError)) throw error
    reasons.push(error.problem)
    return undefined
  }
}

function checkHead({ payloadFormat, initiation, amount }: Readonly<Khqr>, { reasons }: Findings): void {
  if (!payloadFormat) reasons.push(problem('PAYLOAD_FORMAT_MISSING', { field: '00' }))
  else if (payloadFormat.length > 2)
    reasons.push(problem('PAYLOAD_FORMAT_LENGTH', { field: '00', value: payloadFormat }))
  else if (payloadFormat !== '01')
    reasons.push(problem('PAYLOAD_FORMAT_INVALID', { field: '00', value: payloadFormat }))
  // Codes made before SDK 1.0.18 have no tag 01.
  if (initiation === undefined || initiation === '11') return
  if (initiation.length > 2) reasons.push(problem('INITIATION_LENGTH', { field: '01', value: initiation }))
  else if (initiation !== '12') reasons.push(problem('INITIATION_INVALID', { field: '01', value: initiation }))
  else if (amount === undefined) reasons.push(problem('DYNAMIC_WITHOUT_AMOUNT', { field: '54' }))
}

function checkPayee(khqr: Readonly<Khqr>, { reasons, warnings }: Findings): void {
  const { kind, payeeAccount, merchantId, acquiringBank } = khqr
  if (kind === undefined) {
    reasons.push(problem('KIND_MISSING', { field: '29, 30' }))
    return
  }
  if (!payeeAccount) reasons.push(problem('ACCOUNT_MISSING', { field: 'payeeAccount' }))
  else if (!isAccount(payeeAccount)) {
    reasons.push(problem('ACCOUNT_INVALID', { field: 'payeeAccount', value: payeeAccount }))
  }
  // Banks' own codes leave these out and are paid all the same.
  if (kind === 'merchant' && !merchantId) warnings.push(problem('MERCHANT_ID_MISSING', { field: 'merchantId' }))
  if (kind === 'merchant' && !acquiringBank)
    warnings.push(problem('ACQUIRING_BANK_MISSING', { field: 'acquiringBank' }))
}

function checkMoney(khqr: Readonly<Khqr>, { reasons, warnings }: Findings): void {
  const { currencyCode, currency, amount, unionPayAccount } = khqr
  if (!currencyCode) reasons.push(problem('CURRENCY_MISSING', { field: '53' }))
  else if (currencyCode.length > 3) reasons.push(problem('CURRENCY_LENGTH', { field: '53', value: currencyCode }))
  else if (currency === undefined) reasons.push(problem('CURRENCY_UNSUPPORTED', { field: '53', value: currencyCode }))
  if (amount !== undefined && !isPayable(khqr)) reasons.push(problem('AMOUNT_INVALID', { field: '54', value: amount }))
  if (unionPayAccount !== undefined && currency === 'USD') {
    warnings.push(problem('UNION_PAY_WITH_USD', { field: 'unionPayAccount', value: unionPayAccount }))
  }
}

function isPayable({ amount = '', currency, money }: Readonly<Khqr>): boolean {
  if (amount.length > 13) return false
  if (currency === undefined) return /^[0-9]+(\.[0-9]+)?$/.test(amount)
  return money !== undefined && money.amountMinor > 0n
}

function checkMerchant(khqr: Readonly<Khqr>, { reasons }: Findings): void {
  const { merchantCategoryCode: category, countryCode: country, merchantName, merchantCity } = khqr
  if (!category) reasons.push(problem('CATEGORY_MISSING', { field: '52' }))
  else if (category.length <= 4 && !isCategory(category)) {
    reasons.push(problem('CATEGORY_INVALID', { field: '52', value: category }))
  }
  if (!country) reasons.push(problem('COUNTRY_MISSING', { field: '58' }))
  else if (country.length > 3) reasons.push(problem('COUNTRY_LENGTH', { field: '58', value: country }))
  else if (country !== 'KH') reasons.push(problem('COUNTRY_INVALID', { field: '58', value: country }))
  if (!merchantName) reasons.push(problem('MERCHANT_NAME_MISSING', { field: '59' }))
  if (!merchantCity) reasons.push(problem('MERCHANT_CITY_MISSING', { field: '60' }))
}

const textFieldNames = Object.keys(textFields) as TextField[]

function checkLengths(khqr: Readonly<Khqr>, { reasons }: Findings): void {
  for (const name of textFieldNames) {
    const value = khqr[name]
    if (value === undefined) continue
    const { path, most, tooLong } = textFields[name]
    const isEmptyLabel = value === '' && (path.startsWith('62') || path.startsWith('64'))
    if (value.length > most || isEmptyLabel) reasons.push(problem(tooLong, { field: name, value }))
  }
}

function checkLanguages({ language, alternateName }: Readonly<Khqr>, { reasons }: Findings): void {
  if (language !== undefined && alternateName === undefined) {
    reasons.push(problem('ALTERNATE_NAME_MISSING', { field: 'alternateName' }))
  }
  if (alternateName !== undefined && language === undefined) {
    reasons.push(problem('LANGUAGE_MISSING', { field: 'language' }))
  }
}

/** A code with an amount is for one payment and ends; one without may carry times, as those before SDK 1.0.18 do. */
function checkTimes(khqr: Readonly<Khqr>, now: number, { reasons }: Findings): void {
  const { initiation, amount, createdAt, expiresAt, fields } = khqr
  if (expiresAt !== undefined) {
    if (createdAt !== undefined && expiresAt < createdAt) {
      reasons.push(problem('EXPIRY_IN_PAST', { field: 'expiresAt', value: expiresAt }))
    }
    if (expiresAt.getTime() < now) reasons.push(problem('EXPIRED', { field: 'expiresAt', value: expiresAt }))
    return
  }
  if (amount === undefined && initiation !== '12') return
  const times = fields.find((field) => field.tag === '99')
  const written = times?.fields?.find((field) => field.tag === '01')?.value
  if (written !== undefined) reasons.push(problem('EXPIRY_LENGTH', { field: '99.01', value: written }))
  // Before SDK 1.0.18 a code with an amount had a creation time and no expiry; it had no tag 01 either.
  else if (initiation === '12' || times === undefined) reasons.push(problem('EXPIRY_MISSING', { field: '99.01' }))
}
