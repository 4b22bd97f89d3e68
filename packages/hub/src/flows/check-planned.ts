import type { Verification } from '../banks/bank.ts'
import type { Allowance } from '../banks/keeping.ts'
import { isUsedUp, type Look, mayUseReserve, nextLookAt, planCalls } from '../domain/call-plan.ts'
import { nextDue } from '../domain/call-plan-worth.ts'
import type { Attempt, Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { type CheckState, type FinishedCheck, finishChecks } from '../store/checks.ts'
import { type ClaimedLook, claimLooks, dropLooks, putOffLooks, readLooks } from '../store/looks.ts'
import { write } from '../store/writes.ts'
import { codesAt, keysAt } from './ask-bank.ts'
import { settleAnswer } from './check-at-bank.ts'
import { expireAfterLook } from './expire-after-look.ts'
import type { BankAtWork, Hub } from './hub.ts'

/** Codes that one plan looks at: more wait for the next one. */
const mostLooks = 5_000
/** A claim holds longer than the bank's deadline and what follows it. */
const leaseS = 60

/**
 * Asks a counted bank what its plan says is worth a call now. Whatever cannot be asked today stays open, and is asked
 * first tomorrow (clause 12). Answers how many codes were asked about.
 */
export async function checkPlanned(hub: Hub, at: BankAtWork): Promise<number> {
  const { looks: read, now } = await readLooks(hub.db, at.code, mostLooks)
  const looks = read.filter((look) => nextDue(look, now.getTime(), hub.deadlines) !== undefined)
  if (looks.length < read.length)
    await dropLooks(hub.db, at.code, numbersOf(read.filter((one) => !looks.includes(one))))
  if (looks.length === 0) return 0
  const allowance = await readAllowance(at)
  if (!allowance) return 0
  // Whoever waits is told when, not that it should have been long ago.
  if (isUsedUp(allowance, now)) await putOffLooks(hub.db, at.code, allowance.resetsAt)
  const calls = planCalls(looks, allowance, codesPerCall(at), now, hub.deadlines)
  let asked = 0
  for (const call of calls) {
    const claimed = await claimLooks(hub.db, at.code, numbersOf(call), leaseS)
    if (claimed.length === 0) continue
    checkpoint('check-planned:claimed')
    const planned = !mayUseReserve(call, now, hub.deadlines)
    const isSpent = await askTogether(hub, at, claimed, { allowance, planned })
    asked += claimed.length
    if (isSpent) return 0
  }
  return asked
}

function numbersOf(looks: readonly Look[]): number[] {
  return looks.map((look) => look.paymentNumber)
}

/** Undefined where there is nothing to ask with: no token, for one. The doctor and the token's health say so. */
async function readAllowance(at: BankAtWork): Promise<Allowance | undefined> {
  try {
    return await at.bank.allowance?.()
  } catch (error) {
    if (error instanceof Trouble) return undefined
    throw error
  }
}

function codesPerCall(at: BankAtWork): number {
  return at.bank.codesPerCall?.() ?? 1
}

/** True when the bank's allowance is used up: the rest waits. */
async function askTogether(
  hub: Hub,
  at: BankAtWork,
  claimed: readonly ClaimedLook[],
  how: { readonly allowance: Allowance; readonly planned: boolean },
): Promise<boolean> {
  const { allowance, planned } = how
  const asker = { actor: 'job check-payments', correlationId: newCorrelationId() }
  const keys = claimed.map((look) => keysAt(at, live(hub, at, look)))
  const verifyMany = at.bank.verifyMany
  if (!verifyMany) throw new Error(`${at.code} is counted and cannot be asked about several payments`)
  const answers = await verifyMany.call(at.bank, keys, { correlationId: asker.correlationId, planned })
  checkpoint('check-planned:asked')
  const finished: FinishedCheck[] = []
  const ended: Payment[] = []
  for (const [index, look] of claimed.entries()) {
    const answer = answers[index]
    const account = keys[index]?.account
    if (!answer || !account)
      throw new Error(`${at.code} answered about ${answers.length} of ${claimed.length} payments`)
    const isUnasked = answer instanceof Trouble && answer.kind === 'quota'
    const told = isUnasked ? undefined : await settle(hub, asker, at, look, answer)
    finished.push(planNext(hub, at, look, allowance, told))
    if (told) ended.push(told.payment)
  }
  checkpoint('check-planned:before-finish')
  await finishChecks(hub.db, finished)
  for (const payment of ended) await expireAfterLook(hub, asker, payment)
  return answers.some((answer) => answer instanceof Trouble && answer.kind === 'quota')
}

/**
 * The newest code, and those it replaced that may hold money: each once more after its own grace, as it was replaced before
 * that, and while late money is looked for, with every look for late money.
 */
function live(hub: Hub, at: BankAtWork, { payment, claimedAt, lastAskedAt, lastState }: ClaimedLook): Payment {
  const { graceMs, lateWatchMs } = hub.deadlines
  const now = claimedAt.getTime()
  const answeredAt = lastState === 'unknown' ? undefined : lastAskedAt?.getTime()
  const own = payment.attempts.filter((attempt) => attempt.bankCode === at.code)
  const newest = own.at(-1)
  const isEnded = newest !== undefined && now >= newest.expiresAt.getTime() + graceMs
  const mayHoldMoney = ({ expiresAt }: Attempt): boolean => {
    const decidedFrom = expiresAt.getTime() + graceMs
    const isUnanswered = answeredAt === undefined || answeredAt < decidedFrom
    return now >= decidedFrom && (isUnanswered || (isEnded && now < expiresAt.getTime() + lateWatchMs))
  }
  return { ...payment, attempts: own.filter((one) => one === newest || one.state === 'open' || mayHoldMoney(one)) }
}

type Told = { readonly state: CheckState; readonly payment: Payment }

async function settle(
  hub: Hub,
  asker: { readonly actor: string; readonly correlationId: string },
  at: BankAtWork,
  look: ClaimedLook,
  answer: Verification | Trouble,
): Promise<Told> {
  const unknown = { state: 'unknown' as const, payment: look.payment }
  const about = { paymentNumber: look.paymentNumber, inboxId: undefined, correlationId: asker.correlationId }
  let told: Told = unknown
  try {
    if (answer instanceof Trouble) {
      if (answer.exchange && look.lastState !== 'unknown')
        await write(hub.db, { exchanges: [{ exchange: answer.exchange, ...about }] })
    } else {
      const { account } = keysAt(at, look.payment)
      const checked = await settleAnswer(
        hub,
        asker,
        look.payment,
        { at, account, verification: answer },
        look.lastState,
      )
      told = { state: checked.answer.state, payment: checked.payment }
    }
  } catch (error) {
    // One payment that cannot be judged must not keep the others from being asked about.
    hub.log.error(
      { event: 'check.failed', bank: at.code, paymentNumber: look.paymentNumber, err: error, ...asker },
      'A payment could not be checked; it is tried again.',
    )
  }
  hub.metrics.paymentChecks.inc({ bank: at.code, outcome: told.state })
  return told
}

/** When this code is asked about next, as far as can be said now. */
function planNext(
  hub: Hub,
  at: BankAtWork,
  look: ClaimedLook,
  allowance: Allowance,
  told: Told | undefined,
): FinishedCheck {
  const payment = told?.payment ?? look.payment
  const { status } = payment
  const troubles = told?.state === 'unknown' ? look.troubles + 1 : told ? 0 : look.troubles
  const next: Look = {
    paymentNumber: look.paymentNumber,
    madeAt: look.askedFrom,
    endsAt: look.endsAt,
    standing: isOpen(status) ? 'open' : status === 'completed' && !mayBePaid(payment, at) ? 'completed' : 'closed',
    watchedUntil: look.watchedUntil,
    asks: told ? look.asks + 1 : look.asks,
    lastAskedAt: told ? look.claimedAt : look.lastAskedAt,
    troubles,
  }
  const nextAt = nextLookAt(next, allowance, codesPerCall(at), look.claimedAt, hub.deadlines)
  return {
    paymentNumber: look.paymentNumber,
    bankCode: at.code,
    revision: look.revision,
    nextAt,
    watchedNextAt: next.standing === 'completed' ? undefined : nextAt,
    thin: !isOpen(status),
    asked: told && { at: look.claimedAt, state: told.state, troubles },
    closeUpTo: undefined,
  }
}

/** Whether more codes of this bank were shown than transfers of it are in the books: it lists one transfer per code. */
function mayBePaid(payment: Payment, at: BankAtWork): boolean {
  const { receipts } = payment
  const paid = receipts.filter((one) => one.isNamed && one.bankCode === at.code && one.channel === 'khqr')
  return codesAt(at, payment).length > paid.length
}
