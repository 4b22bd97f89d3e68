import { sha256Hex } from '../../kit/crypto.ts'
import { utf8Text } from '../../kit/exchange.ts'
import { decimalText, ExactNumber, isJsonObject, JsonError, parseExactJson } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { AmountError, isCurrency, parseAmount, printAmount } from '../../money/money.ts'
import type { Currency, Money } from '../../money/money.ts'
import type { ConfirmationClaims, NoticeClaims, RawMessage, Reading } from '../bank.ts'
import { readCompactTime, readSpacedTime } from './bank-time.ts'
import type { BankTime } from './bank-time.ts'
import type { BankQrSettings } from './settings.ts'
import { isOneOf } from './words.ts'

/** A bank's clock may be wrong, but not by more than this. */
const mostFutureMs = 86_400_000

/**
 * Reads the KHQR notice. Only `invoice_number` is needed to find the payment and ask the bank: with it readable and
 * another field bad, the reading has both the problems and the reference.
 */
export function readWebhook(message: RawMessage, now: Date, settings: BankQrSettings): Reading<NoticeClaims> {
  const body = readBody(message)
  if ('problem' in body) return { ok: false, problems: { body: body.problem } }
  const fields = readFields(body.object)
  const paymentNumber = fields.take('invoice_number', wantedId, readId)
  const status = fields.take('status', 'a word such as SUCCESS', (value) => readPrintable(value, 64))
  const merchantNumber = fields.take('merchant_number', 'our merchant number at the bank', (value) =>
    readPrintable(typeof value === 'number' ? String(value) : value, 64),
  )
  const amount = readMoney(fields, 'paid_amount')
  const paidAt = fields.take('paid_datetime', 'yyyy-MM-dd HH:mm:ss.SSSSSS (UTC+7), at most a day ahead', (value) =>
    readTime(value, now, (text) => readSpacedTime(text, settings.capabilities.timeZoneOffset)),
  )
  const reference = paymentNumber?.toString()
  const fingerprint =
    reference !== undefined && merchantNumber !== undefined && amount && paidAt
      ? fingerprintOf([settings.code, merchantNumber, reference, paidAt.microseconds], amount)
      : undefined
  if (reference === undefined || !status || !merchantNumber || !amount || !paidAt || fingerprint === undefined) {
    return { ok: false, problems: fields.problems, reference, fingerprint }
  }
  const success = isOneOf(status, settings.noticeSuccessWords)
  return { ok: true, claims: { reference, success, status, merchantNumber, amount, paidAt: paidAt.at, fingerprint } }
}

/** Reads the confirmation of a payment made in the bank's own channel. Every field is needed. */
export function readConfirmation(
  message: RawMessage,
  now: Date,
  settings: BankQrSettings,
): Reading<ConfirmationClaims> {
  const body = readBody(message)
  if ('problem' in body) return { ok: false, problems: { body: body.problem } }
  const fields = readFields(body.object)
  const paymentNumber = fields.take('id', wantedId, readId)
  const policyNumber = fields.take('policyNumber', '9 to 10 letters and digits', (value) =>
    typeof value === 'string' && /^[A-Za-z0-9]{1,10}$/.test(value) ? value : undefined,
  )
  const amount = readMoney(fields, 'amount')
  const bankTransactionId = fields.take('bankTransactionId', '1 to 64 printable characters', (value) =>
    readPrintable(value, 64),
  )
  const payer = fields.take('payer', 'a name of 1 to 100 characters', readName)
  const paidAt = fields.take('paidDate', 'yyyyMMddHHmmss (UTC+7), at most a day ahead', (value) =>
    readTime(value, now, (text) => readCompactTime(text, settings.capabilities.timeZoneOffset)),
  )
  const reference = paymentNumber?.toString()
  if (paymentNumber === undefined || !policyNumber || !amount || !bankTransactionId || !payer || !paidAt) {
    return { ok: false, problems: fields.problems, reference }
  }
  const content = [
    settings.code,
    String(paymentNumber),
    policyNumber.toUpperCase(),
    bankTransactionId,
    payer,
    paidAt.microseconds,
  ]
  const fingerprint = fingerprintOf(content, amount)
  return {
    ok: true,
    claims: { paymentNumber, policyNumber, amount, bankTransactionId, payer, paidAt: paidAt.at, fingerprint },
  }
}

