import type { MerchantAccount, Movement, Verification } from '../banks/bank.ts'
import { describePayment, describeReceipt, type EventBody, type EventType } from '../domain/events.ts'
import { type Placement, portionsOf, postReceipt } from '../domain/ledger.ts'
import {
  type Circumstances,
  type Notice,
  type Pairing,
  pairNotice,
  placeMovements,
  type Placed,
  type Proved,
} from '../domain/match.ts'
import type { Payment } from '../domain/payment.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { showMoney } from '../money/money.ts'
import type { KeptExchange, NewCase, NewReceipt } from '../store/writes.ts'
import type { Change } from './move-payment.ts'

/** What the bank's list means for one payment: decided, not yet written. */
export type Settlement = {
  readonly change: Change
  readonly cases: readonly NewCase[]
  readonly placed: readonly Placed[]
  readonly pairing: Pairing | undefined
  readonly completes: boolean
}

export type SettlementInput = {
  readonly payment: Payment
  readonly verification: Verification
  readonly account: MerchantAccount
  readonly notice: Notice | undefined
  readonly inboxId: number | undefined
  readonly now: Circumstances
  /** Of the bank: `describe().network`. */
  readonly network: string | undefined
  /** Movements that are in the books under another payment. */
  readonly elsewhere?: ReadonlySet<string>
  /** Stands in for a paid time that neither bank nor notice gave. */
  readonly at: Date
}

/**
 * Decides what every movement that verify lists means for `payment`. Pure: the caller writes the change with
 * `movePayment`, and decides again from a fresh read on `Conflict`.
 */
export function settleMovements(input: SettlementInput): Settlement {
  const { payment, notice, now } = input
  const proved = input.verification.movements.flatMap((movement) => prove(movement, input))
  const pairing = notice && pairNotice(notice, proved, payment.receipts)
  // Bank and notice contradict each other about this money: the bank's list is the receipt, a person decides.
  const disputed = pairing?.kind === 'differs' ? pairing.movement : undefined
  const placed = placeMovements(payment, proved, now, input.elsewhere, disputed)
  const fresh = placed.filter((one) => one.kind === 'new')
  const completes = fresh.some((one) => one.completes)
  return {
    placed,
    pairing,
    completes,
    cases: [...casesOf(placed, input), ...noticeCases(pairing, input)],
    change: {
      ...(completes ? { evidence: 'receipt_applied' as const, closeAttempts: 'the payment is completed' } : {}),
      sentence: sentenceOf(fresh),
      receipts: fresh.map((one) => receiptOf(one, input)),
      events: fresh.flatMap((one) => eventsOf(one, payment, now.bankCode)),
    },
  }
}

/** The exchanges of a verification, to be kept with the payment. */
export function keepExchanges(
  verification: Pick<Verification, 'exchanges'>,
  about: Omit<KeptExchange, 'exchange'>,
): KeptExchange[] {
  return verification.exchanges.map((exchange) => ({ exchange, ...about }))
}

/**
 * A bank that only says "paid" leaves out amount and currency: they then come from an authenticated notice for the same
 * reference, or stay unknown (clause 3). Without either, there is nothing to put in the books.
 */
function prove(movement: Movement, input: SettlementInput): Proved[] {
  const amount = movement.amount ?? input.notice?.amount
  if (!amount || movement.reversed) return []
  return [
    {
      merchantAccountId: input.account.id,
      bankTransactionId: movement.bankTransactionId,
      amount,
      paidAt: movement.paidAt ?? input.notice?.paidAt ?? input.at,
      payer: movement.payer,
      keyedBy: movement.keyedBy,
      isReturned: movement.isReturned,
    },
  ]
}

type NewlyPlaced = Extract<Placed, { kind: 'new' }>

