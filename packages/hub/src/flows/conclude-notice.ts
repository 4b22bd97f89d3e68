import { Refusal } from '../domain/errors.ts'
import type { Trouble } from '../kit/trouble.ts'
import { type InboxOutcome, write, type Writes } from '../store/writes.ts'
import type { Asker, Hub } from './hub.ts'
import type { Judgement, KeptNotice } from './kept-notice.ts'

/** The bank could not be asked: kept, told to come back, and asked again by us. */
export async function putOff(hub: Hub, asker: Asker, kept: KeptNotice, trouble: Trouble): Promise<Judgement> {
  const refusal = refusalFor(kept.at.code, trouble)
  const exchange = trouble.exchange && {
    exchange: trouble.exchange,
    paymentNumber: kept.payment?.number,
    inboxId: kept.inboxId,
    correlationId: asker.correlationId,
  }
  return waitAndAsk(hub, kept, trouble.message, refusal, { exchanges: exchange ? [exchange] : [] })
}

function refusalFor(bankCode: string, trouble: Trouble): Refusal {
  const more = { retryAfterS: trouble.retryAfterS, cause: trouble }
  if (trouble.kind === 'error_answer') {
    return new Refusal('TRANSACTION_VERIFY_FAILED', `${bankCode} answered the verify call with an error`, more)
  }
  if (trouble.kind === 'unreadable') {
    return new Refusal('PARTNER_RESPONSE_INVALID', `${bankCode} gave an answer that makes no sense`, more)
  }
  return new Refusal('SERVER_UNAVAILABLE', `${bankCode} cannot be asked now`, more)
}

/** Refused for now: the same question is asked again by a job. */
export async function waitAndAsk(
  hub: Hub,
  kept: KeptNotice,
  sentence: string,
  refusal: Refusal,
  writes: Omit<Writes, 'steps' | 'inbox'>,
): Promise<Judgement> {
  return conclude(
    hub,
    kept,
    { outcome: 'waiting', sentence, nextTryAt: nextTry(hub.clock.now(), kept.tries) },
    refusal,
    writes,
  )
}

/** 5, 10, 20, 40 s, then every minute. */
export function nextTry(now: Date, tries: number): Date {
  return new Date(now.getTime() + Math.min(60_000, 5_000 * 2 ** Math.min(tries, 10)))
}

/** Gives the kept message its outcome, and the bank its refusal. */
export async function conclude(
  hub: Hub,
  kept: KeptNotice,
  outcome: Pick<InboxOutcome, 'outcome' | 'sentence' | 'nextTryAt'>,
  refusal: Refusal,
  writes: Omit<Writes, 'steps' | 'inbox'> = {},
): Promise<Judgement> {
  await write(hub.db, { ...writes, inbox: [{ id: kept.inboxId, answerStatus: refusal.status, ...outcome }] })
  return { kind: 'refused', refusal }
}
