/** The words a refund's status can have, from URL to table. */
export const refundStatuses = [
  'requested',
  'requires_approval',
  'pending',
  'requires_evidence',
  'processing',
  'succeeded',
  'failed',
  'cancelled',
] as const
export type RefundStatus = (typeof refundStatuses)[number]

/**
 * The refund's status table. The database holds the same (`refund_transitions`) and refuses every other move; a test
 * compares the two.
 *
 * requested: the amount is held, and the bank is asked whether the money is still there. requires_approval: a second
 * operator must agree. pending: may be sent. requires_evidence: no connector can send it, so a person does, and shows
 * how. processing: being sent, or sent with an unknown outcome; the bank's totals are read before it is sent again.
 */
export const refundTransitions: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  requested: ['requires_approval', 'pending', 'requires_evidence', 'cancelled'],
  requires_approval: ['pending', 'requires_evidence', 'cancelled'],
  pending: ['processing', 'failed', 'cancelled'],
  requires_evidence: ['succeeded', 'cancelled'],
  processing: ['processing', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
}

export function canMoveRefund(from: RefundStatus, to: RefundStatus): boolean {
  return refundTransitions[from].includes(to)
}

/** Whether its amount is still held or gone: it counts against what may be refunded. */
export function holdsMoney(status: RefundStatus): boolean {
  return status !== 'failed' && status !== 'cancelled'
}

/** Whether it certainly was not sent, so that it can still be called off. */
export function isUnsent(status: RefundStatus): boolean {
  return status === 'requested' || status === 'requires_approval' || status === 'pending'
}
