import type { CallContext } from '../../kit/call.ts'
import { md5Hex } from '../../kit/crypto.ts'
import { isJsonObject } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { TokenHealth } from '../bank.ts'
import { askFreely, trouble } from './api.ts'
import type { Parts } from './api.ts'
import { errorCodes, sayCode } from './envelope.ts'
import { askWith } from './status-calls.ts'
import { currentToken, hasEnded, readToken } from './token.ts'
import type { Token } from './token.ts'

const dayMs = 86_400_000
/** A renewal that failed is tried again after this, however often we are asked to look: the usual look is hourly. */
const renewAgainAfterMs = 3_000_000

/** What a renewal gave that is not proved yet, and when one was last tried, on the monotonic clock. */
type Renewals = { candidate: Token | undefined; triedAtMs: number | undefined }

/** Looks after the token: renews it before it ends, and never gives up one that works for one that is not proved. */
export function createTokenWatch(parts: Parts): (context: CallContext) => Promise<TokenHealth> {
  const renewals: Renewals = { candidate: undefined, triedAtMs: undefined }
  return async (context) => {
    const token = await currentToken(parts.keeping.tokens, parts.settings.token)
    const health = judge(parts, token)
    if (!isDue(parts, token, health)) return health
    if (parts.settings.email === undefined) {
      return { ...health, sentence: `${health.sentence} Without an e-mail address it is not renewed: enter a new one.` }
    }
    const { monotonicMs } = parts.clock
    if (renewals.triedAtMs !== undefined && monotonicMs() - renewals.triedAtMs < renewAgainAfterMs) return health
    renewals.triedAtMs = monotonicMs()
    try {
      const renewed = await renew(parts, renewals, token, context)
      await parts.keeping.tokens.store(renewed.text, 'renewed', 'hub')
      parts.memory.refusedToken = undefined
      const now = judge(parts, renewed)
      return { ...now, renewed: true, sentence: `It was renewed, and the new one works. ${now.sentence}` }
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      return { ...health, sentence: `${health.sentence} Renewing it failed: ${error.message}.` }
    }
  }
}

/** What is to be said of this token now. */
function judge({ settings, clock, memory }: Parts, token: Token | undefined): TokenHealth {
  if (!token) {
    const sentence = 'There is no access token: no payment can be asked about. Enter one.'
    return { state: 'missing', endsAt: undefined, fingerprint: undefined, renewed: false, sentence }
  }
  const { fingerprint, endsAt } = token
  const of = { fingerprint, endsAt, renewed: false }
  const day = endsAt?.toISOString().slice(0, 10)
  if (hasEnded(token, clock.now())) {
    const sentence = `The access token ${fingerprint} ended on ${day}: no payment can be asked about.`
    return { ...of, state: 'ended', sentence }
  }
  if (memory.refusedToken === fingerprint) {
    const sentence = `The access token ${fingerprint} is refused: no payment can be asked about.`
    return { ...of, state: 'refused', sentence }
  }
  if (!endsAt) return { ...of, state: 'good', sentence: `The access token ${fingerprint} does not say when it ends.` }
  const sentence = `The access token ${fingerprint} ends on ${day}.`
  // A renewal that fails must be seen, however late a warning was asked for.
  const warnFrom = Math.max(settings.warnDaysBefore, settings.renewDaysBefore)
  return { ...of, state: daysLeft(endsAt, clock.now()) <= warnFrom ? 'ends_soon' : 'good', sentence }
}

function isDue({ settings, clock }: Parts, token: Token | undefined, { state }: TokenHealth): boolean {
  if (state === 'missing' || state === 'ended' || state === 'refused') return true
  return token?.endsAt !== undefined && daysLeft(token.endsAt, clock.now()) <= settings.renewDaysBefore
}

function daysLeft(endsAt: Date, now: Date): number {
  return (endsAt.getTime() - now.getTime()) / dayMs
}

/**
 * A new token that was seen to work. One that could not be proved is kept and proved the next time: whether a renewal
 * ends the token before it is not documented, so it may be the only one left. Throws `Trouble`.
 */
async function renew(parts: Parts, renewals: Renewals, old: Token | undefined, context: CallContext): Promise<Token> {
  renewals.candidate ??= await askForToken(parts, old, context)
  const candidate = renewals.candidate
  try {
    await prove(parts, candidate, context)
  } catch (error) {
    if (error instanceof Trouble && error.kind === 'auth_refused') renewals.candidate = undefined
    throw error
  }
  renewals.candidate = undefined
  return candidate
}

async function askForToken(parts: Parts, old: Token | undefined, context: CallContext): Promise<Token> {
  const { settings, guard, clock } = parts
  const operation = 'renew-token'
  const request = { operation, body: { email: settings.email } } as const
  const { envelope, exchange } = await askFreely(parts, request, context, guard.startDeadline(context))
  if (!envelope.isSuccess) throw trouble(parts, operation, 'error_answer', sayCode(envelope), { exchange })
  const token = readToken(isJsonObject(envelope.data) ? envelope.data['token'] : undefined)
  if (!token) throw trouble(parts, operation, 'unreadable', 'the answer holds no token', { exchange })
  if (token.text === old?.text) throw trouble(parts, operation, 'error_answer', 'it gave the same token', { exchange })
  if (hasEnded(token, clock.now())) {
    throw trouble(parts, operation, 'error_answer', 'it gave a token that has ended', { exchange })
  }
  return token
}

/** One status call about a code that nobody has: the only calls that need a token are the counted ones. */
async function prove(parts: Parts, token: Token, context: CallContext): Promise<void> {
  const request = {
    operation: 'check-md5',
    body: { md5: md5Hex(`nobody's code ${token.fingerprint}`) },
    token,
  } as const
  const answered = await askWith(parts, request, { ...context, planned: false }, parts.guard.startDeadline(context))
  const proves = 'envelope' in answered && answered.envelope.errorCode === errorCodes.notFound
  if (proves) return
  const why = 'envelope' in answered ? sayCode(answered.envelope) : answered.doubt
  throw trouble(parts, 'renew-token', 'error_answer', `the new token could not be proved: ${why}`)
}
