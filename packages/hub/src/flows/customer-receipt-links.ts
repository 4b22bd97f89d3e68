import { printReceiptNumber } from '../domain/customer-receipt.ts'
import type { Payment } from '../domain/payment.ts'
import { readCustomerReceipts, readIssuedReceipts, writeCustomerReceipts } from '../store/customer-receipts.ts'
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
  const issued = await readLinks(hub, completed)
  const missing = completed.filter((number) => !issued.has(number))
  const known = missing.length === 0 ? [] : await readCustomerReceipts(hub.db, missing)
  if (known.length === 0) return issued
  await writeCustomerReceipts(hub.db, {
    receipts: known.filter((one) => !one.issued).map((one) => newCustomerReceipt(one)),
    notes: [],
    messages: [],
    positions: [],
  })
  // Read again: another may have been faster, and its number is the receipt's.
  return readLinks(hub, completed)
}

/** The addresses of those receipts alone that are issued already: nothing is written. */
export async function issuedReceiptLinks(
  hub: Hub,
  payments: readonly Pick<Payment, 'number' | 'status'>[],
): Promise<ReadonlyMap<number, string>> {
  const completed = payments.filter(({ status }) => status === 'completed').map(({ number }) => number)
  return completed.length === 0 ? new Map() : readLinks(hub, completed)
}

async function readLinks(hub: Hub, paymentNumbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const issued = await readIssuedReceipts(hub.db, paymentNumbers)
  return new Map(
    issued.map(({ paymentNumber, number, mac }) => [
      paymentNumber,
      hub.receiptLinkOf(printReceiptNumber(number), mac.toString('base64url')),
    ]),
  )
}
