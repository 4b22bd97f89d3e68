import type { Payment } from '../domain/payment.ts'
import { type BankAnswer, checkAtBank } from './check-at-bank.ts'
import type { Asker, Hub } from './hub.ts'

/** What the banks say about a payment after we asked and wrote down what it means. */
export type Checked = { readonly payment: Payment; readonly answers: readonly BankAnswer[] }

/**
 * Asks every bank where a code of this payment was shown (or only `bankCode`), and settles whatever they list. Throws
 * `Trouble` when one cannot be asked. A bank that is no longer configured answers `unknown`.
 */
export async function checkPayment(hub: Hub, asker: Asker, payment: Payment, bankCode?: string): Promise<Checked> {
  const codes = [...new Set(payment.attempts.map((attempt) => attempt.bankCode))]
  const answers: BankAnswer[] = []
  let current = payment
  for (const code of codes.filter((one) => bankCode === undefined || one === bankCode)) {
    const at = hub.banks.get(code)
    if (!at) {
      answers.push({ bankCode: code, state: 'unknown', movements: 0, transactions: [], isMissing: false })
      continue
    }
    if (at.bank.describe().verify === 'never') continue
    const checked = await checkAtBank(hub, asker, current, at)
    current = checked.payment
    answers.push(checked.answer)
  }
  return { payment: current, answers }
}
