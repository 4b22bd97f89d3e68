import { type Money, showMoney } from '../money/money.ts'
import { type CaseKind, type Circumstances, oldMoneyToleranceMs, sameMoney } from './match.ts'
import { nameOfPayable, type Payment, settledMinor } from './payment.ts'
import { isOpen, next } from './transitions.ts'

/** Money that only the bank's own word tells of: no list of its shows it. */
export type ToldMoney = { readonly bankCode: string; readonly amount: Money; readonly paidAt: Date }

export type NoticeRules = {
  /** Whether this bank's notices of this channel may settle at all. */
  readonly settles: boolean
  /** Above this a notice is a case, not a payment. Minor units. */
  readonly perPaymentMinor: bigint
  readonly latePolicy: 'accept' | 'suspense'
  /** What the policy system says right now. */
  readonly stillOwed: Circumstances['stillOwed']
}

/** Why a notice settles nothing: what the case is called, and whether the bank is told that the bill is settled already. */
export type NoticeRefused = { readonly why: string; readonly raise: CaseKind; readonly isSettled: boolean }

/**
 * Whether a bank's word settles a payment (clause 2): for one that this bank asked about or made the code of, of exactly
 * the quoted amount, once, within limits. Undefined: it does. Held money is always proved, so what does not fit is a case.
 */
export function whyNotByNotice(payment: Payment, told: ToldMoney, rules: NoticeRules): NoticeRefused | undefined {
  const { number, bill, amount } = payment
  const refused = (why: string, raise: CaseKind = 'confirmation_not_allowed') => ({ why, raise, isSettled: false })
  if (!sameMoney(told.amount, amount)) {
    return refused(`${showMoney(told.amount)} is not what payment ${number} asks for`, 'confirmation_differs')
  }
  if (told.paidAt.getTime() < payment.openedAt.getTime() - oldMoneyToleranceMs) {
    return refused('it was paid more than 15 minutes before this payment was opened', 'old_money')
  }
  const settledBy = payment.status === 'completed' ? number : (bill.completedBy ?? bill.heldBy)
  if (settledBy !== undefined || rules.stillOwed === 'settled' || rules.stillOwed === 'withdrawn') {
    const how = settledBy === undefined ? 'was paid another way' : `is settled by payment ${settledBy}`
    const why = `${nameOfPayable(payment)} ${how}; this confirmation is kept for a person to decide`
    return { why, raise: 'confirmation_not_allowed', isSettled: true }
  }
  if (!next(payment.status, 'receipt_applied') || (!isOpen(payment.status) && rules.latePolicy === 'suspense')) {
    return refused(`payment ${number} is ${payment.status}`)
  }
  if (settledMinor(payment) > 0n) return refused(`a part of payment ${number} is settled already`)
  if (!rules.settles) return refused(`${told.bankCode}'s settings let no notice settle`)
  const isAsked =
    payment.inquiries.some((inquiry) => inquiry.bankCode === told.bankCode) ||
    payment.attempts.some((attempt) => attempt.bankCode === told.bankCode)
  if (!isAsked) return refused(`${told.bankCode} never asked about payment ${number}`)
  if (told.amount.amountMinor > rules.perPaymentMinor) return refused(aboveNoticeLimit(told.bankCode))
  return undefined
}

export function aboveNoticeLimit(bankCode: string): string {
  return `it is above ${bankCode}'s limit for payments proved by a notice only`
}
