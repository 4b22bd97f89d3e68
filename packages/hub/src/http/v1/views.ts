import { type Currency, printAmount } from '../../money/money.ts'
import type { ListedAct } from '../../store/acts.ts'
import type { Case } from '../../store/cases.ts'
import type { ListedRefund } from '../../store/refunds.ts'
import type { HeldMoney } from '../../store/suspense.ts'
import { timestamp } from '../envelope.ts'

// How things are shown, here and by the command line's --json: amounts as decimal text, times in UTC, null for nothing.

export function viewOfCase(one: Case) {
  return {
    id: `case_${one.id}`,
    kind: one.kind,
    state: one.closed ? 'closed' : 'open',
    sentence: one.sentence,
    evidence: one.evidence,
    bank: one.bankCode ?? null,
    payment: one.payment ?? null,
    opened_at: timestamp(one.openedAt),
    outcome: one.closed?.outcome ?? null,
    reason: one.closed?.reason ?? null,
    closed_by: one.closed?.by ?? null,
    closed_at: timeOrNull(one.closed?.at),
  }
}

export function viewOfHeldMoney(one: HeldMoney) {
  return {
    id: `sus_${one.id}`,
    state: one.state,
    reason: one.reason,
    amount: printAmount(one.amountMinor, one.currency),
    remaining: printAmount(one.remainingMinor, one.currency),
    currency: one.currency,
    bank: one.bankCode,
    transaction_id: one.bankTransactionId,
    channel: one.channel,
    proof: one.proof,
    reference: one.reference,
    payment: one.payment ?? null,
    paid_at: timestamp(one.paidAt),
    opened_at: timestamp(one.openedAt),
    resolved_at: timeOrNull(one.resolvedAt),
  }
}

export function viewOfAct(act: ListedAct) {
  return {
    id: act.id,
    kind: act.kind,
    status: act.status,
    suspense: `sus_${act.suspenseId}`,
    ...moneyOf(act),
    payment: paymentOf(act),
    reason: act.reason,
    second_person_because: act.secondBecause ?? null,
    requested_by: act.requestedBy,
    requested_at: timestamp(act.requestedAt),
    decided_by: act.decidedBy ?? null,
    decided_because: act.decidedBecause ?? null,
    decided_at: timeOrNull(act.decidedAt),
  }
}

export function viewOfRefund(refund: ListedRefund) {
  return {
    id: refund.id,
    status: refund.status,
    mode: refund.mode,
    ...moneyOf(refund),
    bank: refund.bankCode,
    payment: paymentOf(refund),
    named_payment: refund.named ?? null,
    suspense: refund.suspenseId === undefined ? null : `sus_${refund.suspenseId}`,
    reason: refund.reason,
    sentence: refund.sentence,
    needs_second_person: refund.needsSecond,
    requested_by: refund.requestedBy,
    approved_by: refund.approvedBy ?? null,
    bank_reference: refund.bankRefundId ?? null,
    evidence: viewOfEvidence(refund.evidence),
    created_at: timestamp(refund.createdAt),
    sent_at: timeOrNull(refund.sentAt),
    finished_at: timeOrNull(refund.finishedAt),
  }
}

/** What a person showed, as it was asked for. */
function viewOfEvidence(evidence: unknown) {
  if (evidence === undefined) return null
  const { bankReference, paidAt, note, shownBy } = evidence as Record<string, string>
  return { bank_reference: bankReference, paid_at: paidAt, note, shown_by: shownBy }
}

function moneyOf({ amountMinor, currency }: { readonly amountMinor: bigint; readonly currency: Currency }) {
  return { amount: printAmount(amountMinor, currency), currency }
}

function paymentOf(one: { readonly paymentId: string | undefined; readonly paymentNumber: number | undefined }) {
  return one.paymentId === undefined ? null : { id: one.paymentId, number: one.paymentNumber }
}

function timeOrNull(at: Date | undefined): string | null {
  return at ? timestamp(at) : null
}
