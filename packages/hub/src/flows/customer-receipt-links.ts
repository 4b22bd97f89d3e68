import { printReceiptNumber } from '../domain/customer-receipt.ts'
import type { Payment } from '../domain/payment.ts'
import { type KnownReceipt, readCustomerReceipts, writeCustomerReceipts } from '../store/customer-receipts.ts'
import type { Hub } from './hub.ts'
import { newCustomerReceipt } from './issue-receipt.ts'

/**
 * By payment number, the addresses of completed payments' receipts, issued now where they are not yet. A payment without
 * one has none to issue. The same address every time.
 */
export async function customerReceiptLinks(
  hub: Hub,
  payments: readonly Pick<Payment, 'number' | 'status'>[],
): Promise<ReadonlyMap<number, string>> {
  const completed = payments.filter(({ status }) => status === 'completed').map(({ number }) => number)
  if (completed.length === 0) return new Map()
  const known = await readCustomerReceipts(hub.db, completed)
  const unissued = known.filter(({ issued }) => !issued)
  if (unissued.length === 0) return linksOf(hub, known)
  await writeCustomerReceipts(hub.db, {
    receipts: unissued.map((one) => newCustomerReceipt(one)),
    notes: [],
    messages: [],
    positions: [],
  })
  // Read again: another may have been faster, and its number is the receipt's.
  return linksOf(hub, await readCustomerReceipts(hub.db, completed))
}

function linksOf(hub: Hub, known: readonly KnownReceipt[]): ReadonlyMap<number, string> {
  return new Map(
    known.flatMap(({ facts, issued }) => {
      if (!issued) return []
      const link = hub.receiptLinkOf(printReceiptNumber(facts.number), issued.mac.toString('base64url'))
      return [[facts.paymentNumber, link]]
    }),
  )
}
