import { randomUUID } from 'node:crypto'
import type { CallContext } from '../../kit/call.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { writeMultipart } from '../../kit/form.ts'
import type { Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { writeJson } from '../../kit/json.ts'
import type { Log } from '../../kit/log.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange, TroubleKind } from '../../kit/trouble.ts'
import type { BankKeeping } from '../keeping.ts'
import { calls } from './calls.ts'
import type { CalledOperation, CallShape } from './calls.ts'
import { meaningOf } from './codes.ts'
import type { Category, Meaning } from './codes.ts'
import type { KeyRing } from './keys.ts'
import { requestTime } from './purchase-fields.ts'
import { readEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import type { PaywaySettings } from './settings.ts'
import { signPayway } from './sign.ts'

/** What the parts of the connector share. */
export type Parts = {
  readonly settings: PaywaySettings
  readonly guard: Guard
  readonly clock: Clock
  readonly log: Log
  readonly keeping: BankKeeping
  readonly keys: KeyRing
}

/** An operation to be asked for. */
export type Ask = {
  readonly operation: CalledOperation
  readonly merchantId: string
  /** Without the time, the merchant id and the hash, which are added. Empty ones are not sent. */
  readonly fields: Readonly<Record<string, string | number>>
}

/** What PayWay answered: its own code, read by the operation's table. */
export type Said = Envelope & {
  readonly operation: CalledOperation
  readonly meaning: Meaning
  readonly httpStatus: number
  /** Every call that was made, the one that was answered last. */
  readonly exchanges: readonly Exchange[]
}

/**
 * Signs, posts and reads. Where PayWay refuses one API key, the other is tried. Answers with any code but those about keys
 * and limits. Throws `Trouble`: `quota` where calls are used up, `auth_refused` where no key is taken, `unreadable` for
 * HTML and for what says nothing.
 */
export async function ask(parts: Parts, asked: Ask, context: CallContext, deadline: Deadline): Promise<Said> {
  const { keys, settings } = parts
  const exchanges: Exchange[] = []
  let refused: Said | undefined
  for (const key of keys.of(asked.merchantId)) {
    const answer = await post(parts, asked, key, context, deadline)
    exchanges.push(answer.exchange)
    const said: Said = { ...read(parts, asked.operation, answer), exchanges }
    if (said.meaning.category === 'throttled') throw troubleOf(parts, said)
    if (said.meaning.category !== 'credential') {
      keys.noteTaken(asked.merchantId, key)
      return said
    }
    keys.noteRefused(asked.merchantId, key, sayCode(said))
    refused = said
  }
  if (refused) throw troubleOf(parts, refused)
  const why = `there is no API key of merchant id ${asked.merchantId}: set it under banks.${settings.code}`
  throw trouble(parts, asked.operation, 'auth_refused', why)
}

/** `ask` with a deadline of its own, whose answer must say that it was done. Throws `Trouble` for any other code. */
export async function askDone(parts: Parts, asked: Ask, context: CallContext, deadline?: Deadline): Promise<Said> {
  const said = await ask(parts, asked, context, deadline ?? parts.guard.startDeadline(context))
  if (said.meaning.category === 'done') return said
  throw troubleOf(parts, said)
}

async function post(
  parts: Parts,
  { operation, merchantId, fields }: Ask,
  key: string,
  context: CallContext,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const { settings, guard, keeping, clock } = parts
  const shape: CallShape = calls[operation]
  if (shape.perMinute !== undefined && !(await keeping.rates.take(merchantId, operation, shape.perMinute))) {
    const why = `its ${shape.perMinute} calls of this minute are used up`
    throw trouble(parts, operation, 'quota', why, { retryAfterS: restOfMinuteS(clock.now()) })
  }
  const signed = { ...fields, [shape.time]: requestTime(clock.now()), merchant_id: merchantId }
  const filled = Object.entries(signed).filter(([, value]) => value !== '')
  const { hash } = signPayway(operation, signed, key)
  const { contentType, body } = written(shape, [...filled, ['hash', hash]])
  return guard.call(
    {
      operation,
      repeatable: shape.repeatable,
      method: 'POST',
      url: settings.origin + shape.path,
      headers: { 'content-type': contentType, accept: 'application/json' },
      body,
      secretFields,
    },
    context,
    deadline,
  )
}

/**
 * The callbacks' address holds its account's secret part; `pwt` and `merchant_auth` stand for a customer's card or account;
 * names of items may hold what a customer wrote.
 */
const secretFields: readonly string[] = ['return_url', 'callback_url', 'pwt', 'merchant_auth', 'items']

function written(
  { body }: CallShape,
  fields: readonly (readonly [string, string | number])[],
): { readonly contentType: string; readonly body: string } {
  if (body === 'json') return { contentType: 'application/json', body: writeJson(Object.fromEntries(fields)) }
  return writeMultipart(
    fields.map(([name, value]) => [name, String(value)]),
    `khqr-hub-${randomUUID()}`,
  )
}

/** An answer that says something; a refusal by its HTTP status alone is `Trouble`, and so is a page. */
function read(parts: Parts, operation: CalledOperation, answer: HttpAnswer): Omit<Said, 'exchanges'> {
  const { status: httpStatus, exchange } = answer
  const envelope = readEnvelope(answer)
  if ('doubt' in envelope) {
    const why = `HTTP ${httpStatus}, and ${envelope.doubt}`
    if (httpStatus === 401) throw trouble(parts, operation, 'auth_refused', why, { httpStatus, exchange })
    // It may come from anything between us and PayWay, before or after PayWay acted.
    if (httpStatus >= 400)
      throw trouble(parts, operation, 'error_answer', why, { httpStatus, exchange, outcome: 'unknown' })
    throw trouble(parts, operation, 'unreadable', envelope.doubt, { httpStatus, exchange, outcome: 'unknown' })
  }
  const meaning = meaningOf(operation, envelope.code)
  if (httpStatus >= 400 && meaning.category === 'done') {
    const why = `HTTP ${httpStatus} and code ${envelope.code} contradict each other`
    throw trouble(parts, operation, 'unreadable', why, { httpStatus, exchange, outcome: 'unknown' })
  }
  return { ...envelope, operation, meaning, httpStatus }
}

/** What the code is about, and what is to be done: "code 21: the API key has expired. Ask PayWay …". */
export function sayCode({ code, meaning, message }: Pick<Said, 'code' | 'meaning' | 'message'>): string {
  const words = message === '' ? '' : ` ("${message}")`
  return `code ${code}: ${meaning.means}${words}. ${meaning.todo}`
}

const kinds: Partial<Record<Category, TroubleKind>> = { credential: 'auth_refused', throttled: 'quota' }
/** After these codes PayWay may have, or may come to have, what it was asked for. */
const undecided: readonly Category[] = ['duplicate', 'later', 'unknown']

/** A code that its operation has no use for, as trouble. */
export function troubleOf(parts: Pick<Parts, 'settings' | 'clock'>, said: Said): Trouble {
  const { operation, meaning, httpStatus, exchanges } = said
  const { category } = meaning
  return trouble(parts, operation, kinds[category] ?? 'error_answer', sayCode(said), {
    httpStatus,
    exchange: exchanges.at(-1),
    ...(undecided.includes(category) ? { outcome: 'unknown' } : {}),
    ...(category === 'throttled' ? { retryAfterS: restOfMinuteS(parts.clock.now()) } : {}),
  })
}

/** `outcome` is `not_done` unless told. */
export function trouble(
  { settings }: Pick<Parts, 'settings'>,
  operation: string,
  kind: TroubleKind,
  why: string,
  more: {
    readonly outcome?: 'unknown'
    readonly httpStatus?: number
    readonly retryAfterS?: number
    readonly exchange?: Exchange | undefined
  } = {},
): Trouble {
  const about = { target: settings.code, operation, ...more, outcome: more.outcome ?? 'not_done' } as const
  return new Trouble(kind, `${settings.code} ${operation}: ${why}`, about)
}

/** PayWay names no time after which it answers again; its limits are by the minute. */
function restOfMinuteS(now: Date): number {
  return 60 - now.getUTCSeconds()
}
