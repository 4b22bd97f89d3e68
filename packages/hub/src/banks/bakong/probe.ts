import type { CallContext, Probe } from '../../kit/call.ts'
import { Trouble } from '../../kit/trouble.ts'
import { askFreely, post, trouble } from './api.ts'
import type { Operation, Parts } from './api.ts'
import { errorCodes, sayCode } from './envelope.ts'
import { usableToken } from './status-calls.ts'

/**
 * Whether Bakong can be reached from here. Without a token a status call is answered 401, and is not counted: whoever
 * sees it is through. 403 is looked at on a second path: where that answers, only the status call is closed.
 */
export async function probe(parts: Parts, context: CallContext): Promise<Probe> {
  const { clock, settings } = parts
  const startedMs = clock.monotonicMs()
  const say = (reachable: boolean, sentence: string): Probe => {
    return { reachable, responseTimeMs: Math.round(clock.monotonicMs() - startedMs), sentence }
  }
  const status = await statusOf(parts, 'check-md5', context)
  if (typeof status !== 'number') return say(false, status.message)
  if (status === 401) return say(true, `${settings.code} answers (HTTP 401 without a token: this address may ask)`)
  if (status !== 403) return say(true, `${settings.code} answers (HTTP ${status})`)
  const second = await statusOf(parts, 'check-account', context)
  if (typeof second !== 'number') return say(false, second.message)
  if (second === 403) {
    const what = settings.proxy === undefined ? 'Set proxy, or base-url to a relay' : 'See where proxy leads'
    return say(
      false,
      `${settings.code} is blocked from here (HTTP 403 on every path): it answers only to Cambodian addresses. ${what}`,
    )
  }
  return say(
    true,
    `${settings.code} answers (HTTP ${second}), and its status call is closed to us (HTTP 403 on that path only)`,
  )
}

/** Past the breaker, without a token. The trouble where no HTTP answer came. */
async function statusOf(parts: Parts, operation: Operation, context: CallContext): Promise<number | Trouble> {
  try {
    const past = { ...context, notified: true }
    const answer = await post(parts, { operation, body: {}, as: 'probe' }, past, parts.guard.startDeadline(context))
    return answer.status
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return error.httpStatus ?? error
  }
}

/**
 * Whether we have a token that is not known to be refused, and an account that exists. Spends no status call: only those
 * would prove the token, where Bakong answers about accounts without one. Throws `Trouble`.
 */
export async function checkCredentials(parts: Parts, context: CallContext): Promise<void> {
  const { settings, memory, guard } = parts
  const operation = 'check-account'
  const token = await usableToken(parts, operation)
  if (memory.refusedToken === token.fingerprint) {
    throw trouble(parts, operation, 'auth_refused', `the token ${token.fingerprint} was refused`)
  }
  const accountIds = new Set(settings.accounts.map(({ payeeAccount }) => payeeAccount))
  for (const accountId of accountIds) {
    const request = { operation, body: { accountId }, token } as const
    const { envelope, exchange } = await askFreely(parts, request, context, guard.startDeadline(context))
    if (envelope.isSuccess) continue
    const kind = envelope.errorCode === errorCodes.unauthorized ? 'auth_refused' : 'error_answer'
    throw trouble(parts, operation, kind, `${accountId}: ${sayCode(envelope)}`, { exchange })
  }
}
