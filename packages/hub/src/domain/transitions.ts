/** The words a payment's status can have, from URL to table. */
export const statuses = ['pending', 'processing', 'completed', 'failed', 'cancelled', 'expired'] as const
export type Status = (typeof statuses)[number]

/** What can move a payment. Never "a message said so": each is something we know. */
export type Evidence =
  /** A QR was made and compared with the payment. */
  | 'attempt_opened'
  /** Verified receipts (or a settling notice) cover the amount. */
  | 'receipt_applied'
  /** The bank refused for good. */
  | 'bank_refused'
  /** The customer, the merchant or an operator gave up, or the bill changed; the bank was asked last. */
  | 'given_up'
  /** Our deadline and grace passed, and the bank says unpaid. */
  | 'deadline_passed'

/**
 * The status table: what each piece of evidence does to a payment. `undefined` = the move does not exist.
 * Completed is terminal; the three other ends only ever move to completed, by late money.
 * The database holds the same table (`payment_transitions`) and refuses every other move; a test compares the two.
 */
export const transitions: Record<Status, Record<Evidence, Status | undefined>> = {
  pending: {
    attempt_opened: 'processing',
    receipt_applied: 'completed',
    bank_refused: 'failed',
    given_up: 'cancelled',
    deadline_passed: 'expired',
  },
  processing: {
    attempt_opened: 'processing',
    receipt_applied: 'completed',
    bank_refused: 'failed',
    given_up: 'cancelled',
    deadline_passed: 'expired',
  },
  completed: onlyTo(undefined),
  failed: onlyTo('completed'),
  cancelled: onlyTo('completed'),
  expired: onlyTo('completed'),
}

/** Where `evidence` takes a payment of `status`; undefined when there is no such move. */
export function next(status: Status, evidence: Evidence): Status | undefined {
  return transitions[status][evidence]
}

export function isOpen(status: Status): boolean {
  return status === 'pending' || status === 'processing'
}

function onlyTo(lateMoney: Status | undefined): Record<Evidence, Status | undefined> {
  return {
    attempt_opened: undefined,
    receipt_applied: lateMoney,
    bank_refused: undefined,
    given_up: undefined,
    deadline_passed: undefined,
  }
}
