import type { ConfirmationClaims, MerchantAccount } from '../banks/bank.ts'
import { Refusal } from '../domain/errors.ts'
import { describePayment, describeReceipt } from '../domain/events.ts'
import { type Placement, portionsOf, postReceipt } from '../domain/ledger.ts'
import { type CaseKind, type Circumstances, weigh } from '../domain/match.ts'
import { type Payment, settledMinor } from '../domain/payment.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { showMoney } from '../money/money.ts'
import { type Case, readCase } from '../store/cases.ts'
import { readMessage } from '../store/inbox.ts'
import { readPayment } from '../store/payments.ts'
import { findReceiptsElsewhere } from '../store/receipts.ts'
import { type NewReceipt, write, type Writes } from '../store/writes.ts'
import { askStillOwed } from './ask-bank.ts'
import { decideAgain } from './decide-again.ts'
import type { BankAtWork, Hub } from './hub.ts'
import type { Once } from './idempotency.ts'
import { movePayment } from './move-payment.ts'
import type { Operator } from './operator.ts'

/** Cases about money that a bank confirmed at its counter and that we did not take. */
const bookable: readonly CaseKind[] = [
  'confirmation_differs',
  'confirmation_not_allowed',
  'old_money',
  'unknown_payment',
]

export type Booking = {
  /** Where the operator saw the money: the line of the bank's statement. */
  readonly statementLine: string
  readonly reason: string
}

/**
 * An operator has found the money of a refused counter confirmation on the bank's statement (clause 5): it becomes a
 * receipt proved by statement, applied if it fits the payment it names, else held in suspense; the case is closed with
 * it. Throws `Refusal`: CONFLICT when the case is closed, tells of no such money, or the money is in the books.
 */
export function bookConfirmation(
  hub: Hub,
  operator: Operator,
  caseId: number,
  booking: Booking,
  once: Once<Case>,
): Promise<Case> {
  return decideAgain(hub, async () => {
    const found = await openCase(hub, caseId)
    const { at, claims, inboxId } = await readClaims(hub, found)
    const payment = await readPayment(hub.db, Number(claims.paymentNumber))
    const account = at.accounts.find((one) => one.currency === claims.amount.currency)
    if (!account) throw notBookable(`${at.code} has no merchant account in ${claims.amount.currency}.`)
    await refuseBooked(hub, at, account, claims, payment)
    const placed = await place(hub, operator, at, claims, payment)
    const closed: Case = {
      ...found,
      closed: { outcome: 'resolved', reason: booking.reason, by: operator.operator, at: hub.clock.now() },
    }
    const receipt = receiptOf({ at, account, claims, inboxId, placement: placed.placement, booking, operator })
    const writes: Omit<Writes, 'steps'> = {
      inbox: [
        {
          id: inboxId,
          outcome: placed.placement.kind === 'suspense' ? 'suspense' : 'applied',
          sentence: receipt.memo,
          answerStatus: undefined,
          told: { merchantAccountId: account.id, bankTransactionId: claims.bankTransactionId },
        },
      ],
      closings: [
        {
          id: caseId,
          outcome: 'resolved',
          reason: booking.reason,
          closedBy: operator.operator,
          closedAt: hub.clock.now(),
          actor: operator.actor,
          correlationId: operator.correlationId,
          answers: once.answers(closed),
        },
      ],
      audit: [
        {
          actor: operator.actor,
          action: 'confirmation.booked',
          object: `case ${caseId}`,
          after: { money: showMoney(claims.amount), statementLine: booking.statementLine },
          reason: booking.reason,
          correlationId: operator.correlationId,
        },
      ],
    }
    checkpoint('book-confirmation:before-write')
    if (payment) await bookFor(hub, operator, at, payment, { receipt, ...placed }, writes)
    else await bookUnknown(hub, operator, claims, receipt, writes)
    return closed
  })
}

async function openCase(hub: Hub, id: number): Promise<Case> {
  const found = await readCase(hub.db, id)
  if (!found) throw new Refusal('RESOURCE_NOT_FOUND', 'No such case', { details: `Case: case_${id}` })
  if (found.closed) throw notBookable(`${found.closed.by} closed case_${id}: ${found.closed.outcome}.`)
  return found
}

async function readClaims(
  hub: Hub,
  found: Case,
): Promise<{ at: BankAtWork; claims: ConfirmationClaims; inboxId: number }> {
  const isKind = bookable.some((kind) => kind === found.kind)
  const message = found.inboxId === undefined || !isKind ? undefined : await readMessage(hub.db, found.inboxId)
  const at = message && hub.banks.get(message.bankCode)
  if (!message || message.route !== 'bill' || !at) {
    throw notBookable(`case_${found.id} (${found.kind}) tells of no payment at a bank's counter.`)
  }
  const reading = at.bank.readConfirmation(message, message.receivedAt)
  if (!reading.ok) throw notBookable(`The confirmation of case_${found.id} cannot be read.`)
  return { at, claims: reading.claims, inboxId: message.inboxId }
}

