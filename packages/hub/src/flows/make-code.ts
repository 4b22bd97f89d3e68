import type { MerchantAccount, QrAnswer } from '../banks/bank.ts'
import type { Purchase } from '../banks/purchase.ts'
import { compareQr } from '../banks/qr-truth.ts'
import { firstCheckAfterMs } from '../domain/check-schedule.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment } from '../domain/events.ts'
import type { Attempt, Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { md5Hex } from '../kit/crypto.ts'
import { randomReference } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { showMoney } from '../money/money.ts'
import { Conflict } from '../store/db.ts'
import { type AttemptOrder, openAttempt, readPayment, type Reservation } from '../store/payments.ts'
import { type KeptExchange, write } from '../store/writes.ts'
import { isAnswered, mayAskFor } from './ask-once.ts'
import { checkPayment } from './check-payment.ts'
import { closeCodes } from './close-codes.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { movePayment } from './move-payment.ts'
import { refusalForBank } from './refusal-for-bank.ts'

export type QrSession = { readonly payment: Payment; readonly attempt: Attempt & { readonly qrString: string } }

/** An attempt still "being created" after this long was left behind by a crash: the longest call is 5 s and its retries. */
export const creatingForAtMostMs = 20_000
/** How long a second request waits for the first one's code. */
const waitForOtherMs = 6_000
const lookAgainMs = 100
const mostRounds = 5

/** Where a code is wanted: of which payment, at which bank, for which of our accounts there. */
export type Place = {
  readonly at: BankAtWork
  readonly account: MerchantAccount
  readonly number: number
  /** Of an order. */
  readonly purchase?: Purchase
  /** Of an order: it has one live code at a time. What whoever is not its maker is told. */
  readonly refuseOthers?: { readonly isMaker: boolean; readonly told: () => Promise<Refusal> }
}

/** `away`: the bank cannot make codes now, and no code of it may have been paid; the refusal says why. */
export type MadeCode = { readonly kind: 'shown'; readonly session: QrSession } | Away
type Away = { readonly kind: 'away'; readonly refusal: Refusal }

/**
 * A payment's code at one bank: the open session's, or a new one, decoded and compared with the payment before anyone sees
 * it. The bank is asked about its older codes before it makes another (clause 10). Throws `Refusal`.
 */
export async function makeCode(hub: Hub, asker: Asker & { readonly subject: string }, place: Place): Promise<MadeCode> {
  const held = await reserveAttempt(hub, asker, place)
  if (held.kind === 'away') return held
  if (held.kind === 'live') return { kind: 'shown', session: session(held.payment, held.attemptId) }
  return askBank(hub, asker, place, held.payment, held.attemptId)
}

type Held =
  /** Shown before, and still open. */
  | { readonly kind: 'live'; readonly payment: Payment; readonly attemptId: number }
  /** Ours to fill: nobody else asks the bank meanwhile. */
  | { readonly kind: 'reserved'; readonly payment: Payment; readonly attemptId: number }
  | Away

/** Reserves the one live attempt at a bank, once the bank says that no older code of the payment was paid. */
export async function reserveAttempt(
  hub: Hub,
  asker: Asker & { readonly subject: string },
  place: Place,
): Promise<Held> {
  const startedMs = hub.clock.monotonicMs()
  let checkedUpTo: number | undefined
  let rounds = 0
  while (hub.clock.monotonicMs() - startedMs < waitForOtherMs && rounds < mostRounds) {
    const reservation = await openAttempt(hub.db, orderFor(hub, asker.subject, place, checkedUpTo))
    if (isOthers(place, reservation.kind)) throw (await place.refuseOthers?.told()) ?? settledMeanwhile(place.number)
    if (reservation.kind === 'live')
      return { kind: 'live', payment: reservation.payment, attemptId: reservation.attempt.id }
    if (reservation.kind === 'not_open') throw settledMeanwhile(place.number)
    if (reservation.kind === 'reserved') return reservation
    if (reservation.kind !== 'check_first') {
      await hub.clock.wait(lookAgainMs)
      continue
    }
    rounds += 1
    checkedUpTo = reservation.lastAttemptId
    const away = await lookBeforeAnother(hub, asker, place)
    if (away) return away
  }
  throw new Refusal('SERVER_UNAVAILABLE', 'Another request is still asking the bank for this code', { retryAfterS: 5 })
}

function isOthers({ refuseOthers }: Place, kind: Reservation['kind']): boolean {
  return kind === 'elsewhere' || (refuseOthers?.isMaker === false && (kind === 'live' || kind === 'busy'))
}

function orderFor(hub: Hub, subject: string, place: Place, checkedUpTo: number | undefined): AttemptOrder {
  const now = hub.clock.now()
  const can = place.at.bank.describe()
  return {
    paymentNumber: place.number,
    bankCode: place.at.code,
    merchantAccountId: place.account.id,
    createdBy: subject,
    at: now,
    expiresAt: new Date(now.getTime() + place.at.policy.qrSessionMs),
    busySince: new Date(now.getTime() - creatingForAtMostMs),
    checkedUpTo,
    // Drawn afresh for every attempt, so that an installation set up anew for the same account never repeats one.
    reference: can.reference === 'code' ? `${place.number}-${randomReference()}` : undefined,
    method: place.purchase?.method,
    firstCheckAt: can.verify === 'never' ? undefined : new Date(now.getTime() + firstCheckAfterMs),
  }
}

/** The bank may have been paid on an older code of this payment: asked before another one is made (clause 10). */
async function lookBeforeAnother(hub: Hub, asker: Asker, place: Place): Promise<Away | undefined> {
  const payment = await readPayment(hub.db, place.number)
  if (!payment) throw new Error(`Payment ${place.number} vanished`)
  if (place.at.bank.describe().callsAreCounted) {
    if (await isAnswered(hub, payment, place.at.code)) return undefined
    // Asking for a code again and again must not spend what everybody's codes need.
    if (!(await mayAskFor(hub, payment))) throw notAskedNow(place)
  }
  try {
    await closeCodes(hub, asker, payment, [place.at])
    const checked = await checkPayment(hub, asker, payment, place.at.code)
    const unsure = checked.answers.find((answer) => answer.state === 'unknown')
    if (unsure) {
      throw new Refusal(
        'PARTNER_RESPONSE_INVALID',
        `${place.at.code} cannot say whether payment ${place.number} was paid`,
      )
    }
    if (!isOpen(checked.payment.status) || checked.payment.receipts.some((receipt) => receipt.heldMinor > 0n)) {
      throw settledMeanwhile(place.number)
    }
    return undefined
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    const refusal = refusalForBank(place.at.code, error)
    const wasShown = payment.attempts.some((one) => one.bankCode === place.at.code && one.qrString !== undefined)
    // A code that was shown may have been paid: until its bank says no, nobody is asked to pay again.
    if (wasShown || !isAway(error)) throw refusal
    return { kind: 'away', refusal }
  }
}

function notAskedNow({ at, number }: Place): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', `${at.code} is not asked about the last code at this moment`, {
    details: `Payment ${number}: before another code is made, the bank must say that its last one was not paid; it is asked by itself.`,
    retryAfterS: 60,
  })
}

