import { parseReceiptNumber, receiptContent } from '../domain/customer-receipt.ts'
import { hmacSha256, timingSafeEqualText } from '../kit/crypto.ts'
import { type KnownReceipt, paymentOfReceipt, readCustomerReceipts } from '../store/customer-receipts.ts'
import type { Hub } from './hub.ts'

/** `disagrees`: the books no longer say what they said when it was issued, so nothing of it may be shown. */
export type FoundReceipt =
  | { readonly kind: 'agrees'; readonly receipt: KnownReceipt }
  | { readonly kind: 'disagrees'; readonly receipt: KnownReceipt }

/** The receipt that a link names, its words as they stand in the link; undefined where no such link was ever given out. */
export async function findCustomerReceipt(
  hub: Hub,
  link: { readonly number: string; readonly mac: string },
): Promise<FoundReceipt | undefined> {
  const number = parseReceiptNumber(link.number)
  if (number === undefined || !/^[A-Za-z0-9_-]{43}$/.test(link.mac)) return undefined
  const paymentNumber = await paymentOfReceipt(hub.db, number)
  if (paymentNumber === undefined) return undefined
  const [receipt] = await readCustomerReceipts(hub.db, [paymentNumber])
  if (!receipt?.issued || !timingSafeEqualText(link.mac, receipt.issued.mac.toString('base64url'))) return undefined
  return { kind: isInAgreement(receipt) ? 'agrees' : 'disagrees', receipt }
}

/** Whether the books still say what they said when it was issued. */
export function isInAgreement({ facts, issued }: KnownReceipt): boolean {
  if (!issued || facts.movements.length === 0) return false
  const now = hmacSha256(issued.secret, receiptContent(facts)).toString('base64url')
  return timingSafeEqualText(now, issued.mac.toString('base64url'))
}
