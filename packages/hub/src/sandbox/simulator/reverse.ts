import type { MoneyHere } from '../../banks/bank-qr/simulator/book-records.ts'
import type { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import { longestDelayS } from './order-parts.ts'
import type { World } from './world.ts'

type Turned = { transactions: { transactionId: string; amount: string; currency: string; at: string }[] }

/**
 * `POST /_simulator/reverse`: the bank takes a movement back, or all movements of a payment, now or `afterS` seconds
 * later; verify lists them no longer. What was refunded stays refunded, and what is pending will be rejected.
 */
export function reverse(world: World, raw: unknown): Promise<Turned> {
  return turn(world, raw, {
    reversed: true,
    isMeant: (bank, money) => !bank.book.moneyBack.isReversed(money) && !bank.book.moneyBack.isRefundedWhole(money),
    nothing: 'is taken back or refunded whole already; pay it again first',
  })
}

/** `POST /_simulator/restore`: the same way back, and the end of a reversal that was put off. */
export function restore(world: World, raw: unknown): Promise<Turned> {
  return turn(world, raw, {
    reversed: false,
    isMeant: (bank, money) => bank.book.moneyBack.isToBeReversed(money),
    nothing: 'is not taken back; call /_simulator/reverse first',
  })
}

type Way = {
  readonly reversed: boolean
  readonly isMeant: (bank: BankQrSimulator, money: MoneyHere) => boolean
  readonly nothing: string
}

async function turn(world: World, raw: unknown, way: Way): Promise<Turned> {
  const body = readControlBody(raw, ['bank', 'transactionId', 'paymentId', 'afterS'])
  const bank = world.bank(body)
  const atMs = world.nowMs() + body.whole('afterS', { least: 0, most: longestDelayS, fallback: 0 }) * 1000
  const { field, name, found } = find(bank, body)
  const meant = found.filter((money) => way.isMeant(bank, money))
  if (meant.length === 0) {
    const why = found.length === 0 ? 'is no money of ours at this bank; pay it first' : way.nothing
    throw new ControlRefusal(found.length === 0 ? 404 : 409, field, name, `${field} ${name} ${why}.`)
  }
  for (const { transactionId } of meant) bank.book.turn(transactionId, way.reversed, atMs)
  await world.durable()
  const at = new Date(atMs).toISOString()
  return { transactions: meant.map(({ transactionId, amount, currency }) => ({ transactionId, amount, currency, at })) }
}

function find(bank: BankQrSimulator, body: ControlBody) {
  const field = body.has('transactionId') ? 'transactionId' : 'paymentId'
  if (body.has('transactionId') === body.has('paymentId')) {
    return body.refuse(field, 'say either transactionId (of one movement) or paymentId (all its movements).')
  }
  const name = body.text(field, 'use a transaction id of the bank, or the number of a payment.')
  const money = field === 'transactionId' ? bank.book.moneyOn(name) : undefined
  return { field, name, found: field === 'paymentId' ? bank.book.moneyFor(name) : money ? [money] : [] }
}
