import { suspenseAccount } from '../domain/ledger.ts'
import type { Position } from '../domain/position.ts'

/** The account that a refund draws on, and that gets the money again when it fails. */
export function fundingAccountOf(
  position: Position,
  refund: { readonly suspenseId: number | undefined; readonly paymentNumber: number | undefined },
): string {
  if (refund.suspenseId !== undefined) return suspenseAccount(position.bankCode)
  const settled = position.applications.find((one) => one.paymentNumber === refund.paymentNumber)
  if (!settled) throw new Error(`Receipt ${position.receiptId} never settled payment ${refund.paymentNumber}`)
  return settled.creditAccount
}
