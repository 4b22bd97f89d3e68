import { randomUUID } from 'node:crypto'
import type { Charge, Tran } from './book-records.ts'
import { callbackHash, sign } from './hash.ts'
import type { Message } from './ports.ts'

/**
 * The form of a callback: PayWay's own JSON; the same as a form; of old a form with the JSON in its field `response`; that
 * of the profile raw-body; and PayWay's own behind a bare GET.
 */
export const callbackShapes = ['json', 'form', 'form-response', 'raw-body', 'probe'] as const
/** `unsorted`: over the values in the order of the body. */
export const callbackSignatures = ['right', 'wrong', 'unsorted', 'none'] as const
export const callbackFields = ['tran_id', 'apv', 'status', 'return_params', 'merchant_ref'] as const

export type CallbackShape = (typeof callbackShapes)[number]
export type CallbackSignature = (typeof callbackSignatures)[number]

export type CallbackOrder = {
  readonly shape: CallbackShape
  readonly signature: CallbackSignature
  /** Fields that say something else than is true; undefined leaves one out. */
  readonly instead: Readonly<Record<string, unknown>>
  /** Absolute. */
  readonly url: string
  readonly transactionId: string
  readonly firstAtMs: number
}

type Told = Pick<Charge, 'apv' | 'amount' | 'currency' | 'atMs'>

const notTheKey = 'not-the-key'
const agent = { 'user-agent': 'PayWayApp/3.0' }
const form = 'application/x-www-form-urlencoded'

/** What goes over the wire to tell of a payment, in this order. */
export function callbackMessages(tran: Tran, told: Told, key: string, order: CallbackOrder): Message[] {
  const base = { tranId: tran.tranId, transactionId: order.transactionId, firstAtMs: order.firstAtMs, url: order.url }
  const probe: Message = { ...base, method: 'GET', headers: agent, body: '' }
  const message: Message = { ...base, method: 'POST', ...wire(tran, told, key, order) }
  return order.shape === 'probe' ? [probe, message] : [message]
}

/** A link tells in a form of its own, and never signs it. */
export function linkMessage(tran: Tran, order: Pick<CallbackOrder, 'url' | 'transactionId' | 'firstAtMs'>): Message {
  const body = JSON.stringify({ tran_id: tran.tranId, status: 0, merchant_ref_no: tran.merchantRef })
  const headers = { ...agent, 'content-type': 'application/json; charset=utf-8' }
  const { url, transactionId, firstAtMs } = order
  return { url, transactionId, firstAtMs, tranId: tran.tranId, method: 'POST', headers, body }
}

function wire(tran: Tran, told: Told, key: string, order: CallbackOrder): Pick<Message, 'headers' | 'body'> {
  if (order.shape === 'raw-body') return rawBody(tran, told, key, order)
  const body = { ...bodyOf(tran, told), ...order.instead }
  const known = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  const signature = signatureOf(known, key, order.signature)
  const headers = {
    ...agent,
    ...(signature === undefined ? {} : { 'x-payway-hmac-sha512': signature }),
    'content-type': order.shape.startsWith('form') ? form : 'application/json; charset=utf-8',
  }
  const text = JSON.stringify(known)
  if (order.shape === 'form-response') return { headers, body: new URLSearchParams({ response: text }).toString() }
  if (order.shape !== 'form') return { headers, body: text }
  const pairs = Object.entries(known).map(([name, value]): [string, string] => [name, String(value ?? '')])
  return { headers, body: new URLSearchParams(pairs).toString() }
}

function bodyOf(tran: Tran, { apv }: Told): Record<string, unknown> {
  const { tranId: tran_id, returnParams: return_params, merchantRef: merchant_ref } = tran
  return { tran_id, apv, status: '0', return_params, merchant_ref }
}

function signatureOf(body: Readonly<Record<string, unknown>>, key: string, how: CallbackSignature): string | undefined {
  switch (how) {
    case 'right':
      return callbackHash(body, key)
    case 'wrong':
      return callbackHash(body, notTheKey)
    case 'unsorted':
      return sign(Object.values(body).join(''), key)
    case 'none':
      return undefined
  }
}

/** As a document has it that PayWay itself does not follow: the signature is over the body as it stands. */
function rawBody(tran: Tran, told: Told, key: string, order: CallbackOrder): Pick<Message, 'headers' | 'body'> {
  const body = JSON.stringify({
    webhook_id: `wh_${randomUUID()}`,
    tran_id: tran.tranId,
    status: 'success',
    amount: told.amount,
    currency: told.currency,
    payment_option: tran.option,
    apv: told.apv,
    return_params: tran.returnParams,
    req_time: Math.floor(told.atMs / 1000),
    ...order.instead,
  })
  const signature = order.signature === 'none' ? undefined : sign(body, order.signature === 'right' ? key : notTheKey)
  const headers = { ...agent, 'content-type': 'application/json' }
  return { headers: signature === undefined ? headers : { ...headers, 'x-payway-signature': signature }, body }
}
