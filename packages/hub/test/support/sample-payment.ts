import type { Circumstances, Notice, Proved } from '../../src/domain/match.ts'
import type { Attempt, Payment, Receipt } from '../../src/domain/payment.ts'
import type { Money } from '../../src/money/money.ts'

// Made-up payments for tests of what is decided about them: opened at `openedAt`, asking USD 150.00, with one code shown.

export const openedAt = new Date('2026-01-07T05:00:00Z')

/** So many minutes after the sample payment was opened. */
export function minutesLater(minutes: number): Date {
  return new Date(openedAt.getTime() + minutes * 60_000)
}

export function usd(amountMinor: bigint): Money {
  return { amountMinor, currency: 'USD' }
}

export function khr(amountMinor: bigint): Money {
  return { amountMinor, currency: 'KHR' }
}

export function samplePayment(more: Partial<Payment> = {}): Payment {
  return {
    number: 150_001,
    id: 'pay_00000000000000000000sample',
    payableKind: 'premium',
    creditAccount: 'payable:premium',
    biller: 'DLIS',
    billNumber: 'P123456789',
    billKey: '2026-02-15',
    amount: usd(15_000n),
    status: 'processing',
    version: 2,
    eventSequence: 2,
    openedAt,
    completedAt: undefined,
    closedAt: undefined,
    refundedMinor: 0n,
    payer: { name: 'Sok Sample', email: undefined, phone: undefined },
    attempts: [sampleAttempt()],
    receipts: [],
    inquiries: [{ bankCode: 'AMK', channel: 'KHQR_PAYMENT' }],
    bill: { completedBy: undefined, openBy: 150_001, heldBy: undefined },
    ...more,
  }
}

export function sampleAttempt(more: Partial<Attempt> = {}): Attempt {
  return {
    id: 1,
    bankCode: 'AMK',
    merchantAccountId: 1,
    reference: '150001',
    state: 'open',
    qrString: 'a code',
    method: undefined,
    deeplink: undefined,
    createdBy: 'client sample',
    createdAt: openedAt,
    expiresAt: minutesLater(15),
    ...more,
  }
}

export function sampleReceipt(more: Partial<Receipt> = {}): Receipt {
  return {
    id: 1,
    bankCode: 'AMK',
    merchantAccountId: 1,
    channel: 'khqr',
    bankTransactionId: 'TX-1',
    amount: usd(15_000n),
    paidAt: minutesLater(1),
    recordedAt: minutesLater(2),
    proof: 'verified',
    appliedMinor: 15_000n,
    returnedMinor: 0n,
    suspended: undefined,
    heldMinor: 0n,
    reversed: false,
    missingSince: undefined,
    isNamed: true,
    noticeFingerprint: undefined,
    ...more,
  }
}

export function sampleMovement(more: Partial<Proved> = {}): Proved {
  return {
    merchantAccountId: 1,
    bankTransactionId: 'TX-1',
    amount: usd(15_000n),
    paidAt: minutesLater(1),
    payer: undefined,
    ...more,
  }
}

export function sampleNotice(more: Partial<Notice> = {}): Notice {
  return { amount: usd(15_000n), paidAt: minutesLater(1), fingerprint: 'notice 1', ...more }
}

export const usualCircumstances: Circumstances = {
  bankCode: 'AMK',
  stillOwed: 'owed',
  latePolicy: 'accept',
  overpayment: 'suspense',
  parts: 'suspense',
}
