import type { Position } from '../../src/domain/position.ts'
import { minutesLater } from './sample-payment.ts'

/** A receipt of USD 150.00 that settled payment 150001, and nothing else happened to it. */
export function samplePosition(more: Partial<Position> = {}): Position {
  return {
    receiptId: 1,
    bankCode: 'BANK01',
    merchantAccountId: 1,
    channel: 'khqr',
    bankTransactionId: 'TX-1',
    paymentNumber: 150_001,
    reference: '150001',
    amountMinor: 15_000n,
    currency: 'USD',
    paidAt: minutesLater(1),
    proof: 'verified',
    journals: 1,
    bankMinor: 15_000n,
    appliedMinor: 15_000n,
    heldMinor: 0n,
    refundingMinor: 0n,
    writtenOffMinor: 0n,
    reversed: false,
    appliedAccounts: [{ account: 'payable:premium', minor: 15_000n }],
    reversalCredits: [],
    suspense: [],
    applications: [{ paymentNumber: 150_001, creditAccount: 'payable:premium', amountMinor: 15_000n }],
    refunds: [],
    acts: [],
    ...more,
  }
}

export function positionRefund(more: Partial<Position['refunds'][number]> = {}): Position['refunds'][number] {
  return {
    id: 'rfd_00000000000000000000sample',
    status: 'pending',
    version: 2,
    amountMinor: 5_000n,
    paymentNumber: 150_001,
    suspenseId: undefined,
    requestedBy: 'operator-1',
    ...more,
  }
}
