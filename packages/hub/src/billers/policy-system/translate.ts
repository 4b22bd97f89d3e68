import {
  decimalText,
  ExactDecimal,
  isJsonObject,
  JsonError,
  type JsonObject,
  parseExactJson,
  valueAt,
  writeJson,
} from '../../kit/json.ts'
import { AmountError, isCurrency, parseAmount, printAmount } from '../../money/money.ts'
import type { CreditOrder, FoundCredit, LookUp } from '../biller.ts'
import type { PolicySystemSettings } from './settings.ts'

/** The answer as an object, decimals exact; undefined when it is not one (HTML, a list, broken JSON). */
export function readDocument(text: string): JsonObject | undefined {
  try {
    const parsed = parseExactJson(text)
    return isJsonObject(parsed) ? parsed : undefined
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

/** Text, or a number as it was written; undefined when absent, null or empty. */
export function pickText(document: unknown, path: string): string | undefined {
  const text = decimalText(valueAt(document, path))?.trim()
  return text === undefined || text === '' ? undefined : text
}

const longestName = 200

/** What is due, or a sentence that says why it cannot be known: a lying system is not believed. */
export function readPremium(
  biller: string,
  asked: string,
  document: JsonObject,
  map: PolicySystemSettings['look-up'],
): LookUp | string {
  const number = pickText(document, map.number)
  if (number?.toUpperCase() !== asked.toUpperCase())
    return `it speaks of ${number?.slice(0, 40) ?? 'no number'}, and ${asked} was asked for`
  const amountText = pickText(document, map.amount)
  if (amountText === undefined) {
    // Absent or null is "nothing due"; anything else in that place is not understood.
    const value = valueAt(document, map.amount)
    return value === undefined || value === null
      ? { state: 'nothing_due', biller }
      : 'its amount is neither text nor number'
  }
  if (/^0+(\.0+)?$/.test(amountText)) return { state: 'nothing_due', biller }
  const currency = pickText(document, map.currency)
  if (!isCurrency(currency)) return `its currency is ${currency?.slice(0, 10) ?? 'missing'}`
  const dueDate = pickText(document, map['due-date'])
  if (dueDate === undefined || !isDate(dueDate)) return `its due date is ${dueDate?.slice(0, 40) ?? 'missing'}`
  const payer = pickText(document, map.payer)
  if (payer === undefined) return "the payer's name is missing"
  try {
    const amountMinor = parseAmount(amountText, currency)
    const premium = {
      biller,
      number: asked.toUpperCase(),
      payer: payer.slice(0, longestName),
      amount: { amountMinor, currency },
      dueDate,
      email: map.email === undefined ? undefined : pickText(document, map.email),
      phone: map.phone === undefined ? undefined : pickText(document, map.phone),
    }
    return { state: 'due', premium }
  } catch (error) {
    if (error instanceof AmountError) return `its amount ${error.message}`
    throw error
  }
}

function isDate(text: string): boolean {
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text)
}

/**
 * Whether the answer proves that a payment was credited, or proves that it was not, or a sentence why it does neither.
 * "Not credited" leads to crediting again, so it takes a list that is there and empty: a field that is merely missing
 * may be a changed answer.
 */
export function readFoundCredit(document: JsonObject, path: string): FoundCredit | string {
  const reference = pickText(document, path)
  if (reference !== undefined) return { state: 'credited', reference }
  const names = path.split('.')
  const isEmptyList = names.some((name, index) => {
    const holder = index === 0 ? document : valueAt(document, names.slice(0, index).join('.'))
    return /^\d+$/.test(name) && Array.isArray(holder) && holder.length === 0
  })
  return isEmptyList ? { state: 'not_credited' } : `it has no ${path}, and no empty list on the way there`
}

/** The credit call's body from its template. */
export function writeCredit(template: Readonly<Record<string, string>>, order: CreditOrder): string {
  const amount = printAmount(order.amount.amountMinor, order.amount.currency)
  const values: Readonly<Record<string, string>> = {
    paymentNumber: order.paymentNumber,
    policyNumber: order.policyNumber,
    amount,
    currency: order.amount.currency,
    dueDate: order.dueDate,
    paidAt: order.paidAt.toISOString(),
    bank: order.bankCode,
    transactionId: order.bankTransactionId,
  }
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  return writeJson(
    Object.fromEntries(
      Object.entries(template).map(([name, text]) => [
        name,
        text === '#amount' ? new ExactDecimal(amount) : fill(text),
      ]),
    ),
  )
}
