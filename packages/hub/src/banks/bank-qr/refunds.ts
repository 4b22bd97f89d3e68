import type { CallContext } from '../../kit/call.ts'
import type { Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { writeJson } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import { printAmount } from '../../money/money.ts'
import type { RefundAnswer, RefundKeys, RefundOrder, RefundTotals } from '../bank.ts'
import { Doubt } from '../answer.ts'
import { callWithToken } from './call-with-token.ts'
import type { Answered } from './call-with-token.ts'
import type { Login } from './login.ts'
import { readRefundAnswer, readRefundError, readRefundTotals } from './refund-answer.ts'
import type { RefundSettings } from './refund-settings.ts'
import { errorWord } from './translate.ts'

type Parts = { readonly settings: RefundSettings; readonly guard: Guard; readonly login: Login }

const refundOperation = 'refund'
const totalsOperation = 'refund-totals'

/**
 * Asks for a refund, once. What is not certainly refused, and not certainly accepted, is `Trouble` with outcome `unknown`:
 * 404 and 409 too, as the one may be another movement's and the other another refund's.
 */
export async function refund(parts: Parts, order: RefundOrder, context: CallContext): Promise<RefundAnswer> {
  const { settings, guard } = parts
  const body = writeJson({
    merchantId: order.account.accountNumber,
    transactionId: order.bankTransactionId,
    amount: printAmount(order.amount.amountMinor, order.amount.currency),
    currency: order.amount.currency,
    refundId: order.refundId,
  })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const { answer, exchanges } = await sendRefund(parts, { url: settings.url, headers, body }, context)
  const text = answer.body.toString('utf8')
  const isError = answer.status >= 400
  try {
    const read = isError ? readError(answer, text, order, settings) : readRefundAnswer(text, order, settings.words)
    if (read) return { ...read, exchanges }
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    if (!isError) {
      const message = `${guard.target} ${refundOperation}: the answer cannot be believed: ${error.message}`
      throw troubleOf(guard, refundOperation, { kind: 'unreadable', message, outcome: 'unknown', answer })
    }
  }
  throw errorAnswer(guard, refundOperation, answer, 'unknown')
}

/** Reads what the bank says it has refunded of one movement. Asking twice does nothing. */
export async function readRefunds(parts: Parts, keys: RefundKeys, context: CallContext): Promise<RefundTotals> {
  const { settings, guard } = parts
  const unknown = { state: 'unknown', refunded: undefined, refunds: [] } as const
  const asked = { merchantId: keys.account.accountNumber, transactionId: keys.bankTransactionId }
  const url = `${settings.url}?${new URLSearchParams(asked).toString()}`
  const headers = { accept: 'application/json' }
  const request = { operation: totalsOperation, repeatable: true, method: 'GET', url, headers } as const
  let answered: Answered
  try {
    answered = await callWithToken(parts, request, context)
  } catch (error) {
    if (!(error instanceof Trouble) || error.kind !== 'unreadable') throw error
    return { ...unknown, exchanges: error.exchange ? [error.exchange] : [], doubt: error.message }
  }
  const { answer, exchanges } = answered
  const body = answer.body.toString('utf8')
  if (answer.status < 300) return { ...readRefundTotals(body, keys.bankTransactionId, settings.words), exchanges }
  const trouble = errorAnswer(guard, totalsOperation, answer, 'not_done')
  // The bank does not know the movement, or there is no such call: whether money went back is not said.
  if (answer.status === 404) return { ...unknown, exchanges, doubt: trouble.message }
  throw trouble
}

async function sendRefund(
  parts: Parts,
  request: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  context: CallContext,
): Promise<Answered> {
  try {
    const call = { ...request, operation: refundOperation, repeatable: false, method: 'POST' } as const
    return await callWithToken(parts, call, context)
  } catch (error) {
    // Without a token nothing was asked for, however the log-in itself ended.
    const isOnlyLogin = error instanceof Trouble && error.operation !== refundOperation
    throw isOnlyLogin ? new Trouble(error.kind, error.message, { ...error, outcome: 'not_done', cause: error }) : error
  }
}

function readError(answer: HttpAnswer, text: string, order: RefundOrder, { words }: RefundSettings) {
  return answer.status === 404 || answer.status === 409 ? undefined : readRefundError(text, order, words)
}

function errorAnswer(guard: Guard, operation: string, answer: HttpAnswer, outcome: Trouble['outcome']): Trouble {
  const said = errorWord(answer.body.toString('utf8'))
  const saying = said === undefined ? '' : ` ("${said}")`
  const message = `${guard.target} ${operation} answered HTTP ${answer.status}${saying}`
  const kind = answer.status === 403 ? 'auth_refused' : 'error_answer'
  return troubleOf(guard, operation, { kind, message, outcome, answer })
}

function troubleOf(
  { target }: Guard,
  operation: string,
  { kind, message, outcome, answer }: Pick<Trouble, 'kind' | 'message' | 'outcome'> & { readonly answer: HttpAnswer },
): Trouble {
  return new Trouble(kind, message, {
    target,
    operation,
    outcome,
    httpStatus: answer.status,
    exchange: answer.exchange,
  })
}
