import { setTimeout as wait } from 'node:timers/promises'
import type { CurrencyCode } from '../../banks/bank-qr/simulator/amounts.ts'
import type { BankQrSimulator, VerifyOrder } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { Code, Movement } from '../../banks/bank-qr/simulator/book-records.ts'
import { readKhqr } from '../../banks/bank-qr/simulator/khqr-string.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import { type BankClock, readBankClock, readVerify } from './order-parts.ts'
import { readTelling, type Telling, tellOf } from './pay-notices.ts'
import type { World } from './world.ts'

const fields = [
  'bank',
  'paymentId',
  'qr',
  'amount',
  'currency',
  'times',
  'gapMs',
  'webhook',
  'notice',
  'verify',
  'clockSkewS',
  'paidAt',
]
const mostTimes = 1000
const longestGapMs = 60_000
/** `times` × `gapMs` is the time the call takes. */
const longestCallMs = 120_000

type Order = VerifyOrder & {
  readonly bank: BankQrSimulator
  readonly code: Code
  readonly amount: string
  readonly currency: CurrencyCode
  readonly telling: Telling
  readonly clock: BankClock
}

/** `POST /_simulator/pay`: a customer pays a code. Answers when the movements are on disk, before we heard of them. */
export async function pay(world: World, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, fields)
  const order = readOrder(world, body)
  const least = order.telling.mode === 'reorder' ? 2 : 1
  const times = body.whole('times', { least, most: mostTimes, fallback: least })
  const gapMs = body.whole('gapMs', { least: 0, most: longestGapMs, fallback: 0 })
  if (times * gapMs > longestCallMs) body.refuse('gapMs', `times × gapMs may be at most ${longestCallMs} ms.`)
  const movements = await payTimes(world, order, times, gapMs)
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

/** The movements that arrived: none under a forged notice. */
async function payTimes(world: World, order: Order, times: number, gapMs: number): Promise<readonly Movement[]> {
  const { bank, telling } = order
  const movements: Movement[] = []
  for (let n = 0; n < times; n++) {
    if (n > 0 && gapMs > 0) await wait(gapMs)
    const atMicros = order.clock(world.nowMs(), n * gapMs)
    if (telling.mode === 'forged') {
      tellOf(world, bank, telling, [forged(order, bank.book.nextMicros(atMicros))])
      continue
    }
    const movement = bank.receive({ ...order, atMicros })
    movements.push(movement)
    if (telling.mode !== 'reorder') tellOf(world, bank, telling, [asAsked(order, movement)])
  }
  if (telling.mode === 'reorder') {
    tellOf(
      world,
      bank,
      telling,
      movements.map((movement) => asAsked(order, movement)),
    )
  }
  return movements
}

/** The notice tells the sum that the customer was asked for, even where another one arrived. */
function asAsked({ amount }: Order, movement: Movement): Movement {
  return { ...movement, amount }
}

function forged({ code, amount, currency }: Order, atMicros: number): Omit<Movement, 'hidden'> {
  return { transactionId: '', reference: code.billNumber, merchantId: code.merchantId, amount, currency, atMicros }
}

function readOrder(world: World, body: ControlBody): Order {
  const bank = world.bank(body)
  const telling = readTelling(body)
  const verify = readVerify(body, world.nowMs())
  const isForged = telling.mode === 'forged'
  if (isForged && verify.verify !== 'paid') {
    body.refuse('verify', 'leave it out: of a forged notice the bank knows nothing.')
  }
  const code = findCode(bank, body, isForged)
  const currency = body.oneOf('currency', ['USD', 'KHR'], code.currency)
  const said = body.has('amount') ? body.value('amount') : code.amount
  const amount =
    bank.readAmount(said, currency) ??
    body.refuse(
      'amount',
      `use an amount above 0 with the decimals of ${currency}, such as ${currency === 'USD' ? '150.00' : '60000'}.`,
    )
  return { bank, code, amount, currency, telling, clock: readBankClock(body), ...verify }
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
