import { endsWithItsCode, type Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { type Check, readChecks } from '../store/checks.ts'
import { closePayment } from './close-payment.ts'
import type { Asker, Hub } from './hub.ts'

/**
 * Expires a payment that ends with its code, once every bank with a code of it has said unpaid after that code's deadline
 * and grace. The look that said so is the last one: nobody is asked again here.
 */
export async function expireAfterLook(hub: Hub, asker: Asker, payment: Payment): Promise<void> {
  if (!endsWithItsCode(payment) || !isOpen(payment.status) || payment.attempts.length === 0) return
  const now = hub.clock.now()
  const checks = await readChecks(hub.db, payment.number)
  const banks = new Set(payment.attempts.map((attempt) => attempt.bankCode))
  if (![...banks].every((bankCode) => isOver(hub, payment, bankCode, checks, now))) return
  try {
    await closePayment(hub, asker, payment, {
      evidence: 'deadline_passed',
      sentence: 'Its code expired, and the bank says unpaid.',
      because: 'the code expired',
      isLooked: true,
    })
  } catch (error) {
    // It is tried again after the next look.
    const about = { paymentNumber: payment.number, correlationId: asker.correlationId }
    hub.log.error({ event: 'expiry.failed', err: error, ...about }, 'A payment could not be closed; it is tried again.')
  }
}

/** Whether nothing more is to be expected of this payment's codes at one bank. */
function isOver(hub: Hub, payment: Payment, bankCode: string, checks: readonly Check[], now: Date): boolean {
  const expiry = Math.max(
    ...payment.attempts.filter((one) => one.bankCode === bankCode).map((one) => one.expiresAt.getTime()),
  )
  const overAt = expiry + hub.deadlines.graceMs
  if (now.getTime() < overAt) return false
  // A bank that cannot be asked tells by itself, and its notice is judged whenever it comes.
  if (hub.banks.get(bankCode)?.bank.describe().verify === 'never') return true
  const check = checks.find((one) => one.bankCode === bankCode)
  const isUnpaid = check?.lastState === 'unpaid' || check?.lastState === 'not_found'
  return isUnpaid && check.lastAskedAt !== undefined && check.lastAskedAt.getTime() >= overAt
}
