import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { phpText } from './php-text.ts'

const identity = ['req_time', 'merchant_id', 'tran_id'] as const
const portal = ['request_time', 'merchant_id', 'merchant_auth'] as const

/** Which fields each operation signs, in which order. Source: PayWay's PHP samples; `ctid` after `items` is as its sandbox has it. */
export const hashOrders = {
  purchase: [
    ...identity,
    'amount',
    'items',
    'ctid',
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
    'token_flag',
    'frequency',
  ],
  'generate-qr': [
    ...identity,
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
  ],
  check: identity,
  detail: identity,
  close: identity,
  list: ['req_time', 'merchant_id', 'from_date', 'to_date', 'from_amount', 'to_amount', 'status', 'page', 'pagination'],
  // Of old, without a time.
  'check-old': identity,
  'exchange-rate': ['req_time', 'merchant_id'],
  'by-reference': ['req_time', 'merchant_id', 'merchant_ref'],
  refund: portal,
  'pre-auth-completion': ['merchant_auth', 'request_time', 'merchant_id'],
  'pre-auth-cancellation': ['merchant_id', 'merchant_auth', 'request_time'],
  'link-create': portal,
  'link-detail': portal,
  'link-void': portal,
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Operation = keyof typeof hashOrders

/** Base64 of HMAC-SHA512 over the values as they were sent; what is missing is nothing. */
export function hashOf(operation: Operation, fields: Readonly<Record<string, unknown>>, key: string): string {
  return sign(hashOrders[operation].map((name) => phpText(fields[name])).join(''), key)
}

/** The signature of a callback: its values, sorted by their names. */
export function callbackHash(body: Readonly<Record<string, unknown>>, key: string): string {
  const names = Object.keys(body).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  return sign(names.map((name) => phpText(body[name])).join(''), key)
}

export function sign(text: string, key: string): string {
  return createHmac('sha512', Buffer.from(key, 'utf8')).update(text, 'utf8').digest('base64')
}

export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
