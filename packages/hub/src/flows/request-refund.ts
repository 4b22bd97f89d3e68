import { Refusal } from '../domain/errors.ts'
import { postMove, refundsAccount } from '../domain/ledger.ts'
import { type Position, refundableOf } from '../domain/position.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { showMoney } from '../money/money.ts'
import { readPayment } from '../store/payments.ts'
import { findReceiptOfSuspense } from '../store/positions.ts'
import { readRefund, type Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import { advanceRefund } from './advance-refund.ts'
import { decideAgain } from './decide-again.ts'
import { fundingAccountOf } from './funding-account.ts'
import type { Hub } from './hub.ts'
import { readMoney } from './look-again.ts'
import { type Operator, readAmount, secondForAmount } from './operator.ts'

export type RefundRequest = {
  /** `rfd_…`, chosen by the caller before anybody is asked: the same id is never refunded twice. */
  readonly id: string
  /** Money that settled a payment, or money in suspense. */
  readonly of: { readonly paymentNumber: number } | { readonly suspenseId: number }
  /** Decimal text in the money's currency; undefined: all that is left. */
  readonly amount: string | undefined
  readonly reason: string
}

/** How long the caller's own try to move the refund on may take before the job does it, in seconds. */
const leaseS = 30

/**
 * Holds the amount of a refund first, in one short transaction, then asks the bank and moves the refund on as far as it
 * goes. The same id again answers the refund as it stands. Throws `Refusal`: CONFLICT when more is asked than is left.
 */
export async function requestRefund(hub: Hub, operator: Operator, request: RefundRequest): Promise<Refund> {
  await hold(hub, operator, request)
  checkpoint('request-refund:held')
  return advanceRefund(hub, operator, request.id)
}

function hold(hub: Hub, operator: Operator, request: RefundRequest): Promise<void> {
  return decideAgain(hub, async () => {
    // Held before, or by the same request at the same moment.
    if (await readRefund(hub.db, request.id)) return
    const { position, paymentNumber, suspenseId, left, what } = await findMoney(hub, request)
    if (position.refunds.some((one) => one.id === request.id)) return
    const { bankCode, currency } = position
    const amountMinor = readAmount(request.amount, currency, left, what)
    const money = { amountMinor, currency }
    const sentence = `${showMoney(money)} of ${what} is held for refund ${request.id}.`
    const from = fundingAccountOf(position, { suspenseId, paymentNumber })
    await write(hub.db, {
      postings: [
        {
          receiptId: position.receiptId,
          expectedJournals: position.journals,
          journals: [
            {
              kind: 'refund_held',
              memo: sentence,
              refundId: request.id,
              entries: postMove(from, refundsAccount(bankCode), currency, amountMinor),
            },
          ],
          ...(suspenseId === undefined ? {} : { takes: [{ suspenseId, amountMinor }] }),
        },
      ],
      refunds: [
        {
          change: {
            id: request.id,
            open: {
              receiptId: position.receiptId,
              paymentNumber,
              suspenseId,
              bankCode,
              amountMinor,
              currency,
              mode: modeOf(hub, position, amountMinor),
              reason: request.reason,
              requestedBy: operator.operator,
              needsSecond: secondForAmount(hub, position, amountMinor) !== undefined,
            },
          },
          sentence,
          nextTryAt: new Date(hub.clock.now().getTime() + leaseS * 1_000),
          actor: operator.actor,
          correlationId: operator.correlationId,
        },
      ],
      audit: [
        {
          actor: operator.actor,
          action: 'refund.requested',
          object: `refund ${request.id}`,
          after: { amount: showMoney(money), of: what },
          reason: request.reason,
          correlationId: operator.correlationId,
        },
      ],
    })
  })
}

type FoundMoney = {
  readonly position: Position
  readonly paymentNumber: number | undefined
  readonly suspenseId: number | undefined
  /** Minor units that may still be refunded. */
  readonly left: bigint
  readonly what: string
}

async function findMoney(hub: Hub, { of, amount }: RefundRequest): Promise<FoundMoney> {
  if ('suspenseId' in of) {
    const receiptId = await findReceiptOfSuspense(hub.db, of.suspenseId)
    const position = receiptId === undefined ? undefined : await readMoney(hub, receiptId)
    const row = position?.suspense.find((one) => one.id === of.suspenseId)
    if (!position || !row) throw noSuch(`Suspense: sus_${of.suspenseId}`)
    const what = `sus_${row.id} (${row.reason})`
    return { position, paymentNumber: undefined, suspenseId: row.id, left: row.remainingMinor, what }
  }
  const payment = await readPayment(hub.db, of.paymentNumber)
  if (!payment) throw noSuch(`Payment: ${of.paymentNumber}`)
  const settling = payment.receipts.filter((receipt) => receipt.appliedMinor > 0n)
  const found = await Promise.all(settling.map((receipt) => readMoney(hub, receipt.id)))
  const what = `payment ${payment.number}`
  const options = found.map((position) => ({ position, left: refundableOf(position, payment.number) }))
  // One refund sends back money of one movement: the first that holds enough, else the largest, which then says no.
  const wanted = amount === undefined ? undefined : readWanted(amount, payment.amount.currency)
  const best =
    options.find((option) => option.left > 0n && (wanted === undefined || option.left >= wanted)) ??
    options.toSorted((a, b) => Number(b.left - a.left))[0]
  if (!best) throw new Refusal('CONFLICT', `No money settled ${what}`, { details: `${what} is ${payment.status}.` })
  const { position, left } = best
  const part = found.length > 1 ? `${what}, by movement ${position.bankTransactionId},` : what
  return { position, paymentNumber: payment.number, suspenseId: undefined, left, what: part }
}

function readWanted(amount: string, currency: Position['currency']): bigint {
  return readAmount(amount, currency, 10n ** 15n, 'any money')
}

/** By the connector where it can, all of it readable; else by a person who shows how. */
function modeOf(hub: Hub, position: Position, amountMinor: bigint): 'automatic' | 'manual' {
  const bank = hub.banks.get(position.bankCode)?.bank
  const can = bank?.describe()
  if (!bank?.refund || !can || can.refund === 'never' || !can.readsRefunds) return 'manual'
  if (position.channel !== 'khqr' || position.proof !== 'verified') return 'manual'
  // Booked upon a bare "paid": the bank's own name of the movement, which it is asked by, is not known.
  if (position.bankTransactionId === position.reference) return 'manual'
  if (bank.refundsAlone?.(position.bankTransactionId) === false) return 'manual'
  if (can.refund === 'full' && amountMinor !== position.amountMinor) return 'manual'
  const ageMs = hub.clock.now().getTime() - position.paidAt.getTime()
  const isInTime = can.refundWindowDays === undefined || ageMs < can.refundWindowDays * 86_400_000
  return isInTime ? 'automatic' : 'manual'
}

function noSuch(details: string): Refusal {
  return new Refusal('RESOURCE_NOT_FOUND', 'No such money', { details })
}
