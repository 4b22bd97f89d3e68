import { randomInt } from 'node:crypto'
import { anotherAmount, plainAmount } from './amounts.ts'
import type { Tran } from './book-records.ts'
import type { Payway } from './gate.ts'
import { writeCode } from './khqr-code.ts'
import type { OrderFields } from './order-fields.ts'
import type { Fault } from './ports.ts'
import type { Fields } from './request-fields.ts'

const usualLagMs = 1500
const longestLagMs = 2000
const strangerAccount = 'somebody_else@wrng'

/** Opens a transaction. Check knows it after a random lag, detail not before check. */
export function openTran(
  { settings, book, ports }: Payway,
  order: Pick<OrderFields, 'amount' | 'currency' | 'callbackUrl' | 'lifetimeMs'>,
  rest: Partial<Tran> & Pick<Tran, 'tranId' | 'madeBy'>,
  qr: string,
): Tran {
  const now = ports.nowMs()
  const lagMs = Math.min(settings.mostLagMs ?? usualLagMs, longestLagMs)
  const first = randomInt(lagMs + 1)
  const tran: Tran = {
    number: book.nextNumber,
    option: '',
    hasPage: false,
    type: 'purchase',
    amount: order.amount,
    currency: order.currency,
    qr,
    createdAtMs: now,
    checkFromMs: now + first,
    detailFromMs: now + randomInt(first, lagMs + 1),
    expiresAtMs: now + order.lifetimeMs,
    callbackUrl: order.callbackUrl,
    continueUrl: '',
    returnParams: '',
    merchantRef: '',
    linkId: '',
    firstName: '',
    lastName: '',
    email: '',
    phone: '',
    hasPayout: false,
    ...rest,
  }
  book.write({ k: 'tran', ...tran })
  return tran
}

/** The KHQR of an order; under a fault it says another sum, or another payee. */
export function codeFor({ settings, book, ports }: Payway, order: OrderFields, fault: Fault | undefined): string {
  const { amount, currency, lifetimeMs } = order
  const now = ports.nowMs()
  const wrong = plainAmount(fault?.value, currency) ?? anotherAmount(amount, currency)
  return writeCode({
    account: fault?.kind === 'wrong-payee' ? strangerAccount : settings.payeeAccount,
    merchantId: settings.payeeMerchantId,
    merchantName: settings.merchantName,
    city: settings.city,
    amount: fault?.kind === 'wrong-qr' ? wrong : amount,
    currency,
    number: book.nextNumber * 1000 + randomInt(1000),
    createdAtMs: now,
    expiresAtMs: now + lifetimeMs,
  })
}

export function deeplinkTo(qr: string): string {
  return `abamobilebank://ababank.com?type=payway&qrcode=${encodeURIComponent(qr)}`
}

/** Of the payer and the order, what both operations have under the same name. */
export function restOf(fields: Fields): Partial<Tran> {
  return {
    returnParams: fields['return_params'] ?? '',
    email: fields['email'] ?? '',
    phone: fields['phone'] ?? '',
    hasPayout: (fields['payout'] ?? '') !== '',
  }
}