function receiptOf(one: NewlyPlaced, input: SettlementInput): NewReceipt {
  const { movement, placement } = one
  const { amount } = movement
  return {
    bankCode: input.now.bankCode,
    merchantAccountId: movement.merchantAccountId,
    channel: 'khqr',
    bankTransactionId: movement.bankTransactionId,
    network: input.network,
    amount,
    paidAt: movement.paidAt,
    proof: 'verified',
    inboxId: input.inboxId,
    payerDigest: movement.payer === undefined ? undefined : sha256Hex(movement.payer),
    memo: `${showMoney(amount)} by KHQR through ${input.now.bankCode}, ${movement.bankTransactionId}`,
    entries: postReceipt(input.now.bankCode, amount, placement),
    applied: placement.kind === 'suspense' ? undefined : portionsOf(placement, amount.amountMinor).applied,
    suspended: heldOf(placement, amount.amountMinor),
  }
}

function heldOf(placement: Placement, amountMinor: bigint): NewReceipt['suspended'] {
  if (placement.kind === 'applied') return undefined
  return { reason: placement.reason, amountMinor: portionsOf(placement, amountMinor).held }
}

function eventsOf(one: NewlyPlaced, payment: Payment, bankCode: string): { type: EventType; body: EventBody }[] {
  const { movement, placement } = one
  const told = { ...movement, proof: 'verified' }
  const applied = { bank: bankCode, receipt: describeReceipt(told) }
  const heldBack =
    placement.kind === 'applied'
      ? undefined
      : { bank: bankCode, receipt: describeReceipt({ ...told, suspenseReason: placement.reason }) }
  const status = one.completes ? 'completed' : payment.status
  const events: { type: EventType; body: EventBody }[] = []
  if (placement.kind !== 'suspense')
    events.push({ type: 'gateway.payment.verified', body: describePayment(payment, status, applied) })
  if (one.completes) events.push({ type: 'gateway.payment.success', body: describePayment(payment, status, applied) })
  if (heldBack) events.push({ type: 'gateway.receipt.suspense', body: describePayment(payment, status, heldBack) })
  return events
}

function sentenceOf(fresh: readonly NewlyPlaced[]): string {
  if (fresh.length === 0) return 'The bank lists nothing new.'
  return fresh.map(sayWhere).join(' ')
}

function sayWhere({ movement, placement, completes }: NewlyPlaced): string {
  const { amount, bankTransactionId } = movement
  const what = `${showMoney(amount)} (${bankTransactionId})`
  if (placement.kind === 'suspense') return `${what} held in suspense: ${placement.reason}.`
  if (placement.kind === 'applied')
    return completes ? `${what} applied.` : `${what} applied in part; the rest is awaited.`
  const applied = showMoney({ ...amount, amountMinor: placement.appliedMinor })
  return `${what}: ${applied} applied, the rest held in suspense: ${placement.reason}.`
}

function casesOf(placed: readonly Placed[], input: SettlementInput): NewCase[] {
  return placed.flatMap((one) => {
    if (one.kind !== 'doubt') return []
    return [
      {
        kind: one.doubt.kind,
        dedupeKey: `${one.doubt.kind}:${input.now.bankCode}:${one.movement.merchantAccountId}:${one.movement.bankTransactionId}`,
        bankCode: input.now.bankCode,
        paymentNumber: input.payment.number,
        inboxId: input.inboxId,
        sentence: one.doubt.sentence,
        evidence: { movement: describeReceipt({ ...one.movement, proof: 'verified' }) },
      },
    ]
  })
}

function noticeCases(pairing: Pairing | undefined, input: SettlementInput): NewCase[] {
  const { notice, payment, now } = input
  if (!notice || (pairing?.kind !== 'differs' && pairing?.kind !== 'second_notice')) return []
  const kind = pairing.kind === 'differs' ? ('notice_differs' as const) : ('second_notice' as const)
  const sentence =
    pairing.kind === 'differs'
      ? `${now.bankCode} told us of ${showMoney(notice.amount)} for payment ${payment.number}; its list says ${showMoney(pairing.movement.amount)}.`
      : `${now.bankCode} told us again of ${showMoney(notice.amount)} for payment ${payment.number}; its list shows no further movement.`
  return [
    {
      kind,
      dedupeKey: `${kind}:${now.bankCode}:${notice.fingerprint}`,
      bankCode: now.bankCode,
      paymentNumber: payment.number,
      inboxId: input.inboxId,
      sentence,
      evidence: { noticeAmount: showMoney(notice.amount), noticePaidAt: notice.paidAt.toISOString() },
    },
  ]
}
