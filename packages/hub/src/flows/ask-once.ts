import type { Allowance } from '../banks/keeping.ts'
import { clicksPerDay, mayAskOnClick } from '../domain/call-plan.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { Trouble } from '../kit/trouble.ts'
import { type ClickCap, readChecks, takeAsk } from '../store/checks.ts'
import { checkPayment } from './check-payment.ts'
import type { Asker, Hub } from './hub.ts'

/** How often somebody who waits may have the banks asked about one payment, and how long lies between two times. */
const limits = { most: 5, againAfterS: 15 }
const dayMs = 24 * 3_600_000

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
  if (!(await mayAskFor(hub, payment))) {
    return { payment, asked: false, sentence: 'The bank is not asked at this moment; it is asked again by itself.' }
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

/**
 * Takes one of the calls that may be made because somebody says or wants so: few per payment, and of a bank that counts its
 * calls few a day, so that nobody can use up what others need.
 */
export async function mayAskFor(hub: Hub, payment: Payment): Promise<boolean> {
  let cap: ClickCap | undefined
  for (const code of new Set(payment.attempts.map((attempt) => attempt.bankCode))) {
    const allowance = await readAllowance(hub, code)
    if (!allowance) continue
    if (!mayAskOnClick(allowance)) return false
    const dayStart = new Date(allowance.resetsAt.getTime() - dayMs)
    cap ??= { bankCode: code, dayStart, most: clicksPerDay(allowance) }
  }
  return takeAsk(hub.db, payment.number, limits, cap)
}

/** Whether the plan has asked about the newest code since that ended with its grace, and was told that nobody paid it. */
export async function isAnswered(hub: Hub, payment: Payment, bankCode: string): Promise<boolean> {
  const check = (await readChecks(hub.db, payment.number)).find((one) => one.bankCode === bankCode)
  const newest = payment.attempts.findLast((one) => one.bankCode === bankCode)
  if (!newest || check?.lastAskedAt === undefined || check.lastState !== 'unpaid') return false
  return check.lastAskedAt.getTime() >= newest.expiresAt.getTime() + hub.deadlines.graceMs
}

async function readAllowance(hub: Hub, bankCode: string): Promise<Allowance | undefined> {
  try {
    return await hub.banks.get(bankCode)?.bank.allowance?.()
  } catch (error) {
    if (error instanceof Trouble) return undefined
    throw error
  }
}
