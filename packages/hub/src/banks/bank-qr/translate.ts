import { decimalText, isJsonObject, JsonError, parseExactJson, valueAt } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { AmountError, isCurrency, parseAmount } from '../../money/money.ts'
import type { Money } from '../../money/money.ts'
import type { Movement, Verification } from '../bank.ts'
import { readOffsetTime, readSpacedTime } from './bank-time.ts'
import type { VerifySettings } from './settings.ts'

/** What was asked, to see whether the answer is about it. */
export type Asked = {
  readonly reference: string
  readonly accountNumber: string
  readonly timeZoneOffset: string
}

/** More movements than this on one reference is not an answer that anybody should act on by machine. */
const mostMovements = 1_000

/**
 * Reads a verify answer. A movement exists only under a configured success word, for the reference and the merchant that
 * were asked about. Whatever cannot be read, wholly and exactly, makes the state `unknown`, with the doubt in a sentence:
 * never unpaid, or a customer who has paid would be asked to pay again.
 */
export function readVerifyAnswer(
  body: string,
  asked: Asked,
  settings: VerifySettings,
): Omit<Verification, 'exchanges'> {
  try {
    return readJson(body, asked, settings.answer)
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    return { state: 'unknown', movements: [], doubt: error.message }
  }
}

/** The bank's word for what went wrong, for messages: at most 100 characters, undefined where there is none. */
export function errorWord(body: string): string | undefined {
  let json: unknown
  try {
    json = parseExactJson(body)
  } catch {
    return undefined
  }
  const found = ['error.code', 'errorCode', 'code', 'error.message', 'error', 'status', 'message']
    .map((path) => valueAt(json, path))
    .find((value) => typeof value === 'string' || typeof value === 'number')
  return found === undefined ? undefined : String(found).slice(0, 100)
}

export function isOneOf(word: string, words: readonly string[]): boolean {
  return words.some((one) => one.toUpperCase() === word.trim().toUpperCase())
}

class Doubt extends Error {}

type Paths = VerifySettings['answer']

function readJson(body: string, asked: Asked, paths: Paths): Omit<Verification, 'exchanges'> {
  const answer = parse(body)
  const status = valueAt(answer, paths.status)
  if (typeof status !== 'string') throw new Doubt(`the answer has no text at ${paths.status}`)
  const saysPaid = isOneOf(status, paths['success-words'])
  refuseStranger(answer, asked, paths)
  const list = valueAt(answer, paths.movements)
  const isBare = list === undefined || list === null
  if (!isBare && !Array.isArray(list)) throw new Doubt(`${paths.movements} is not a list`)
  if (saysPaid) {
    return {
      state: 'paid',
      movements: isBare ? [readBare(answer, asked, paths)] : readList(list, answer, asked, paths),
    }
  }
  if (!isBare && list.length > 0) throw new Doubt(`the status is "${shown(status)}" and yet movements are listed`)
  if (isOneOf(status, paths['unpaid-words'])) return { state: 'unpaid', movements: [] }
  if (isOneOf(status, paths['not-found-words'])) return { state: 'not_found', movements: [] }
  throw new Doubt(`the status "${shown(status)}" is none of the configured words`)
}

function parse(body: string): JsonObject {
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

function refuseStranger(answer: JsonObject, asked: Asked, paths: Paths): void {
  for (const [path, wanted] of [
    [paths.reference, asked.reference],
    [paths.merchant, asked.accountNumber],
  ] as const) {
    const found = valueAt(answer, path)
    if (found === undefined || found === null) continue
    const text = decimalText(found)
    if (text !== wanted) throw new Doubt(`the answer is about ${path} ${shown(text)}, and ${wanted} was asked about`)
  }
}

/** "Paid" without a list: one movement under our own reference, which can never become two. */
function readBare(answer: JsonObject, asked: Asked, paths: Paths): Movement {
  const amount = valueAt(answer, paths.amount)
  const isSaid = amount !== undefined && amount !== null
  return {
    bankTransactionId: asked.reference,
    keyedBy: 'reference',
    amount: isSaid ? readMoney(amount, valueAt(answer, paths.currency)) : undefined,
    payeeAccount: undefined,
    payer: undefined,
    paidAt: readTime(valueAt(answer, paths['paid-at']), asked),
  }
}

function readList(list: readonly unknown[], answer: JsonObject, asked: Asked, paths: Paths): Movement[] {
  if (list.length === 0) throw new Doubt('the status says paid and no movement is listed')
  if (list.length > mostMovements) throw new Doubt(`${list.length} movements are listed, more than ${mostMovements}`)
  const movements = new Map<string, Movement>()
  for (const item of list) {
    const movement = readMovement(item, answer, asked, paths)
    const same = movements.get(movement.bankTransactionId)
    if (same && !isSame(same, movement)) {
      throw new Doubt(`transaction ${movement.bankTransactionId} is listed twice with different content`)
    }
    movements.set(movement.bankTransactionId, movement)
  }
  return [...movements.values()]
}

function readMovement(item: unknown, answer: JsonObject, asked: Asked, paths: Paths): Movement {
  if (!isJsonObject(item)) throw new Doubt('a movement is not a JSON object')
  const id = decimalText(valueAt(item, paths['movement-id']))
  if (id === undefined || !/^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(id)) {
    throw new Doubt(`a movement's ${paths['movement-id']} is ${shown(id)}, which is no transaction id`)
  }
  const payer = valueAt(item, paths['movement-payer'])
  const currency = valueAt(item, paths['movement-currency']) ?? valueAt(answer, paths.currency)
  return {
    bankTransactionId: id,
    keyedBy: 'bank',
    amount: readMoney(valueAt(item, paths['movement-amount']), currency),
    payeeAccount: undefined,
    payer: typeof payer === 'string' && payer !== '' ? payer.slice(0, 200) : undefined,
    paidAt: readTime(valueAt(item, paths['movement-paid-at']), asked),
  }
}

function readMoney(amount: unknown, currency: unknown): Money {
  if (!isCurrency(currency)) throw new Doubt(`the currency is ${shown(currency)}, neither USD nor KHR`)
  const text = decimalText(amount)
  if (text === undefined) throw new Doubt(`an amount is ${shown(amount)}, which is no number`)
  try {
    const amountMinor = parseAmount(text, currency)
    if (amountMinor > 0n) return { amountMinor, currency }
  } catch (error) {
    if (error instanceof AmountError) throw new Doubt(`an amount cannot be read: ${error.message}`)
    throw error
  }
  throw new Doubt('a movement of nothing (amount 0) is listed')
}

function readTime(value: unknown, asked: Asked): Date | undefined {
  if (value === undefined || value === null) return undefined
  const time =
    typeof value === 'string' ? (readSpacedTime(value, asked.timeZoneOffset) ?? readOffsetTime(value)) : undefined
  if (!time) throw new Doubt(`a paid time is ${shown(value)}, which is no yyyy-MM-dd HH:mm:ss`)
  return time.at
}

function isSame(a: Movement, b: Movement): boolean {
  return (
    a.amount?.amountMinor === b.amount?.amountMinor &&
    a.amount?.currency === b.amount?.currency &&
    a.paidAt?.getTime() === b.paidAt?.getTime()
  )
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (decimalText(value) ?? JSON.stringify(value) ?? 'missing')
  return text.slice(0, 40)
}
