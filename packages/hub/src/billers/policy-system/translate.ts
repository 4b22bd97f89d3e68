import {
  decimalText,
  ExactDecimal,
  isJsonObject,
  JsonError,
  type JsonObject,
  parseExactJson,
  writeJson,
} from '../../kit/json.ts'
import { AmountError, isCurrency, parseAmount, printAmount } from '../../money/money.ts'
import type { CreditOrder, LookUp } from '../biller.ts'
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

/** The value at a path such as `policy.premium.amount` or `receipts.0.receiptNo`; undefined when there is none. */
export function pick(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => {
    if (Array.isArray(at)) return /^\d+$/.test(name) ? at[Number(name)] : undefined
    return isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }, document)
}

/** Text, or a number as it was written; undefined when absent, null or empty. */
export function pickText(document: unknown, path: string): string | undefined {
  const text = decimalText(pick(document, path))?.trim()
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
  if (number?.toUpperCase() !== asked)
    return `it speaks of ${number?.slice(0, 40) ?? 'no number'}, and ${asked} was asked for`
  const amountText = pickText(document, map.amount)
  if (amountText === undefined) {
    // Absent or null is "nothing due"; anything else in that place is not understood.
    const value = pick(document, map.amount)
    return value === undefined || value === null
      ? { state: 'nothing_due', biller }
      : 'its amount is neither text nor number'
  }
  const currency = pickText(document, map.currency)
  if (!isCurrency(currency)) return `its currency is ${currency?.slice(0, 10) ?? 'missing'}`
  const dueDate = pickText(document, map['due-date'])
  if (dueDate === undefined || !isDate(dueDate)) return `its due date is ${dueDate?.slice(0, 40) ?? 'missing'}`
  const payer = pickText(document, map.payer)
  if (payer === undefined) return "the payer's name is missing"
  try {
    const amountMinor = parseAmount(amountText, currency)
    if (amountMinor === 0n) return { state: 'nothing_due', biller }
    const premium = {
      biller,
      number: asked,
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
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
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
