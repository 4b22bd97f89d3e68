import { type CheckFacts, nextCheck } from '../domain/check-schedule.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen, type Status } from '../domain/transitions.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { type CheckState, claimChecks, type ClaimedCheck, type FinishedCheck, finishChecks } from '../store/checks.ts'
import { write } from '../store/writes.ts'
import { checkAtBank } from './check-at-bank.ts'
import { expireAfterLook } from './expire-after-look.ts'
import type { BankAtWork, Hub } from './hub.ts'

/** Checks in flight at one bank at once, in this process: few, as each that finds money takes a connection to the database. */
const mostAtOnce = 8
/** A claim holds longer than the bank's deadline and what follows it. */
const leaseS = 60
/** A bank that could not say so often in a row is worth a line in the log. */
const troublesToWarn = 5

/** Asks one bank about payments whose next check is due. Answers how many were taken. */
export async function checkDue(hub: Hub, at: BankAtWork): Promise<number> {
  const claimed = await claimChecks(hub.db, {
    bankCode: at.code,
    most: mostAtOnce,
    leaseS,
    budget: at.policy.checkBudget,
  })
  if (claimed.length === 0) return 0
  const asker = { actor: 'job check-payments', correlationId: newCorrelationId() }
  checkpoint('check-due:claimed')
  const planned: Planned[] = await Promise.all(
    claimed.map((check) =>
      check.payment ? ask(hub, at, check, check.payment) : { finished: plan(hub, at, check, check.status) },
    ),
  )
  checkpoint('check-due:before-finish')
  await finishChecks(
    hub.db,
    planned.map((one) => one.finished),
  )
  for (const { payment } of planned) if (payment) await expireAfterLook(hub, asker, payment)
  return claimed.length
}

type Asked = NonNullable<FinishedCheck['asked']>
type Told = { readonly state: CheckState; readonly isMissing: boolean; readonly payment: Payment }

type Planned = { readonly finished: FinishedCheck; readonly payment?: Payment }

async function ask(hub: Hub, at: BankAtWork, check: ClaimedCheck, payment: Payment): Promise<Planned> {
  const told = await askBank(hub, at, check, payment)
  hub.metrics.paymentChecks.inc({ bank: at.code, outcome: told.state })
  const troubles = told.state === 'unknown' ? check.troubles + 1 : 0
  if (troubles === troublesToWarn) {
    hub.log.warn(
      { event: 'check.unsure', bank: at.code, paymentNumber: payment.number, troubles },
      'The bank could not say whether a payment was paid, several times in a row; it is asked again.',
    )
  }
  const asked = { at: check.claimedAt, state: told.state, troubles }
  return { finished: plan(hub, at, check, told.payment.status, asked, told), payment: told.payment }
}

async function askBank(hub: Hub, at: BankAtWork, check: ClaimedCheck, payment: Payment): Promise<Told> {
  const asker = { actor: 'job check-payments', correlationId: newCorrelationId() }
  try {
    const checked = await checkAtBank(hub, asker, payment, at, { before: check.lastState })
    return { ...checked.answer, payment: checked.payment }
  } catch (error) {
    if (error instanceof Trouble) await keepTrouble(hub, error, check, asker.correlationId)
    else {
      // One payment that cannot be judged must not keep the others from being asked about.
      hub.log.error(
        { event: 'check.failed', bank: at.code, paymentNumber: payment.number, err: error, ...asker },
        'A payment could not be checked; it is tried again.',
      )
    }
    return { state: 'unknown', isMissing: false, payment }
  }
}

/** The first time that a bank cannot say is kept with the payment; how often it could not is counted. */
async function keepTrouble(hub: Hub, trouble: Trouble, check: ClaimedCheck, correlationId: string): Promise<void> {
  if (!trouble.exchange || check.lastState === 'unknown') return
  const about = { paymentNumber: check.paymentNumber, inboxId: undefined, correlationId }
  await write(hub.db, { exchanges: [{ exchange: trouble.exchange, ...about }] })
}

function plan(
  hub: Hub,
  at: BankAtWork,
  check: ClaimedCheck,
  status: Status,
  asked?: Asked,
  told?: Told,
): FinishedCheck {
  const next = nextCheck(
    {
      askedFrom: check.askedFrom,
      endsAt: check.endsAt,
      standing: standingOf(status),
      lastAskedAt: asked?.at ?? check.lastAskedAt,
      troubles: asked?.troubles ?? check.troubles,
      isMissing: told?.isMissing ?? false,
    },
    hub.deadlines,
  )
  return {
    paymentNumber: check.paymentNumber,
    bankCode: at.code,
    revision: check.revision,
    nextAt: next?.at,
    watchedNextAt: next?.whileWatched,
    thin: !isOpen(status),
    asked,
    closeUpTo: asked && told && closeUpTo(hub, at, asked, told.payment),
  }
}

function standingOf(status: Status): CheckFacts['standing'] {
  if (status === 'completed') return 'completed'
  return isOpen(status) ? 'open' : 'closed'
}

/** A code is closed when our clock and its grace have passed, and the bank says that nobody paid it. */
function closeUpTo(hub: Hub, at: BankAtWork, asked: Asked, payment: Payment): Date | undefined {
  if (asked.state !== 'unpaid' && asked.state !== 'not_found') return undefined
  const upTo = new Date(asked.at.getTime() - hub.deadlines.graceMs)
  const isLeft = payment.attempts.some(
    (attempt) => attempt.bankCode === at.code && attempt.state !== 'closed' && attempt.expiresAt <= upTo,
  )
  return isLeft ? upTo : undefined
}
