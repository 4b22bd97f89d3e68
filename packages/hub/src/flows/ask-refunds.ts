import type { Bank, MerchantAccount, RefundTotals } from '../banks/bank.ts'
import type { Position } from '../domain/position.ts'
import { Trouble } from '../kit/trouble.ts'
import { readSentRefunds, type Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import type { Asker, Hub } from './hub.ts'
import { readMoney } from './look-again.ts'

/** Who sends a refund back, and of what. */
export type Sender = {
  readonly bank: Required<Pick<Bank, 'refund' | 'readRefunds'>> & Bank
  readonly account: MerchantAccount
  readonly position: Position
}

export async function senderOf(hub: Hub, refund: Refund): Promise<Sender> {
  const position = await readMoney(hub, refund.receiptId)
  const at = hub.banks.get(refund.bankCode)
  const account = at?.accounts.find((one) => one.id === position.merchantAccountId)
  const { refund: send, readRefunds } = at?.bank ?? {}
  if (!at || !account || !send || !readRefunds) throw unable(refund)
  return { bank: { ...at.bank, refund: send, readRefunds }, account, position }
}

/** What the bank says it has sent back of the movement. */
export type Totals = {
  readonly totals: RefundTotals
  /** Certainly gone, in minor units: some banks count in their sum what they only mean to send. */
  readonly goneMinor: bigint
  /** Whether it names refunds by ids of ours: their absence then says more than a sum. */
  readonly hasIds: boolean
  /** What it was asked to send of the movement and did, in minor units. */
  readonly earlierMinor: readonly bigint[]
}

/**
 * Asks the bank for what it has sent back. A sentence instead, where it cannot say, or where its sum lacks what it said
 * before that it had sent: it is some seconds behind itself, and is believed in neither.
 */
export async function askTotals(hub: Hub, asker: Asker, refund: Refund, sender: Sender): Promise<Totals | string> {
  const { bank, account, position } = sender
  const { bankTransactionId, reference, paidAt } = position
  const earlierMinor = await readSentRefunds(hub.db, refund.receiptId)
  const keys = { bankTransactionId, reference, paidAt, account }
  const context = { correlationId: asker.correlationId }
  const totals = await keepingTrouble(hub, asker, sender, bank.readRefunds(keys, context))
  await write(hub.db, { exchanges: keep(totals.exchanges, position, asker) })
  if (totals.state === 'unknown') {
    return `${refund.bankCode} cannot say what it has refunded: ${totals.doubt ?? 'its answer cannot be read'}`
  }
  const goneMinor = sumOf(totals)
  const hasIds = totals.refunds.some((one) => one.refundId !== undefined)
  const sentMinor = earlierMinor.reduce((sum, minor) => sum + minor, 0n)
  if (!hasIds && goneMinor < sentMinor) {
    return `${refund.bankCode} cannot say what it has refunded: its sum lacks refunds that it has sent before`
  }
  return { totals, goneMinor, hasIds, earlierMinor }
}

function sumOf({ refunded, refunds }: RefundTotals): bigint {
  if (refunds.length === 0) return refunded?.amountMinor ?? 0n
  return refunds.reduce((sum, one) => (one.state === 'refunded' ? sum + one.amount.amountMinor : sum), 0n)
}

/** What was said to a bank about a refund is kept, also when it ended in trouble (clause 13). */
export async function keepingTrouble<Answer>(
  hub: Hub,
  asker: Asker,
  { position }: Sender,
  asking: Promise<Answer>,
): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Trouble && error.exchange)
      await write(hub.db, { exchanges: keep([error.exchange], position, asker) })
    throw error
  }
}

export function keep(exchanges: RefundTotals['exchanges'], position: Position, asker: Asker) {
  return exchanges.map((exchange) => ({
    exchange,
    paymentNumber: position.paymentNumber,
    inboxId: undefined,
    correlationId: asker.correlationId,
  }))
}

function unable(refund: Refund): Trouble {
  return new Trouble('unreachable', `${refund.bankCode} is not configured to send refunds any more`, {
    target: refund.bankCode,
    operation: 'refund',
    outcome: 'not_done',
  })
}
