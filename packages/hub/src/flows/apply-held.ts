import { Refusal } from '../domain/errors.ts'
import { describePayment, describeReceipt } from '../domain/events.ts'
import { postMove, suspenseAccount } from '../domain/ledger.ts'
import { nameOfPayable, type Payment, settledMinor } from '../domain/payment.ts'
import type { Position } from '../domain/position.ts'
import { isOpen, next } from '../domain/transitions.ts'
import { showMoney } from '../money/money.ts'
import { readPayment } from '../store/payments.ts'
import type { Writes } from '../store/writes.ts'
import { askStillOwed } from './ask-bank.ts'
import type { Asker, Hub } from './hub.ts'
import { movePayment } from './move-payment.ts'
import type { Operator } from './operator.ts'

export type Application = {
  readonly payment: Payment
  /** What the payment still asks for, in minor units. */
  readonly owedMinor: bigint
  /** Why a second operator is needed; undefined: the money named this very payable (clause 11). */
  readonly secondBecause: string | undefined
}

/** Whether held money may settle this payment, and how much of it. Throws `Refusal` CONFLICT with the reason. */
export async function planApplication(hub: Hub, asker: Asker, money: Position, number: number): Promise<Application> {
  const payment = await readPayment(hub.db, number)
  if (!payment) throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment', { details: `Payment: ${number}` })
  const why = await whyNot(hub, asker, money, payment)
  if (why) throw new Refusal('CONFLICT', 'This money cannot settle this payment', { details: why })
  const named = money.paymentNumber === undefined ? undefined : await readPayment(hub.db, money.paymentNumber)
  // Another instalment of the same policy, or its bill in another currency, is another payable (clause 1).
  const isSamePayable =
    named !== undefined &&
    named.payableKind === payment.payableKind &&
    named.biller === payment.biller &&
    named.billNumber === payment.billNumber &&
    named.billKey === payment.billKey &&
    named.amount.currency === payment.amount.currency
  return {
    payment,
    owedMinor: payment.amount.amountMinor - settledMinor(payment),
    secondBecause: isSamePayable
      ? undefined
      : `The money named ${named ? nameOf(named) : 'no payable that we know'}, not ${nameOf(payment)}.`,
  }
}

function nameOf(payment: Payment): string {
  return `${nameOfPayable(payment)} in ${payment.amount.currency}`
}

async function whyNot(hub: Hub, asker: Asker, money: Position, payment: Payment): Promise<string | undefined> {
  const { number, bill } = payment
  if (!next(payment.status, 'receipt_applied'))
    return `Payment ${number} is ${payment.status}: refund the money instead.`
  if (bill.completedBy !== undefined)
    return `The bill is settled by payment ${bill.completedBy}: refund the money instead.`
  if (payment.amount.currency !== money.currency)
    return `The money is in ${money.currency}, and payment ${number} asks for ${showMoney(payment.amount)}.`
  const stillOwed = await askStillOwed(hub, asker, payment)
  if (stillOwed === 'withdrawn') return `The shop has given up ${nameOfPayable(payment)}: refund the money instead.`
  if (stillOwed === 'settled')
    return `The policy system says that the bill ${payment.billNumber} due ${payment.billKey} is settled: refund the money instead.`
  return undefined
}

/** Applies held money; completes the payment when that settles it. Throws `Conflict`, and `Refusal` for a part too late. */
export async function applyHeld(
  hub: Hub,
  operator: Operator,
  money: Position,
  deed: {
    readonly suspenseId: number
    readonly amountMinor: bigint
    readonly reason: string
    readonly plan: Application
  },
  writes: Omit<Writes, 'steps' | 'postings'>,
): Promise<void> {
  const { payment, owedMinor } = deed.plan
  const { bankCode, currency } = money
  const amount = { amountMinor: deed.amountMinor, currency }
  const completes = deed.amountMinor === owedMinor
  if (!completes && !isOpen(payment.status)) {
    throw new Refusal('CONFLICT', 'A part cannot settle a closed payment', {
      details: `Payment ${payment.number} is ${payment.status} and asks for ${showMoney({ amountMinor: owedMinor, currency })}; ${showMoney(amount)} would settle nothing.`,
    })
  }
  const sentence =
    `${showMoney(amount)} of ${money.bankTransactionId} applied by ${operator.operator}: ${deed.reason}`.slice(0, 500)
  const receipt = describeReceipt({
    bankTransactionId: money.bankTransactionId,
    amount: { amountMinor: money.amountMinor, currency },
    paidAt: money.paidAt,
    proof: money.proof,
  })
  const body = describePayment(payment, completes ? 'completed' : payment.status, { bank: bankCode, receipt })
  const change = {
    ...(completes ? { evidence: 'receipt_applied' as const, closeAttempts: 'the payment is completed' } : {}),
    sentence,
    events: completes ? [{ type: 'gateway.payment.success' as const, body }] : [],
  }
  await movePayment(hub, operator, [{ payment, change }], {
    ...writes,
    postings: [
      {
        receiptId: money.receiptId,
        expectedJournals: money.journals,
        journals: [
          {
            kind: 'resolution',
            memo: sentence,
            entries: postMove(suspenseAccount(bankCode), payment.creditAccount, currency, deed.amountMinor),
          },
        ],
        takes: [{ suspenseId: deed.suspenseId, amountMinor: deed.amountMinor }],
        application: { paymentNumber: payment.number, amountMinor: deed.amountMinor },
      },
    ],
  })
}
