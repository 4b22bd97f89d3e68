import { isJsonObject, valueAt } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { showMoney } from '../../money/money.ts'
import type { Currency, Money } from '../../money/money.ts'
import { Doubt, readMoney, readSum, shown } from '../answer.ts'
import type { ListedRefund } from '../bank.ts'

/** What went back of one transaction, by PayWay's own figures. */
export type ReadTotals = { readonly refunded: Money; readonly refunds: readonly ListedRefund[] }

/** More than this of one transaction is not an answer that anybody should act on by machine. */
const mostOperations = 1_000

/**
 * Whether an answer "00" to a refund is about this refund: the currency is ours, all that was refunded is not less than
 * it, and the status is the one that a refund leaves behind. Answers what was refunded in all. Throws `Doubt` else.
 */
export function confirmRefund(answer: JsonObject, amount: Money): Money {
  const data = bodyOf(answer)
  const currency = valueAt(data, 'currency')
  if (currency !== amount.currency)
    throw new Doubt(`it refunded ${shown(currency)}, and ${amount.currency} was asked for`)
  const total = readSum(valueAt(data, 'total_refunded'), amount.currency)
  if (total.amountMinor < amount.amountMinor) {
    throw new Doubt(`it says that ${showMoney(total)} was refunded in all, and ${showMoney(amount)} was asked for`)
  }
  const status = valueAt(data, 'transaction_status')
  if (wordOf(status) !== 'REFUNDED') throw new Doubt(`the transaction is ${shown(status)} after it`)
  return total
}

/**
 * Reads `refund_amount` of check-transaction and of transaction-detail, and the refunds among the operations where they are
 * listed. Amounts are in the transaction's own currency. Throws `Doubt`, also where sum and list contradict each other.
 */
export function readRefundTotals(data: unknown, currency: Currency): ReadTotals {
  if (!isJsonObject(data)) throw new Doubt('data is not a JSON object')
  const own = valueAt(data, 'original_currency')
  if (isSaid(own) && own !== currency) throw new Doubt(`the transaction is in ${shown(own)}, and ours in ${currency}`)
  const whole = readMoney(valueAt(data, 'original_amount'), currency)
  const refunded = readSum(valueAt(data, 'refund_amount'), currency)
  if (refunded.amountMinor > whole.amountMinor) {
    throw new Doubt(`${showMoney(refunded)} is said to be refunded of ${showMoney(whole)}`)
  }
  refuseStrangeStatus(data, refunded)
  const refunds = readOperations(valueAt(data, 'transaction_operations'), currency)
  const listed = refunds.reduce((sum, one) => sum + one.amount.amountMinor, 0n)
  if (refunds.length > 0 && listed !== refunded.amountMinor) {
    throw new Doubt(`${showMoney(refunded)} is said to be refunded, and the list adds up to something else`)
  }
  return { refunded, refunds }
}

/** What is refunded was paid; the sum, not the status, says how much. "Refunded" with nothing is about two moments. */
function refuseStrangeStatus(data: JsonObject, refunded: Money): void {
  const status = valueAt(data, 'payment_status')
  const word = wordOf(status)
  if (word !== 'REFUNDED' && word !== 'APPROVED') throw new Doubt(`the transaction is ${shown(status)}`)
  if (word === 'REFUNDED' && refunded.amountMinor === 0n) {
    throw new Doubt('the transaction is REFUNDED, and nothing of it is said to be')
  }
}

function readOperations(list: unknown, currency: Currency): ListedRefund[] {
  if (!isSaid(list)) return []
  if (!Array.isArray(list)) throw new Doubt('transaction_operations is not a list')
  if (list.length > mostOperations) throw new Doubt(`${list.length} operations are listed, more than ${mostOperations}`)
  return list.flatMap((item): ListedRefund[] => {
    if (!isJsonObject(item)) throw new Doubt('an operation is not a JSON object')
    if (!wordOf(valueAt(item, 'status')).startsWith('REFUND')) return []
    const amount = readMoney(valueAt(item, 'amount'), currency)
    return [{ refundId: undefined, bankRefundId: undefined, amount, state: 'refunded' }]
  })
}

/** Some answers put their fields into `data`, some beside `status`. */
function bodyOf(answer: JsonObject): JsonObject {
  const data = valueAt(answer, 'data')
  return isJsonObject(data) ? data : answer
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().toUpperCase() : ''
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
