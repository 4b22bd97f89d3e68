import { Refusal } from '../domain/errors.ts'
import { postReceipt } from '../domain/ledger.ts'
import type { MerchantAccount, Movement } from '../banks/bank.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { Trouble } from '../kit/trouble.ts'
import { type Money, showMoney } from '../money/money.ts'
import { Conflict } from '../store/db.ts'
import { type KeptExchange, type NewReceipt, type Step, write } from '../store/writes.ts'
import { verifyWithBank } from './ask-bank.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import type { Judgement, KeptNotice } from './kept-notice.ts'
import { keepExchanges } from './settle-movements.ts'

/**
 * A notice for a reference we never gave out. The bank is told 404 whatever it named; the message is kept, and money is
 * booked (in suspense) only when the bank's own list shows it.
 */
export async function judgeUnknownInvoice(
  hub: Hub,
  asker: Asker,
  kept: KeptNotice,
  reference: string,
): Promise<Judgement> {
  const refusal = new Refusal('RESOURCE_NOT_FOUND', 'No such payment', {
    details: `Invoice: ${reference.slice(0, 40)}`,
  })
  const accountNumber = kept.reading.ok ? kept.reading.claims.merchantNumber : undefined
  await judgeUnknownReference(hub, asker, { ...kept, reference, accountNumber }, { answerStatus: refusal.status })
  return { kind: 'refused', refusal }
}

export type UnknownReference = Pick<KeptNotice, 'at' | 'inboxId' | 'receivedAt'> & {
  readonly reference: string
  /** Which account of ours the message names; undefined: none. */
  readonly accountNumber: string | undefined
}

/**
 * Books what the bank lists for a reference we do not know, and gives the kept message its outcome. `againAt`: when the
 * bank is asked once more before its "not known" is believed; undefined: it is believed.
 */
export async function judgeUnknownReference(
  hub: Hub,
  asker: Asker,
  kept: UnknownReference,
  told: { readonly answerStatus: number; readonly againAt?: Date | undefined },
): Promise<void> {
  const { at, reference } = kept
  const account = at.accounts.find((one) => one.accountNumber === kept.accountNumber) ?? at.accounts[0]
  const answer = (outcome: 'suspense' | 'case' | 'waiting', sentence: string, nextTryAt?: Date) => [
    { id: kept.inboxId, outcome, sentence, answerStatus: told.answerStatus, nextTryAt },
  ]
  const raise = (sentence: string, exchanges: KeptExchange[] = []) =>
    write(hub.db, { inbox: answer('case', sentence), cases: [caseOf(kept, sentence)], exchanges })
  if (!account || !canBeOurs(at, reference))
    return raise(`${at.code} told us of invoice ${reference.slice(0, 40)}, which cannot be one of ours.`)
  if (at.bank.describe().verify === 'never')
    return raise(`${at.code} told us of invoice ${reference}, which we do not know, and it cannot be asked.`)
  try {
    const keys = { reference, account, codes: [], unshown: [] }
    const verification = await verifyWithBank(at, asker, keys, { notified: true })
    const listed = verification.movements.flatMap((movement) =>
      movement.amount && !movement.reversed && !movement.isReturned
        ? [receiptOf(kept, accountFor(kept, account, movement.amount), movement, movement.amount)]
        : [],
    )
    const about = { paymentNumber: undefined, inboxId: kept.inboxId, correlationId: asker.correlationId }
    const exchanges = keepExchanges(verification, about)
    if (verification.state === 'unknown') {
      const nextTryAt = told.againAt ?? new Date(hub.clock.now().getTime() + 60_000)
      const sentence = verification.doubt ?? 'The answer cannot be read.'
      await write(hub.db, { inbox: answer('waiting', sentence, nextTryAt), exchanges })
    } else if (listed.length > 0) {
      await book(hub, asker, reference, listed)
      const sentence = `${at.code} lists ${listed.length} movement(s) for invoice ${reference}, which we do not know: held in suspense.`
      await write(hub.db, { inbox: answer('suspense', sentence), exchanges })
    } else {
      const sentence = `${at.code} told us of invoice ${reference}, which we do not know; the bank lists no money for it.`
      if (told.againAt) await write(hub.db, { inbox: answer('waiting', sentence, told.againAt), exchanges })
      else await raise(sentence, exchanges)
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    const nextTryAt = told.againAt ?? new Date(hub.clock.now().getTime() + 60_000)
    await write(hub.db, { inbox: answer('waiting', error.message, nextTryAt) })
  }
}

/** Whether a reference has the form of ours: a payment number, or a bank's own kind of word where each code has its own. */
function canBeOurs(at: BankAtWork, reference: string): boolean {
  return at.bank.describe().reference === 'code' ? /^[A-Za-z0-9-]{1,64}$/.test(reference) : /^\d{1,16}$/.test(reference)
}

/** Each movement in a write of its own: one that is in the books already does not hold back the others. */
async function book(hub: Hub, asker: Asker, reference: string, receipts: readonly NewReceipt[]): Promise<void> {
  for (const receipt of receipts) {
    const step: Step = {
      payment: undefined,
      reference,
      receipts: [receipt],
      move: undefined,
      attempt: undefined,
      closeAttempts: undefined,
      events: [],
      actor: asker.actor,
      correlationId: asker.correlationId,
      at: hub.clock.now(),
    }
    try {
      await write(hub.db, { steps: [step] })
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

/** The account the money is on: of the same number, in the money's currency. */
function accountFor(kept: UnknownReference, asked: MerchantAccount, amount: Money): number {
  const same = kept.at.accounts.find(
    (one) => one.accountNumber === asked.accountNumber && one.currency === amount.currency,
  )
  return (same ?? asked).id
}

function receiptOf(
  kept: UnknownReference,
  merchantAccountId: number,
  movement: Movement,
  amount: NonNullable<Movement['amount']>,
): NewReceipt {
  const placement = { kind: 'suspense' as const, reason: 'unknown_payment' as const }
  return {
    bankCode: kept.at.code,
    merchantAccountId,
    channel: 'khqr',
    bankTransactionId: movement.bankTransactionId,
    amount,
    paidAt: movement.paidAt ?? kept.receivedAt,
    proof: 'verified',
    inboxId: kept.inboxId,
    payerDigest: movement.payer === undefined ? undefined : sha256Hex(movement.payer),
    memo: `${showMoney(amount)} for an unknown invoice, through ${kept.at.code}, ${movement.bankTransactionId}`,
    entries: postReceipt(kept.at.code, amount, placement),
    applied: undefined,
    suspended: { reason: 'unknown_payment', amountMinor: amount.amountMinor },
  }
}

function caseOf(kept: UnknownReference, sentence: string) {
  const { reference } = kept
  return {
    kind: 'unknown_payment' as const,
    dedupeKey: `unknown_payment:${kept.at.code}:${reference.slice(0, 64)}`,
    bankCode: kept.at.code,
    paymentNumber: undefined,
    inboxId: kept.inboxId,
    sentence,
    evidence: { reference: reference.slice(0, 64) },
  }
}
