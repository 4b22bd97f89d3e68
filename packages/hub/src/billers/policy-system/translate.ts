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
import type { CreditNoteOrder, CreditOrder, LookUp } from '../biller.ts'
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
 * Whether the answer proves that something was booked (all its numbers), or proves that it was not (an empty list), or a
 * sentence why it does neither. "Not booked" leads to sending again, so it takes a list that is there and empty: a field that is
 * merely missing may be a changed answer.
 */
export function readFound(document: JsonObject, path: string): readonly string[] | string {
  const first = pickText(document, path)
  if (first !== undefined) return [first, ...furtherReferences(document, path, first)]
  const isEmptyList = listsOn(document, path).some(({ list }) => list.length === 0)
  return isEmptyList ? [] : `it has no ${path}, and no empty list on the way there`
}

/** Where the path leads through a list, what stands at the same place in its other rows. */
function furtherReferences(document: JsonObject, path: string, first: string): string[] {
  const found = listsOn(document, path).flatMap(({ list, before, after }) =>
    list.map((_, index) => pickText(document, [...before, String(index), ...after].join('.'))),
  )
  return [...new Set(found.filter((one) => one !== undefined && one !== first))] as string[]
}

function listsOn(document: JsonObject, path: string) {
  const names = path.split('.')
  return names.flatMap((name, index) => {
    const before = names.slice(0, index)
    const list = index === 0 ? document : valueAt(document, before.join('.'))
    return /^\d+$/.test(name) && Array.isArray(list)
      ? [{ list: list as readonly unknown[], before, after: names.slice(index + 1) }]
      : []
  })
}

type Template = Readonly<Record<string, string>>

/** The credit call's body from its template. */
export function writeCredit(template: Template, order: CreditOrder): string {
  return fillTemplate(template, {
    paymentNumber: order.paymentNumber,
    policyNumber: order.policyNumber,
    amount: printAmount(order.amount.amountMinor, order.amount.currency),
    currency: order.amount.currency,
    dueDate: order.dueDate,
    paidAt: order.paidAt.toISOString(),
    bank: order.bankCode,
    transactionId: order.bankTransactionId,
  })
}

/** The credit note call's body from its template. */
export function writeCreditNote(template: Template, order: CreditNoteOrder): string {
  return fillTemplate(template, {
    refundId: order.refundId,
    paymentNumber: order.paymentNumber,
    policyNumber: order.policyNumber,
    amount: printAmount(order.amount.amountMinor, order.amount.currency),
    currency: order.amount.currency,
    reason: order.reason,
    refundedAt: order.refundedAt.toISOString(),
  })
}

function fillTemplate(template: Template, values: Template & { readonly amount: string }): string {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  return writeJson(
    Object.fromEntries(
      Object.entries(template).map(([name, text]) => [
        name,
        text === '#amount' ? new ExactDecimal(values.amount) : fill(text),
      ]),
    ),
  )
}
