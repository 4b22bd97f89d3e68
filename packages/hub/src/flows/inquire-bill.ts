import type { Premium } from '../billers/biller.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment } from '../domain/events.ts'
import type { InquiryChannel, Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { newId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { showMoney } from '../money/money.ts'
import { Conflict } from '../store/db.ts'
import { openPayment } from '../store/payments.ts'
import { closePayment } from './close-payment.ts'
import type { Asker, Hub } from './hub.ts'

export type Inquiry = {
  /** 1–10 letters and digits. */
  readonly query: string
  /** The bank whose path was asked; undefined on paths that need no bank. */
  readonly bankCode: string | undefined
  readonly channel: InquiryChannel
  /** Whether the policy system must be asked now: before a code is made. */
  readonly fresh: boolean
}

export type FoundBill = {
  readonly payment: Payment
  /** The policy system is down and this is its last answer: for display. */
  readonly stale: boolean
}

const mostRounds = 5

/**
 * Finds what is owed on a number and the one open payment for it, opening it if there is none. Throws `Refusal`
 * (RESOURCE_NOT_FOUND: no such number, or nothing due; SERVER_UNAVAILABLE).
 */
export async function inquireBill(hub: Hub, asker: Asker, inquiry: Inquiry): Promise<FoundBill> {
  const number = inquiry.query.toUpperCase()
  let fresh = inquiry.fresh
  for (let round = 1; round <= mostRounds; round += 1) {
    const { premium, stale } = await findPremium(hub, asker, number, fresh)
    const opened = await openFor(hub, asker, inquiry, premium, stale)
    if (opened.kind === 'open') return { payment: opened.payment, stale }
    if (opened.kind === 'settled') throw nothingDue(number)
    if (opened.kind === 'again') continue
    // Only what the policy system says now closes a payment: an answer from the cache may be the older one.
    if (!fresh) fresh = true
    else await closeOutdated(hub, asker, opened.payment, premium)
  }
  throw new Refusal('CONFLICT', `The bill ${number} keeps changing; ask again`)
}

async function findPremium(
  hub: Hub,
  asker: Asker,
  number: string,
  fresh: boolean,
): Promise<{ premium: Premium; stale: boolean }> {
  try {
    const found = await hub.lookUp(number, {
      fresh,
      call: { correlationId: asker.correlationId, traceparent: asker.traceparent },
    })
    if (found.state === 'due') return { premium: found.premium, stale: found.stale }
    if (found.state === 'nothing_due') throw nothingDue(number)
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such policy or application', { details: `Query: ${number}` })
  } catch (error) {
    if (error instanceof Trouble) {
      throw new Refusal('SERVER_UNAVAILABLE', 'The policy system cannot be asked now', {
        details: `The policy system ${error.target} does not answer (${error.kind}).`,
        retryAfterS: error.retryAfterS,
        cause: error,
      })
    }
    throw error
  }
}

type OpenedFor =
  | { readonly kind: 'open'; readonly payment: Payment }
  | { readonly kind: 'outdated'; readonly payment: Payment }
  | { readonly kind: 'settled' }
  | { readonly kind: 'again' }

async function openFor(hub: Hub, asker: Asker, inquiry: Inquiry, premium: Premium, stale: boolean): Promise<OpenedFor> {
  const key = [
    inquiry.bankCode,
    inquiry.channel,
    premium.number,
    premium.dueDate,
    premium.amount.amountMinor,
    premium.amount.currency,
  ].join('|')
  const remembered = hub.openBills.find(key)
  if (remembered) return { kind: 'open', payment: remembered }
  const bill = {
    payableKind: 'premium' as const,
    biller: premium.biller,
    billNumber: premium.number,
    billKey: premium.dueDate,
  }
  const at = hub.clock.now()
  try {
    const opening = await openPayment(hub.db, {
      ...bill,
      id: newId('pay'),
      amount: premium.amount,
      payer: { name: premium.payer, email: premium.email, phone: premium.phone },
      bankCode: inquiry.bankCode,
      channel: inquiry.channel,
      at,
      sentence: `${showMoney(premium.amount)} is due on ${premium.number} (${premium.biller}, ${premium.dueDate}).`,
      actor: asker.actor,
      correlationId: asker.correlationId,
      eventId: newId('evt'),
      // The quote settles, so no payment is opened or closed upon an answer that may be out of date.
      lookOnly: stale,
      eventBody: describePayment({ ...emptyPayment, ...bill, amount: premium.amount, openedAt: at }, 'pending'),
    })
    if (opening.kind === 'settled') return { kind: 'settled' }
    if (opening.kind === 'none') throw tooOld(premium)
    if (opening.kind === 'open') hub.openBills.remember(key, opening.payment)
    return opening
  } catch (error) {
    if (error instanceof Conflict) return { kind: 'again' }
    throw error
  }
}

function tooOld(premium: Premium): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', 'The policy system cannot be asked now', {
    details: `${premium.biller} is down, and its last answer about ${premium.number} is too old to pay upon.`,
    retryAfterS: 30,
  })
}

/** Number and id are filled in by the database, which gives them out. */
const emptyPayment: Payment = {
  number: 0,
  id: '',
  payableKind: 'premium',
  creditAccount: 'payable:premium',
  biller: '',
  billNumber: '',
  billKey: '',
  amount: { amountMinor: 0n, currency: 'USD' },
  status: 'pending',
  version: 1,
  eventSequence: 1,
  openedAt: new Date(0),
  completedAt: undefined,
  closedAt: undefined,
  refundedMinor: 0n,
  payer: { name: '', email: undefined, phone: undefined },
  attempts: [],
  receipts: [],
  inquiries: [],
  bill: { completedBy: undefined, openBy: undefined, heldBy: undefined },
}

/** The bill changed: the old payment is closed after a last look at every bank that holds a code of it. */
async function closeOutdated(hub: Hub, asker: Asker, outdated: Payment, premium: Premium): Promise<void> {
  const { number, amount, billKey } = outdated
  const sentence =
    `The bill changed: ${premium.number} now asks ${showMoney(premium.amount)}, due ${premium.dueDate}; ` +
    `payment ${number} asked ${showMoney(amount)}, due ${billKey}.`
  const closing = { evidence: 'given_up' as const, sentence, because: 'the bill changed' }
  const closed = await closePayment(hub, asker, outdated, closing).catch((error: unknown) => {
    // Others are changing it: the bill is looked at again.
    if (error instanceof Conflict) return undefined
    throw error
  })
  if (closed?.kind === 'settled' && isOpen(closed.payment.status)) {
    throw new Refusal('CONFLICT', 'The bill changed, and its older payment holds a part of its money', {
      details: `A person must decide about payment ${number} first.`,
    })
  }
  if (closed?.kind !== 'unsure') return
  const { bankCode, trouble } = closed
  if (!trouble) {
    throw new Refusal('PARTNER_RESPONSE_INVALID', 'The bill changed, and its older payment cannot be cleared up', {
      details: `${bankCode} cannot say whether payment ${number} was paid; the bill is not shown until it can.`,
      retryAfterS: 5,
    })
  }
  throw new Refusal(
    'SERVER_UNAVAILABLE',
    'The bill changed, and the bank cannot be asked about its older payment now',
    {
      details: `${bankCode} does not answer (${trouble.kind}); the bill is not shown until it does.`,
      retryAfterS: trouble.retryAfterS,
      cause: trouble,
    },
  )
}

function nothingDue(number: string): Refusal {
  return new Refusal('RESOURCE_NOT_FOUND', 'Nothing is due', { details: `Nothing is due on ${number}` })
}
