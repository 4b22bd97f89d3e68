import type { MerchantAccount, Verification } from '../banks/bank.ts'
import type { Payment } from '../domain/payment.ts'
import type { CheckState } from '../store/checks.ts'
import { write } from '../store/writes.ts'
import { askStillOwed, keysAt, verifyWithBank } from './ask-bank.ts'
import { decideAgain } from './decide-again.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { findReversals } from './find-reversals.ts'
import { findElsewhere } from './judge-notice.ts'
import { movePayment } from './move-payment.ts'
import { readAgain } from './read-again.ts'
import { noteReversals } from './reverse-receipts.ts'
import { keepExchanges, settleMovements } from './settle-movements.ts'

export type BankAnswer = {
  readonly bankCode: string
  /** `unknown` also for "paid" without an amount that anybody told us: there is nothing to put in the books. */
  readonly state: CheckState
  readonly movements: number
  /** Ids of all movements that it lists, also of those that it took back. */
  readonly transactions: readonly string[]
  /** It does not list money that is in the books: only a second look, a while later, tells whether it took it back. */
  readonly isMissing: boolean
}

type Checked = { readonly payment: Payment; readonly answer: BankAnswer }

/**
 * Asks one bank about a payment, settles whatever it lists and reverses what it took back. Throws `Trouble` when it cannot be asked: "not known" is
 * never taken for "unpaid". What the bank said is kept, unless it is what it said `before` and lists nothing new: a code
 * is asked about dozens of times.
 */
export async function checkAtBank(
  hub: Hub,
  asker: Asker,
  asked: Payment,
  at: BankAtWork,
  how: {
    readonly before?: CheckState | undefined
    readonly notified?: boolean
    readonly deadlineMs?: number | undefined
  } = {},
): Promise<Checked> {
  const keys = keysAt(at, asked)
  const { before, notified = false, deadlineMs } = how
  const verification = await verifyWithBank(at, asker, keys, { notified, deadlineMs })
  return settleAnswer(hub, asker, asked, { at, account: keys.account, verification }, before)
}

/** Writes down what a bank's answer about a payment means. */
export async function settleAnswer(
  hub: Hub,
  asker: Asker,
  asked: Payment,
  answered: { readonly at: BankAtWork; readonly account: MerchantAccount; readonly verification: Verification },
  before?: CheckState,
): Promise<Checked> {
  const { at, account, verification } = answered
  const exchanges = keepExchanges(verification, {
    paymentNumber: asked.number,
    inboxId: undefined,
    correlationId: asker.correlationId,
  })
  const looked = { at, account, payment: asked, verification, strict: false }
  const isMissing = findReversals(looked, hub.clock.now()).some(({ finding }) => finding === 'missing')
  const { state, movements } = verification
  const transactions = movements.map((one) => one.bankTransactionId)
  const answer = { bankCode: at.code, state, movements: movements.length, transactions, isMissing }
  const isChanged = await noteReversals(hub, asker, looked)
  const payment = isChanged ? await readAgain(hub, asked) : asked
  const isNews = isChanged || isMissing || state !== before
  if (state !== 'paid') {
    if (isNews) await write(hub.db, { exchanges })
    return { payment, answer }
  }
  const stillOwed = await askStillOwed(hub, asker, payment)
  const proof = { payment, account, verification }
  return decideAgain(hub, async (round) => {
    const current = round === 1 ? payment : await readAgain(hub, payment)
    const { change, cases, placed } = settleMovements({
      ...proof,
      payment: current,
      notice: undefined,
      inboxId: undefined,
      elsewhere: round === 1 ? new Set() : await findElsewhere(hub, at, proof, current),
      at: hub.clock.now(),
      network: at.bank.describe().network,
      now: { bankCode: at.code, stillOwed, ...at.policy.money },
    })
    // "Paid" and no more: it is what a receipt of ours says already, or nothing that could be put in the books.
    const isKnown = current.receipts.some((receipt) => receipt.bankCode === at.code)
    const isRead = placed.length > 0 || isKnown
    const told = isRead ? answer : { ...answer, state: 'unknown' as const }
    if ((change.receipts ?? []).length === 0) {
      // Nothing moved, so nobody who is deciding about this payment has to decide again.
      if (isNews || cases.length > 0) await write(hub.db, { cases, exchanges })
      return { payment: current, answer: told }
    }
    await movePayment(hub, asker, [{ payment: current, change }], { cases, exchanges })
    return { payment: await readAgain(hub, payment), answer: told }
  })
}
