import { createSingleFlight } from '../../kit/cache.ts'
import type { CallContext } from '../../kit/call.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { waitWithin } from '../../kit/deadline.ts'
import type { Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { decimalText, parseExactJson, valueAt } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { BankQrSettings } from './settings.ts'
import { errorWord } from './translate.ts'

/** Our log-in at one bank: one token for everybody, one log-in under way at a time. */
export type Login = {
  /** A token good for at least a minute, kept until then. Throws `Trouble`. */
  token(context: CallContext, deadline: Deadline): Promise<string>
  /** The bank refused this token: nobody else is given it. */
  forget(token: string): void
  /** Logs in now, whatever is kept. */
  logIn(context: CallContext): Promise<string>
}

/** A token is not used in its last minute: it could expire on the way. */
const unusedEndMs = 60_000
/** Where the bank does not say how long a token lives. */
const assumedLifeS = 300
const longestLifeS = 86_400
const operation = 'login'

export function createLogin(settings: BankQrSettings, guard: Guard, clock: Clock): Login {
  const fly = createSingleFlight<string>()
  let kept: { readonly token: string; readonly untilMs: number } | undefined

  const logIn = async (context: CallContext): Promise<string> => {
    const { correlationId, traceparent } = context
    const startedMs = clock.monotonicMs()
    const ownContext = { correlationId, traceparent }
    const answer = await guard.call(loginCall(settings), ownContext, guard.startDeadline(ownContext))
    const { token, lifeS } = readToken(settings.code, answer)
    kept = { token, untilMs: startedMs + lifeS * 1_000 - unusedEndMs }
    return token
  }

  return {
    logIn,
    token(context, deadline) {
      if (kept && clock.monotonicMs() < kept.untilMs) return Promise.resolve(kept.token)
      // Shared by callers with deadlines of their own, so the log-in has its own and each waits as long as it may.
      const late = (): Trouble =>
        new Trouble('timeout', `${settings.code} ${operation}: no answer within the deadline`, {
          target: settings.code,
          operation,
          outcome: 'not_done',
        })
      return waitWithin(
        fly(operation, () => logIn(context)),
        deadline,
        late,
      )
    },
    forget(token) {
      if (kept?.token === token) kept = undefined
    },
  }
}

function loginCall(settings: BankQrSettings) {
  const { username, password } = settings
  const isForm = settings.loginStyle === 'form-client-credentials'
  const form = { grant_type: 'client_credentials', client_id: username, client_secret: password }
  return {
    operation,
    repeatable: true,
    method: 'POST' as const,
    url: settings.loginUrl,
    headers: {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      accept: 'application/json',
    },
    body: isForm ? new URLSearchParams(form).toString() : JSON.stringify({ username, password }),
  }
}

function readToken(code: string, answer: HttpAnswer): { token: string; lifeS: number } {
  const body = answer.body.toString('utf8')
  const more = {
    target: code,
    operation,
    outcome: 'not_done',
    httpStatus: answer.status,
    exchange: answer.exchange,
  } as const
  const said = errorWord(body)
  const saying = said === undefined ? '' : ` ("${said}")`
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
    throw new Trouble('auth_refused', `${code} refused our login: HTTP ${answer.status}${saying}`, more)
  }
  if (answer.status >= 300) {
    throw new Trouble('error_answer', `${code} ${operation} answered HTTP ${answer.status}${saying}`, more)
  }
  let json: unknown
  try {
    json = parseExactJson(body)
  } catch (error) {
    throw new Trouble('unreadable', `${code} ${operation}: the answer is not JSON`, { ...more, cause: error })
  }
  const token = valueAt(json, 'access_token')
  // What goes into a header must be one visible word.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token)) {
    throw new Trouble('unreadable', `${code} ${operation}: the answer has no access_token`, more)
  }
  const lifeS = Number(decimalText(valueAt(json, 'expires_in')) ?? assumedLifeS)
  return { token, lifeS: lifeS >= 0 ? Math.min(lifeS, longestLifeS) : assumedLifeS }
}
