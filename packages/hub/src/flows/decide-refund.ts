import { Refusal } from '../domain/errors.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { Conflict } from '../store/db.ts'
import { readRefund, type Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import { advanceRefund, readyStatus, sayReady } from './advance-refund.ts'
import type { Hub } from './hub.ts'
import { lookAgain, readMoney } from './look-again.ts'
import { mustDiffer, type Operator } from './operator.ts'
import { settleRefund } from './settle-refund.ts'

/** A second operator agrees. The bank is asked again first. Throws `Refusal`: FORBIDDEN for who asked for it, CONFLICT. */
export async function approveRefund(hub: Hub, operator: Operator, id: string, reason: string): Promise<Refund> {
  const refund = await mustBe(hub, id, ['requires_approval'])
  mustDiffer(operator.operator, refund.requestedBy)
  await lookAgain(hub, operator, await readMoney(hub, refund.receiptId))
  const current = await mustBe(hub, id, ['requires_approval'])
  checkpoint('decide-refund:before-write')
  await once(id, () =>
    write(hub.db, {
      refunds: [
        {
          change: { id, expectedVersion: current.version, to: readyStatus(current), approvedBy: operator.operator },
          sentence: sayReady(current),
          nextTryAt: current.mode === 'automatic' ? hub.clock.now() : undefined,
          actor: operator.actor,
          correlationId: operator.correlationId,
        },
      ],
      audit: [
        {
          actor: operator.actor,
          action: 'refund.approved',
          object: `refund ${id}`,
          before: { status: current.status },
          after: { status: readyStatus(current) },
          reason,
          correlationId: operator.correlationId,
        },
      ],
    }),
  )
  return advanceRefund(hub, operator, id)
}

/** Calls off a refund that was not sent: its money stands again where it was. Throws `Refusal` CONFLICT once it was sent. */
export async function cancelRefund(hub: Hub, operator: Operator, id: string, reason: string): Promise<Refund> {
  const refund = await mustBe(hub, id, ['requested', 'requires_approval', 'pending', 'requires_evidence'])
  const sentence = `Called off by ${operator.operator}.`
  await settleRefund(hub, operator, refund, { to: 'cancelled', sentence, reason })
  // Somebody else may have ended it otherwise at the same moment.
  return mustBe(hub, id, ['cancelled'])
}

export type RefundEvidence = {
  /** What the bank calls the transfer that a person made. */
  readonly bankReference: string
  readonly paidAt: Date
  readonly note: string
}

/** A person has sent the money and shows how. Throws `Refusal` CONFLICT when the refund does not wait for that. */
export async function showEvidence(
  hub: Hub,
  operator: Operator,
  id: string,
  evidence: RefundEvidence,
): Promise<Refund> {
  const refund = await mustBe(hub, id, ['requires_evidence'])
  const { bankReference, paidAt, note } = evidence
  const money = await readMoney(hub, refund.receiptId)
  if (paidAt < money.paidAt) {
    const cameAt = money.paidAt.toISOString()
    throw new Refusal('BAD_REQUEST', 'The evidence is not right', {
      details: { paid_at: `${paidAt.toISOString()} is before the money came (${cameAt}): write when it was sent back` },
    })
  }
  const sentence = `Sent by hand, ${bankReference}, as ${operator.operator} shows.`
  const more = {
    bankRefundId: bankReference,
    evidence: { bankReference, paidAt: paidAt.toISOString(), note, shownBy: operator.operator },
  }
  const isDone = await settleRefund(hub, operator, refund, { to: 'succeeded', sentence, more, reason: note })
  // Somebody else was faster. Had this one sent money, too, he must hear that it was not asked for.
  return mustBe(hub, id, isDone ? ['succeeded'] : ['requires_evidence'])
}

async function mustBe(hub: Hub, id: string, statuses: readonly Refund['status'][]): Promise<Refund> {
  const refund = await readRefund(hub.db, id)
  if (!refund) throw new Refusal('RESOURCE_NOT_FOUND', 'No such refund', { details: `Refund: ${id}` })
  if (statuses.includes(refund.status)) return refund
  throw new Refusal('CONFLICT', 'The refund does not allow that', {
    details: `Refund ${id} is ${refund.status}: ${refund.sentence}`,
  })
}

async function once(id: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new Refusal('CONFLICT', 'The refund was decided meanwhile', { details: `Refund: ${id}`, cause: error })
  }
}
