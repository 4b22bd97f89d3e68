import { decimalText, isJsonObject, parseExactJson, valueAt } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import type { Movement, Verification } from '../bank.ts'
import { Doubt, parseAnswer, readId, readMoney, shown } from '../answer.ts'
import { readOffsetTime, readSpacedTime } from './bank-time.ts'
import type { VerifySettings } from './settings.ts'
import { isOneOf } from './words.ts'

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

type Paths = VerifySettings['answer']

/** An answer on its way to movements. `isReversed`: its word for all of them is that they were taken back. */
type Told = { readonly answer: JsonObject; readonly asked: Asked; readonly paths: Paths; readonly isReversed: boolean }

function readJson(body: string, asked: Asked, paths: Paths): Omit<Verification, 'exchanges'> {
  const answer = parseAnswer(body)
  const status = valueAt(answer, paths.status)
  if (typeof status !== 'string') throw new Doubt(`the answer has no text at ${paths.status}`)
  const saysPaid = isOneOf(status, paths['success-words'])
  const isReversed = isOneOf(status, paths['reversed-words'])
  const told = { answer, asked, paths, isReversed }
  refuseStranger(told)
  const list = valueAt(answer, paths.movements)
  const isBare = list === undefined || list === null
  if (!isBare && !Array.isArray(list)) throw new Doubt(`${paths.movements} is not a list`)
  if (saysPaid || isReversed) {
    const movements = isBare ? [readBare(told)] : readList(list, told)
    if (movements.length === 0) throw new Doubt(`the status is "${shown(status)}" and no movement is listed`)
    return { state: areTakenBack(movements) ? 'unpaid' : 'paid', movements }
  }
  const isUnpaid = isOneOf(status, paths['unpaid-words'])
  const movements = isBare ? [] : readList(list, told)
  if (movements.length > 0 && !(isUnpaid && areTakenBack(movements))) {
    throw new Doubt(`the status is "${shown(status)}" and yet movements are listed`)
  }
  if (isUnpaid) return { state: 'unpaid', movements }
  if (isOneOf(status, paths['not-found-words'])) return { state: 'not_found', movements }
  throw new Doubt(`the status "${shown(status)}" is none of the configured words`)
}

function areTakenBack(movements: readonly Movement[]): boolean {
  return movements.every((movement) => movement.reversed)
}

function refuseStranger({ answer, asked, paths }: Told): void {
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
function readBare({ answer, asked, paths, isReversed }: Told): Movement {
  const amount = valueAt(answer, paths.amount)
  const isSaid = amount !== undefined && amount !== null
  return {
    bankTransactionId: asked.reference,
    keyedBy: 'reference',
    amount: isSaid ? readMoney(amount, valueAt(answer, paths.currency)) : undefined,
    payeeAccount: undefined,
    payer: undefined,
    paidAt: readTime(valueAt(answer, paths['paid-at']), asked),
    reversed: isReversed,
  }
}

function readList(list: readonly unknown[], told: Told): Movement[] {
  if (list.length > mostMovements) throw new Doubt(`${list.length} movements are listed, more than ${mostMovements}`)
  const movements = new Map<string, Movement>()
  for (const item of list) {
    const movement = readMovement(item, told)
    const same = movements.get(movement.bankTransactionId)
    if (same && !isSame(same, movement)) {
      throw new Doubt(`transaction ${movement.bankTransactionId} is listed twice with different content`)
    }
    movements.set(movement.bankTransactionId, movement)
  }
  return [...movements.values()]
}

function readMovement(item: unknown, told: Told): Movement {
  const { answer, asked, paths } = told
  if (!isJsonObject(item)) throw new Doubt('a movement is not a JSON object')
  const said = valueAt(item, paths['movement-id'])
  const id = readId(said)
  if (id === undefined)
    throw new Doubt(`a movement's ${paths['movement-id']} is ${shown(said)}, which is no transaction id`)
  const payer = valueAt(item, paths['movement-payer'])
  const currency = valueAt(item, paths['movement-currency']) ?? valueAt(answer, paths.currency)
  return {
    bankTransactionId: id,
    keyedBy: 'bank',
    amount: readMoney(valueAt(item, paths['movement-amount']), currency),
    payeeAccount: undefined,
    payer: typeof payer === 'string' && payer !== '' ? payer.slice(0, 200) : undefined,
    paidAt: readTime(valueAt(item, paths['movement-paid-at']), asked),
    reversed: isTakenBack(item, told),
  }
}

/** A movement's own word says more than the word for all of them, and may not contradict it. */
function isTakenBack(item: JsonObject, { paths, isReversed }: Told): boolean {
  const word = valueAt(item, paths['movement-status'])
  if (word === undefined || word === null) return isReversed
  if (typeof word === 'string' && isOneOf(word, paths['reversed-words'])) return true
  if (typeof word === 'string' && isOneOf(word, paths['success-words']) && !isReversed) return false
  const id = shown(valueAt(item, paths['movement-id']))
  throw new Doubt(`transaction ${id} has the status "${shown(word)}", and it is not known what that means`)
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
    a.reversed === b.reversed &&
    a.paidAt?.getTime() === b.paidAt?.getTime()
  )
}
