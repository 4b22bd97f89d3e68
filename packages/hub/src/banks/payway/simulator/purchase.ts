import { json, logId, refused, wordsOf } from './answers.ts'
import type { Tran } from './book-records.ts'
import { type Payway, signedRoute } from './gate.ts'
import { codeFor, deeplinkTo, openTran, restOf } from './new-tran.ts'
import { isTranId, type OrderFields, readOrder } from './order-fields.ts'
import { checkoutPage, errorPage, hostOf } from './pages.ts'
import type { Answer, Route, RouteRequest } from './ports.ts'
import { type Fields, isJsonNumber } from './request-fields.ts'

/** The one option that is answered in JSON. */
const deeplink = 'abapay_khqr_deeplink'
const options = ['', 'cards', 'abapay_khqr', deeplink, 'alipay', 'wechat', 'google_pay']
const names = { first: 'firstname', last: 'lastname', callback: 'return_url', longestName: 100 }

/** `POST …/purchase`: a KHQR and a deeplink in JSON, or the page where the payer pays. */
export function playPurchase(payway: Payway): Route[] {
  return signedRoute(payway, {
    operation: 'purchase',
    path: '/api/payment-gateway/v1/payments/purchase',
    style: 'text',
    strangerCode: '26',
    required: ['tran_id', 'amount'],
    plays: ['wrong-qr', 'wrong-payee'],
    dress: (answer, fields) => (asksForJson(fields) ? answer : asPage(answer)),
    answer: (fields, request) => purchase(payway, fields, request),
  })
}

function asksForJson(fields: Fields): boolean {
  return fields['payment_option'] === deeplink
}

/** The same refusal on a page. */
function asPage(answer: Answer): Answer {
  if (typeof answer !== 'object') return answer
  const { status } = JSON.parse(answer.body) as { status: { code: string | number; message: string } }
  return errorPage(String(status.code), status.message)
}

function purchase(payway: Payway, fields: Fields, request: RouteRequest): Answer {
  const no = (code: string): Answer =>
    asksForJson(fields) ? refused('text', code, { status: 400 }) : errorPage(code, wordsOf(code))
  const { tran_id: tranId = '', payment_option: option = '' } = fields
  if (!isTranId(tranId)) return no('2')
  if (!options.includes(option)) return no('23')
  if (option === 'google_pay' && (fields['google_pay_token'] ?? '') === '') return no('79')
  const how = { badUrlCode: '81', isJsonNumber: isJsonNumber(request, 'amount') }
  const order = readOrder(fields, payway.settings.currencies, names, how)
  if ('code' in order) return no(order.code)
  const isHosted = fields['payment_gate'] === '0'
  const givesJson = option === deeplink && !(isHosted && fields['view_type'] !== 'hosted_view')
  return givesJson ? giveCode(payway, fields, request, order) : givePage(payway, fields, order, request, () => no('4'))
}

function newTran(fields: Fields, hasPage: boolean): Partial<Tran> & Pick<Tran, 'tranId' | 'madeBy'> {
  return {
    ...restOf(fields),
    tranId: fields['tran_id'] ?? '',
    madeBy: 'purchase',
    option: fields['payment_option'] ?? '',
    hasPage,
    type: fields['type'] === 'pre-auth' ? 'pre-auth' : 'purchase',
    continueUrl: /^https?:\/\//.test(fields['continue_success_url'] ?? '')
      ? (fields['continue_success_url'] ?? '')
      : '',
    firstName: fields['firstname'] ?? '',
    lastName: fields['lastname'] ?? '',
  }
}

/** A `tran_id` that was used before is taken without a word, and its new code is one that nobody can pay. */
function giveCode(payway: Payway, fields: Fields, request: RouteRequest, order: OrderFields): Answer {
  const tranId = fields['tran_id'] ?? ''
  const hasPage = fields['payment_gate'] === '0'
  const qr = codeFor(payway, order, request.fault)
  if (payway.book.entry(tranId)) payway.book.write({ k: 'dead-code', tranId, qr })
  else openTran(payway, order, newTran(fields, hasPage), qr)
  const url = `${hostOf(request)}${payway.settings.basePath}/checkout/${encodeURIComponent(tranId)}`
  return json(200, {
    status: { code: '00', message: 'Success!', tran_id: tranId, lang: 'en', trace_id: logId() },
    qr_string: qr,
    abapay_deeplink: deeplinkTo(qr),
    ...(hasPage ? { checkout_qr_url: url } : {}),
  })
}

/** A form that is posted again, as a browser does on reload, is the same order for the sum that it says now. */
function givePage(
  payway: Payway,
  fields: Fields,
  order: OrderFields,
  request: RouteRequest,
  used: () => Answer,
): Answer {
  const tranId = fields['tran_id'] ?? ''
  const { amount, currency } = order
  const kept = payway.book.entry(tranId)
  if (kept && (kept.isClosed || kept.charges.length > 0)) return used()
  if (kept) payway.book.write({ k: 'again', tranId, amount, currency })
  else openTran(payway, order, newTran(fields, true), '')
  const entry = payway.book.entry(tranId)
  return entry ? checkoutOf(payway, entry.tran, request) : used()
}

/** The hosted page of a transaction, with a button for each way that it may be paid. */
export function checkoutOf({ settings }: Payway, tran: Tran, request: RouteRequest): Answer {
  const all = ['khqr', 'abapay', 'cards', 'alipay', 'wechat']
  const methods: Readonly<Record<string, readonly string[]>> = {
    abapay_khqr: ['khqr', 'abapay'],
    [deeplink]: ['khqr', 'abapay'],
    cards: ['cards'],
    alipay: ['alipay'],
    wechat: ['wechat'],
    google_pay: ['google_pay'],
  }
  const path = `${hostOf(request)}${settings.basePath}/checkout/${encodeURIComponent(tran.tranId)}/pay`
  return checkoutPage(tran, path, methods[tran.option] ?? all)
}
