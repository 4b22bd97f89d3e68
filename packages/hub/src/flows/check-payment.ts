import type { Payment } from '../domain/payment.ts'
import { Conflict } from '../store/db.ts'
import { readPayment } from '../store/payments.ts'
import { write } from '../store/writes.ts'
import { accountOf, askStillOwed, verifyWithBank } from './ask-bank.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { findElsewhere } from './judge-notice.ts'
import { movePayment } from './move-payment.ts'
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

const mostRounds = 8

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
  let current = payment
  let elsewhere: ReadonlySet<string> = new Set()
  for (let round = 1; ; round += 1) {
    const settlement = settleMovements({
      ...proof,
      payment: current,
      notice: undefined,
      inboxId: undefined,
      elsewhere,
      at: hub.clock.now(),
      now: { bankCode: at.code, stillOwed, latePolicy: at.policy.latePolicy },
    })
    try {
      await movePayment(hub, asker, [{ payment: current, change: settlement.change }], {
        cases: settlement.cases,
        exchanges,
      })
      return { payment: (await readPayment(hub.db, payment.number)) ?? current, answer }
    } catch (error) {
      if (!(error instanceof Conflict) || round >= mostRounds) throw error
      current = (await readPayment(hub.db, payment.number)) ?? current
      elsewhere = await findElsewhere(hub, proof, current)
    }
  }
}
