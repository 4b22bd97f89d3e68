import { anotherAmount, jsonNumber } from '../../banks/bank-qr/simulator/amounts.ts'
import type { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { Movement } from '../../banks/bank-qr/simulator/book-records.ts'
import { type ControlBody, readNested } from './control-body.ts'
import { longestDelayS } from './order-parts.ts'
import type { World } from './world.ts'

export const webhookModes = ['normal', 'drop', 'duplicate', 'duplicate-other-content', 'reorder', 'forged'] as const
export const noticeFields = ['paid_amount', 'currency', 'paid_datetime', 'merchant_number', 'status']
/** A `duplicate` notice is told so many times. */
const duplicateTimes = 3

/** How the bank tells of a payment. `instead` overrides fields of the notice: verify goes on telling the truth. */
export type Telling = {
  readonly mode: (typeof webhookModes)[number] | 'late'
  readonly delayMs: number
  readonly instead: Readonly<Record<string, unknown>> | undefined
}

export type Told = Omit<Movement, 'hidden'>

/** The body's `webhook` and `notice`. */
export function readTelling(body: ControlBody): Telling {
  const { mode, delayMs } = readMode(body)
  const instead = readInstead(body)
  if (instead && mode === 'drop') body.refuse('notice', 'leave it out: a dropped notice is not told.')
  return { mode, delayMs, instead }
}

function readMode(body: ControlBody): Pick<Telling, 'mode' | 'delayMs'> {
  const said = String(body.value('webhook') ?? 'normal')
  const late = /^late:(\d{1,6}(?:\.\d{1,3})?)$/.exec(said)
  if (late && Number(late[1]) <= longestDelayS) return { mode: 'late', delayMs: Math.round(Number(late[1]) * 1000) }
  const mode = webhookModes.find((one) => one === said)
  if (mode) return { mode, delayMs: 0 }
  return body.refuse('webhook', `use ${webhookModes.join(', ')}, or late:<seconds> (at most ${longestDelayS}).`)
}

/** An amount is written as the bank writes it, a JSON number; `null` leaves a field out. */
function readInstead(body: ControlBody): Telling['instead'] {
  const notice = readNested(body, 'notice', noticeFields)
  if (!notice) return undefined
  const said = noticeFields.filter((name) => notice.value(name) !== undefined)
  return Object.fromEntries(said.map((name) => [name, notice.has(name) ? readField(notice, name) : undefined]))
}

function readField(notice: ControlBody, name: string): unknown {
  const text = notice.text(name, 'use a text, a number, or null to leave it out.')
  return name === 'paid_amount' && /^-?\d{1,20}(\.\d{1,10})?$/.test(text) ? readNumber(text) : text
}

function readNumber(text: string): unknown {
  // JSON has no numbers with zeros before them.
  return /^-?0\d/.test(text) ? text : jsonNumber(text)
}

/** Tells of movements that have all arrived. */
export function tellOf(world: World, bank: BankQrSimulator, telling: Telling, movements: readonly Told[]): void {
  const { mode, delayMs, instead = {} } = telling
  if (mode === 'drop') return
  const notice = (told: Told, said = instead) => ({
    bank: bank.code,
    purpose: 'notice' as const,
    path: bank.settings.webhookPath,
    body: bank.noticeBody(told, said),
    reference: told.reference,
    transactionId: told.transactionId,
    firstAtMs: world.nowMs() + delayMs,
  })
  if (mode === 'reorder') world.deliveries.tellInOrder(movements.toReversed().map((told) => notice(told)))
  else if (mode === 'duplicate-other-content') {
    for (const told of movements) {
      const other = telling.instead ?? { paid_amount: jsonNumber(anotherAmount(told.amount, told.currency)) }
      world.deliveries.tellInOrder([notice(told, {}), notice(told, other)])
    }
  } else {
    const copies = mode === 'duplicate' ? duplicateTimes : 1
    for (const told of movements) for (let n = 0; n < copies; n++) void world.deliveries.tell(notice(told))
  }
}
