import type { Payment } from '../domain/payment.ts'
import { Trouble } from '../kit/trouble.ts'
import { write } from '../store/writes.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'

/**
 * Asks these banks that a payment's live codes be not paid any more, where they take such orders. Advice only: whether a
 * code was paid is asked afterwards, whatever comes of this.
 */
export async function closeCodes(
  hub: Hub,
  asker: Asker,
  payment: Payment,
  banks: readonly BankAtWork[],
): Promise<void> {
  for (const at of banks) {
    const live = payment.attempts.filter((one) => one.bankCode === at.code && one.state === 'open')
    for (const { reference, merchantAccountId } of live) {
      const account = at.accounts.find((one) => one.id === merchantAccountId)
      if (account) await closeAtBank(hub, asker, payment, at, { reference, account })
    }
  }
}

async function closeAtBank(
  hub: Hub,
  asker: Asker,
  payment: Payment,
  { bank, code }: BankAtWork,
  order: Parameters<NonNullable<BankAtWork['bank']['cancel']>>[0],
): Promise<void> {
  if (!bank.cancel) return
  const about = { paymentNumber: payment.number, inboxId: undefined, correlationId: asker.correlationId }
  try {
    const { exchanges } = await bank.cancel(order, { correlationId: asker.correlationId })
    await write(hub.db, { exchanges: exchanges.map((exchange) => ({ exchange, ...about })) })
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (error.exchange) await write(hub.db, { exchanges: [{ exchange: error.exchange, ...about }] })
    hub.log.warn(
      { event: 'code.not_closed', bank: code, paymentNumber: payment.number, err: error, ...asker },
      'A code could not be closed at its bank; whether it was paid is asked all the same.',
    )
  }
}
