import { setTimeout as wait } from 'node:timers/promises'
import { type CurrencyCode, plainAmount } from '../../banks/bakong/simulator/amounts.ts'
import {
  type BakongBehaviour,
  type BakongOrder,
  bakongBehaviours,
  type BakongSimulator,
} from '../../banks/bakong/simulator/bakong-simulator.ts'
import type { Transfer } from '../../banks/bakong/simulator/book-records.ts'
import { type PaidCode, readCode } from '../../banks/bakong/simulator/khqr-code.ts'
import { type ControlBody, ControlRefusal, readControlBody } from './control-body.ts'
import { type BankClock, longestDelayS, readBankClock } from './order-parts.ts'
import type { World } from './world.ts'

export const bakongPayFields = [
  'bank',
  'qr',
  'amount',
  'currency',
  'times',
  'gapMs',
  'webhook',
  'verify',
  'late',
  'sameTransferAs',
  'instructionRef',
  'clockSkewS',
  'paidAt',
]
const mostTimes = 1000
const longestGapMs = 60_000
/** `times` × `gapMs` is the time the call takes. */
const longestCallMs = 120_000

type Order = BakongOrder & {
  readonly code: PaidCode
  readonly amount: string
  readonly currency: CurrencyCode
  readonly clock: BankClock
  readonly instructionRef: string | null
  readonly sameAs: Transfer | undefined
}

/** `POST /_simulator/pay` at Bakong: a customer pays a code. Answers when the transfers are on disk; nobody is told. */
export async function payBakong(world: World, bank: BakongSimulator, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, bakongPayFields)
  // Bakong tells nobody, so there is nothing to choose; what plays any bank may say so.
  body.oneOf('webhook', ['normal', 'drop'], 'drop')
  const order = readOrder(bank, body)
  const times = body.whole('times', { least: 1, most: mostTimes, fallback: 1 })
  const gapMs = body.whole('gapMs', { least: 0, most: longestGapMs, fallback: 0 })
  if (times * gapMs > longestCallMs) body.refuse('gapMs', `times × gapMs may be at most ${longestCallMs} ms.`)
  const isForced = body.flag('late')
  const transfers: Transfer[] = []
  for (let n = 0; n < times; n++) {
    if (n > 0 && gapMs > 0) await wait(gapMs)
    const createdAtMs = Math.floor(order.clock(world.nowMs(), n * gapMs) / 1000)
    if (!isForced) refuseExpired(order.code, createdAtMs)
    transfers.push(bank.receive({ ...order, createdAtMs }))
  }
  await world.durable()
  return {
    md5: order.code.md5,
    transactions: transfers.map(({ hash, amount, currency, createdAtMs, externalRef }) => ({
      transactionId: hash,
      amount,
      currency,
      paidAt: new Date(createdAtMs).toISOString(),
      externalRef,
    })),
  }
}

/** `POST /_simulator/verify` at Bakong: what look-ups say from now on of all transfers of a code. */
export async function setBakongVerify(world: World, bank: BakongSimulator, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, ['bank', 'qr', 'md5', 'paymentId', 'verify'])
  const order = readBakongVerify(body)
  const changes = ['paid', 'unpaid', 'unpaid-for', 'late', 'flap', 'silent', 'garbage']
  if (!body.has('verify') || !changes.includes(order.verify)) {
    body.refuse('verify', 'use one of paid, unpaid, unpaid-for:<seconds>, flap, silent, garbage.')
  }
  const md5s = findMd5s(bank, body)
  for (const md5 of md5s) bank.setVerify(md5, order)
  await world.durable()
  return { md5s, verify: String(body.value('verify')) }
}

function findMd5s(bank: BakongSimulator, body: ControlBody): string[] {
  if (body.has('qr')) return [readQr(body, 'qr').md5]
  if (body.has('md5')) {
    const md5 = body.text('md5', 'use the MD5 of a KHQR.')
    return [/^[0-9a-f]{32}$/.test(md5) ? md5 : body.refuse('md5', 'use the MD5 of a KHQR, 32 hex digits.')]
  }
  const reference = body.text('paymentId', 'say qr, md5, or the bill number of codes that were paid.')
  const md5s = bank.book.md5sOf(reference)
  if (md5s.length > 0) return md5s
  const why = `No code with the bill number ${reference} was paid at ${bank.code}; say qr or md5 instead.`
  throw new ControlRefusal(404, 'paymentId', reference, why)
}

function readOrder(bank: BakongSimulator, body: ControlBody): Order {
  const code = readQr(body, 'qr')
  const currency = body.oneOf('currency', ['USD', 'KHR'], code.currency)
  const said = body.has('amount') ? body.value('amount') : code.amount
  const wanted = `use an amount above 0 with the decimals of ${currency}${code.amount === undefined ? '; the code says none' : ''}.`
  const amount = plainAmount(said, currency) ?? body.refuse('amount', wanted)
  return {
    code,
    amount,
    currency,
    clock: readBankClock(body),
    instructionRef: body.has('instructionRef') ? body.text('instructionRef', 'use a text.') : null,
    sameAs: readSameTransfer(bank, body),
    ...readBakongVerify(body),
  }
}

function readQr(body: ControlBody, field: string): PaidCode {
  const reading = readCode(body.text(field, 'use the text of a KHQR; Bakong knows payments by their codes alone.'))
  return reading.ok ? reading.code : body.refuse(field, `it ${reading.problem}.`)
}

function readSameTransfer(bank: BakongSimulator, body: ControlBody): Transfer | undefined {
  if (!body.has('sameTransferAs')) return undefined
  const { md5 } = readQr(body, 'sameTransferAs')
  const transfer = bank.book.firstOf(md5)
  if (transfer) return transfer
  throw new ControlRefusal(404, 'sameTransferAs', md5, 'The code in sameTransferAs was not paid yet; pay it first.')
}

/** The banking app reads the expiry in the code, by the clock the payment is made by. */
function refuseExpired({ expiresAtMs = Infinity }: PaidCode, createdAtMs: number): void {
  if (createdAtMs <= expiresAtMs) return
  const ended = new Date(expiresAtMs).toISOString()
  const why = `The code expired at ${ended}, so the banking app refuses it; say late: true to have it paid all the same.`
  throw new ControlRefusal(422, 'qr', ended, why)
}

/** The body's `verify`: one of a list, `late:<seconds>` or `unpaid-for:<seconds>`. Left out, it is `paid`. */
function readBakongVerify(body: ControlBody): BakongOrder {
  if (!body.has('verify')) return { verify: 'paid', waitMs: 0 }
  const said = String(body.value('verify')).toLowerCase()
  const [, name, seconds] = /^(late|unpaid-for):(\d{1,6}(?:\.\d{1,3})?)$/.exec(said) ?? []
  const timed = ['late', 'unpaid-for']
  if (name !== undefined && Number(seconds) <= longestDelayS) {
    return { verify: name as BakongBehaviour, waitMs: Math.round(Number(seconds) * 1000) }
  }
  const verify = bakongBehaviours.find((one) => one === said && !timed.includes(one))
  const choices = bakongBehaviours.filter((one) => !timed.includes(one)).join(', ')
  return verify
    ? { verify, waitMs: 0 }
    : body.refuse('verify', `use ${choices}, late:<seconds> or unpaid-for:<seconds> (at most ${longestDelayS}).`)
}
