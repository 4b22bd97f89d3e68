import type { Attempt, Payment } from '../domain/payment.ts'

/** The code of a payment that was shown last; undefined where none was. */
export function shownCode(payment: Payment): (Attempt & { readonly qrString: string }) | undefined {
  return payment.attempts.findLast(
    (attempt): attempt is Attempt & { readonly qrString: string } => attempt.qrString !== undefined,
  )
}
