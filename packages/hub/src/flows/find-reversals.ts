import type { MerchantAccount, Verification } from '../banks/bank.ts'
import type { Payment, Receipt } from '../domain/payment.ts'
import type { BankAtWork } from './hub.ts'

/** Money missing from two answers at least this far apart was taken back: one answer may be a slip of the bank. */
export const secondLookAfterMs = 60_000

export type Looked = {
  readonly at: BankAtWork
  readonly account: MerchantAccount
  readonly payment: Payment
  readonly verification: Verification
  /** An operator acts upon this answer (clause 11): what it does not list is taken back now. */
  readonly strict: boolean
}

export type Finding = 'taken_back' | 'came_back' | 'missing' | 'unknown_to_bank' | 'listed'

/** What the answer says about each receipt that its list should name. Pure. */
export function findReversals(looked: Looked, now: Date): { receipt: Receipt; finding: Finding }[] {
  const { verification, payment, at, account, strict } = looked
  if (verification.state === 'unknown' || !at.bank.describe().listsAllMovements) return []
  const booked = payment.receipts.filter(
    (receipt) =>
      receipt.isNamed &&
      receipt.bankCode === at.code &&
      receipt.channel === 'khqr' &&
      receipt.proof !== 'notice' &&
      receipt.merchantAccountId === account.id,
  )
  const listed = verification.movements.filter((movement) => !movement.reversed)
  // A bare "paid" names no movement: it says nothing against any of ours.
  const isBare = listed.some((movement) => movement.keyedBy === 'reference')
  const ids = new Set(listed.map((movement) => movement.bankTransactionId))
  const takenBack = new Set(
    verification.movements.filter((movement) => movement.reversed).map((movement) => movement.bankTransactionId),
  )
  return booked.flatMap((receipt): { receipt: Receipt; finding: Finding }[] => {
    const isListed =
      ids.has(receipt.bankTransactionId) ||
      isBare ||
      (listed.length > 0 && receipt.bankTransactionId === String(payment.number))
    if (isListed && receipt.reversed) return [{ receipt, finding: 'came_back' }]
    if (isListed) return receipt.missingSince ? [{ receipt, finding: 'listed' }] : []
    if (receipt.reversed) return []
    if (takenBack.has(receipt.bankTransactionId)) return [{ receipt, finding: 'taken_back' }]
    // A bank that does not know the reference any more has forgotten it: that is no word about the money.
    if (verification.state === 'not_found') return [{ receipt, finding: 'unknown_to_bank' }]
    const isSecondLook =
      receipt.missingSince !== undefined && now.getTime() - receipt.missingSince.getTime() >= secondLookAfterMs
    return [{ receipt, finding: strict || isSecondLook ? 'taken_back' : 'missing' }]
  })
}
