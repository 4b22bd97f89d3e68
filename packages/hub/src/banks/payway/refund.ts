import type { CallContext } from '../../kit/call.ts'
import { ExactDecimal } from '../../kit/json.ts'
import { redactText } from '../../kit/redact.ts'
import { Trouble } from '../../kit/trouble.ts'
import { printAmount, showMoney } from '../../money/money.ts'
import { Doubt } from '../answer.ts'
import type { RefundAnswer, RefundOrder } from '../bank.ts'
import { ask, trouble, troubleOf } from './api.ts'
import type { Parts, Said } from './api.ts'
import { sealMerchantAuth } from './merchant-auth.ts'
import { confirmRefund } from './refund-answer.ts'
import { refundCodeOf } from './refund-codes.ts'
import { tranIdOf } from './tran-id.ts'

const operation = 'refund'
/** Another request about the same transaction is over in so many seconds. */
const busyS = 5

/**
 * Asks for a refund, once: PayWay knows no id of a refund, so that a second request is a second refund. What it neither
 * certainly did nor certainly refused is `Trouble` with outcome `unknown`.
 */
export async function refund(parts: Parts, order: RefundOrder, context: CallContext): Promise<RefundAnswer> {
  const { settings } = parts
  const merchantId = order.account.accountNumber
  const key = settings.merchants.get(merchantId)?.rsaKey
  if (!key) {
    const sentence = `There is no RSA key of merchant id ${merchantId}: set rsa-public-key under banks.${settings.code}, then ask for the refund again.`
    return { state: 'refused', bankRefundId: undefined, sentence, exchanges: [] }
  }
  const { amountMinor, currency } = order.amount
  const sealed = sealMerchantAuth(
    {
      mc_id: merchantId,
      tran_id: tranIdOf(order.bankTransactionId),
      refund_amount: new ExactDecimal(printAmount(amountMinor, currency)),
    },
    key,
  )
  const said = await askOnce(parts, { merchantId, sealed }, context)
  const { code, exchanges } = said
  if (said.meaning.category === 'done') return { ...confirmed(parts, said, order), exchanges }
  const known = refundCodeOf(code)
  if (known?.as === 'refused') {
    return { state: 'refused', bankRefundId: undefined, sentence: sentenceOf(said, known), exchanges }
  }
  if (!known) throw troubleOf(parts, said)
  const exchange = exchanges.at(-1)
  throw trouble(parts, operation, 'error_answer', sentenceOf(said, known), { retryAfterS: busyS, exchange })
}

/** A page or nonsense with HTTP 4xx may come from anything between us and PayWay: what PayWay did, it does not say. */
async function askOnce(
  parts: Parts,
  { merchantId, sealed }: { readonly merchantId: string; readonly sealed: string },
  context: CallContext,
): Promise<Said> {
  const asked = { operation, merchantId, fields: { merchant_auth: sealed } } as const
  try {
    return await ask(parts, asked, context, parts.guard.startDeadline(context))
  } catch (error) {
    if (!(error instanceof Trouble) || error.kind !== 'error_answer' || error.httpStatus === 429) throw error
    throw new Trouble(error.kind, error.message, { ...error, outcome: 'unknown', cause: error })
  }
}

function confirmed(parts: Parts, said: Said, { amount }: RefundOrder): Omit<RefundAnswer, 'exchanges'> {
  try {
    const total = confirmRefund(said.body, amount)
    const sentence = `PayWay has refunded ${showMoney(amount)}; of this transaction ${showMoney(total)} in all.`
    return { state: 'refunded', bankRefundId: undefined, sentence }
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    const why = `the answer cannot be believed: ${error.message}`
    const { httpStatus, exchanges } = said
    throw trouble(parts, operation, 'unreadable', why, {
      httpStatus,
      exchange: exchanges.at(-1),
      outcome: 'unknown',
    })
  }
}

function sentenceOf({ code, message }: Said, { means, todo }: { means: string; todo: string }): string {
  const words = redactText(message)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  return `Code ${code}: ${means}${words === '' ? '' : ` ("${words}")`}. ${todo}`
}
