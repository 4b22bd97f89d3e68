import type { RefundOrder } from '../banks/bank.ts'
import { weighRefund } from '../domain/refund-evidence.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { isPast, type Moment, momentIn } from '../kit/deadline.ts'
import { Trouble } from '../kit/trouble.ts'
import { showMoney } from '../money/money.ts'
import type { Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import { askTotals, keep, keepingTrouble, type Sender, senderOf, type Totals } from './ask-refunds.ts'
import type { Asker, Hub } from './hub.ts'
import { moveRefund } from './move-refund.ts'
import { putOffRefund } from './put-off-refund.ts'
import { settleRefund } from './settle-refund.ts'

/** A refund not handed to the bank within this time of being noted as sent is found out about instead. */
const sendWithinMs = 10_000
/**
 * A bank that answered nothing may still act for a while: its list without our refund is believed only this long after
 * sending. Longer than a claim and every deadline, so that a sender that was held up cannot come after it.
 */
const believeNoAfterS = 120
const lookAgainAfterS = 15
/** After so many looks the wait is doubled, and doubled again, up to `longWaitS`: what takes days is not asked about all day. */
const looksOfOneWait = 8
/** Refunds of one movement are sent one after another. */
const nextInLineAfterS = 2
/** What takes long, or a person must clear up first, is looked at again this much later. */
const longWaitS = 300

/**
 * Sends a refund that may be sent. The bank's totals are read first and kept as the baseline; "processing" is written
 * before the call, so that whoever comes after a crash finds a question, not an order. Answers whether it went on.
 */
export async function sendRefund(hub: Hub, asker: Asker, refund: Refund): Promise<boolean> {
  const sender = await senderOf(hub, refund)
  const before = sender.position.refunds.find((one) => one.status === 'processing')
  if (before) {
    const sentence = `It waits for refund ${before.id} of the same money, which is at ${refund.bankCode}.`
    return putOffRefund(hub, refund, { waitS: nextInLineAfterS, sentence })
  }
  const said = await readTotals(hub, asker, refund, sender)
  if (!said) return false
  const already = said.totals.refunded?.amountMinor ?? 0n
  if (already + refund.amountMinor > sender.position.amountMinor) {
    return settleAs(hub, asker, refund, 'failed', {
      sentence: `${refund.bankCode} has already sent back ${showMoney({ amountMinor: already, currency: refund.currency })} of this movement: ${showMoney(refund)} more is not there.`,
      isUnclear: true,
    })
  }
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  await moveRefund(hub, asker, refund, {
    to: 'processing',
    sentence: `It is being sent by ${refund.bankCode}.`,
    baselineMinor: said.goneMinor,
    sending: true,
    // Another refund of this movement that ended since would make the baseline a lie.
    unmoved: sender.position,
  })
  return hand(hub, asker, { ...refund, status: 'processing', version: refund.version + 1 }, sender, sendBefore)
}

/** Finds out what became of a refund that was sent, or may have been; sends it again only when it certainly was not. */
export async function resolveRefund(hub: Hub, asker: Asker, refund: Refund): Promise<boolean> {
  const sender = await senderOf(hub, refund)
  const said = await readTotals(hub, asker, refund, sender)
  if (!said) return false
  const { totals } = said
  const ours = totals.refunds.find((one) => one.refundId === refund.id)
  if (ours && ours.amount.amountMinor !== refund.amountMinor) {
    const sentence = `${refund.bankCode} lists it with ${showMoney(ours.amount)} instead of ${showMoney(refund)}.`
    return putOffRefund(hub, refund, { waitS: longWaitS, sentence, isUnclear: 'now' })
  }
  if (ours?.state === 'refunded') return succeed(hub, asker, refund, ours.bankRefundId)
  if (ours?.state === 'refused') {
    return settleAs(hub, asker, refund, 'failed', { sentence: `${refund.bankCode} refused it.` })
  }
  if (ours) {
    const sentence = `${refund.bankCode} has accepted it and not sent it yet.`
    return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence })
  }
  const found = said.hasIds ? 'not_sent' : weighRefund(evidenceOf(refund, said))
  if (found === 'sent') return succeed(hub, asker, refund, undefined)
  if (found === 'unclear') {
    const sentence = `${refund.bankCode} has sent back more since than ${showMoney(refund)}, and does not say whether that is in it.`
    return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence, isUnclear: 'now' })
  }
  const sentAgoS = (hub.clock.now().getTime() - (refund.sentAt?.getTime() ?? 0)) / 1_000
  if (sentAgoS < believeNoAfterS) {
    const sentence = `${refund.bankCode} does not list it; that is believed ${believeNoAfterS} s after sending.`
    return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence, isUnclear: 'in time' })
  }
  return sendAgain(hub, asker, refund, sender, said)
}

async function sendAgain(hub: Hub, asker: Asker, refund: Refund, sender: Sender, said: Totals): Promise<boolean> {
  const total = said.totals.refunded?.amountMinor ?? 0n
  if (total + refund.amountMinor > sender.position.amountMinor) {
    return settleAs(hub, asker, refund, 'failed', {
      sentence: `${refund.bankCode} does not list it, and what is left of the movement is less than ${showMoney(refund)}.`,
      isUnclear: true,
    })
  }
  const sendBefore = momentIn(hub.clock, sendWithinMs)
  await moveRefund(hub, asker, refund, {
    to: 'processing',
    sentence: `${refund.bankCode} does not list it: it is sent again.`,
    baselineMinor: said.goneMinor,
    sending: true,
  })
  return hand(hub, asker, { ...refund, version: refund.version + 1 }, sender, sendBefore)
}

