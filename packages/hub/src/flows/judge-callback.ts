import type { Payment, Receipt } from '../domain/payment.ts'
import { Trouble } from '../kit/trouble.ts'
import { type InboxOutcome, type NewCase, write } from '../store/writes.ts'
import { checkAtBank } from './check-at-bank.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { judgeUnknownReference } from './judge-unknown-invoice.ts'

/** A kept callback, as it is judged: now, or again later by a job. */
export type KeptCallback = {
  readonly at: BankAtWork
  readonly inboxId: number
  readonly receivedAt: Date
  /** Which code it names, by our reference; undefined: it names none. */
  readonly reference: string | undefined
  readonly payment: Payment | undefined
  /** Whose messages come on its path. */
  readonly accountNumber: string | undefined
}

/** Callback and bank may disagree for this long before a person must look. */
const disagreeForMs = 15 * 60_000
/** What was just paid may take a few seconds to be seen at the bank: asked again so long after the message, then each minute. */
const againAfterS = [1, 2, 4, 8, 15, 30, 60]

/**
 * Asks the bank about the code that a callback names and settles what it lists. Whatever happens, the kept message gets an
 * outcome or a time to be asked about again. `deadlineMs`: how long its sender waits; undefined: nobody does.
 */
export async function judgeCallback(hub: Hub, asker: Asker, kept: KeptCallback, deadlineMs?: number): Promise<void> {
  const { at, payment, inboxId, reference } = kept
  if (reference === undefined) {
    const sentence = `A callback of ${at.code} names no code of ours.`
    return conclude(hub, { id: inboxId, outcome: 'noted', sentence, answerStatus: 200 })
  }
  if (!payment) {
    return judgeUnknownReference(
      hub,
      asker,
      { ...kept, reference },
      { answerStatus: 200, againAt: nextLook(hub, kept) },
    )
  }
  try {
    const checked = await checkAtBank(hub, asker, payment, at, { notified: true, deadlineMs })
    const { state, transactions } = checked.answer
    if (state !== 'paid' || !transactions.some((id) => isOf(reference, id))) {
      // Another code of the payment may be the one that is paid: this one's money is still to be seen.
      const said = state === 'paid' ? 'lists other money of it' : `says ${state}`
      const sentence = `${at.code} told us of code ${reference} of payment ${payment.number}, and ${said} when it is asked.`
      return await waitOrRaise(hub, kept, payment, sentence)
    }
    if (!checked.payment.receipts.some((one) => one.bankCode === at.code && isOf(reference, one.bankTransactionId))) {
      // It does not say yet how much, or it has sent it back before we saw it.
      const sentence = `${at.code} told us of payment ${payment.number}, and says paid; nothing of it is in the books yet.`
      return await waitOrRaise(hub, kept, payment, sentence)
    }
    const outcome = outcomeOf(payment.receipts, checked.payment.receipts)
    const sentence = `${at.code} told us of payment ${payment.number}; its own list was asked, and is in the books.`
    await conclude(hub, { id: inboxId, outcome, sentence, answerStatus: 200 })
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    await waitOrRaise(hub, kept, payment, error.message)
  }
}

/** Whether a movement is of the code with this reference: see `Movement.bankTransactionId`. */
function isOf(reference: string, bankTransactionId: string): boolean {
  return bankTransactionId === reference || bankTransactionId.startsWith(`${reference}/`)
}

function outcomeOf(before: readonly Receipt[], after: readonly Receipt[]): InboxOutcome['outcome'] {
  const fresh = after.filter((receipt) => before.every((one) => one.id !== receipt.id))
  if (fresh.some((receipt) => receipt.appliedMinor > 0n)) return 'applied'
  return fresh.length > 0 ? 'suspense' : 'known'
}

/** Undefined: it has been long enough for the bank to see what it told us of. */
function nextLook(hub: Hub, { receivedAt }: KeptCallback): Date | undefined {
  const now = hub.clock.now()
  return againAfterS.map((seconds) => new Date(receivedAt.getTime() + seconds * 1_000)).find((look) => look > now)
}

/** The bank does not say what its message says: asked again soon, and a case when they do not come to agree. */
async function waitOrRaise(hub: Hub, kept: KeptCallback, payment: Payment, sentence: string): Promise<void> {
  const { at, inboxId, receivedAt } = kept
  const now = hub.clock.now().getTime()
  if (now - receivedAt.getTime() < disagreeForMs) {
    const nextTryAt = nextLook(hub, kept) ?? new Date(now + 60_000)
    return conclude(hub, { id: inboxId, outcome: 'waiting', sentence, answerStatus: 200, nextTryAt })
  }
  const raised: NewCase = {
    kind: 'unproved_notice',
    dedupeKey: `unproved_notice:${at.code}:callback ${inboxId}`,
    bankCode: at.code,
    paymentNumber: payment.number,
    inboxId,
    sentence: `${sentence} They have disagreed for 15 minutes.`,
    evidence: {},
  }
  await conclude(hub, { id: inboxId, outcome: 'case', sentence, answerStatus: 200 }, [raised])
}

async function conclude(hub: Hub, outcome: InboxOutcome, cases: readonly NewCase[] = []): Promise<void> {
  await write(hub.db, { inbox: [outcome], cases })
}
