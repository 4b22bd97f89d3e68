import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { isJsonObject } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange } from '../../kit/trouble.ts'
import { Doubt, shown } from '../answer.ts'
import type { RefundKeys, RefundTotals } from '../bank.ts'
import { ask, troubleOf } from './api.ts'
import type { Parts, Said } from './api.ts'
import { readRefundTotals } from './refund-answer.ts'
import type { ReadTotals } from './refund-answer.ts'
import { tranIdOf } from './tran-id.ts'

/** Check looks back 7 days, from the making of a code that was paid somewhat later. */
const checkedForMs = 6.5 * 86_400_000

type Asked = {
  readonly parts: Parts
  readonly keys: RefundKeys
  readonly context: CallContext
  readonly deadline: Deadline
  /** Of every call, whatever became of it. */
  readonly exchanges: Exchange[]
}

/**
 * Reads what PayWay says it has refunded of a transaction: of check, which may be asked at any time and is fresh; and of
 * detail, whose calls are counted, the single refunds, and what is too old for check. They have no ids.
 */
export async function readRefunds(parts: Parts, keys: RefundKeys, context: CallContext): Promise<RefundTotals> {
  const exchanges: Exchange[] = []
  const asked: Asked = { parts, keys, context, deadline: parts.guard.startDeadline(context), exchanges }
  try {
    return { state: 'known', ...(await read(asked)), exchanges }
  } catch (error) {
    const isUnread = error instanceof Doubt || (error instanceof Trouble && error.kind === 'unreadable')
    if (!isUnread) throw error
    return { state: 'unknown', refunded: undefined, refunds: [], exchanges, doubt: error.message }
  }
}

async function read(asked: Asked): Promise<ReadTotals> {
  const { parts, keys } = asked
  const isYoung = parts.clock.now().getTime() - keys.paidAt.getTime() < checkedForMs
  const checked = isYoung ? await totalsOf(asked, 'check-transaction') : undefined
  if (checked?.refunded.amountMinor === 0n) return checked
  if (checked) return (await listOf(asked, checked)) ?? checked
  const detailed = await totalsOf(asked, 'transaction-detail')
  if (!detailed) throw new Doubt(`PayWay shows no transaction ${tranIdOf(keys.bankTransactionId)}`)
  return detailed
}

/** The single refunds, where they are listed and add up to what check says: detail is some seconds behind. */
async function listOf(asked: Asked, { refunded }: ReadTotals): Promise<ReadTotals | undefined> {
  try {
    const detailed = await totalsOf(asked, 'transaction-detail')
    return detailed?.refunded.amountMinor === refunded.amountMinor ? detailed : undefined
  } catch (error) {
    if (error instanceof Trouble || error instanceof Doubt) return undefined
    throw error
  }
}

/** Undefined where PayWay shows no such transaction. */
async function totalsOf(
  { parts, keys, context, deadline, exchanges }: Asked,
  operation: 'check-transaction' | 'transaction-detail',
): Promise<ReadTotals | undefined> {
  const tranId = tranIdOf(keys.bankTransactionId)
  const { accountNumber: merchantId, currency } = keys.account
  let said: Said
  try {
    said = await ask(parts, { operation, merchantId, fields: { tran_id: tranId } }, context, deadline)
  } catch (error) {
    if (error instanceof Trouble && error.exchange) exchanges.push(error.exchange)
    throw error
  }
  exchanges.push(...said.exchanges)
  if (said.meaning.category === 'not_found') return undefined
  if (said.meaning.category !== 'done') throw troubleOf(parts, said)
  const { data } = said.body
  if (isJsonObject(data) && operation === 'transaction-detail' && data['transaction_id'] !== tranId) {
    throw new Doubt(`the answer is about ${shown(data['transaction_id'])}, and ${tranId} was asked about`)
  }
  return readRefundTotals(data, currency)
}
