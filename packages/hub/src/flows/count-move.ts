import type { Payment } from '../domain/payment.ts'
import { isOpen, type Status } from '../domain/transitions.ts'
import { readChecks } from '../store/checks.ts'
import type { Hub } from './hub.ts'

/** A move that was written: from the payment as it was, to its new status. */
export type Move = {
  readonly payment: Payment
  readonly to: Status
  /** The bank of the code or of the money that moved it; undefined: of its newest code. */
  readonly bankCode: string | undefined
}

/**
 * Counts payments that show their first code and payments that end; and, of banks whose calls run out, how often they were
 * asked about a payment that ends. Never throws: the money is written, and a figure is not.
 */
export async function countMove(hub: Hub, { payment, to, bankCode }: Move): Promise<void> {
  if (to === payment.status) return
  const bank = bankCode ?? payment.attempts.at(-1)?.bankCode ?? 'none'
  const outcome = to === 'processing' ? 'opened' : isOpen(payment.status) ? to : 'completed_late'
  hub.metrics.payments.inc({ payable: payment.payableKind, bank, outcome })
  if (to === 'processing' || !isOpen(payment.status)) return
  const counted = new Set(payment.attempts.map((attempt) => attempt.bankCode).filter((code) => isCounted(hub, code)))
  if (counted.size === 0) return
  const checks = await readChecks(hub.db, payment.number).catch(() => [])
  for (const check of checks.filter((one) => counted.has(one.bankCode)))
    hub.metrics.checksPerPayment.observe({ bank: check.bankCode, outcome: to }, check.asks)
}

function isCounted(hub: Hub, code: string): boolean {
  return hub.banks.get(code)?.bank.describe().callsAreCounted === true
}
