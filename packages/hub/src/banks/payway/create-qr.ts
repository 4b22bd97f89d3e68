import type { CallContext } from '../../kit/call.ts'
import { decimalText, valueAt } from '../../kit/json.ts'
import { printAmount } from '../../money/money.ts'
import type { QrAnswer, QrOrder } from '../bank.ts'
import { askDone, trouble } from './api.ts'
import type { Ask, Parts } from './api.ts'
import { callbackUrl } from './callbacks.ts'
import { methodOf } from './methods.ts'
import { base64, customerFields, itemsField, lifetimeField, purchaseLimits, qrLimits } from './purchase-fields.ts'

/** The picture's looks. It is not used, and PayWay makes no code without one. */
const pictureTemplate = 'template1'
/** Longer than any KHQR. */
const longestCode = 1_000

/**
 * Asks for a code. Sent once: after an unknown outcome its reference is looked up and never sent again. Throws `Trouble`,
 * also for a page of HTML, which PayWay answers many errors with.
 */
export async function createQr(parts: Parts, order: QrOrder, context: CallContext): Promise<QrAnswer> {
  const asked = isPurchase(order) ? purchaseOf(parts, order) : generateQrOf(parts, order)
  const said = await askDone(parts, asked, context)
  const code = valueAt(said.body, asked.operation === 'purchase' ? 'qr_string' : 'qrString')
  if (typeof code !== 'string' || code === '' || code.length > longestCode) {
    const more = { httpStatus: said.httpStatus, exchange: said.exchanges.at(-1), outcome: 'unknown' } as const
    throw trouble(parts, asked.operation, 'unreadable', 'the answer has no code', more)
  }
  return { qrString: code, deeplink: deeplinkOf(said.body), bankReference: undefined, exchanges: said.exchanges }
}

/** Only orders name a method; whatever else is paid gets a code that any bank's app pays. */
function isPurchase({ purchase }: QrOrder): boolean {
  return purchase !== undefined && methodOf(purchase.method)?.asks === 'purchase'
}

function purchaseOf(parts: Parts, order: QrOrder): Ask {
  const { purchase, account, reference, amount } = order
  const customer = customerFields(purchase?.customer, purchaseLimits)
  return {
    operation: 'purchase',
    merchantId: account.accountNumber,
    fields: {
      tran_id: reference,
      amount: printAmount(amount.amountMinor, amount.currency),
      items: itemsField(purchase?.items ?? []),
      firstname: customer.firstName,
      lastname: customer.lastName,
      email: customer.email,
      phone: customer.phone,
      type: 'purchase',
      payment_option: methodOf(purchase?.method)?.option ?? '',
      return_url: callbackField(parts, account.accountNumber),
      currency: amount.currency,
      lifetime: lifetimeField(parts.clock.now(), order.expiresAt),
    },
  }
}

function generateQrOf(parts: Parts, order: QrOrder): Ask {
  const { purchase, account, reference, amount } = order
  const customer = customerFields(purchase?.customer, qrLimits)
  return {
    operation: 'generate-qr',
    merchantId: account.accountNumber,
    fields: {
      tran_id: reference,
      // A text: of a number PayWay signs another text than ours, where it ends in a zero.
      amount: printAmount(amount.amountMinor, amount.currency),
      items: itemsField(purchase?.items ?? []),
      first_name: customer.firstName,
      last_name: customer.lastName,
      email: customer.email,
      phone: customer.phone,
      purchase_type: 'purchase',
      payment_option: 'abapay_khqr',
      callback_url: callbackField(parts, account.accountNumber),
      currency: amount.currency,
      lifetime: lifetimeField(parts.clock.now(), order.expiresAt),
      qr_image_template: pictureTemplate,
    },
  }
}

function callbackField({ settings }: Parts, merchantId: string): string {
  const url = callbackUrl(settings, merchantId)
  return url === undefined ? '' : base64(url)
}

/** Passed on as it came, where it looks like something that opens an app. */
function deeplinkOf(body: unknown): string | undefined {
  const link = decimalText(valueAt(body, 'abapay_deeplink'))
  return link !== undefined &&
    link.length <= 4_000 &&
    /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(link) &&
    !/^(javascript|data):/i.test(link)
    ? link
    : undefined
}
