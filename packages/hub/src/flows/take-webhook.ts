import type { NoticeClaims, RawMessage, Reading } from '../banks/bank.ts'
import { Refusal } from '../domain/errors.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { isJsonMediaType } from '../kit/media-type.ts'
import { keepMessage, type Kept } from '../store/inbox.ts'
import { write } from '../store/writes.ts'
import { conclude, waitAndAsk } from './conclude-notice.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { judgeNotice } from './judge-notice.ts'
import type { Judgement, KeptNotice } from './kept-notice.ts'

/**
 * Takes a bank's KHQR notice: keeps the raw message first, then proves it with the bank, settles, and says what to
 * answer. The same delivery again gets the same answer, and nothing else happens.
 */
export async function takeWebhook(hub: Hub, asker: Asker, at: BankAtWork, message: RawMessage): Promise<Judgement> {
  const receivedAt = hub.clock.now()
  const reading = at.bank.readWebhook(message, receivedAt)
  const reference = reading.ok ? reading.claims.reference : reading.reference
  checkpoint('take-webhook:before-keep')
  const kept = await keepMessage(hub.db, {
    bankCode: at.code,
    route: 'khqr',
    subject: asker.actor,
    correlationId: asker.correlationId,
    receivedAt,
    contentType: message.contentType,
    body: message.body,
    fingerprint: reading.ok ? reading.claims.fingerprint : reading.fingerprint,
    reference,
    paymentNumber: paymentNumberOf(reference),
  })
  checkpoint('take-webhook:after-keep')
  const repeated = await answerAgain(hub, kept, reading)
  if (repeated) return repeated
  const notice = { at, inboxId: kept.inboxId, receivedAt, reading, payment: kept.payment, tries: 0 }
  // A missing content type is forgiven; a wrong one is refused, and the message judged later all the same.
  if (message.body.length > 0 && message.contentType !== undefined && !isJsonMediaType(message.contentType))
    return refuseMediaType(hub, notice, message)
  return judgeNotice(hub, asker, notice)
}

/** The bank is told that it must send JSON; what the message tells of is still asked about. */
async function refuseMediaType(hub: Hub, notice: KeptNotice, message: RawMessage): Promise<Judgement> {
  const sentence = `Content-Type is "${message.contentType?.slice(0, 60)}": send application/json`
  const refusal = new Refusal('UNSUPPORTED_MEDIA_TYPE', 'A notice must be JSON', { details: sentence })
  const isTelling = notice.payment !== undefined
  return isTelling
    ? waitAndAsk(hub, notice, sentence, refusal, {})
    : conclude(hub, notice, { outcome: 'refused', sentence }, refusal)
}

/** A reference as one of our payment numbers: 1 to 2^53 - 1, plain digits; anything else is not ours. */
export function paymentNumberOf(reference: string | undefined): number | undefined {
  if (reference === undefined || !/^[1-9]\d{0,15}$/.test(reference)) return undefined
  const number = Number(reference)
  return Number.isSafeInteger(number) ? number : undefined
}

/** A delivery that reached an outcome before is answered as it was, without asking anybody. */
async function answerAgain(hub: Hub, kept: Kept, reading: Reading<NoticeClaims>): Promise<Judgement | undefined> {
  const { earlier } = kept
  if (!earlier || !kept.payment) return undefined
  // The same six fields with a word for "not paid" never answer for a word for "paid".
  if (earlier.outcome === 'noted' && reading.ok && reading.claims.success) return undefined
  // A case that ended a wait (503) is no answer: the bank tells again, and may by now list the money.
  const isMismatch = earlier.answerStatus === 400 && (earlier.outcome === 'suspense' || earlier.outcome === 'case')
  if (earlier.answerStatus !== 200 && !isMismatch) return undefined
  const inbox = [
    { id: kept.inboxId, outcome: 'known' as const, sentence: earlier.sentence, answerStatus: earlier.answerStatus },
  ]
  await write(hub.db, { inbox })
  if (earlier.outcome === 'noted') return { kind: 'noted', sentence: earlier.sentence }
  if (earlier.answerStatus === 200) return { kind: 'confirmed', sentence: earlier.sentence }
  return {
    kind: 'refused',
    refusal: new Refusal('PAYMENT_VERIFICATION_DATA_MISMATCHED', 'This notice was refused before', {
      details: earlier.sentence,
    }),
  }
}
