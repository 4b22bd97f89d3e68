import type { PaymentMethod } from '../purchase.ts'

/** A way to pay an order. `option` is PayWay's word for it (`payment_option`); `asks` makes its code. */
type Method = PaymentMethod & { readonly option: string; readonly asks: 'purchase' | 'generate-qr' }

/**
 * Every way to pay that PayWay has. `bakong` is no option of its own: any bank's app pays the KHQR that generate-qr makes.
 * What shows a page is paid on PayWay's own.
 */
export const methods = [
  { code: 'abapay_khqr_deeplink', shows: 'code', usual: true, option: 'abapay_khqr_deeplink', asks: 'purchase' },
  { code: 'bakong', shows: 'code', usual: true, option: 'abapay_khqr', asks: 'generate-qr' },
  { code: 'cards', shows: 'page', usual: false, option: 'cards', asks: 'purchase' },
  { code: 'abapay', shows: 'page', usual: false, option: 'abapay_khqr', asks: 'purchase' },
  { code: 'alipay', shows: 'page', usual: false, option: 'alipay', asks: 'purchase' },
  { code: 'wechat', shows: 'page', usual: false, option: 'wechat', asks: 'purchase' },
  { code: 'google_pay', shows: 'page', usual: false, option: 'google_pay', asks: 'purchase' },
] as const satisfies readonly Method[]

/** `code` undefined: the usual one, for payments that name none. Undefined: PayWay has no such method. */
export function methodOf(code: string | undefined): Method | undefined {
  return code === undefined ? methods[0] : methods.find((one) => one.code === code)
}
