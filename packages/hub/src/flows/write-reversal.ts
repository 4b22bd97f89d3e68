import type { EventBody } from '../domain/events.ts'
import { describeReceipt } from '../domain/events.ts'
import type { Payment } from '../domain/payment.ts'
import type { Position } from '../domain/position.ts'
import { readPayment } from '../store/payments.ts'
import type { NewCase, Writes } from '../store/writes.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { type Change, movePayment } from './move-payment.ts'

/** Every payment that the money named or settled. */
export async function paymentsOf(hub: Hub, position: Position): Promise<Payment[]> {
  const numbers = [position.paymentNumber, ...position.applications.map((one) => one.paymentNumber)]
  const known = [...new Set(numbers)].filter((number) => number !== undefined)
  const payments = await Promise.all(known.map((number) => readPayment(hub.db, number)))
  return payments.filter((payment) => payment !== undefined)
}

/** The money's part of an event about it. */
export function describeMoney(position: Position): Pick<EventBody, 'bank' | 'receipt'> {
  const { bankCode, bankTransactionId, amountMinor, currency, paidAt, proof } = position
  return {
    bank: bankCode,
    receipt: describeReceipt({ bankTransactionId, amount: { amountMinor, currency }, paidAt, proof }),
  }
}

/** Writes that the bank took money back, or listed it again: journals, events, case and audit at once. Throws `Conflict`. */
export async function writeReversal(
  hub: Hub,
  asker: Asker,
  about: {
    readonly action: 'receipt.reversed' | 'receipt.returned'
    readonly position: Position
    readonly sentence: string
    readonly before: unknown
    readonly after: Readonly<Record<string, unknown>>
  },
  changes: readonly { readonly payment: Payment; readonly change: Change }[],
  writes: Omit<Writes, 'steps' | 'audit'>,
): Promise<void> {
  const { action, position, sentence, before, after } = about
  const audit = {
    // The bank did it, whoever looked.
    actor: `bank ${position.bankCode}`,
    action,
    object: `receipt ${position.receiptId}`,
    before,
    after: { ...after, foundBy: asker.actor },
    reason: sentence,
    correlationId: asker.correlationId,
  }
  await movePayment(hub, asker, changes, { ...writes, audit: [audit] })
  const facts = { bank: position.bankCode, receiptId: position.receiptId, correlationId: asker.correlationId }
  // The stable names, written out: they are searched for.
  if (action === 'receipt.reversed') hub.log.warn({ event: 'receipt.reversed', ...facts }, sentence)
  else hub.log.warn({ event: 'receipt.returned', ...facts }, sentence)
}

export function reversalCase(
  at: BankAtWork,
  position: Position,
  kind: 'reversed' | 'reversal_returned',
  sentence: string,
): NewCase {
  return {
    kind,
    dedupeKey: `${kind}:${position.receiptId}:${position.journals}`,
    bankCode: at.code,
    paymentNumber: position.applications[0]?.paymentNumber ?? position.paymentNumber,
    inboxId: undefined,
    sentence,
    evidence: { receipt: position.receiptId, bankTransactionId: position.bankTransactionId },
  }
}
