import type { Entry } from '../../banks/payway/simulator/book.ts'
import type { Charge } from '../../banks/payway/simulator/book-records.ts'
import {
  callbackFields,
  callbackShapes,
  callbackSignatures,
  type CallbackShape,
  type CallbackSignature,
} from '../../banks/payway/simulator/callbacks.ts'
import type { PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import { type ControlBody, readNested } from './control-body.ts'
import { longestDelayS } from './order-parts.ts'

export const callbackTellingFields = ['webhook', 'notice', 'shape', 'signature', 'callbackTo']
export const callbackModes = ['normal', 'drop', 'duplicate', 'forged'] as const
/** A `duplicate` callback is told so many times. */
const duplicateTimes = 3

/** How PayWay tells of a payment. */
export type CallbackTelling = {
  readonly mode: (typeof callbackModes)[number] | 'late'
  readonly delayMs: number
  readonly shape: CallbackShape
  readonly signature: CallbackSignature
  readonly instead: Readonly<Record<string, unknown>>
  /** In place of the address it was given. */
  readonly url: string | undefined
}

/** A forged callback is badly signed unless the body says otherwise: then it is a lie under the right key. */
export function readCallbackTelling(body: ControlBody): CallbackTelling {
  const { mode, delayMs } = readMode(body)
  return {
    mode,
    delayMs,
    shape: body.oneOf('shape', callbackShapes, 'json'),
    signature: body.oneOf('signature', callbackSignatures, mode === 'forged' ? 'wrong' : 'right'),
    instead: readInstead(body),
    url: readUrl(body),
  }
}

function readMode(body: ControlBody): Pick<CallbackTelling, 'mode' | 'delayMs'> {
  const said = String(body.value('webhook') ?? 'normal')
  const late = /^late:(\d{1,6}(?:\.\d{1,3})?)$/.exec(said)
  if (late && Number(late[1]) <= longestDelayS) return { mode: 'late', delayMs: Math.round(Number(late[1]) * 1000) }
  const mode = callbackModes.find((one) => one === said)
  if (mode) return { mode, delayMs: 0 }
  return body.refuse('webhook', `use ${callbackModes.join(', ')}, or late:<seconds> (at most ${longestDelayS}).`)
}

/** `null` leaves a field out. */
function readInstead(body: ControlBody): CallbackTelling['instead'] {
  const notice = readNested(body, 'notice', callbackFields)
  if (!notice) return {}
  const said = callbackFields.filter((name) => notice.value(name) !== undefined)
  return Object.fromEntries(said.map((name) => [name, notice.has(name) ? notice.value(name) : undefined]))
}

function readUrl(body: ControlBody): string | undefined {
  if (!body.has('callbackTo')) return undefined
  const url = body.text('callbackTo', 'use an absolute address of this machine.')
  return URL.canParse(url) ? url : body.refuse('callbackTo', 'use an absolute address of this machine.')
}

/** Tells of it as often as ordered. */
export function tellPayway(
  bank: PaywaySimulator,
  entry: Entry,
  told: Pick<Charge, 'apv' | 'amount' | 'currency' | 'atMs'>,
  telling: CallbackTelling & { readonly transactionId: string },
): void {
  const { mode, delayMs, shape, signature, instead, url, transactionId } = telling
  if (mode === 'drop') return
  const firstAtMs = bank.callbackAtMs() + delayMs
  const copies = mode === 'duplicate' ? duplicateTimes : 1
  const where = url === undefined ? {} : { url }
  for (let n = 0; n < copies; n++) {
    bank.tell(entry, told, { shape, signature, instead, transactionId, firstAtMs, ...where })
  }
}
