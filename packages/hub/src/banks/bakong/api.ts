import type { CallContext } from '../../kit/call.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Deadline } from '../../kit/deadline.ts'
import type { Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { writeJson } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange, TroubleKind } from '../../kit/trouble.ts'
import { Doubt } from '../answer.ts'
import type { BankKeeping, TokenFingerprint } from '../keeping.ts'
import { readEnvelope, sayCode } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import type { BakongSettings } from './settings.ts'
import type { Token } from './token.ts'

/** What the parts of the connector share. */
export type Parts = {
  readonly settings: BakongSettings
  readonly guard: Guard
  readonly clock: Clock
  readonly keeping: BankKeeping
  readonly memory: Memory
  readonly sandbox: boolean
}

/** What is remembered for the life of the process. */
export type Memory = {
  /** The token that Bakong refused last. */
  refusedToken: TokenFingerprint | undefined
  /** When the call about many codes was refused, on the monotonic clock. */
  listsClosedAtMs: number | undefined
  /** MD5s that Bakong called static: asking again finds nothing and costs a call. At most 1,000. */
  readonly staticCodes: Set<string>
}

/** Every operation of the open API that we call. */
export const paths = {
  'check-md5': '/v1/check_transaction_by_md5',
  'check-hash': '/v1/check_transaction_by_hash',
  'check-short-hash': '/v1/check_transaction_by_short_hash',
  'check-instruction-ref': '/v1/check_transaction_by_instruction_ref',
  'check-external-ref': '/v1/check_transaction_by_external_ref',
  'check-md5-list': '/v1/check_transaction_by_md5_list',
  'check-hash-list': '/v1/check_transaction_by_hash_list',
  'check-account': '/v1/check_bakong_account',
  deeplink: '/v1/generate_deeplink_by_qr',
  'renew-token': '/v1/renew_token',
} as const
export type Operation = keyof typeof paths

/** `hash` is the transaction's id. */
export const plainFields: readonly string[] = ['hash']

export type Request = {
  readonly operation: Operation
  readonly body: unknown
  /** Left out where Bakong wants none: then it is not told either. */
  readonly token?: Token | undefined
}

/** Posts once, and never again by itself: a call that timed out has been counted. Throws `Trouble`; 2xx and 4xx are answers. */
export function post(
  { settings, guard }: Parts,
  request: Request & { readonly as?: string | undefined },
  context: CallContext,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const { operation, body, token, as } = request
  return guard.call(
    {
      operation: as ?? operation,
      repeatable: false,
      method: 'POST',
      url: settings.baseUrl + paths[operation],
      proxy: settings.proxy,
      plainFields,
      headers: {
        ...settings.relayHeaders,
        'user-agent': settings.userAgent,
        accept: 'application/json',
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token.text}` }),
      },
      body: writeJson(body),
    },
    context,
    deadline,
  )
}

/** An answer of the free calls: an envelope with HTTP 2xx. Throws `Trouble` for anything else. */
export async function askFreely(
  parts: Parts,
  request: Request,
  context: CallContext,
  deadline: Deadline,
): Promise<{ readonly envelope: Envelope; readonly exchange: Exchange }> {
  const { operation } = request
  const answer = await post(parts, request, context, deadline)
  const read = envelopeOf(answer)
  if (answer.status >= 300) throw refusedWith(parts, operation, answer, read)
  if (!('doubt' in read)) return { envelope: read, exchange: answer.exchange }
  const { status: httpStatus, exchange } = answer
  const why = `${read.doubt}`
  throw trouble(parts, operation, 'unreadable', why, { httpStatus, exchange, outcome: 'unknown' })
}

export function envelopeOf(answer: HttpAnswer): Envelope | { readonly doubt: string } {
  try {
    return readEnvelope(answer.body.toString('utf8'))
  } catch (error) {
    if (error instanceof Doubt) return { doubt: error.message }
    throw error
  }
}

/** What a 4xx means. Which of the two 403 it is, only a second path can tell: the probe asks it. */
export function refusedWith(
  parts: Parts,
  operation: Operation,
  { status, exchange }: HttpAnswer,
  read: Envelope | { readonly doubt: string },
): Trouble {
  const more = { httpStatus: status, exchange }
  if (status === 401) return trouble(parts, operation, 'auth_refused', 'the token is refused (HTTP 401)', more)
  if (status === 403) {
    const why = 'HTTP 403: it answers only to Cambodian addresses, or this call is closed; the doctor tells which'
    return trouble(parts, operation, 'error_answer', why, more)
  }
  const said = 'doubt' in read ? '' : ` (${sayCode(read)})`
  return trouble(parts, operation, 'error_answer', `HTTP ${status}${said}`, more)
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
    readonly exchange?: Exchange
  } = {},
): Trouble {
  const about = { target: settings.code, operation, ...more, outcome: more.outcome ?? 'not_done' } as const
  return new Trouble(kind, `${settings.code} ${operation}: ${why}`, about)
}
