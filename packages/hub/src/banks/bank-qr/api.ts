import type { CallContext, Probe } from '../../kit/call.ts'
import type { Clock } from '../../kit/clock.ts'
import { createGuard } from '../../kit/guard.ts'
import type { ConnectorTools, Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { ExactDecimal, writeJson } from '../../kit/json.ts'
import { signatureTimestamp, signFields } from '../../kit/sign.ts'
import { Trouble } from '../../kit/trouble.ts'
import { printAmount } from '../../money/money.ts'
import type { Bank, MerchantAccount, QrAnswer, QrOrder, Verification } from '../bank.ts'
import { callWithToken } from './call-with-token.ts'
import { createLogin } from './login.ts'
import type { Login } from './login.ts'
import { readQrAnswer } from './qr-answer.ts'
import { readRefunds, refund } from './refunds.ts'
import type { BankQrSettings, VerifySettings } from './settings.ts'
import { errorWord, readVerifyAnswer } from './translate.ts'

export type BankQrApi = {
  createQr(order: QrOrder, context: CallContext): Promise<QrAnswer>
  verify(keys: { reference: string; account: MerchantAccount }, context: CallContext): Promise<Verification>
  /** Only where the settings name the refund calls. */
  readonly refunds: Pick<Bank, 'refund' | 'readRefunds'>
  checkCredentials(context: CallContext): Promise<void>
  probe(context: CallContext): Promise<Probe>
}

type Parts = {
  readonly settings: BankQrSettings
  readonly guard: Guard
  readonly login: Login
  readonly clock: Clock
}

export function createBankQrApi(settings: BankQrSettings, tools: ConnectorTools): BankQrApi {
  const guard = createGuard(settings.code, tools)
  const login = createLogin(settings, guard, tools.clock)
  const parts: Parts = { settings, guard, login, clock: tools.clock }
  return {
    createQr: (order, context) => createQr(parts, order, context),
    verify: (keys, context) => verify(parts, keys, context),
    refunds: refundsOf(parts),
    async checkCredentials(context) {
      await login.logIn(context)
    },
    probe: (context) => guard.probe(settings.healthUrl, context),
  }
}

function refundsOf({ settings, guard, login }: Parts): BankQrApi['refunds'] {
  if (!settings.refund) return {}
  const parts = { settings: settings.refund, guard, login }
  return {
    refund: (order, context) => refund(parts, order, context),
    readRefunds: (keys, context) => readRefunds(parts, keys, context),
  }
}

/** Not repeatable: after an unknown outcome the caller asks verify, and never sends a reference that may exist. */
async function createQr(parts: Parts, order: QrOrder, context: CallContext): Promise<QrAnswer> {
  const { settings } = parts
  const operation = 'create-qr'
  const body = writeJson({
    merchantId: order.account.accountNumber,
    currency: order.amount.currency,
    amount: new ExactDecimal(printAmount(order.amount.amountMinor, order.amount.currency)),
    billNumber: order.reference,
    payer: order.payer,
  })
  const headers = { 'content-type': 'application/json' }
  const request = { operation, repeatable: false, method: 'POST', url: settings.qrUrl, headers, body } as const
  const { answer, exchanges } = await callWithToken(parts, request, context)
  const more = { target: settings.code, operation, httpStatus: answer.status, exchange: answer.exchange }
  if (answer.status >= 400) {
    const said = errorWord(answer.body.toString('utf8'))
    const message = `${settings.code} ${operation} answered HTTP ${answer.status}${said === undefined ? '' : ` ("${said}")`}`
    throw new Trouble('error_answer', message, { ...more, outcome: 'not_done' })
  }
  const read = readQrAnswer(answer.body, settings)
  if ('problem' in read) {
    const message = `${settings.code} ${operation}: the answer cannot be read: ${read.problem}`
    throw new Trouble('unreadable', message, { ...more, outcome: 'unknown' })
  }
  return { ...read, exchanges }
}

const verifyOperation = 'verify'

async function verify(
  parts: Parts,
  keys: { reference: string; account: MerchantAccount },
  context: CallContext,
): Promise<Verification> {
  const { settings, guard, clock } = parts
  const target = settings.code
  if (!settings.verify) throw new Error(`${target} cannot be asked: its capability verify is "never"`)
  let answer: HttpAnswer
  try {
    answer = await guard.call(verifyCall(settings.verify, keys, clock.now()), context, guard.startDeadline(context))
  } catch (error) {
    if (!(error instanceof Trouble) || error.kind !== 'unreadable') throw error
    const exchanges = error.exchange ? [error.exchange] : []
    return { state: 'unknown', movements: [], exchanges, doubt: error.message }
  }
  const body = answer.body.toString('utf8')
  const { accountNumber } = keys.account
  const { timeZoneOffset } = settings.capabilities
  const read = readVerifyAnswer(body, { reference: keys.reference, accountNumber, timeZoneOffset }, settings.verify)
  // "Not found" may come as HTTP 404; any other refusal is about our call, and says nothing about the money.
  if (answer.status < 300 || (answer.status === 404 && read.state === 'not_found')) {
    return { ...read, exchanges: [answer.exchange] }
  }
  const said = errorWord(body)
  const message = `${target} verify answered HTTP ${answer.status}${said === undefined ? '' : ` ("${said}")`}`
  throw new Trouble(answer.status === 401 || answer.status === 403 ? 'auth_refused' : 'error_answer', message, {
    target,
    operation: verifyOperation,
    outcome: 'not_done',
    httpStatus: answer.status,
    exchange: answer.exchange,
  })
}

function verifyCall(
  { url, secretKey, signature }: VerifySettings,
  { reference, account }: { reference: string; account: MerchantAccount },
  now: Date,
) {
  const fields: [string, string][] = [
    ['merchantId', account.accountNumber],
    ['storeId', account.storeId],
    ['terminalId', account.terminalId],
    ['txId', reference],
    ['timestamp', signatureTimestamp(now, signature)],
  ]
  const hash = signFields(fields, secretKey, signature)
  return {
    operation: verifyOperation,
    repeatable: true,
    method: 'POST' as const,
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams([...fields, ['hash', hash]]).toString(),
  }
}
