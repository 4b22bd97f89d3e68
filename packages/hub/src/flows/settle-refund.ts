import { describePayment, describeReceipt } from '../domain/events.ts'
import { postMove, postRefundPaid, refundsAccount } from '../domain/ledger.ts'
import type { Position } from '../domain/position.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { printAmount, showMoney } from '../money/money.ts'
import { readPayment } from '../store/payments.ts'
import type { RefundMove } from '../store/postings.ts'
import type { Refund } from '../store/refunds.ts'
import { write, type Writes } from '../store/writes.ts'
import { decideAgain } from './decide-again.ts'
import { fundingAccountOf } from './funding-account.ts'
import type { Asker, Hub } from './hub.ts'
import { readMoney } from './look-again.ts'
import { movePayment } from './move-payment.ts'

export type RefundEnd = {
  readonly to: 'succeeded' | 'failed' | 'cancelled'
  readonly sentence: string
  readonly more?: Pick<RefundMove, 'bankRefundId' | 'evidence' | 'approvedBy'>
  readonly exchanges?: Writes['exchanges']
  readonly cases?: Writes['cases']
  /** Why a person ended it so. */
  readonly reason?: string
}

/**
 * Ends a refund: the money has left the bank account, or stands again where it was taken from. Journal, status, event and
 * audit in one transaction. Answers whether this did it: not when the refund has moved on since `refund` was read.
 */
export function settleRefund(hub: Hub, asker: Asker, refund: Refund, end: RefundEnd): Promise<boolean> {
  return decideAgain(hub, async () => {
    const position = await readMoney(hub, refund.receiptId)
    // Somebody else moved it on: the caller reads it again. What was said to the bank is kept all the same.
    if (position.refunds.find((one) => one.id === refund.id)?.version !== refund.version) {
      if (end.exchanges) await write(hub.db, { exchanges: end.exchanges })
      return false
    }
    const number = refund.paymentNumber ?? position.paymentNumber
    const payment = number === undefined ? undefined : await readPayment(hub.db, number)
    const finishedAt = hub.clock.now()
    const body = payment && refundedBody(payment, position, refund, finishedAt)
    const events = end.to === 'succeeded' && body ? [{ type: 'gateway.payment.refunded' as const, body }] : []
    checkpoint('settle-refund:before-write')
    await movePayment(
      hub,
      asker,
      payment && events.length > 0 ? [{ payment, change: { sentence: end.sentence, events } }] : [],
      {
        postings: [
          {
            receiptId: position.receiptId,
            expectedJournals: position.journals,
            journals: [journalOf(position, refund, end)],
            ...(end.to !== 'succeeded' && refund.suspenseId !== undefined
              ? { takes: [{ suspenseId: refund.suspenseId, amountMinor: -refund.amountMinor }] }
              : {}),
          },
        ],
        refunds: [
          {
            change: { id: refund.id, expectedVersion: refund.version, to: end.to, ...end.more },
            sentence: end.sentence,
            nextTryAt: undefined,
            actor: asker.actor,
            correlationId: asker.correlationId,
          },
        ],
        audit: [
          {
            actor: asker.actor,
            action: `refund.${end.to}`,
            object: `refund ${refund.id}`,
            before: { status: refund.status },
            after: { status: end.to, ...(end.more?.evidence === undefined ? {} : { evidence: end.more.evidence }) },
            reason: end.reason ?? end.sentence,
            correlationId: asker.correlationId,
          },
        ],
        exchanges: end.exchanges ?? [],
        cases: end.cases ?? [],
      },
    )
    checkpoint('settle-refund:after-write')
    hub.metrics.refunds.inc({ bank: refund.bankCode, outcome: end.to })
    hub.log.info({ event: 'refund.ended', refundId: refund.id, bank: refund.bankCode, status: end.to }, end.sentence)
    return true
  })
}

function journalOf(position: Position, refund: Refund, end: RefundEnd) {
  const { bankCode, currency } = position
  const money = showMoney({ amountMinor: refund.amountMinor, currency })
  if (end.to === 'succeeded') {
    return {
      kind: 'refund_paid' as const,
      memo: `${money} sent back, ${refund.id}`,
      refundId: refund.id,
      entries: postRefundPaid(bankCode, currency, refund.amountMinor),
    }
  }
  return {
    kind: 'refund_undone' as const,
    memo: `${money} not sent back, ${refund.id}: ${end.sentence}`,
    refundId: refund.id,
    entries: postMove(refundsAccount(bankCode), fundingAccountOf(position, refund), currency, refund.amountMinor),
  }
}

function refundedBody(
  payment: NonNullable<Awaited<ReturnType<typeof readPayment>>>,
  position: Position,
  refund: Refund,
  finishedAt: Date,
) {
  return describePayment(payment, payment.status, {
    bank: position.bankCode,
    receipt: describeReceipt({
      bankTransactionId: position.bankTransactionId,
      amount: { amountMinor: position.amountMinor, currency: position.currency },
      paidAt: position.paidAt,
      proof: position.proof,
    }),
    refund: {
      id: refund.id,
      amount: printAmount(refund.amountMinor, refund.currency),
      currency: refund.currency,
      bankTransactionId: position.bankTransactionId,
      reason: refund.reason,
      finishedAt: finishedAt.toISOString(),
      of: refund.suspenseId === undefined ? 'applied' : 'suspense',
    },
  })
}
