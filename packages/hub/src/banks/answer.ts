import { decimalText, isJsonObject, JsonError, parseExactJson } from '../kit/json.ts'
import type { JsonObject } from '../kit/json.ts'
import { AmountError, isCurrency, parseAmount } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** Why an answer of a bank cannot be acted upon: a sentence without a capital, for a longer one. */
export class Doubt extends Error {}

/** Throws `Doubt` for anything but a JSON object. */
export function parseAnswer(body: string): JsonObject {
  let answer: unknown
  try {
    answer = parseExactJson(body)
  } catch (error) {
    if (error instanceof JsonError) throw new Doubt(`the answer ${error.message}`)
    throw error
  }
  if (!isJsonObject(answer)) throw new Doubt('the answer is not a JSON object')
  return answer
}

/** An amount of a movement. Throws `Doubt` for what cannot be read exactly, and for nothing. */
export function readMoney(amount: unknown, currency: unknown): Money {
  const money = readSum(amount, currency)
  if (money.amountMinor > 0n) return money
  throw new Doubt('a movement of nothing (amount 0) is listed')
}

/** Like `readMoney`, for a sum, which may be nothing. */
export function readSum(amount: unknown, currency: unknown): Money {
  if (!isCurrency(currency)) throw new Doubt(`the currency is ${shown(currency)}, neither USD nor KHR`)
  const text = decimalText(amount)
  if (text === undefined) throw new Doubt(`an amount is ${shown(amount)}, which is no number`)
  try {
    return { amountMinor: parseAmount(text, currency), currency }
  } catch (error) {
    if (error instanceof AmountError) throw new Doubt(`an amount cannot be read: ${error.message}`)
    throw error
  }
}

/** A transaction id of the bank: 1 to 64 printable characters. Undefined for anything else. */
export function readId(value: unknown): string | undefined {
  const id = decimalText(value)
  return id !== undefined && /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(id) ? id : undefined
}

/** A value of the answer for a doubt: at most 40 characters. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (decimalText(value) ?? JSON.stringify(value) ?? 'missing')
  return text.slice(0, 40)
}
