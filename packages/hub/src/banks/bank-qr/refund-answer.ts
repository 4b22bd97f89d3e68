import { decimalText, isJsonObject, valueAt } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { redactText } from '../../kit/redact.ts'
import { showMoney } from '../../money/money.ts'
import type { Money } from '../../money/money.ts'
import type { ListedRefund, RefundAnswer, RefundOrder, RefundState, RefundTotals } from '../bank.ts'
import { Doubt, parseAnswer, readId, readMoney, readSum, shown } from '../answer.ts'
import type { RefundSettings } from './refund-settings.ts'
import { isOneOf } from './words.ts'

type Words = RefundSettings['words']
type Told = Omit<RefundAnswer, 'exchanges'>

/** More refunds than this of one movement is not an answer that anybody should act on by machine. */
const mostRefunds = 1_000
const longestMessage = 200

/**
 * Reads the answer to a refund. It must be about exactly this order, field by field: money that the bank sent back for
 * something else is not this refund. Throws `Doubt` for everything that cannot be read wholly.
 */
export function readRefundAnswer(body: string, order: RefundOrder, words: Words): Told {
  const answer = parseAnswer(body)
  for (const field of orderFields) refuseOther(answer, field, order)
  return read(answer, words)
}

/**
 * Reads an error answer (HTTP 4xx). It is a refusal only under one of the words that mean so for good; undefined for
 * every other error of the bank. What it repeats of the order must fit: it throws `Doubt` else, as for no JSON at all.
 */
export function readRefundError(body: string, order: RefundOrder, words: Words): Told | undefined {
  const answer = parseAnswer(body)
  const status = valueAt(answer, 'status')
  if (typeof status !== 'string' || !isOneOf(status, words['refused-words'])) return undefined
  for (const field of orderFields.filter((name) => isSaid(valueAt(answer, name)))) refuseOther(answer, field, order)
  return read(answer, words)
}

/**
 * Reads what the bank has refunded of one movement. Total and list must agree, or neither can be believed: the state is
 * then `unknown`, with the doubt in a sentence.
 */
export function readRefundTotals(
  body: string,
  bankTransactionId: string,
  words: Words,
): Omit<RefundTotals, 'exchanges'> {
  try {
    return readTotals(parseAnswer(body), bankTransactionId, words)
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    return { state: 'unknown', refunded: undefined, refunds: [], doubt: error.message }
  }
}

const orderFields = ['refundId', 'transactionId', 'amount', 'currency'] as const

function refuseOther(answer: JsonObject, field: (typeof orderFields)[number], order: RefundOrder): void {
  const found = valueAt(answer, field)
  if (fits(answer, field, order)) return
  const wanted = {
    refundId: order.refundId,
    transactionId: order.bankTransactionId,
    amount: showMoney(order.amount),
    currency: order.amount.currency,
  }[field]
  throw new Doubt(`the answer says ${field} ${shown(found)}, and ${wanted} was asked for`)
}

function fits(answer: JsonObject, field: (typeof orderFields)[number], order: RefundOrder): boolean {
  const found = valueAt(answer, field)
  switch (field) {
    case 'refundId':
      return found === order.refundId
    case 'transactionId':
      return decimalText(found) === order.bankTransactionId
    case 'currency':
      return found === order.amount.currency
    case 'amount':
      return readSum(found, order.amount.currency).amountMinor === order.amount.amountMinor
  }
}

function read(answer: JsonObject, words: Words): Told {
  const status = valueAt(answer, 'status')
  const state = readState(status, words)
  const message = valueAt(answer, 'message')
  const said =
    typeof message === 'string'
      ? redactText(message)
          .replace(/\p{Cc}+/gu, ' ')
          .trim()
      : ''
  return {
    state,
    bankRefundId: readOptionalId(answer, 'bankRefundId'),
    sentence: `The bank says ${shown(status)}${said === '' ? '' : `: ${said.slice(0, longestMessage)}`}.`,
  }
}

function readState(status: unknown, words: Words): RefundState {
  if (typeof status === 'string') {
    if (isOneOf(status, words['success-words'])) return 'refunded'
    if (isOneOf(status, words['pending-words'])) return 'pending'
    if (isOneOf(status, words['refused-words'])) return 'refused'
  }
  throw new Doubt(`the status "${shown(status)}" of a refund is none of the configured words`)
}

function readOptionalId(from: JsonObject, name: string): string | undefined {
  const value = valueAt(from, name)
  if (!isSaid(value)) return undefined
  const id = readId(value)
  if (id === undefined) throw new Doubt(`${name} is ${shown(value)}, which is no id`)
  return id
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null
}

function readTotals(answer: JsonObject, bankTransactionId: string, words: Words): Omit<RefundTotals, 'exchanges'> {
  const about = valueAt(answer, 'transactionId')
  if (decimalText(about) !== bankTransactionId) {
    throw new Doubt(`the answer is about transaction ${shown(about)}, and ${bankTransactionId} was asked about`)
  }
  const currency = valueAt(answer, 'currency')
  const whole = readMoney(valueAt(answer, 'amount'), currency)
  const refunded = readSum(valueAt(answer, 'refunded'), currency)
  const list = valueAt(answer, 'refunds')
  if (!Array.isArray(list)) throw new Doubt('refunds is not a list')
  if (list.length > mostRefunds) throw new Doubt(`${list.length} refunds are listed, more than ${mostRefunds}`)
  const refunds = list.map((item) => readListed(item, refunded, words))
  refuseContradiction(refunds, refunded, whole)
  return { state: 'known', refunded, refunds }
}

function readListed(item: unknown, { currency }: Money, words: Words): ListedRefund {
  if (!isJsonObject(item)) throw new Doubt('a refund is not a JSON object')
  const own = valueAt(item, 'currency')
  if (isSaid(own) && own !== currency) throw new Doubt(`a refund is in ${shown(own)}, and the movement in ${currency}`)
  return {
    refundId: readOptionalId(item, 'refundId'),
    bankRefundId: readOptionalId(item, 'bankRefundId'),
    amount: readMoney(valueAt(item, 'amount'), currency),
    state: readState(valueAt(item, 'status'), words),
  }
}

/** Banks differ in whether a pending refund counts as refunded; nothing else may lie between the total and the list. */
function refuseContradiction(refunds: readonly ListedRefund[], refunded: Money, whole: Money): void {
  const sumOf = (state: RefundState): bigint =>
    refunds.filter((one) => one.state === state).reduce((sum, { amount }) => sum + amount.amountMinor, 0n)
  const done = sumOf('refunded')
  if (refunded.amountMinor < done || refunded.amountMinor > done + sumOf('pending')) {
    throw new Doubt(`${showMoney(refunded)} is said to be refunded, and the list adds up to something else`)
  }
  if (refunded.amountMinor > whole.amountMinor) {
    throw new Doubt(`${showMoney(refunded)} is said to be refunded of ${showMoney(whole)}`)
  }
  const ids = refunds.flatMap(({ bankRefundId }) => (bankRefundId === undefined ? [] : [bankRefundId]))
  if (new Set(ids).size < ids.length) throw new Doubt('one bankRefundId is listed twice')
}
