import { decode } from '@khqr-hub/khqr'
import type { Attempt, Payment } from '../domain/payment.ts'
import type { Language } from './language.ts'

/** The code of a payment that was shown last; undefined where none was. */
export function shownCode(payment: Payment): (Attempt & { readonly qrString: string }) | undefined {
  return payment.attempts.findLast(
    (attempt): attempt is Attempt & { readonly qrString: string } => attempt.qrString !== undefined,
  )
}

/** Who is paid by a code, in the reader's language where the code says so; undefined where there is no code. */
export function payeeOf(qrString: string | undefined, language: Language): string | undefined {
  if (qrString === undefined) return undefined
  const khqr = decode(qrString, { mode: 'lenient' })
  const isAlternate = khqr.alternateName !== undefined && khqr.language?.toLowerCase() === language
  return isAlternate ? khqr.alternateName : khqr.merchantName
}
