import { jsonDouble, plainAmount } from './amounts.ts'
import type { Book, Finding } from './book.ts'
import type { Transfer } from './book-records.ts'
import { errorWords, refused, succeeded, unreadable } from './envelope.ts'
import { countedRoute, fieldOf, textIn } from './gate.ts'
import type { Answer, Fault, Route } from './ports.ts'
import type { Quota } from './quota.ts'
import type { Tokens } from './tokens.ts'

type Bakong = { readonly book: Book; readonly tokens: Tokens; readonly quota: Quota }

/** Longest key that the document allows. */
const longestKey = 255
const shortHashLength = 8
/** Most MD5s or hashes in one list call. */
const mostInList = 50

const foundWords = 'Getting transaction successfully.'
const codes = { NOT_FOUND: 1, STATIC_QR: 2, FAILED: 3 } as const

/** The seven calls that ask about transactions. */
export function playStatusCalls({ book, tokens, quota }: Bakong): Route[] {
  const isStillUnpaid = playUnpaidFirst()
  const route = (
    operation: string,
    name: string,
    plays: readonly string[],
    answer: (body: unknown, fault: Fault | undefined) => Answer,
  ) => countedRoute({ operation, path: `/v1/${name}`, plays, answer }, tokens, quota)
  const byText = (name: string, find: (text: string) => Finding) => (body: unknown, fault: Fault | undefined) => {
    const text = textIn(body, name, longestKey)
    return text === undefined ? refused(5) : single(find(text), fault)
  }
  return [
    route('check-md5', 'check_transaction_by_md5', ['unpaid-first', 'text-amounts'], (body, fault) => {
      const md5 = textIn(body, 'md5', longestKey)
      if (md5 === undefined) return refused(5)
      const mode = book.modeOf(md5)
      if (mode === 'silent') return 'silence'
      if (mode === 'garbage') return unreadable
      return single(isStillUnpaid(md5, fault) ? { status: 'NOT_FOUND' } : book.byMd5(md5), fault)
    }),
    route('check-md5-list', 'check_transaction_by_md5_list', ['list-refused', ...listFaults], (body, fault) =>
      list('md5', body, fault, (md5) => {
        const mode = book.modeOf(md5)
        return mode === 'silent' || mode === 'garbage' ? mode : book.byMd5(md5)
      }),
    ),
    route(
      'check-hash',
      'check_transaction_by_hash',
      ['text-amounts'],
      byText('hash', (hash) => book.byHash(hash)),
    ),
    route('check-hash-list', 'check_transaction_by_hash_list', listFaults, (body, fault) =>
      list('hash', body, fault, (hash) => book.byHash(hash)),
    ),
    route('check-short-hash', 'check_transaction_by_short_hash', ['text-amounts'], (body, fault) => {
      const hash = textIn(body, 'hash', shortHashLength)
      const currency = fieldOf(body, 'currency')
      const amount =
        currency === 'USD' || currency === 'KHR' ? plainAmount(fieldOf(body, 'amount'), currency) : undefined
      if (hash?.length !== shortHashLength || amount === undefined) return refused(5)
      const fits = (one: Transfer): boolean =>
        one.hash.startsWith(hash) && one.amount === amount && one.currency === currency
      return single(book.by(fits), fault)
    }),
    route(
      'check-instruction-ref',
      'check_transaction_by_instruction_ref',
      ['text-amounts'],
      byText('instructionRef', (text) => book.by((one) => one.instructionRef === text)),
    ),
    route(
      'check-external-ref',
      'check_transaction_by_external_ref',
      ['text-amounts'],
      byText('externalRef', (text) => book.by((one) => one.externalRef === text)),
    ),
  ]
}

function single(finding: Finding, fault: Fault | undefined): Answer {
  if (finding.status === 'SUCCESS') return succeeded(foundWords, transactionOf(finding.transfer, fault))
  return refused(codes[finding.status])
}

const listFaults = ['service-failed', 'shuffled', 'text-amounts'] as const

/** A list call takes a bare array; an object around it lacks what is required. */
function list(
  key: 'md5' | 'hash',
  body: unknown,
  fault: Fault | undefined,
  find: (one: string) => Finding | 'silent' | 'garbage',
): Answer {
  if (!Array.isArray(body) || body.length === 0) return refused(5)
  if (body.length > mostInList) return refused(5, `At most ${mostInList} items are allowed.`, 400)
  if (!body.every((one) => typeof one === 'string' && one.length > 0 && one.length <= longestKey)) return refused(5)
  const items = (body as string[]).map((one) => ({ [key]: one, ...itemOf(find(one), fault) }))
  return succeeded('Getting transactions successfully.', fault?.kind === 'shuffled' ? items.toReversed() : items)
}

function itemOf(found: Finding | 'silent' | 'garbage', fault: Fault | undefined): Record<string, unknown> {
  if (found === 'silent' || fault?.kind === 'service-failed') {
    return { status: 'SERVICE_FAILED', message: errorWords[9], data: null }
  }
  if (found === 'garbage')
    return { status: 'SUCCESS', message: foundWords, data: { hash: 0, amount: 'x', currency: '' } }
  if (found.status !== 'SUCCESS') {
    return { status: found.status, message: errorWords[codes[found.status]], data: null }
  }
  return { status: 'SUCCESS', message: foundWords, data: transactionOf(found.transfer, fault) }
}

function transactionOf(transfer: Transfer, fault: Fault | undefined): Record<string, unknown> {
  return {
    hash: transfer.hash,
    fromAccountId: transfer.fromAccountId,
    toAccountId: transfer.toAccountId,
    currency: transfer.currency,
    amount: fault?.kind === 'text-amounts' ? transfer.amount : jsonDouble(transfer.amount),
    description: null,
    createdDateMs: transfer.createdAtMs,
    acknowledgedDateMs: transfer.acknowledgedAtMs,
    trackingStatus: null,
    receiverBank: null,
    receiverBankAccount: null,
    instructionRef: transfer.instructionRef,
    externalRef: transfer.externalRef,
  }
}

/** Under `unpaid-first`: whether this call about an MD5 is still one of the first `value` (1 if not said). */
function playUnpaidFirst(): (md5: string, fault: Fault | undefined) => boolean {
  const told = new Map<string, { setAtMs: number; times: number }>()
  return (md5, fault) => {
    if (fault?.kind !== 'unpaid-first') return false
    const last = told.get(md5)
    const times = last?.setAtMs === fault.setAtMs ? last.times : 0
    if (times >= Number(fault.value ?? 1)) return false
    told.set(md5, { setAtMs: fault.setAtMs, times: times + 1 })
    return true
  }
}