/** The bank cannot be reached or cannot serve: another may. What it said to us, or a log-in it refused, is another matter. */
function isAway({ kind, httpStatus }: Trouble): boolean {
  if (kind === 'unreachable' || kind === 'timeout' || kind === 'circuit_open') return true
  return kind === 'error_answer' && httpStatus !== undefined && httpStatus >= 500
}

async function askBank(hub: Hub, asker: Asker, place: Place, payment: Payment, attemptId: number): Promise<MadeCode> {
  const { at, account } = place
  const attempt = payment.attempts.find((one) => one.id === attemptId)
  if (!attempt) throw new Error(`Attempt ${attemptId} vanished`)
  const reference = attempt.reference
  const order = {
    reference,
    amount: payment.amount,
    payer: payment.payer.name,
    account,
    expiresAt: attempt.expiresAt,
    purchase: place.purchase,
  }
  try {
    checkpoint('create-khqr:before-ask')
    const answer = await at.bank.createQr(order, { correlationId: asker.correlationId, traceparent: asker.traceparent })
    checkpoint('create-khqr:after-ask')
    const lies = compareQr(answer.qrString, {
      amount: payment.amount,
      account,
      reference,
      writesReference: at.bank.describe().writesReference,
    })
    if (lies.length === 0) return { kind: 'shown', session: await show(hub, asker, payment, { attemptId, answer, at }) }
    hub.metrics.qrGenerations.inc({ bank: at.code, outcome: 'refused' })
    await giveUp(hub, asker, payment, attemptId, `the code is not this payment's: ${lies.join('; ')}`, answer.exchanges)
    throw new Refusal('PARTNER_RESPONSE_INVALID', `${at.code} gave a code that is not this payment's`, {
      details: lies.join('; '),
    })
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    hub.metrics.qrGenerations.inc({ bank: at.code, outcome: 'trouble' })
    await giveUp(hub, asker, payment, attemptId, error.message, error.exchange ? [error.exchange] : [])
    const refusal = refusalForBank(at.code, error)
    if (!isAway(error)) throw refusal
    return { kind: 'away', refusal }
  }
}

