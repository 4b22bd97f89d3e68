import { encode } from '@khqr-hub/khqr'
import type { Payment } from '../../src/domain/payment.ts'
import { minutesLater, openedAt } from './sample-payment.ts'

/** The code that BANK01 of empty-books.ts makes of this payment: its amount, our account, its number; and its MD5. */
export function sampleCode(
  { number, amount }: Payment,
  named: { readonly language: 'km'; readonly alternateName: string } | undefined = undefined,
): { readonly qrString: string; readonly qrMd5: string } {
  const { qr, md5 } = encode({
    kind: 'individual',
    payeeAccount: 'sample@bank',
    merchantName: 'Sample Insurance',
    currency: amount.currency,
    amountMinor: amount.amountMinor,
    billNumber: String(number),
    createdAt: openedAt,
    expiresAt: minutesLater(15),
    ...named,
  })
  return { qrString: qr, qrMd5: md5 }
}