function evidenceOf({ baselineMinor = 0n, amountMinor }: Refund, said: Totals) {
  const { goneMinor, earlierMinor, totals } = said
  const listed = totals.refunds.filter((one) => one.state === 'refunded').map((one) => one.amount.amountMinor)
  return { goneMinor, listedMinor: listed, baselineMinor, amountMinor, earlierMinor }
}

/** Whoever was stopped for long no longer knows whether another has sent it meanwhile: nothing leaves after `sendBefore`. */
async function hand(hub: Hub, asker: Asker, refund: Refund, sender: Sender, sendBefore: Moment): Promise<boolean> {
  checkpoint('send-refund:before-ask')
  if (isPast(hub.clock, sendBefore)) throw doubt(refund)
  const context = { correlationId: asker.correlationId, sendBefore }
  const asking = sender.bank.refund(orderOf(refund, sender), context)
  const answer = await notingNothingDone(hub, asker, refund, sender, keepingTrouble(hub, asker, sender, asking))
  checkpoint('send-refund:after-ask')
  const exchanges = keep(answer.exchanges, sender.position, asker)
  if (answer.state === 'refunded') return succeed(hub, asker, refund, answer.bankRefundId, exchanges)
  if (answer.state === 'refused') {
    return settleAs(hub, asker, refund, 'failed', {
      sentence: `${refund.bankCode} refused it: ${answer.sentence}`,
      exchanges,
      isUnclear: mayBeSent(refund, sender),
    })
  }
  await write(hub.db, { exchanges })
  const sentence = `${refund.bankCode} accepted it: ${answer.sentence}`
  return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence })
}

/**
 * Trouble in which certainly nothing was done is noted: without that, a refund by somebody else in the same minutes would
 * be taken for ours. No sum can reach beyond the whole movement.
 */
async function notingNothingDone<Answer>(
  hub: Hub,
  asker: Asker,
  refund: Refund,
  { position }: Sender,
  asking: Promise<Answer>,
): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Trouble && error.outcome === 'not_done') {
      await moveRefund(hub, asker, refund, {
        to: 'processing',
        sentence: `Nothing was sent: ${error.message}`,
        baselineMinor: position.amountMinor,
      })
    }
    throw error
  }
}

/** Sent before, with an outcome that nobody knew then: a refusal of the second try says nothing about the first. */
function mayBeSent({ sentAt, baselineMinor = 0n }: Refund, { position }: Sender): boolean {
  return sentAt !== undefined && baselineMinor < position.amountMinor
}

/** Undefined when the bank cannot say what it has sent back, and the refund is put off. */
async function readTotals(hub: Hub, asker: Asker, refund: Refund, sender: Sender): Promise<Totals | undefined> {
  const said = await askTotals(hub, asker, refund, sender)
  if (typeof said !== 'string') return said
  await putOffRefund(hub, refund, { waitS: waitOf(refund), sentence: said, isUnclear: 'in time' })
  return undefined
}

function waitOf({ tries }: Refund): number {
  return Math.min(longWaitS, lookAgainAfterS * 2 ** Math.floor(tries / looksOfOneWait))
}

function succeed(
  hub: Hub,
  asker: Asker,
  refund: Refund,
  bankRefundId: string | undefined,
  exchanges: ReturnType<typeof keep> = [],
): Promise<boolean> {
  const sentence = `${refund.bankCode} sent back ${showMoney(refund)}.`
  return settleAs(hub, asker, refund, 'succeeded', { sentence, exchanges, bankRefundId })
}

async function settleAs(
  hub: Hub,
  asker: Asker,
  refund: Refund,
  to: 'succeeded' | 'failed',
  how: {
    readonly sentence: string
    readonly exchanges?: ReturnType<typeof keep>
    readonly bankRefundId?: string | undefined
    /** Somebody else seems to have sent money back: a person must look. */
    readonly isUnclear?: boolean
  },
): Promise<boolean> {
  const raised = {
    kind: 'refund_unclear' as const,
    dedupeKey: `refund_unclear:${refund.id}:${refund.version}`,
    bankCode: refund.bankCode,
    paymentNumber: refund.paymentNumber,
    inboxId: undefined,
    sentence: `Refund ${refund.id}: ${how.sentence}`,
    evidence: { refund: refund.id },
  }
  await settleRefund(hub, asker, refund, {
    to,
    sentence: how.sentence,
    exchanges: how.exchanges ?? [],
    more: how.bankRefundId === undefined ? {} : { bankRefundId: how.bankRefundId },
    cases: how.isUnclear ? [raised] : [],
  })
  return true
}

function orderOf(refund: Refund, { position, account }: Sender): RefundOrder {
  return {
    refundId: refund.id,
    bankTransactionId: position.bankTransactionId,
    reference: position.reference,
    amount: { amountMinor: refund.amountMinor, currency: refund.currency },
    account,
    paidAt: position.paidAt,
  }
}

function doubt(refund: Refund): Trouble {
  return new Trouble('timeout', `Refund ${refund.id} was held up too long to be sent safely`, {
    target: refund.bankCode,
    operation: 'refund',
    outcome: 'unknown',
  })
}
