import { randomBytes } from 'node:crypto'
import { receiptContent } from '../domain/customer-receipt.ts'
import { hmacSha256 } from '../kit/crypto.ts'
import type { KnownReceipt, NewCustomerReceipt } from '../store/customer-receipts.ts'

const secretBytes = 32

/** A receipt of what the books say now, to be written. Its link holds for these facts and no others. */
export function newCustomerReceipt({ facts }: KnownReceipt): NewCustomerReceipt {
  const secret = randomBytes(secretBytes)
  return {
    number: facts.number,
    paymentNumber: facts.paymentNumber,
    secret,
    mac: hmacSha256(secret, receiptContent(facts)),
    receiptIds: facts.movements.map((one) => one.receiptId),
  }
}
