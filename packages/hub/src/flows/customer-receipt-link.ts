import type { Payment } from '../domain/payment.ts'
import { customerReceiptLinks } from './customer-receipt-links.ts'
import type { Hub } from './hub.ts'

/**
 * The address of a completed payment's receipt, issued now where it is not yet; undefined while there is none to issue.
 * The same address every time.
 */
export async function customerReceiptLink(
  hub: Hub,
  payment: Pick<Payment, 'number' | 'status'>,
): Promise<string | undefined> {
  return (await customerReceiptLinks(hub, [payment])).get(payment.number)
}
