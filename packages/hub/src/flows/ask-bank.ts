import type { MerchantAccount, ShownCode, Verification, VerifyKeys } from '../banks/bank.ts'
import type { Circumstances } from '../domain/match.ts'
import type { Attempt, Payment } from '../domain/payment.ts'
import { md5Hex } from '../kit/crypto.ts'
import { Trouble } from '../kit/trouble.ts'
import { isWithdrawn } from '../store/orders.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'

/** How long the policy system may take when money is already here: then the quote settles (clause 5). */
const freshLookUpDeadlineMs = 1_000

/** The account whose code was shown for this payment at this bank; else the bank's account in the payment's currency. */
export function accountOf(at: BankAtWork, payment: Payment | undefined): MerchantAccount | undefined {
  const shown = payment?.attempts.findLast((attempt) => attempt.bankCode === at.code)
  return (
    at.accounts.find((account) => account.id === shown?.merchantAccountId) ??
    at.accounts.find((account) => account.currency === payment?.amount.currency) ??
    at.accounts[0]
  )
}

/** Every code of this payment that was shown for this bank, newest first; a page of the bank is one, too. */
export function codesAt(at: ShowingBank, payment: Payment | undefined): ShownCode[] {
  const asked = payment?.attempts.filter((attempt) => attempt.bankCode === at.code) ?? []
  return asked.toReversed().flatMap((attempt) => {
    if (!payment || !wasShown(at, attempt)) return []
    const { reference, qrString = '', createdAt, expiresAt } = attempt
    return [{ reference, qrString, md5: md5Hex(qrString), amount: payment.amount, createdAt, expiresAt }]
  })
}

type ShowingBank = Pick<BankAtWork, 'code'> & { readonly bank: Pick<BankAtWork['bank'], 'methods'> }

/** A code whose making failed was never shown. The bank's own page is without a code of ours. */
function wasShown({ bank }: ShowingBank, { qrString, method, state }: Attempt): boolean {
  const isPage = bank.methods?.some((one) => one.code === method && one.shows === 'page') ?? false
  return qrString !== undefined || (isPage && state !== 'creating')
}

/** What a bank is asked about a payment. */
export function keysAt(at: BankAtWork, payment: Payment): VerifyKeys {
  const account = accountOf(at, payment)
  if (!account) throw new Error(`${at.code} has no merchant account`)
  return keysFor(at, payment, account)
}

/** The same about money on a certain account. */
export function keysFor(at: BankAtWork, payment: Payment, account: MerchantAccount): VerifyKeys {
  const isPerCode = at.bank.describe().reference === 'code'
  const unshown = payment.attempts.filter((one) => isPerCode && one.bankCode === at.code && !wasShown(at, one))
  return {
    reference: String(payment.number),
    account,
    codes: codesAt(at, payment),
    unshown: unshown.map((one) => one.reference),
  }
}

/** Asks the bank what it lists for our reference. Throws `Trouble` when it cannot be asked. */
export function verifyWithBank(
  at: BankAtWork,
  asker: Asker,
  keys: VerifyKeys,
  how: { readonly notified: boolean; readonly planned?: boolean; readonly deadlineMs?: number | undefined },
): Promise<Verification> {
  return at.bank.verify(keys, { correlationId: asker.correlationId, traceparent: asker.traceparent, ...how })
}

/**
 * Whether the policy system, or the shop, still wants this bill paid. Only chooses between applying and `already_paid`; when it cannot
 * be asked in time the answer is `unknown` and the quoted amount settles.
 */
export async function askStillOwed(hub: Hub, asker: Asker, payment: Payment): Promise<Circumstances['stillOwed']> {
  if (payment.status === 'completed') return 'unknown'
  if (payment.payableKind === 'order') return (await isWithdrawn(hub.db, payment.billNumber)) ? 'withdrawn' : 'owed'
  // Whoever tops up owes nothing that could be settled elsewhere.
  if (payment.payableKind !== 'premium') return 'owed'
  try {
    const found = await hub.lookUp(payment.billNumber, {
      fresh: true,
      call: { correlationId: asker.correlationId, traceparent: asker.traceparent, deadlineMs: freshLookUpDeadlineMs },
    })
    if (found.state === 'not_found') return 'unknown'
    if (found.state === 'nothing_due') return 'settled'
    // Another due date: this instalment was paid elsewhere, and the next one is shown.
    return found.premium.dueDate === payment.billKey && found.premium.amount.currency === payment.amount.currency
      ? 'owed'
      : 'settled'
  } catch (error) {
    if (error instanceof Trouble) return 'unknown'
    throw error
  }
}
