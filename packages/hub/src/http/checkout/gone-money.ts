import type { Payment } from '../../domain/payment.ts'
import { type Position, refundableOf } from '../../domain/position.ts'
import { holdsMoney } from '../../domain/refund.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Money } from '../../money/money.ts'
import { readPositions } from '../../store/positions.ts'

/** What became of money that arrived, where it neither waits nor counts for the payment that its customer looks at. */
export const goneWays = ['going_back', 'sent_back', 'taken_back', 'counts_elsewhere', 'written_off'] as const
export type GoneWay = (typeof goneWays)[number]
/** The sum of all that went this way, in one currency. */
export type GoneMoney = { readonly way: GoneWay; readonly amount: Money }

/** Reads what became of the money of these payments; a payment of which none went has no entry. */
export async function readGoneMoney(
  { db }: Pick<Hub, 'db'>,
  payments: readonly Payment[],
): Promise<ReadonlyMap<number, readonly GoneMoney[]>> {
  const moved = payments.filter(hasMoved)
  if (moved.length === 0) return new Map()
  const receipts = [...new Set(moved.flatMap((payment) => payment.receipts.map(({ id }) => id)))]
  const positions = await readPositions(db, receipts)
  return new Map(moved.map((payment) => [payment.number, goneMoney(payment, positions)]))
}

/** Of most payments all money stands where it arrived: for those nothing more is read. */
function hasMoved({ receipts }: Payment): boolean {
  return receipts.some(
    ({ amount, appliedMinor, heldMinor, returnedMinor, reversed }) =>
      reversed || returnedMinor > 0n || amount.amountMinor !== appliedMinor + heldMinor,
  )
}

/** In the order in which it is told. `positions` may hold those of other payments' receipts. */
export function goneMoney(payment: Payment, positions: readonly Position[]): readonly GoneMoney[] {
  const ids = new Set(payment.receipts.map(({ id }) => id))
  const own = positions.filter(({ receiptId }) => ids.has(receiptId))
  return goneWays.flatMap((way) =>
    (['USD', 'KHR'] as const).flatMap((currency) => {
      const amountMinor = own
        .filter((position) => position.currency === currency)
        .reduce((sum, position) => sum + goneMinor(position, payment.number, way), 0n)
      return amountMinor > 0n ? [{ way, amount: { amountMinor, currency } }] : []
    }),
  )
}

function goneMinor(position: Position, paymentNumber: number, way: GoneWay): bigint {
  const isNamed = position.paymentNumber === paymentNumber
  const refunds = position.refunds.filter((one) => isNamed || one.paymentNumber === paymentNumber)
  const sent = total(refunds.filter(({ status }) => status === 'succeeded'))
  if (way === 'sent_back') return sent
  if (way === 'going_back') return total(refunds.filter(({ status }) => holdsMoney(status))) - sent
  // Of money that named another payment, only what was sent back from here is this customer's business; and what its bank took.
  if (way === 'taken_back') return position.reversed ? takenMinor(position, paymentNumber) : 0n
  if (!isNamed) return 0n
  if (way === 'written_off') return position.writtenOffMinor
  return position.appliedMinor - refundableOf(position, paymentNumber)
}

function takenMinor(position: Position, paymentNumber: number): bigint {
  const all =
    position.amountMinor - position.bankMinor - total(position.refunds.filter((one) => one.status === 'succeeded'))
  if (position.paymentNumber === paymentNumber) return all
  const here = total(position.applications.filter((one) => one.paymentNumber === paymentNumber))
  return here < all ? here : all
}

function total(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((sum, row) => sum + row.amountMinor, 0n)
}
