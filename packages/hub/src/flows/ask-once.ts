import { mayAskOnClick } from '../domain/call-plan.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { Trouble } from '../kit/trouble.ts'
import { takeAsk } from '../store/checks.ts'
import { checkPayment } from './check-payment.ts'
import type { Asker, Hub } from './hub.ts'

/** How often somebody who waits may have the banks asked about one payment, and how long lies between two times. */
const mostAsks = 5
const againAfterS = 15

/**
 * "I have paid": asks the banks about this payment now, once in a while. What they say is settled as any answer; that
 * they cannot be asked changes nothing.
 */
export async function askOnce(
  hub: Hub,
  asker: Asker,
  payment: Payment,
): Promise<{ readonly payment: Payment; readonly asked: boolean; readonly sentence: string }> {
  if (!isOpen(payment.status) || payment.attempts.length === 0) {
    return { payment, asked: false, sentence: `The payment is ${payment.status}.` }
  }
  if (!(await mayAsk(hub, payment))) {
    return { payment, asked: false, sentence: "The bank's calls of today are kept for last looks; it is asked later." }
  }
  if (!(await takeAsk(hub.db, payment.number, mostAsks, againAfterS))) {
    return { payment, asked: false, sentence: 'The bank was asked a moment ago; it is asked again by itself.' }
  }
  try {
    const checked = await checkPayment(hub, asker, payment)
    const isUnsure = checked.answers.some((answer) => answer.state === 'unknown')
    const sentence = isUnsure ? 'The bank cannot say yet; it is asked again.' : 'The bank was asked.'
    return { payment: checked.payment, asked: true, sentence }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return { payment, asked: true, sentence: 'The bank cannot be asked now; it is asked again by itself.' }
  }
}

/** Clicks never take what last looks need of a bank's counted calls. */
async function mayAsk(hub: Hub, payment: Payment): Promise<boolean> {
  for (const code of new Set(payment.attempts.map((attempt) => attempt.bankCode))) {
    const allowance = await hub.banks
      .get(code)
      ?.bank.allowance?.()
      .catch(() => undefined)
    if (allowance && !mayAskOnClick(allowance)) return false
  }
  return true
}
