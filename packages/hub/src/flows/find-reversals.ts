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
  /** An operator acts upon this answer (clause 11): what it does not list, as an answer before it, is taken back now. */
  readonly strict: boolean
}

export type Finding = 'taken_back' | 'came_back' | 'missing' | 'unknown_to_bank' | 'listed'

/** What the answer says about each receipt that its list should name. Pure. */
export function findReversals(looked: Looked, now: Date): { receipt: Receipt; finding: Finding }[] {
  const { verification, at, strict } = looked
  if (verification.state === 'unknown') return []
  const takenBack = new Set(
    verification.movements.filter((movement) => movement.reversed).map((movement) => movement.bankTransactionId),
  )
  return bookedAt(looked).flatMap((receipt): { receipt: Receipt; finding: Finding }[] => {
    const isListed = isReceiptListed(looked, receipt)
    if (isListed && receipt.reversed) return [{ receipt, finding: 'came_back' }]
    if (isListed) return receipt.missingSince ? [{ receipt, finding: 'listed' }] : []
    if (receipt.reversed) return []
    if (takenBack.has(receipt.bankTransactionId)) return [{ receipt, finding: 'taken_back' }]
    // A bank that does not list everything has said nothing about the rest; but that a code is unpaid is said of its own money.
    if (!at.bank.describe().listsAllMovements && !isOfUnpaidCode(looked, receipt)) return []
    // A bank that does not know the reference any more has forgotten it: that is no word about the money.
    if (verification.state === 'not_found') return [{ receipt, finding: 'unknown_to_bank' }]
    const missingForMs = receipt.missingSince && now.getTime() - receipt.missingSince.getTime()
    const isSecondLook = missingForMs !== undefined && (strict || missingForMs >= secondLookAfterMs)
    return [{ receipt, finding: isSecondLook ? 'taken_back' : 'missing' }]
  })
}

/** Whether the bank, which knows each code by a reference of its own, says that nobody paid the code of this very money. */
function isOfUnpaidCode({ at, payment, verification }: Looked, { bankTransactionId }: Receipt): boolean {
  if (at.bank.describe().reference !== 'code' || verification.state !== 'unpaid') return false
  return payment.attempts.some((one) => one.bankCode === at.code && one.reference === bankTransactionId)
}

/** Whether the answer names this receipt's money as being there. Pure. */
export function isReceiptListed(looked: Looked, receipt: Receipt): boolean {
  const listed = looked.verification.movements.filter((movement) => !movement.reversed)
  if (listed.some((movement) => movement.bankTransactionId === receipt.bankTransactionId)) return true
  const booked = bookedAt(looked)
  // A bare "paid" names no movement. It says nothing against money that is in the books, and for money that was taken
  // back only where there is no other money that it can mean.
  if (listed.some((movement) => movement.keyedBy === 'reference'))
    return !receipt.reversed || booked.every((one) => one.id === receipt.id)
  // A receipt that was booked upon a bare "paid" stands for one movement that has no receipt of its own (clause 3).
  const ids = new Set(booked.map((one) => one.bankTransactionId))
  const isBare = receipt.bankTransactionId === String(looked.payment.number)
  return isBare && listed.some((movement) => !ids.has(movement.bankTransactionId))
}

/** What is in the books of money that this answer must name. */
function bookedAt({ payment, at, account }: Looked): Receipt[] {
  return payment.receipts.filter(
    (receipt) =>
      receipt.isNamed &&
      receipt.bankCode === at.code &&
      receipt.channel === 'khqr' &&
      receipt.proof !== 'notice' &&
      receipt.merchantAccountId === account.id,
  )
}
