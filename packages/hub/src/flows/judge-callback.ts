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
  /** Whose messages come on its path; undefined when a job asks again. */
  readonly accountNumber: string | undefined
  /** How often it was judged before. */
  readonly tries: number
}

/** Callback and bank may disagree for this long before a person must look. */
const disagreeForMs = 15 * 60_000
/** A payment that was just made may take a few seconds to be seen at the bank: asked again after so long, then each minute. */
const againAfterS = [1, 2, 4, 8, 15, 30]

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
    const waitS = againAfterS[kept.tries]
    const againAt = waitS === undefined ? undefined : new Date(hub.clock.now().getTime() + waitS * 1_000)
    const { accountNumber } = kept
    return judgeUnknownReference(hub, asker, { ...kept, reference, accountNumber }, { answerStatus: 200, againAt })
  }
  try {
    const checked = await checkAtBank(hub, asker, payment, at, { notified: true, deadlineMs })
    if (checked.answer.state !== 'paid') {
      const sentence = `${at.code} told us of payment ${payment.number}, and says ${checked.answer.state} when it is asked.`
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

function outcomeOf(before: readonly Receipt[], after: readonly Receipt[]): InboxOutcome['outcome'] {
  const fresh = after.filter((receipt) => before.every((one) => one.id !== receipt.id))
  if (fresh.some((receipt) => receipt.appliedMinor > 0n)) return 'applied'
  return fresh.length > 0 ? 'suspense' : 'known'
}

/** The bank does not say what its message says: asked again soon, and a case when they do not come to agree. */
async function waitOrRaise(hub: Hub, kept: KeptCallback, payment: Payment, sentence: string): Promise<void> {
  const { at, inboxId, receivedAt, tries } = kept
  const now = hub.clock.now().getTime()
  if (now - receivedAt.getTime() < disagreeForMs) {
    const nextTryAt = new Date(now + (againAfterS[tries] ?? 60) * 1_000)
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