type Answered = { readonly attemptId: number; readonly answer: QrAnswer; readonly at: BankAtWork }

/** Writes the code down, then shows it: unless the payment was completed or the bill changed while the bank was asked. */
async function show(hub: Hub, asker: Asker, asked: Payment, answered: Answered): Promise<QrSession> {
  const { attemptId, answer, at } = answered
  let payment = asked
  for (let round = 1; round <= mostRounds; round += 1) {
    if (!isOpen(payment.status)) break
    const expiresAt = payment.attempts.find((one) => one.id === attemptId)?.expiresAt.toISOString() ?? ''
    const body = describePayment(payment, 'processing', { bank: at.code, expiresAt })
    const change = {
      evidence: 'attempt_opened' as const,
      sentence: `A code of ${at.code} for ${showMoney(payment.amount)} is shown.`,
      attempt: {
        id: attemptId,
        state: 'open' as const,
        qrString: answer.qrString,
        qrMd5: md5Hex(answer.qrString),
        deeplink: answer.deeplink,
        bankReference: answer.bankReference,
      },
      events: [{ type: 'khqr.generated-event' as const, body }],
    }
    try {
      const exchanges = keep(answer.exchanges, payment.number, asker)
      await movePayment(hub, asker, [{ payment, change }], { exchanges })
      hub.metrics.qrGenerations.inc({ bank: at.code, outcome: 'shown' })
      return session(shownOn(payment, attemptId, answer), attemptId)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      payment = (await readPayment(hub.db, payment.number)) ?? payment
    }
  }
  throw settledMeanwhile(payment.number)
}

/** The payment as the write left it, without reading it again. */
function shownOn(payment: Payment, attemptId: number, answer: QrAnswer): Payment {
  const { qrString, deeplink } = answer
  return {
    ...payment,
    status: 'processing',
    attempts: payment.attempts.map((one) =>
      one.id === attemptId ? { ...one, state: 'open', qrString, deeplink } : one,
    ),
  }
}

/** The attempt is closed with the reason; the next one asks the bank about it first. */
async function giveUp(
  hub: Hub,
  asker: Asker,
  asked: Payment,
  attemptId: number,
  why: string,
  exchanges: QrAnswer['exchanges'],
): Promise<void> {
  let payment = asked
  for (let round = 1; round <= mostRounds; round += 1) {
    const change = {
      sentence: `No code was shown: ${why}`,
      attempt: { id: attemptId, state: 'closed' as const, closedBecause: why.slice(0, 500) },
      events: [],
    }
    try {
      await movePayment(hub, asker, [{ payment, change }], { exchanges: keep(exchanges, payment.number, asker) })
      return
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      payment = (await readPayment(hub.db, payment.number)) ?? payment
      // A settled payment closed its attempts itself; what the bank said is kept all the same.
      if (payment.attempts.some((one) => one.id === attemptId && one.state !== 'creating')) {
        await write(hub.db, { exchanges: keep(exchanges, payment.number, asker) })
        return
      }
    }
  }
}

function keep(exchanges: QrAnswer['exchanges'], paymentNumber: number, asker: Asker): KeptExchange[] {
  return exchanges.map((exchange) => ({
    exchange,
    paymentNumber,
    inboxId: undefined,
    correlationId: asker.correlationId,
  }))
}

function session(payment: Payment, attemptId: number): QrSession {
  const attempt = payment.attempts.find((one) => one.id === attemptId)
  if (!attempt || attempt.state !== 'open' || attempt.qrString === undefined) throw settledMeanwhile(payment.number)
  return { payment, attempt: { ...attempt, qrString: attempt.qrString } }
}

function settledMeanwhile(number: number): Refusal {
  return new Refusal('RESOURCE_NOT_FOUND', 'Nothing is due', {
    details: `Payment ${number} was settled or closed meanwhile: nothing is due on it`,
  })
}
