import { createHmac } from 'node:crypto'
import { ExactNumber } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { phpText, sortedByKey } from './php-text.ts'

/** Over which fields an operation's hash is made, and how it is written. */
type HashOrder = { readonly fields: readonly string[]; readonly encoding: 'base64' | 'hex' }

const inBase64 = (fields: string): HashOrder => ({ fields: fields.split(' '), encoding: 'base64' })

const purchaseTail =
  'firstname lastname email phone type payment_option return_url cancel_url continue_success_url return_deeplink ' +
  'currency custom_fields return_params payout lifetime additional_params google_pay_token skip_success_page'
const legacyCredentials =
  'req_time merchant_id tran_id amount items shipping ctid pwt firstname lastname email phone type'
const transaction = inBase64('req_time merchant_id tran_id')
const authorised = inBase64('request_time merchant_id merchant_auth')

/**
 * Every operation that PayWay signs, its fields in the order they are joined in. The subscription's `ctid` stands right
 * after `items`: the documents leave it out, and the gateway takes no other place.
 */
const hashOrders = {
  purchase: inBase64(`req_time merchant_id tran_id amount items shipping ${purchaseTail}`),
  'purchase-subscription': inBase64(
    `req_time merchant_id tran_id amount items ctid shipping ${purchaseTail} token_flag frequency`,
  ),
  'purchase-legacy-v1': inBase64('merchant_id tran_id amount'),
  'purchase-legacy-v2': inBase64(
    `${legacyCredentials} payment_option return_url cancel_url continue_success_url return_deeplink currency custom_fields return_params`,
  ),
  'generate-qr': inBase64(
    'req_time merchant_id tran_id amount items first_name last_name email phone purchase_type payment_option ' +
      'callback_url return_deeplink currency custom_fields return_params payout lifetime qr_image_template',
  ),
  'check-transaction': transaction,
  'check-transaction-legacy-v1': inBase64('merchant_id tran_id'),
  'transaction-detail': transaction,
  'transaction-list': inBase64('req_time merchant_id from_date to_date from_amount to_amount status page pagination'),
  'close-transaction': transaction,
  'exchange-rate': inBase64('req_time merchant_id'),
  'transactions-by-ref': inBase64('req_time merchant_id merchant_ref'),
  refund: authorised,
  'preauth-complete': inBase64('merchant_auth request_time merchant_id'),
  'preauth-cancel': inBase64('merchant_id merchant_auth request_time'),
  'payment-link-create': authorised,
  'payment-link-detail': authorised,
  'payment-link-void': authorised,
  payout: {
    fields: ['merchant_id', 'tran_id', 'beneficiaries', 'amount', 'custom_fields', 'currency'],
    encoding: 'hex',
  },
  'payout-whitelist': inBase64('request_time merchant_auth'),
  'cof-link-account': inBase64(
    'merchant_id request_time ctid return_deeplink callback_url request_id token_flag currency',
  ),
  'cof-link-card': inBase64(
    'merchant_id request_time ctid callback_url request_id token_flag frequency amount currency continue_success_url',
  ),
  'cof-payment': inBase64(
    'request_time merchant_id tran_id amount currency items ctid pwt first_name last_name email phone purchase_type ' +
      'callback_url custom_fields return_params payout token_flag shipping_fee',
  ),
  'cof-renew-token': inBase64('ctid request_time pwt merchant_id request_id'),
  'cof-remove-token': inBase64('merchant_id ctid request_time pwt'),
  'cof-token-details': inBase64('merchant_id request_time request_id'),
  'legacy-aof-request-qr': inBase64('merchant_id req_time return_deeplink'),
  'legacy-cof-initial': inBase64('merchant_id ctid return_param'),
  'legacy-token-purchase': inBase64(`${legacyCredentials} return_url currency custom_fields return_params`),
  'legacy-aof-remove-account': inBase64('merchant_id req_time ctid pwt'),
  'legacy-cof-remove-card': inBase64('merchant_id ctid pwt'),
  'legacy-aof-pushback-status': inBase64('merchant_id req_time return_param'),
  /** All values of the body, sorted by key, as PHP turns them into text. */
  callback: { fields: 'sorted', encoding: 'base64' },
} as const satisfies Record<string, HashOrder | { readonly fields: 'sorted'; readonly encoding: 'base64' }>

export type SignedOperation = keyof typeof hashOrders

export const signedOperations = Object.keys(hashOrders) as readonly SignedOperation[]

export type Signed = {
  /** The values joined, without the key: it may hold names and phone numbers. */
  readonly hashInput: string
  readonly hash: string
}

/** The fields that an operation signs, in their order; undefined: all that there are. */
export function fieldsSignedBy(operation: SignedOperation): readonly string[] | undefined {
  const { fields } = hashOrders[operation]
  return fields === 'sorted' ? undefined : fields
}

/** A field that cannot be signed. The message is a sentence for whoever gave it. */
export class UnsignableField extends Error {
  override readonly name = 'UnsignableField'
}

/**
 * HMAC-SHA512 with the key as UTF-8 text. `fields` as `parseExactJson` gives them: texts and numbers count exactly as they
 * are written, null and missing ones as nothing, and what the operation does not sign is left out. Throws
 * `UnsignableField` for a signed field that is neither.
 */
export function signPayway(operation: SignedOperation, fields: JsonObject, key: string): Signed {
  const order = hashOrders[operation]
  const hashInput =
    order.fields === 'sorted'
      ? sortedByKey(fields).map(phpText).join('')
      : order.fields.map((name) => writtenText(name, Object.hasOwn(fields, name) ? fields[name] : undefined)).join('')
  const hash = createHmac('sha512', Buffer.from(key, 'utf8')).update(hashInput, 'utf8').digest(order.encoding)
  return { hashInput, hash }
}

function writtenText(name: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (value instanceof ExactNumber) return value.source
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  throw new UnsignableField(
    `${name} is ${typeof value === 'number' ? value : shownKind(value)}: only texts and numbers are signed.`,
  )
}

function shownKind(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : String(value)
}
