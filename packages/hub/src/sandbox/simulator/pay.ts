import { setTimeout as wait } from 'node:timers/promises'
import type { CurrencyCode } from '../../banks/bank-qr/simulator/amounts.ts'
import {
  type BankQrSimulator,
  type VerifyBehaviour,
  verifyBehaviours,
} from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { Code, Movement } from '../../banks/bank-qr/simulator/book.ts'
import { readKhqr } from '../../banks/bank-qr/simulator/khqr-string.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import type { World } from './world.ts'

const fields = ['bank', 'paymentId', 'qr', 'amount', 'currency', 'times', 'gapMs', 'webhook', 'verify']
const mostTimes = 1000
const longestGapMs = 60_000
/** `times` × `gapMs` is the time the call takes. */
const longestCallMs = 120_000
const longestDelayS = 86_400
/** A `duplicate` notice is told so many times. */
const duplicateTimes = 3

type WebhookMode = 'normal' | 'drop' | 'duplicate' | 'late' | 'forged'
type Order = {
  bank: BankQrSimulator
  code: Code
  amount: string
  currency: CurrencyCode
  webhook: { mode: WebhookMode; delayMs: number }
  verify: VerifyBehaviour
}

/** `POST /_simulator/pay`: a customer pays a code. Answers when the movements are on disk, before we heard of them. */
export async function pay(world: World, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, fields)
  const order = readOrder(world, body)
  const times = body.whole('times', { least: 1, most: mostTimes, fallback: 1 })
  const gapMs = body.whole('gapMs', { least: 0, most: longestGapMs, fallback: 0 })
  if (times * gapMs > longestCallMs) body.refuse('gapMs', `times × gapMs may be at most ${longestCallMs} ms.`)
  if (order.webhook.mode === 'forged') {
    for (let n = 0; n < times; n++) tellForged(world, order)
    await world.durable()
    return { transactions: [] }
  }
  const movements: Movement[] = []
  for (let n = 0; n < times; n++) {
    if (n > 0 && gapMs > 0) await wait(gapMs)
    const movement = order.bank.receive(order.code, order.amount, order.currency, order.verify)
    movements.push(movement)
    tell(world, order, movement)
  }
  await world.durable()
  return {
    transactions: movements.map(({ transactionId, amount, currency, atMicros }) => ({
      transactionId,
      amount,
      currency,
      paidAt: order.bank.timeText(atMicros),
    })),
  }
}

function readOrder(world: World, body: ControlBody): Order {
  const bank = world.bank(body)
  const webhook = readWebhook(body)
  const verify = body.oneOf('verify', verifyBehaviours, 'paid')
  const forged = webhook.mode === 'forged'
  if (forged && verify !== 'paid') body.refuse('verify', 'leave it out: of a forged notice the bank knows nothing.')
  const code = findCode(bank, body, forged)
  const currency = body.oneOf('currency', ['USD', 'KHR'], code.currency)
  const said = body.has('amount') ? body.value('amount') : code.amount
  const amount =
    bank.readAmount(said, currency) ??
    body.refuse(
      'amount',
      `use an amount above 0 with the decimals of ${currency}, such as ${currency === 'USD' ? '150.00' : '60000'}.`,
    )
  return { bank, code, amount, currency, webhook, verify }
}

function readWebhook(body: ControlBody): Order['webhook'] {
  const said = String(body.value('webhook') ?? 'normal')
  const late = /^late:(\d{1,5}(?:\.\d{1,3})?)$/.exec(said)
  if (late && Number(late[1]) <= longestDelayS) return { mode: 'late', delayMs: Number(late[1]) * 1000 }
  if (said === 'normal' || said === 'drop' || said === 'duplicate' || said === 'forged') {
    return { mode: said, delayMs: 0 }
  }
  return body.refuse('webhook', `use normal, drop, duplicate, forged, or late:<seconds> (at most ${longestDelayS}).`)
}

function findCode(bank: BankQrSimulator, body: ControlBody, forged: boolean): Code {
  if (body.has('paymentId') === body.has('qr')) {
    return body.refuse(
      body.has('qr') ? 'qr' : 'paymentId',
      'say either paymentId (of a QR this bank made) or qr (its text).',
    )
  }
  if (body.has('paymentId')) {
    const paymentId = body.text('paymentId', 'use the number of a payment, e.g. 150001.')
    const code = bank.book.codeOf(paymentId) ?? (forged ? unknownCode(bank, body, paymentId) : undefined)
    if (code) return code
    const how = `make one first: GET /khqr?bankCode=${bank.code}&billNumber=P123456789 at the hub answers with a paymentId.`
    throw new ControlRefusal(
      404,
      'paymentId',
      paymentId,
      `${bank.code} has made no QR for payment ${paymentId}; ${how}`,
    )
  }
  const qr = body.text('qr', 'use the text of a KHQR.')
  const reading = readKhqr(qr)
  if (!reading.ok) return body.refuse('qr', `it ${reading.problem}.`)
  const code = bank.book.codeByText(qr)
  if (code) return code
  const how = 'pay it at the bank that made it, or make one first with GET /khqr at the hub.'
  throw new ControlRefusal(404, 'qr', qr, `${bank.code} did not make this QR; ${how}`)
}

/** A forger needs no code: any payment number will do, if he says amount and currency. */
function unknownCode(bank: BankQrSimulator, body: ControlBody, billNumber: string): Code | undefined {
  const account = bank.settings.accounts.find((one) => one.currency === body.value('currency'))
  if (!account || !body.has('amount')) return undefined
  const { merchantId, currency } = account
  return { billNumber, merchantId, currency, amount: '0', payer: '', qr: '' }
}

function tell(world: World, order: Order, movement: Movement): void {
  const { mode, delayMs } = order.webhook
  if (mode === 'drop') return
  for (let n = 0; n < (mode === 'duplicate' ? duplicateTimes : 1); n++) {
    // The notice tells the sum that the customer was asked for, even where another one arrived.
    send(world, order, { ...movement, amount: order.amount }, delayMs)
  }
}

function tellForged(world: World, order: Order): void {
  const { billNumber: reference, merchantId } = order.code
  const { amount, currency } = order
  send(
    world,
    order,
    { transactionId: '', reference, merchantId, amount, currency, atMicros: order.bank.book.nextMicros() },
    0,
  )
}

function send(world: World, order: Order, told: Omit<Movement, 'hidden'>, delayMs: number): void {
  void world.deliveries.tell({
    bank: order.bank.code,
    purpose: 'notice',
    path: order.bank.settings.webhookPath,
    body: order.bank.noticeBody(told),
    reference: told.reference,
    transactionId: told.transactionId,
    firstAtMs: world.nowMs() + delayMs,
  })
}
