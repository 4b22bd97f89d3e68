import { endsWithItsCode, type Payment } from '../domain/payment.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { claimUnused, postponeExpiry, readChecks, takeCheckToken } from '../store/checks.ts'
import { closePayment } from './close-payment.ts'
import type { Hub } from './hub.ts'

/** Payments per run. Each is looked at again after `againS` while it cannot be closed. */
const batch = 8
const againS = 15 * 60
/** A payment whose bank has no budget left is not long in coming. */
const withoutBudgetS = 10

/**
 * Closes open payments that nobody used for a day (setting), after a last look at every bank that holds a code of them.
 * Where a bank cannot say, the payment stays open and is tried again later. Answers how many were taken; 0 also when the
 * banks' budgets are used up.
 */
export async function expirePayments(hub: Hub): Promise<number> {
  const { unusedMs, graceMs } = hub.deadlines
  const unused = await claimUnused(hub.db, { most: batch, unusedMs, graceMs, againS })
  const done = await Promise.all(unused.map((payment) => expire(hub, payment)))
  return done.every(Boolean) ? unused.length : 0
}

/** False when a bank's budget is used up. */
async function expire(hub: Hub, payment: Payment): Promise<boolean> {
  if (await isLeftToPlan(hub, payment)) return true
  if (!(await mayAsk(hub, payment))) {
    await postponeExpiry(hub.db, payment.number, withoutBudgetS)
    return false
  }
  const asker = { actor: 'job expire-payments', correlationId: newCorrelationId() }
  const about = { paymentNumber: payment.number, correlationId: asker.correlationId }
  const hours = Math.round(hub.deadlines.unusedMs / 3_600_000)
  const found = payment.attempts.length === 0 ? 'no code of it was shown' : 'the bank says unpaid'
  try {
    const closed = await closePayment(hub, asker, payment, {
      evidence: 'deadline_passed',
      sentence: `Nobody used it for ${hours} h, and ${found}.`,
      because: 'the payment expired',
    })
    if (closed.kind === 'unsure') {
      const why = closed.trouble?.message ?? 'its answer makes no sense'
      hub.log.warn(
        { event: 'expiry.postponed', bank: closed.bankCode, why, ...about },
        'A payment that nobody uses stays open, as its bank cannot say whether it was paid; it is tried again.',
      )
    }
  } catch (error) {
    // One payment must not keep the others open.
    hub.log.error({ event: 'expiry.failed', err: error, ...about }, 'A payment could not be closed; it is tried again.')
  }
  return true
}

/** It ends with its code, which a counted bank's plan asks about, many in one call: here each would take one of its own. */
async function isLeftToPlan(hub: Hub, payment: Payment): Promise<boolean> {
  if (!endsWithItsCode(payment)) return false
  const checks = await readChecks(hub.db, payment.number)
  return checks.some(
    ({ bankCode, nextAt }) => nextAt !== undefined && hub.banks.get(bankCode)?.bank.describe().callsAreCounted,
  )
}

async function mayAsk(hub: Hub, payment: Payment): Promise<boolean> {
  for (const code of new Set(payment.attempts.map((attempt) => attempt.bankCode))) {
    const at = hub.banks.get(code)
    if (!at || at.bank.describe().verify === 'never' || at.bank.describe().callsAreCounted) continue
    if (!(await takeCheckToken(hub.db, code, at.policy.checkBudget))) return false
  }
  return true
}
