import type { Attempt, Payment } from '../../domain/payment.ts'
import { md5Hex } from '../../kit/crypto.ts'
import { printAmount } from '../../money/money.ts'
import type { Topup } from '../../store/topups.ts'
import { timestamp } from '../envelope.ts'
import { shownCode } from '../shown-code.ts'

/** Where the pages of a hub begin, and what a page's token makes of it. */
export type CheckoutLinks = (token: string) => string

/** A top-up with the code that was shown for it last; undefined before the first one is. */
export type ShownTopup = {
  readonly payment: Payment
  readonly topup: Topup
  readonly code: (Attempt & { readonly qrString: string }) | undefined
}

/** A top-up as it is answered when it is made: bare, amounts as decimal text. */
export function viewOfTopup({ payment, topup, code }: ShownTopup, links: CheckoutLinks) {
  return {
    id: payment.id,
    status: statusOf(payment),
    amount: printAmount(payment.amount.amountMinor, payment.amount.currency),
    currency: payment.amount.currency,
    hash: topup.handle ?? null,
    md5: code ? md5Hex(code.qrString) : null,
    qr_string: code?.qrString ?? null,
    deeplink: code?.deeplink ?? null,
    checkout_url: links(topup.checkoutToken),
    bill_number: topup.billNumber,
    expires_at: code ? timestamp(code.expiresAt) : null,
    confirmation: topup.confirmation,
    next_check_at: topup.nextCheckAt ? timestamp(topup.nextCheckAt) : null,
  }
}

/** A top-up as it is read again: with whose it is, what was said of it, and when it was paid. */
export function viewOfKnownTopup(
  { payment, topup, receiptUrl }: { payment: Payment; topup: Topup; receiptUrl: string | undefined },
  links: CheckoutLinks,
) {
  return {
    ...viewOfTopup({ payment, topup, code: shownCode(payment) }, links),
    userId: topup.userId,
    description: topup.description ?? null,
    completed_at: payment.completedAt ? timestamp(payment.completedAt) : null,
    receipt_url: receiptUrl ?? null,
  }
}

/** Callers wait for money: whether a code was shown yet is not theirs to know. */
function statusOf(payment: Payment): string {
  return payment.status === 'processing' ? 'pending' : payment.status
}
