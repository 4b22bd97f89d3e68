import type { CallContext } from '../../kit/call.ts'
import type { Guard, GuardedCall } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange } from '../../kit/trouble.ts'
import type { Login } from './login.ts'

/** The last answer, and every exchange that led to it. */
export type Answered = { readonly answer: HttpAnswer; readonly exchanges: readonly Exchange[] }

/**
 * Sends with our token; where the bank refuses it, logs in once more and sends once more. Throws `Trouble`; its operation
 * is `login` where the call itself was never made, or was answered 401 only.
 */
export async function callWithToken(
  { guard, login }: { readonly guard: Guard; readonly login: Login },
  request: GuardedCall,
  context: CallContext,
): Promise<Answered> {
  const deadline = guard.startDeadline(context)
  const send = async (): Promise<HttpAnswer> => {
    const token = await login.token(context, deadline)
    const headers = { ...request.headers, authorization: `Bearer ${token}` }
    const answer = await guard.call({ ...request, headers }, context, deadline)
    if (answer.status === 401) login.forget(token)
    return answer
  }
  const first = await send()
  if (first.status !== 401) return { answer: first, exchanges: [first.exchange] }
  const second = await send()
  if (second.status !== 401) return { answer: second, exchanges: [first.exchange, second.exchange] }
  throw new Trouble('auth_refused', `${guard.target} ${request.operation}: the bank refuses even a new token`, {
    target: guard.target,
    operation: request.operation,
    outcome: 'not_done',
    httpStatus: 401,
    exchange: second.exchange,
  })
}
