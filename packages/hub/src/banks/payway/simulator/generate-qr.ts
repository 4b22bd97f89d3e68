import { invalid, json, refused, traceId } from './answers.ts'
import { phpNumber } from './amounts.ts'
import { type Payway, signedRoute } from './gate.ts'
import { codeFor, deeplinkTo, openTran, restOf } from './new-tran.ts'
import { isTranId, readOrder } from './order-fields.ts'
import type { Answer, Route, RouteRequest } from './ports.ts'
import { type Fields, isJsonNumber } from './request-fields.ts'

const names = { first: 'first_name', last: 'last_name', callback: 'callback_url', longestName: 20 }
const options = ['abapay_khqr', 'wechat', 'alipay']
const templates = [
  'template1',
  'template1_color',
  'template2',
  'template2_color',
  'template3_color',
  'template4',
  'template4_color',
  'template5',
  'template5_color',
  'template6_color',
]
/** What the layer before all others finds wrong comes as "04", with the field. */
const invalidFields: Readonly<Record<string, string>> = {
  '69': 'lifetime',
  '3': 'amount',
  '46': 'amount',
  '45': 'amount',
}

/** `POST …/generate-qr`: a code with its picture. */
export function playGenerateQr(payway: Payway): Route[] {
  return signedRoute(payway, {
    operation: 'generate-qr',
    path: '/api/payment-gateway/v1/payments/generate-qr',
    style: 'text',
    strangerCode: '96',
    required: ['tran_id', 'amount', 'currency', 'payment_option', 'lifetime', 'qr_image_template'],
    plays: ['wrong-qr', 'wrong-payee'],
    answer: (fields, request) => generate(payway, fields, request),
  })
}

function generate(payway: Payway, fields: Fields, request: RouteRequest): Answer {
  const { tran_id: tranId = '', payment_option: option = '', qr_image_template: template = '' } = fields
  if (!isTranId(tranId)) return invalid('text', 'tran_id', 'The tran_id must be 1 to 20 letters, digits and hyphens.')
  if (!templates.includes(template)) return invalid('text', 'qr_image_template', 'The qr image template is invalid.')
  if (!options.includes(option)) return refused('text', '23')
  const how = { badUrlCode: '102', isJsonNumber: isJsonNumber(request, 'amount') }
  const order = readOrder(fields, payway.settings.currencies, names, how)
  if ('code' in order) {
    const field = invalidFields[order.code]
    return field === undefined ? refused('text', order.code) : invalid('text', field, `The ${field} is invalid.`)
  }
  const { amount, currency } = order
  // The wallets of other countries take dollars only.
  if (option !== 'abapay_khqr' && currency !== 'USD') return refused('text', '12')
  if (payway.book.entry(tranId)) return refused('text', '403')
  const qr = codeFor(payway, order, request.fault)
  const type = fields['purchase_type'] === 'pre-auth' ? 'pre-auth' : 'purchase'
  const { first_name: firstName = '', last_name: lastName = '' } = fields
  const rest = { ...restOf(fields), firstName, lastName }
  openTran(payway, order, { ...rest, tranId, madeBy: 'generate-qr', option, type }, qr)
  return json(200, {
    qrString: qr,
    qrImage: `data:image/png;base64,${payway.ports.picture(qr).toString('base64')}`,
    abapay_deeplink: deeplinkTo(qr),
    app_store: 'https://itunes.example/aba-mobile',
    play_store: 'https://play.example/aba-mobile',
    amount: phpNumber(amount),
    currency,
    status: { code: '0', message: 'Success.', trace_id: traceId() },
  })
}
