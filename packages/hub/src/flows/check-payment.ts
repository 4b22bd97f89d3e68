import type { Payment } from '../domain/payment.ts'
import { write } from '../store/writes.ts'
import { accountOf, askStillOwed, verifyWithBank } from './ask-bank.ts'
import { decideAgain } from './decide-again.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { findElsewhere } from './judge-notice.ts'
import { movePayment } from './move-payment.ts'
import { readAgain } from './read-again.ts'
import { keepExchanges, settleMovements } from './settle-movements.ts'

/** What a bank says about a payment after we asked and wrote down what it means. */
export type Checked = {
  readonly payment: Payment
  readonly answers: readonly {
    readonly bankCode: string
    readonly state: 'paid' | 'unpaid' | 'not_found' | 'unknown'
    readonly movements: number
  }[]
}

/**
 * Asks every bank where a code of this payment was shown (or only `bankCode`), and settles whatever they list. Throws
 * `Trouble` when one cannot be asked: "not known" is never taken for "unpaid".
 */
export async function checkPayment(hub: Hub, asker: Asker, payment: Payment, bankCode?: string): Promise<Checked> {
  const codes = [...new Set(payment.attempts.map((attempt) => attempt.bankCode))]
  const answers = []
  let current = payment
  for (const code of codes.filter((one) => bankCode === undefined || one === bankCode)) {
    const at = hub.banks.get(code)
    if (!at) throw new Error(`Payment ${payment.number} has a code at ${code}, which is not configured`)
    if (at.bank.describe().verify === 'never') continue
    const checked = await checkAt(hub, asker, current, at)
    current = checked.payment
    answers.push(checked.answer)
  }
  return { payment: current, answers }
}

async function checkAt(hub: Hub, asker: Asker, payment: Payment, at: BankAtWork) {
  const account = accountOf(at, payment)
  if (!account) throw new Error(`${at.code} has no merchant account`)
  const verification = await verifyWithBank(
    at,
    asker,
    { reference: String(payment.number), account },
    { notified: false },
  )
  const exchanges = keepExchanges(verification, {
    paymentNumber: payment.number,
    inboxId: undefined,
    correlationId: asker.correlationId,
  })
  const answer = { bankCode: at.code, state: verification.state, movements: verification.movements.length }
  if (verification.state !== 'paid') {
    await write(hub.db, { exchanges })
    return { payment, answer }
  }
  const stillOwed = await askStillOwed(hub, asker, payment)
  const proof = { payment, account, verification }
  await decideAgain(hub, async (round) => {
    const current = round === 1 ? payment : await readAgain(hub, payment)
    const settlement = settleMovements({
      ...proof,
      payment: current,
      notice: undefined,
      inboxId: undefined,
      elsewhere: round === 1 ? new Set() : await findElsewhere(hub, proof, current),
      at: hub.clock.now(),
      now: { bankCode: at.code, stillOwed, ...at.policy.money },
    })
    const { change, cases } = settlement
    await movePayment(hub, asker, [{ payment: current, change }], { cases, exchanges })
  })
  return { payment: await readAgain(hub, payment), answer }
}
