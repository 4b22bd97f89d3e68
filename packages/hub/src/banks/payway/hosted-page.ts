import { printAmount } from '../../money/money.ts'
import type { QrOrder } from '../bank.ts'
import type { HostedPage } from '../purchase.ts'
import type { Parts } from './api.ts'
import { callbackUrl } from './callbacks.ts'
import { calls } from './calls.ts'
import { methodOf } from './methods.ts'
import { base64, itemsField, lifetimeField, requestTime } from './purchase-fields.ts'
import { signPayway } from './sign.ts'

/** Both are outside of the signature. Without them PayWay answers the browser with JSON instead of its page. */
const asPage = { payment_gate: '0', view_type: 'hosted_view' } as const

/**
 * The purchase as a form for the customer's browser, which PayWay answers with its own page. Signed for this moment: the
 * request says when it was made. Fields that hold nothing are left out, and so is who the customer is: PayWay needs none of
 * it, and the form lies in a browser that others may use.
 */
export function hostedPage({ settings, keys, clock }: Parts, order: QrOrder): HostedPage {
  const { purchase, account, reference, amount } = order
  const merchantId = account.accountNumber
  const [key] = keys.of(merchantId)
  if (key === undefined) throw new Error(`There is no API key of merchant id ${merchantId}`)
  const callback = callbackUrl(settings, merchantId)
  const backTo = purchase?.backTo ?? ''
  const signed = {
    req_time: requestTime(clock.now()),
    merchant_id: merchantId,
    tran_id: reference,
    amount: printAmount(amount.amountMinor, amount.currency),
    items: itemsField(purchase?.items ?? []),
    type: 'purchase',
    payment_option: methodOf(purchase?.method)?.option ?? '',
    return_url: callback === undefined ? '' : base64(callback),
    cancel_url: backTo,
    continue_success_url: backTo,
    currency: amount.currency,
    lifetime: lifetimeField(clock.now(), order.expiresAt),
  }
  const filled = Object.fromEntries(Object.entries(signed).filter(([, value]) => value !== ''))
  const { hash } = signPayway('purchase', filled, key)
  return { action: settings.origin + calls.purchase.path, fields: { ...filled, ...asPage, hash } }
}
