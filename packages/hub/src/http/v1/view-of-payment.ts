import { flagsOf, type Payment, type Receipt, receivedMinor } from '../../domain/payment.ts'
import { type Position, refundableOf } from '../../domain/position.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import type { Hub } from '../../flows/hub.ts'
import { printAmount } from '../../money/money.ts'
import { readPositions } from '../../store/positions.ts'
import { timestamp } from '../envelope.ts'

/** A payment with where the money of each of its receipts stands now, and the address of its customer's receipt. */
export type ShownPayment = {
  readonly payment: Payment
  readonly positions: readonly Position[]
  /** Undefined until it is completed. */
  readonly receiptUrl: string | undefined
}

export async function withPositions(hub: Hub, payment: Payment): Promise<ShownPayment> {
  const ids = payment.receipts.map((receipt) => receipt.id)
  return {
    payment,
    positions: ids.length === 0 ? [] : await readPositions(hub.db, ids),
    receiptUrl: await customerReceiptLink(hub, payment),
  }
}

/** A payment as it is shown. */
export function viewOfPayment({ payment, positions, receiptUrl }: ShownPayment) {
  const { currency, amountMinor } = payment.amount
  return {
    id: payment.id,
    number: payment.number,
    status: payment.status,
    flags: flagsOf(payment),
    amount: printAmount(amountMinor, currency),
    amount_received: printAmount(receivedMinor(payment), currency),
    amount_refunded: printAmount(sentBackMinor(payment, positions), currency),
    currency,
    payable: {
      kind: payment.payableKind,
      biller: payment.biller,
      number: payment.billNumber,
      due_date: payment.billKey,
    },
    opened_at: timestamp(payment.openedAt),
    completed_at: payment.completedAt ? timestamp(payment.completedAt) : null,
    closed_at: payment.closedAt ? timestamp(payment.closedAt) : null,
    receipt_url: receiptUrl ?? null,
    receipts: payment.receipts.flatMap((receipt) => {
      const position = positions.find((one) => one.receiptId === receipt.id)
      return position ? [viewOfReceipt(payment.number, receipt, position)] : []
    }),
    attempts: payment.attempts.map((attempt) => ({
      bank: attempt.bankCode,
      state: attempt.state,
      qr_string: attempt.qrString ?? null,
      deeplink: attempt.deeplink ?? null,
      created_at: timestamp(attempt.createdAt),
      expires_at: timestamp(attempt.expiresAt),
    })),
  }
}

/** `amount` is what the seven amounts from `applied` to `amount_reversed` add up to: they come from the ledger. */
function viewOfReceipt(paymentNumber: number, receipt: Receipt, position: Position) {
  const { currency, amountMinor, appliedMinor, bankMinor } = position
  const print = (minor: bigint) => printAmount(minor, currency)
  const here = refundableOf(position, paymentNumber)
  const refunded = sum(position.refunds.filter(isSent))
  return {
    bank: receipt.bankCode,
    transaction_id: receipt.bankTransactionId,
    channel: receipt.channel,
    amount: print(amountMinor),
    currency,
    proof: receipt.proof,
    applied: print(here),
    applied_elsewhere: print(appliedMinor - here),
    in_suspense: print(position.heldMinor),
    being_refunded: print(position.refundingMinor),
    refunded: print(refunded),
    written_off: print(position.writtenOffMinor),
    // What left the bank account without being a refund of ours.
    amount_reversed: print(amountMinor - bankMinor - refunded),
    suspended_because: receipt.suspended ?? null,
    reversed: position.reversed,
    paid_at: timestamp(receipt.paidAt),
    recorded_at: timestamp(receipt.recordedAt),
  }
}

/** What was sent back, in the payment's currency, of money that named it or settled it. */
function sentBackMinor(payment: Payment, positions: readonly Position[]): bigint {
  const sent = positions
    .filter((position) => position.currency === payment.amount.currency)
    .flatMap((position) =>
      position.refunds.filter(
        (one) => position.paymentNumber === payment.number || one.paymentNumber === payment.number,
      ),
    )
  return sum(sent.filter(isSent))
}

function isSent(refund: Position['refunds'][number]): boolean {
  return refund.status === 'succeeded'
}

function sum(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((total, row) => total + row.amountMinor, 0n)
}
