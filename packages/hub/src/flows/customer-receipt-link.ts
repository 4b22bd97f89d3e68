import { printReceiptNumber } from '../domain/customer-receipt.ts'
import type { Payment } from '../domain/payment.ts'
import { type KnownReceipt, readCustomerReceipts, writeCustomerReceipts } from '../store/customer-receipts.ts'
import type { Hub } from './hub.ts'
import { newCustomerReceipt } from './issue-receipt.ts'

/**
 * The address of a completed payment's receipt, issued now where it is not yet; undefined while there is none to issue.
 * The same address every time.
 */
export async function customerReceiptLink(
  hub: Hub,
  payment: Pick<Payment, 'number' | 'status'>,
): Promise<string | undefined> {
  if (payment.status !== 'completed') return undefined
  const known = await readOne(hub, payment.number)
  if (!known) return undefined
  if (known.issued) return linkOf(hub, known)
  await writeCustomerReceipts(hub.db, {
    receipts: [newCustomerReceipt(known)],
    notes: [],
    messages: [],
    positions: [],
  })
  // Read again: another may have been faster, and its number is the receipt's.
  const issued = await readOne(hub, payment.number)
  return issued?.issued && linkOf(hub, issued)
}

async function readOne(hub: Hub, paymentNumber: number): Promise<KnownReceipt | undefined> {
  return (await readCustomerReceipts(hub.db, [paymentNumber]))[0]
}

function linkOf(hub: Hub, { facts, issued }: KnownReceipt): string | undefined {
  return issued && hub.receiptLinkOf(printReceiptNumber(facts.number), issued.mac.toString('base64url'))
}
