import type { Bank, MerchantAccount, RefundOrder, RefundTotals } from '../banks/bank.ts'
import type { Position } from '../domain/position.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { isPast, type Moment, momentIn } from '../kit/deadline.ts'
import { Trouble } from '../kit/trouble.ts'
import { showMoney } from '../money/money.ts'
import type { Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import type { Asker, Hub } from './hub.ts'
import { readMoney } from './look-again.ts'
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

type Sender = {
  readonly bank: Required<Pick<Bank, 'refund' | 'readRefunds'>> & Bank
  readonly account: MerchantAccount
  readonly position: Position
}

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
  const totals = await readTotals(hub, asker, refund, sender)
  if (!totals) return false
  const already = totals.refunded?.amountMinor ?? 0n
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
    baselineMinor: goneMinor(totals),
    sending: true,
    // Another refund of this movement that ended since would make the baseline a lie.
    unmoved: sender.position,
  })
  return hand(hub, asker, { ...refund, status: 'processing', version: refund.version + 1 }, sender, sendBefore)
}

/** Finds out what became of a refund that was sent, or may have been; sends it again only when it certainly was not. */
export async function resolveRefund(hub: Hub, asker: Asker, refund: Refund): Promise<boolean> {
  const sender = await senderOf(hub, refund)
  const totals = await readTotals(hub, asker, refund, sender)
  if (!totals) return false
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
  // Where the bank names refunds by our ids, the absence of ours says more than a sum that somebody else may have raised.
  const hasIds = totals.refunds.some((one) => one.refundId !== undefined)
  if (!hasIds && goneMinor(totals) >= (refund.baselineMinor ?? 0n) + refund.amountMinor) {
    return succeed(hub, asker, refund, undefined)
  }
  const sentAgoS = (hub.clock.now().getTime() - (refund.sentAt?.getTime() ?? 0)) / 1_000
  if (sentAgoS < believeNoAfterS) {
    const sentence = `${refund.bankCode} does not list it; that is believed ${believeNoAfterS} s after sending.`
    return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence, isUnclear: 'in time' })
  }
  return sendAgain(hub, asker, refund, sender, totals)
}

async function sendAgain(
  hub: Hub,
  asker: Asker,
  refund: Refund,
  sender: Sender,
  totals: RefundTotals,
): Promise<boolean> {
  const total = totals.refunded?.amountMinor ?? 0n
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
    baselineMinor: goneMinor(totals),
    sending: true,
  })
  return hand(hub, asker, { ...refund, version: refund.version + 1 }, sender, sendBefore)
}

/** What certainly went back of the movement: some banks count in their total what they only mean to send. */
function goneMinor({ refunded, refunds }: RefundTotals): bigint {
  if (refunds.length === 0) return refunded?.amountMinor ?? 0n
  return refunds.reduce((sum, one) => (one.state === 'refunded' ? sum + one.amount.amountMinor : sum), 0n)
}

/** Whoever was stopped for long no longer knows whether another has sent it meanwhile: nothing leaves after `sendBefore`. */
async function hand(hub: Hub, asker: Asker, refund: Refund, sender: Sender, sendBefore: Moment): Promise<boolean> {
  checkpoint('send-refund:before-ask')
  if (isPast(hub.clock, sendBefore)) throw doubt(refund)
  const context = { correlationId: asker.correlationId, sendBefore }
  const answer = await keepingTrouble(hub, asker, sender, sender.bank.refund(orderOf(refund, sender), context))
  checkpoint('send-refund:after-ask')
  const exchanges = keep(answer.exchanges, sender.position, asker)
  if (answer.state === 'refunded') return succeed(hub, asker, refund, answer.bankRefundId, exchanges)
  if (answer.state === 'refused') {
    return settleAs(hub, asker, refund, 'failed', {
      sentence: `${refund.bankCode} refused it: ${answer.sentence}`,
      exchanges,
    })
  }
  await write(hub.db, { exchanges })
  const sentence = `${refund.bankCode} accepted it: ${answer.sentence}`
  return putOffRefund(hub, refund, { waitS: waitOf(refund), sentence })
}

/** What the bank says it has sent back of the movement; undefined when it cannot say, and the refund is put off. */
async function readTotals(hub: Hub, asker: Asker, refund: Refund, sender: Sender): Promise<RefundTotals | undefined> {
  const { bank, account, position } = sender
  const { bankTransactionId, reference, paidAt } = position
  const keys = { bankTransactionId, reference, paidAt, account }
  const context = { correlationId: asker.correlationId }
  const totals = await keepingTrouble(hub, asker, sender, bank.readRefunds(keys, context))
  await write(hub.db, { exchanges: keep(totals.exchanges, position, asker) })
  if (totals.state === 'known') return totals
  const sentence = `${refund.bankCode} cannot say what it has refunded: ${totals.doubt ?? 'its answer cannot be read'}`
  await putOffRefund(hub, refund, { waitS: waitOf(refund), sentence, isUnclear: 'in time' })
  return undefined
}

function waitOf({ tries }: Refund): number {
  return Math.min(longWaitS, lookAgainAfterS * 2 ** Math.floor(tries / looksOfOneWait))
}

/** What was said to a bank about a refund is kept, also when it ended in trouble (clause 13). */
async function keepingTrouble<Answer>(
  hub: Hub,
  asker: Asker,
  { position }: Sender,
  asking: Promise<Answer>,
): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Trouble && error.exchange)
      await write(hub.db, { exchanges: keep([error.exchange], position, asker) })
    throw error
  }
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

async function senderOf(hub: Hub, refund: Refund): Promise<Sender> {
  const position = await readMoney(hub, refund.receiptId)
  const at = hub.banks.get(refund.bankCode)
  const account = at?.accounts.find((one) => one.id === position.merchantAccountId)
  const { refund: send, readRefunds } = at?.bank ?? {}
  if (!at || !account || !send || !readRefunds) throw unable(refund)
  return { bank: { ...at.bank, refund: send, readRefunds }, account, position }
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

function keep(exchanges: RefundTotals['exchanges'], position: Position, asker: Asker) {
  return exchanges.map((exchange) => ({
    exchange,
    paymentNumber: position.paymentNumber,
    inboxId: undefined,
    correlationId: asker.correlationId,
  }))
}

function doubt(refund: Refund): Trouble {
  return new Trouble('timeout', `Refund ${refund.id} was held up too long to be sent safely`, {
    target: refund.bankCode,
    operation: 'refund',
    outcome: 'unknown',
  })
}

function unable(refund: Refund): Trouble {
  return new Trouble('unreachable', `${refund.bankCode} is not configured to send refunds any more`, {
    target: refund.bankCode,
    operation: 'refund',
    outcome: 'not_done',
  })
}
