import { decimalText, isJsonObject } from '../../kit/json.ts'
import type { Movement, Verification } from '../bank.ts'
import { Doubt, readMoney, shown } from '../answer.ts'
import { errorCodes, sayCode } from './envelope.ts'
import type { Envelope } from './envelope.ts'

/** What an answer says of one code. */
export type Finding = Pick<Verification, 'state' | 'movements' | 'doubt'> & {
  /** Bakong takes our code for one without an amount: it will never find its payment. */
  readonly isStatic?: boolean
}

/** What was asked, to see whether the answer is about it. */
export type Asked = { readonly md5: string; readonly payeeAccount: string; readonly now: Date }

/** How far a payment may lie ahead of our clock. */
const clockToleranceMs = 3_600_000

/**
 * Reads the answer about one code. Paid needs a transaction that is whole, and to our account; unpaid needs Bakong's own
 * word for it. Whatever else comes is `unknown`, with the doubt in a sentence: never unpaid, or a customer who has paid
 * would be asked to pay again.
 */
export function readTransactionAnswer(envelope: Envelope, asked: Asked): Finding {
  if (envelope.isSuccess) return doubting(() => paid(envelope.data, asked))
  // A failed transaction moved no money, and the code may be paid again: it is looked at again like any unpaid one.
  if (envelope.errorCode === errorCodes.notFound || envelope.errorCode === errorCodes.failed) return unpaid
  return unknown(`the answer is ${sayCode(envelope)}`, envelope.errorCode === errorCodes.staticCode)
}

/** A list's answer by MD5, matched by the MD5 that each item repeats: its place in the list means nothing. Throws `Doubt`. */
export function readListAnswer(envelope: Envelope, asked: readonly Asked[]): ReadonlyMap<string, Item> {
  if (!envelope.isSuccess) throw new Doubt(`the answer is ${sayCode(envelope)}`)
  const { data } = envelope
  if (!Array.isArray(data)) throw new Doubt('the answer holds no list')
  const items = Map.groupBy(data as readonly unknown[], md5Of)
  return new Map(asked.map((one) => [one.md5, readItems(items.get(one.md5.toLowerCase()) ?? [], one)]))
}

/** `items`: what the list had about this code, to be kept. */
export type Item = { readonly finding: Finding; readonly items: readonly unknown[] }

const unpaid: Finding = { state: 'unpaid', movements: [] }

function unknown(doubt: string, isStatic = false): Finding {
  return { state: 'unknown', movements: [], doubt, isStatic }
}

function doubting(read: () => Finding): Finding {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    return unknown(error.message)
  }
}

function md5Of(item: unknown): string | undefined {
  const md5 = isJsonObject(item) ? item['md5'] : undefined
  return typeof md5 === 'string' ? md5.toLowerCase() : undefined
}

function readItems(items: readonly unknown[], asked: Asked): Item {
  const [item, ...others] = items
  if (!isJsonObject(item)) return { finding: unknown('the list says nothing about this code'), items }
  if (others.length > 0) return { finding: unknown(`the list has this code ${items.length} times`), items }
  return { finding: doubting(() => readItem(item, asked)), items }
}

function readItem(item: { readonly [name: string]: unknown }, asked: Asked): Finding {
  const status = item['status']
  if (status === 'SUCCESS') return paid(item['data'] ?? item['transaction'], asked)
  if (status === 'NOT_FOUND' || status === 'FAILED') return unpaid
  return unknown(`the status of this code is ${shown(status)}`, status === 'STATIC_QR')
}

function paid(data: unknown, asked: Asked): Finding {
  return { state: 'paid', movements: [readTransaction(data, asked)] }
}

function readTransaction(data: unknown, { payeeAccount, now }: Asked): Movement {
  if (!isJsonObject(data)) throw new Doubt('the answer says paid and holds no transaction')
  const { hash, toAccountId: payee, fromAccountId: payer } = data
  if (typeof hash !== 'string' || !/^[\da-f]{64}$/i.test(hash)) {
    throw new Doubt(`the transaction's hash is ${shown(hash)}, which is not 64 hexadecimal digits`)
  }
  if (typeof payee !== 'string' || payee.trim().toLowerCase() !== payeeAccount.toLowerCase()) {
    throw new Doubt(`the transaction pays ${shown(payee)}, and our account is ${payeeAccount}`)
  }
  return {
    bankTransactionId: hash.toLowerCase(),
    keyedBy: 'bank',
    amount: readMoney(data['amount'], data['currency']),
    payeeAccount,
    payer: typeof payer === 'string' && payer !== '' ? payer.slice(0, 200) : undefined,
    paidAt: readTime(data['createdDateMs'], now),
    reversed: false,
  }
}

/** When the payer sent it. Bakong records it a second or two later (`acknowledgedDateMs`). */
function readTime(value: unknown, now: Date): Date {
  const text = decimalText(value)
  if (text === undefined || !/^\d{13}$/.test(text)) {
    throw new Doubt(`the transaction's createdDateMs is ${shown(value)}, which is no time in milliseconds`)
  }
  const at = new Date(Number(text))
  if (at.getTime() > now.getTime() + clockToleranceMs) {
    throw new Doubt(`the transaction's createdDateMs is ${at.toISOString()}, which is still to come`)
  }
  return at
}
