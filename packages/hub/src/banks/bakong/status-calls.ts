import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { ExactDecimal } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange } from '../../kit/trouble.ts'
import { printAmount } from '../../money/money.ts'
import type { Money } from '../../money/money.ts'
import { Doubt } from '../answer.ts'
import { envelopeOf, post, refusedWith, trouble } from './api.ts'
import type { Parts, Request } from './api.ts'
import { errorCodes, readDailyLimit, readEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { currentToken, hasEnded } from './token.ts'
import type { Token } from './token.ts'

/** What Bakong finds a transaction by. Only an MD5 of a code that we showed settles anything. */
export type TransactionKey =
  | { readonly by: 'md5'; readonly md5: string }
  /** 64 hex digits. */
  | { readonly by: 'hash'; readonly hash: string }
  /** Its first 8 digits. */
  | { readonly by: 'short-hash'; readonly hash: string; readonly amount: Money }
  | { readonly by: 'instruction-ref'; readonly instructionRef: string }
  /** The payer's bank's reference. It is never our bill number. */
  | { readonly by: 'external-ref'; readonly externalRef: string }

/** The most keys of one list call. */
export const longestList = 50

/** A status call that was answered: with an envelope, or with something that cannot be read. */
export type Answered = { readonly exchange: Exchange | undefined } & (
  | { readonly envelope: Envelope }
  | { readonly doubt: string }
)

export function checkTransaction(
  parts: Parts,
  key: TransactionKey,
  context: CallContext,
  deadline: Deadline,
): Promise<Answered> {
  return askCounted(parts, { operation: `check-${key.by}`, body: bodyOf(key) }, context, deadline)
}

/** At most 50 keys. */
export function checkTransactions(
  parts: Parts,
  by: 'md5' | 'hash',
  keys: readonly string[],
  context: CallContext,
  deadline: Deadline,
): Promise<Answered> {
  return askCounted(parts, { operation: `check-${by}-list`, body: keys }, context, deadline)
}

/** The token for a status call. Throws `Trouble` where there is none that Bakong can accept: such a call would be wasted. */
export async function usableToken(parts: Parts, operation: string): Promise<Token> {
  const { settings, keeping, clock } = parts
  const token = await currentToken(keeping.tokens, settings.token)
  if (!token) throw trouble(parts, operation, 'auth_refused', 'there is no access token; enter one')
  if (!hasEnded(token, clock.now())) return token
  const end = token.endsAt?.toISOString().slice(0, 10)
  throw trouble(parts, operation, 'auth_refused', `the access token ended on ${end}; enter a new one`)
}

function bodyOf(key: TransactionKey): unknown {
  if (key.by === 'md5') return { md5: key.md5 }
  if (key.by === 'hash') return { hash: key.hash }
  if (key.by === 'instruction-ref') return { instructionRef: key.instructionRef }
  if (key.by === 'external-ref') return { externalRef: key.externalRef }
  const { amountMinor, currency } = key.amount
  return { hash: key.hash.slice(0, 8), amount: new ExactDecimal(printAmount(amountMinor, currency)), currency }
}

async function askCounted(
  parts: Parts,
  request: Omit<Request, 'token'>,
  context: CallContext,
  deadline: Deadline,
): Promise<Answered> {
  const token = await usableToken(parts, request.operation)
  return askWith(parts, { ...request, token }, context, deadline)
}

/**
 * One status call with this token. It is counted before it is sent, and stays counted whatever becomes of it: Bakong
 * counts refused and unanswered calls too. Throws `Trouble`; nothing is sent once the day is used up.
 */
export async function askWith(
  parts: Parts,
  request: Request & { readonly token: Token },
  context: CallContext,
  deadline: Deadline,
): Promise<Answered> {
  const { guard, keeping, clock } = parts
  const { operation, token } = request
  guard.refuseOpen(operation, context)
  const kind = context.planned ? 'planned' : 'reserved'
  const taken = await keeping.budget.take(token.fingerprint, kind)
  if (!taken.granted) {
    const why = kind === 'planned' ? "the day's calls are used up, or kept in reserve" : "the day's calls are used up"
    throw trouble(parts, operation, 'quota', why, { retryAfterS: secondsUntil(taken.until, clock.now()) })
  }
  let answer: HttpAnswer
  try {
    answer = await post(parts, request, context, deadline)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (saysDayIsUsedUp(error)) throw await latched(parts, request, limitIn(error), error.exchange)
    if (error.kind === 'unreadable') return { doubt: error.message, exchange: error.exchange }
    throw error
  }
  return judge(parts, request, answer)
}

async function judge(
  parts: Parts,
  request: Request & { readonly token: Token },
  answer: HttpAnswer,
): Promise<Answered> {
  const { memory } = parts
  const { operation, token } = request
  const { exchange, status } = answer
  const read = envelopeOf(answer)
  const errorCode = 'doubt' in read ? undefined : read.errorCode
  if (errorCode === errorCodes.dayUsedUp && 'message' in read) {
    throw await latched(parts, request, readDailyLimit(read.message), exchange)
  }
  if (status === 401 || errorCode === errorCodes.unauthorized) {
    memory.refusedToken = token.fingerprint
    const why = `the token ${token.fingerprint} is refused`
    throw trouble(parts, operation, 'auth_refused', why, { httpStatus: status, exchange })
  }
  if (status >= 300) throw refusedWith(parts, operation, answer, read)
  if ('doubt' in read) return { doubt: read.doubt, exchange }
  if (memory.refusedToken === token.fingerprint) memory.refusedToken = undefined
  return { envelope: read, exchange }
}

/** Nobody asks any more with this token until the bank's day is over. */
async function latched(
  { keeping, clock, ...parts }: Parts,
  { operation, token }: Request & { readonly token: Token },
  perDay: number | undefined,
  exchange: Exchange | undefined,
): Promise<Trouble> {
  await keeping.budget.latch(token.fingerprint, perDay)
  const { resetsAt } = await keeping.budget.read(token.fingerprint)
  const retryAfterS = secondsUntil(resetsAt, clock.now())
  const more = { retryAfterS, ...(exchange === undefined ? {} : { exchange }) }
  return trouble(parts, operation, 'quota', "it says that the day's calls are used up", more)
}

/** The same refusal may come as HTTP 429, of which only the kept text is left. */
function saysDayIsUsedUp(error: Trouble): boolean {
  return envelopeIn(error)?.errorCode === errorCodes.dayUsedUp
}

function limitIn(error: Trouble): number | undefined {
  return readDailyLimit(envelopeIn(error)?.message ?? '')
}

function envelopeIn({ httpStatus, exchange }: Trouble): Envelope | undefined {
  if (httpStatus !== 429 || !exchange) return undefined
  try {
    return readEnvelope(exchange.answerBody)
  } catch (error) {
    if (error instanceof Doubt) return undefined
    throw error
  }
}

function secondsUntil(at: Date, now: Date): number {
  return Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000))
}
