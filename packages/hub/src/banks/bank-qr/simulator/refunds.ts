import { amountText, isCurrencyCode, minorUnits, plainAmount } from './amounts.ts'
import { jsonAnswer, jsonObject } from './answers.ts'
import type { Book } from './book.ts'
import type { MoneyHere } from './book-records.ts'
import type { AcceptsToken } from './login.ts'
import type { Refund, RefundStatus } from './money-back.ts'
import type { Answer, Fault, Ports, Route, RouteRequest } from './ports.ts'
import type { BankQrSimulatorSettings } from './settings.ts'

/** How long a refund under the fault `pending` is pending, unless the fault says. */
const usualPendingS = 2

type Bank = { settings: BankQrSimulatorSettings; book: Book; ports: Ports; acceptsToken: AcceptsToken }
type Order = Pick<Refund, 'refundId' | 'transactionId' | 'merchantId' | 'amount' | 'currency'>

/**
 * The refunds of banks that have them, an extension of this shape: one call to ask for one, one to read what went back
 * of a movement. A bank without them has no such paths.
 */
export function playRefunds(bank: Bank): Route[] {
  if (bank.settings.refunds === 'none') return []
  const path = bank.settings.paths?.refunds ?? `${bank.settings.basePath}/refunds`
  return [
    { operation: 'refund', method: 'POST', path, handle: (request) => refund(bank, request) },
    { operation: 'refund-totals', method: 'GET', path, handle: (request) => totals(bank, request) },
  ]
}

function refund(bank: Bank, request: RouteRequest): Answer {
  if (!bank.acceptsToken(request)) return jsonAnswer(401, { error: 'invalid_token' })
  const order = readOrder(request.body)
  if ('problem' in order) return jsonAnswer(400, { status: 'INVALID_REQUEST', message: order.problem })
  const answer = decide(bank, order, request.fault)
  return request.fault?.kind === 'done-but-silent' ? 'hang-up' : answer
}

/** Known by its id alone, a refund is never done twice; asked for again, it is told as it stands by then. */
function decide(bank: Bank, order: Order, fault: Fault | undefined): Answer {
  const { book, ports } = bank
  const earlier = book.moneyBack.refund(order.refundId)
  if (earlier) {
    if (!isSame(earlier, order)) return jsonAnswer(409, { error: 'DUPLICATE_REFUND_ID' })
    return told(earlier, book.moneyBack.statusOf(earlier))
  }
  const money = moneyOf(bank, order.transactionId, order.merchantId)
  if (!money) return jsonAnswer(404, { error: 'TRANSACTION_NOT_FOUND' })
  const atMs = ports.nowMs()
  const known = { ...order, bankRefundId: book.nextTransactionId(), atMs }
  const problem = problemOf(bank, order, money, fault)
  const made: Refund = problem
    ? { ...known, status: 'REJECTED', message: problem }
    : { ...known, ...beginning(fault, atMs) }
  book.addRefund(made)
  return told(made, made.status)
}

function beginning(fault: Fault | undefined, atMs: number): Pick<Refund, 'status' | 'ends'> {
  if (fault?.kind !== 'pending' && fault?.kind !== 'pending-then-rejected') return { status: 'REFUNDED' }
  const seconds = typeof fault.value === 'number' ? fault.value : usualPendingS
  const as = fault.kind === 'pending' ? 'REFUNDED' : 'REJECTED'
  return { status: 'PENDING', ends: { atMs: atMs + seconds * 1000, as } }
}

function problemOf(bank: Bank, order: Order, money: MoneyHere, fault: Fault | undefined): string | undefined {
  const left = bank.book.moneyBack.leftOf(money)
  if (fault?.kind === 'rejected') return 'the refund was refused'
  if (bank.book.moneyBack.isReversed(money)) return 'the movement was taken back'
  if (order.currency !== money.currency) return `the movement is in ${money.currency}`
  if (minorUnits(order.amount) > left) {
    return `only ${amountText(left, money.currency)} ${money.currency} is left of the movement`
  }
  const isPart = order.amount !== money.amount
  return isPart && bank.settings.refunds === 'full' ? 'only the whole movement can be refunded' : undefined
}

function told(refund: Refund, status: RefundStatus): Answer {
  const { refundId, bankRefundId, transactionId, amount, currency, message } = refund
  return jsonAnswer(200, { status, refundId, bankRefundId, transactionId, amount, currency, message })
}

function totals(bank: Bank, request: RouteRequest): Answer {
  if (!bank.acceptsToken(request)) return jsonAnswer(401, { error: 'invalid_token' })
  const { merchantId, transactionId } = request.query
  if (!isId(merchantId)) return jsonAnswer(400, { status: 'INVALID_REQUEST', message: 'merchantId is missing' })
  if (!isId(transactionId)) return jsonAnswer(400, { status: 'INVALID_REQUEST', message: 'transactionId is missing' })
  const money = moneyOf(bank, transactionId, merchantId)
  if (!money) return jsonAnswer(404, { error: 'TRANSACTION_NOT_FOUND' })
  const { amount, currency } = money
  return jsonAnswer(200, { transactionId, currency, amount, ...bank.book.moneyBack.totalsOf(money) })
}

/** The movement, if it is money of this merchant account. */
function moneyOf({ book, settings }: Bank, transactionId: string, merchantId: string): MoneyHere | undefined {
  const money = book.moneyOn(transactionId)
  const isHis = money?.merchantId
    ? money.merchantId === merchantId
    : settings.accounts.some((one) => one.merchantId === merchantId && one.currency === money?.currency)
  return isHis ? money : undefined
}

function readOrder(body: Buffer): Order | { problem: string } {
  const { merchantId, transactionId, refundId, currency, amount } = jsonObject(body) ?? {}
  if (!isId(merchantId)) return { problem: 'merchantId must be text' }
  if (!isId(transactionId)) return { problem: 'transactionId must be text' }
  if (!isId(refundId)) return { problem: 'refundId must be 1 to 64 characters' }
  if (!isCurrencyCode(currency)) return { problem: `currency ${String(currency)} is neither USD nor KHR` }
  const plain = plainAmount(amount, currency)
  if (plain === undefined) return { problem: `amount ${String(amount)} is not an amount in ${currency}` }
  return { merchantId, transactionId, refundId, currency, amount: plain }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)
}

function isSame(earlier: Refund, order: Order): boolean {
  return (['merchantId', 'transactionId', 'amount', 'currency'] as const).every((name) => earlier[name] === order[name])
}