/** The same text for the same content, whatever its spelling: amounts by their value, times by their instant. */
function fingerprintOf(parts: readonly string[], { amountMinor, currency }: Money): string {
  // A digest: a payer's name stands among the parts, and names are kept in one place only.
  return sha256Hex(JSON.stringify([...parts, printAmount(amountMinor, currency), currency]))
}

function readBody(message: RawMessage): { readonly object: JsonObject } | { readonly problem: string } {
  const text = utf8Text(message.body)
  if (text === undefined) return { problem: 'is not UTF-8 text; send a JSON object' }
  try {
    const value = parseExactJson(text)
    return isJsonObject(value) ? { object: value } : { problem: 'is not a JSON object; send one' }
  } catch (error) {
    if (error instanceof JsonError) return { problem: `${error.message}; send a JSON object` }
    throw error
  }
}

type Fields = {
  readonly problems: Record<string, string>
  /** Reads one field; where `read` gives undefined, notes the problem and what is wanted. */
  take<Value>(name: string, wanted: string, read: (value: unknown) => Value | undefined): Value | undefined
}

function readFields(body: JsonObject): Fields {
  const problems: Record<string, string> = {}
  return {
    problems,
    take(name, wanted, read) {
      const value = Object.hasOwn(body, name) ? body[name] : undefined
      if (value === undefined || value === null || value === '') {
        problems[name] = `is missing; wanted: ${wanted}`
        return undefined
      }
      const found = read(value)
      if (found === undefined) problems[name] = `${shown(value)} is not ${wanted}`
      return found
    },
  }
}

const wantedId = `our payment id, an integer from 1 to ${Number.MAX_SAFE_INTEGER}`

function readId(value: unknown): bigint | undefined {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  if (!/^[1-9]\d{0,15}$/.test(text)) return undefined
  const id = BigInt(text)
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? id : undefined
}

function readPrintable(value: unknown, longest: number): string | undefined {
  const isGood =
    typeof value === 'string' && value.length <= longest && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)
  return isGood ? value : undefined
}

function readName(value: unknown): string | undefined {
  if (typeof value !== 'string' || /\p{Cc}/u.test(value)) return undefined
  const name = value.normalize('NFC').trim()
  return name !== '' && [...name].length <= 100 ? name : undefined
}

function readTime(value: unknown, now: Date, read: (text: string) => BankTime | undefined): BankTime | undefined {
  const time = typeof value === 'string' ? read(value) : undefined
  return time && time.at.getTime() <= now.getTime() + mostFutureMs ? time : undefined
}

function readMoney(fields: Fields, name: string): Money | undefined {
  const currency = fields.take('currency', 'USD or KHR', (value) => (isCurrency(value) ? value : undefined))
  const wanted = currency === 'KHR' ? 'without decimals, such as 60000' : 'with at most 2 decimals, such as 150.00'
  const amountMinor = fields.take(name, `an amount above 0 ${wanted}`, (value) => readAmount(value, currency ?? 'USD'))
  return currency && amountMinor !== undefined ? { amountMinor, currency } : undefined
}

function readAmount(value: unknown, currency: Currency): bigint | undefined {
  const text = decimalText(value)
  try {
    const amountMinor = text === undefined ? 0n : parseAmount(text, currency)
    return amountMinor > 0n ? amountMinor : undefined
  } catch (error) {
    if (error instanceof AmountError) return undefined
    throw error
  }
}

function shown(value: unknown): string {
  const text = value instanceof ExactNumber ? value.source : JSON.stringify(value)
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}
