import { setTimeout as wait } from 'node:timers/promises'
import { type CurrencyCode, fromMinor, minorOf, plainAmount } from '../../banks/payway/simulator/amounts.ts'
import type { Entry } from '../../banks/payway/simulator/book.ts'
import { type Charge, type PayMethod, payMethods } from '../../banks/payway/simulator/book-records.ts'
import type { Paying, PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import { findPayable } from './find-payway.ts'
import { type BankClock, readBankClock } from './order-parts.ts'
import { type CallbackTelling, callbackTellingFields, readCallbackTelling, tellPayway } from './payway-callbacks.ts'
import { readPaywayVerify } from './payway-verify.ts'
import type { World } from './world.ts'

export const paywayPayFields = [
  'bank',
  'qr',
  'paymentId',
  'link',
  'merchantRef',
  'amount',
  'currency',
  'times',
  'gapMs',
  'verify',
  'method',
  'payerCurrency',
  'discount',
  'late',
  'force',
  'clockSkewS',
  'paidAt',
  ...callbackTellingFields,
]
const mostTimes = 1000
const longestGapMs = 60_000
/** `times` × `gapMs` is the time the call takes. */
const longestCallMs = 120_000

type Order = Omit<Paying, 'atMs' | 'entry'> & {
  readonly clock: BankClock
  readonly telling: CallbackTelling
  /** Taken although PayWay would refuse it. */
  readonly isForced: boolean
}

/** `POST /_simulator/pay` at PayWay: a customer pays a code, or on a page. Answers when it is on disk, before we are told. */
export async function payPayway(world: World, bank: PaywaySimulator, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, paywayPayFields)
  const times = body.whole('times', { least: 1, most: mostTimes, fallback: 1 })
  const gapMs = body.whole('gapMs', { least: 0, most: longestGapMs, fallback: 0 })
  if (times * gapMs > longestCallMs) body.refuse('gapMs', `times × gapMs may be at most ${longestCallMs} ms.`)
  const telling = readCallbackTelling(body)
  const entry = findPayable(bank, body)
  const order = readOrder(body, entry, telling)
  const charges: Charge[] = []
  for (let n = 0; n < times; n++) {
    if (n > 0 && gapMs > 0) await wait(gapMs)
    const atMs = Math.floor(order.clock(world.nowMs(), n * gapMs) / 1000)
    if (telling.mode === 'forged') {
      tellPayway(bank, entry, { ...order, apv: '000000', atMs }, { ...telling, transactionId: '' })
      continue
    }
    // Its apps refuse a code that was paid: further charges are forced.
    if (n === 0) refuseIfApps(bank, entry, order, atMs)
    const charge = bank.receive({ ...order, entry, atMs })
    charges.push(charge)
    if (charge.fate === 'booked') tellPayway(bank, entry, charge, { ...telling, transactionId: idOf(entry, charge) })
  }
  await world.durable()
  return { tranId: entry.tran.tranId, transactions: charges.map((charge) => answerOf(entry, charge)) }
}

/** As the journal has it: the first charge by the `tran_id` alone. */
function idOf(entry: Entry, { bankRef }: Charge): string {
  return entry.charges[0]?.bankRef === bankRef ? entry.tran.tranId : `${entry.tran.tranId}/${bankRef}`
}

function answerOf(entry: Entry, charge: Charge): Record<string, unknown> {
  const { amount, currency, paidAmount, paidCurrency, apv, bankRef, fate } = charge
  return {
    transactionId: idOf(entry, charge),
    amount,
    currency,
    paidAt: new Date(charge.atMs).toISOString(),
    paidAmount,
    paidCurrency,
    apv,
    bankRef,
    isReversed: fate === 'reversed',
  }
}

function readOrder(body: ControlBody, { tran }: Entry, telling: CallbackTelling): Order {
  const currency = body.oneOf('currency', ['USD', 'KHR'], tran.currency)
  const said = body.has('amount') ? body.value('amount') : tran.amount
  const amount =
    plainAmount(said, currency) ?? body.refuse('amount', `use an amount above 0 with the decimals of ${currency}.`)
  const verify = readPaywayVerify(body)
  if (telling.mode === 'forged' && body.has('verify')) {
    body.refuse('verify', 'leave it out: of a forged callback the bank knows nothing.')
  }
  const isLate = body.flag('late')
  const isForced = body.flag('force')
  if (isLate && isForced) body.refuse('late', 'say either late (it is given back) or force (it is booked).')
  return {
    ...verify,
    amount,
    currency,
    method: readMethod(body, tran.option),
    discount: readDiscount(body, amount, currency),
    payerCurrency: body.oneOf('payerCurrency', ['USD', 'KHR'], currency),
    clock: readBankClock(body),
    telling,
    isForced,
    fate: isLate ? 'reversed' : 'booked',
  }
}

/** What was asked for, unless the body says another. */
function readMethod(body: ControlBody, option: string): PayMethod {
  return body.oneOf('method', payMethods, payMethods.find((one) => one === option) ?? 'khqr')
}

function readDiscount(body: ControlBody, amount: string, currency: CurrencyCode): string {
  if (!body.has('discount')) return fromMinor(0n, currency)
  const discount = plainAmount(body.value('discount'), currency)
  const wanted = `use an amount in ${currency} below the amount itself.`
  return discount !== undefined && minorOf(discount) < minorOf(amount) ? discount : body.refuse('discount', wanted)
}

function refuseIfApps(bank: PaywaySimulator, entry: Entry, order: Order, atMs: number): void {
  if (order.isForced || order.fate === 'reversed') return
  const refusal = bank.refusalOf(entry, order.method, atMs)
  if (refusal === undefined) return
  const { tranId } = entry.tran
  const how = `force: true has ${tranId} paid all the same, late: true has it paid and given back.`
  throw new ControlRefusal(422, 'qr', tranId, `The payer is told "${refusal}"; ${how}`)
}
