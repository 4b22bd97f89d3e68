/** For tests: what a client of PayWay sends, signed in the order that its pages show. */
import { constants, createHmac, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import type { PaywaySimulatorSettings } from '../../banks/payway/simulator/settings.ts'
import { call, type Said } from './test-process.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export const rsaPublicKey = publicKey

export const samplePayway: PaywaySimulatorSettings = {
  kind: 'payway',
  basePath: '/payway',
  alsoAtRoot: true,
  active: true,
  merchantId: 'khhubdemo',
  currencies: ['USD', 'KHR'],
  payeeAccount: 'sample_shop@abaa',
  payeeMerchantId: 'SAMPLE-ABA-1',
  merchantName: 'Sample Shop',
  city: 'Phnom Penh',
  apiKey: 'example-key-usd-0001',
  nextApiKey: 'example-key-next-0002',
  rsaPrivateKey: privateKey,
  mostLagMs: 0,
  callbackAfterMs: 0,
  refundTakesMs: 0,
}

export type Fields = Readonly<Record<string, string | number>>

let references = 0

/** Nobody has sent it before. */
export function newTranId(): string {
  return `${150_001 + references++}-abc123`
}

/** YYYYMMDDHHmmss, UTC. */
export function reqTime(ms = Date.now()): string {
  return new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)
}

export function hashOf(values: readonly (string | number)[], key = samplePayway.apiKey): string {
  return createHmac('sha512', key).update(values.join('')).digest('base64')
}

/** RSA in pieces of 117 bytes, as the PHP sample cuts them. */
export function merchantAuth(value: unknown): string {
  const text = Buffer.from(JSON.stringify(value))
  const pieces: Buffer[] = []
  for (let at = 0; at < text.length; at += 117) {
    const padding = constants.RSA_PKCS1_PADDING
    pieces.push(publicEncrypt({ key: publicKey, padding }, text.subarray(at, at + 117)))
  }
  return Buffer.concat(pieces).toString('base64')
}

export const listOrder = [
  'req_time',
  'merchant_id',
  'from_date',
  'to_date',
  'from_amount',
  'to_amount',
  'status',
  'page',
  'pagination',
]
export const qrOrder = [
  'req_time',
  'merchant_id',
  'tran_id',
  'amount',
  'items',
  'first_name',
  'last_name',
  'email',
  'phone',
  'purchase_type',
  'payment_option',
  'callback_url',
  'return_deeplink',
  'currency',
  'custom_fields',
  'return_params',
  'payout',
  'lifetime',
  'qr_image_template',
]
const purchaseOrder = [
  'req_time',
  'merchant_id',
  'tran_id',
  'amount',
  'items',
  'shipping',
  'firstname',
  'lastname',
  'email',
  'phone',
  'type',
  'payment_option',
  'return_url',
  'cancel_url',
  'continue_success_url',
  'return_deeplink',
  'currency',
  'custom_fields',
  'return_params',
  'payout',
  'lifetime',
  'additional_params',
  'google_pay_token',
  'skip_success_page',
]

export function usualQr(callbackUrl: string): Fields {
  return {
    req_time: reqTime(),
    merchant_id: samplePayway.merchantId,
    tran_id: newTranId(),
    amount: '10.50',
    currency: 'USD',
    payment_option: 'abapay_khqr',
    callback_url: Buffer.from(callbackUrl).toString('base64'),
    return_params: 'order=3',
    lifetime: 10,
    qr_image_template: 'template1',
  }
}

/** A purchase of USD 10.50 by deeplink; the fields may be others. */
export async function postPurchase(
  url: string,
  fields: Fields = {},
  form: 'urlencoded' | 'multipart' | 'json' = 'urlencoded',
): Promise<Said & { tranId: string }> {
  const order: Fields = { ...usualPurchase(), ...fields }
  const signed = { ...order, hash: hashOf(purchaseOrder.map((name) => order[name] ?? '')) }
  const said = await post(`${url}/api/payment-gateway/v1/payments/purchase`, signed, form)
  return { ...said, tranId: String(order['tran_id']) }
}

function usualPurchase(): Fields {
  return {
    req_time: reqTime(),
    merchant_id: samplePayway.merchantId,
    tran_id: newTranId(),
    amount: '10.50',
    currency: 'USD',
    payment_option: 'abapay_khqr_deeplink',
    lifetime: '10',
  }
}

async function post(url: string, fields: Fields, form: 'urlencoded' | 'multipart' | 'json'): Promise<Said> {
  if (form === 'json') return call('POST', url, fields)
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  const parts = new FormData()
  for (const [name, value] of pairs) parts.append(name, value)
  const body = form === 'multipart' ? parts : new URLSearchParams(pairs)
  const answer = await fetch(url, { method: 'POST', body })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: answer.status, headers: answer.headers, text, json }
}