async function refuseBooked(
  hub: Hub,
  at: BankAtWork,
  account: MerchantAccount,
  claims: ConfirmationClaims,
  payment: Payment | undefined,
): Promise<void> {
  const id = claims.bankTransactionId
  const keys = { bankCode: at.code, merchantAccountId: account.id, channel: 'bill' as const }
  const isHere = payment?.receipts.some(
    (receipt) => receipt.channel === 'bill' && receipt.bankCode === at.code && receipt.bankTransactionId === id,
  )
  const elsewhere = await findReceiptsElsewhere(hub.db, keys, [id], payment?.number ?? 0)
  if (isHere || elsewhere.size > 0) throw notBookable(`${id} of ${at.code} is in the books already.`)
}

/** Where the money goes. What does not fit the payment, or the payment's bill any more, is held for the next act. */
async function place(
  hub: Hub,
  operator: Operator,
  at: BankAtWork,
  claims: ConfirmationClaims,
  payment: Payment | undefined,
): Promise<{ placement: Placement; completes: boolean }> {
  if (!payment || claims.policyNumber.toUpperCase() !== payment.billNumber) {
    return { placement: { kind: 'suspense', reason: 'unknown_payment' }, completes: false }
  }
  const stillOwed = await askStillOwed(hub, operator, payment)
  const now: Circumstances = { bankCode: at.code, stillOwed, ...at.policy.money }
  return weigh(payment, claims.amount, {
    ...now,
    channel: 'bill',
    completed: payment.status === 'completed',
    settled: settledMinor(payment),
  })
}

type Parts = {
  readonly at: BankAtWork
  readonly account: MerchantAccount
  readonly claims: ConfirmationClaims
  readonly inboxId: number
  readonly placement: Placement
  readonly booking: Booking
  readonly operator: Operator
}

function receiptOf({ at, account, claims, inboxId, placement, booking, operator }: Parts): NewReceipt {
  const { amount } = claims
  const { applied, held } = portionsOf(placement, amount.amountMinor)
  const where = `${showMoney(amount)} at ${at.code}'s counter, ${claims.bankTransactionId}`
  return {
    bankCode: at.code,
    merchantAccountId: account.id,
    channel: 'bill',
    bankTransactionId: claims.bankTransactionId,
    amount,
    paidAt: claims.paidAt,
    proof: 'statement',
    inboxId,
    payerDigest: sha256Hex(claims.payer),
    memo: `${where}, found by ${operator.operator} on the statement: ${booking.statementLine}`.slice(0, 500),
    entries: postReceipt(at.code, amount, placement),
    applied: applied > 0n ? applied : undefined,
    suspended: placement.kind === 'applied' ? undefined : { reason: placement.reason, amountMinor: held },
  }
}

type Booked = { readonly receipt: NewReceipt; readonly placement: Placement; readonly completes: boolean }

function bookFor(
  hub: Hub,
  operator: Operator,
  at: BankAtWork,
  payment: Payment,
  { receipt, placement, completes }: Booked,
  writes: Omit<Writes, 'steps'>,
): Promise<void> {
  const status = completes ? 'completed' : payment.status
  const told = { bank: at.code, receipt: describeReceipt(receipt) }
  const heldBack =
    placement.kind === 'applied'
      ? undefined
      : { bank: at.code, receipt: describeReceipt({ ...receipt, suspenseReason: placement.reason }) }
  const change = {
    ...(completes ? { evidence: 'receipt_applied' as const, closeAttempts: 'the payment is completed' } : {}),
    sentence: receipt.memo,
    receipts: [receipt],
    events: [
      ...(completes
        ? [{ type: 'gateway.payment.success' as const, body: describePayment(payment, status, told) }]
        : []),
      ...(heldBack
        ? [{ type: 'gateway.receipt.suspense' as const, body: describePayment(payment, status, heldBack) }]
        : []),
    ],
  }
  return movePayment(hub, operator, [{ payment, change }], writes)
}

function bookUnknown(
  hub: Hub,
  operator: Operator,
  claims: ConfirmationClaims,
  receipt: NewReceipt,
  writes: Omit<Writes, 'steps'>,
): Promise<void> {
  const step = {
    payment: undefined,
    reference: String(claims.paymentNumber),
    receipts: [receipt],
    move: undefined,
    attempt: undefined,
    closeAttempts: undefined,
    events: [],
    actor: operator.actor,
    correlationId: operator.correlationId,
    at: hub.clock.now(),
  }
  return write(hub.db, { ...writes, steps: [step] })
}

function notBookable(details: string): Refusal {
  return new Refusal('CONFLICT', 'This case holds no money that can be booked', { details })
}
