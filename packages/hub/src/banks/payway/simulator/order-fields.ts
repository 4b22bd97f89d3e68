import { type CurrencyCode, isCurrency, minorOf, plainAmount } from './amounts.ts'
import type { Fields } from './request-fields.ts'

/** What a purchase or a QR asks for, read strictly; or the code by which it is refused. */
export type OrderFields = {
  readonly amount: string
  readonly currency: CurrencyCode
  readonly lifetimeMs: number
  readonly callbackUrl: string
}

/** How an operation calls what both have, and how long a name may be in it. */
type Names = {
  readonly first: string
  readonly last: string
  readonly callback: string
  readonly longestName: number
}

const leastRiel = 100n
const shortestMinutes = 3
const longestMinutes = 43_200
const longestEmail = 50
const longestPhone = 20
const longestItems = 500
const minuteMs = 60_000

/** 1 to 20 of `[A-Za-z0-9-]`. */
export function isTranId(text: string): boolean {
  return /^[A-Za-z0-9-]{1,20}$/.test(text)
}

export function readOrder(
  fields: Fields,
  allowed: readonly CurrencyCode[],
  names: Names,
  how: { readonly badUrlCode: string; readonly isJsonNumber: boolean },
): OrderFields | { readonly code: string } {
  const currency = fields['currency'] || allowed[0]
  if (!isCurrency(currency) || !allowed.includes(currency)) return { code: '12' }
  const amount = readAmount(fields['amount'] ?? '', currency, how.isJsonNumber)
  if (typeof amount !== 'string') return amount
  const customer = customerProblem(fields, names)
  if (customer !== undefined) return { code: customer }
  if (!areItems(fields['items'] ?? '')) return { code: '13' }
  const minutes = fields['lifetime'] ? Number(fields['lifetime']) : longestMinutes
  if (!Number.isInteger(minutes) || minutes < shortestMinutes || minutes > longestMinutes) return { code: '69' }
  const callbackUrl = readUrl(fields[names.callback] ?? '')
  if (callbackUrl === undefined) return { code: how.badUrlCode }
  return { amount, currency, lifetimeMs: minutes * minuteMs, callbackUrl }
}

/** Dollars have two decimals, unless they are a JSON number; riel have none and are 100 at least. */
function readAmount(text: string, currency: CurrencyCode, isJsonNumber: boolean): string | { readonly code: string } {
  if (/^0+(\.0*)?$/.test(text)) return { code: '45' }
  if (currency === 'KHR' && /^\d+\.\d+$/.test(text)) return { code: '46' }
  const amount = plainAmount(text, currency)
  if (amount === undefined) return { code: '3' }
  if (currency === 'KHR') return minorOf(amount) < leastRiel ? { code: '47' } : amount
  return text === amount || isJsonNumber ? amount : { code: '3' }
}

function customerProblem(fields: Fields, names: Names): string | undefined {
  const { [names.first]: first = '', [names.last]: last = '', email = '', phone = '' } = fields
  if (!isName(first, names.longestName)) return '16'
  if (!isName(last, names.longestName)) return '17'
  if (phone.length > longestPhone || !/^[0-9+\-\s()]*$/.test(phone)) return '18'
  return email === '' || (email.length <= longestEmail && /^[^@\s]+@[^@\s]+$/.test(email)) ? undefined : '19'
}

function isName(text: string, longest: number): boolean {
  return text.length <= longest && /^[\p{L}\p{M}\u200b-\u200d ]*$/u.test(text)
}

function areItems(text: string): boolean {
  if (text === '') return true
  const value = text.length <= longestItems ? readBase64(text) : undefined
  try {
    return Array.isArray(JSON.parse(value ?? ''))
  } catch {
    return false
  }
}

/** A URL in Base64, or as it is; empty where none was given; undefined where it is no URL. */
function readUrl(text: string): string | undefined {
  if (text === '') return ''
  return [readBase64(text), text].find((one) => one !== undefined && /^https?:\/\//.test(one) && URL.canParse(one))
}

function readBase64(text: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined
}
