import { describePayment } from '../domain/events.ts'
import type { Attempt, Payment } from '../domain/payment.ts'
import type { Asker, Hub } from './hub.ts'
import { type Place, reserveAttempt } from './make-code.ts'
import { movePayment } from './move-payment.ts'

/** The bank's own page takes over: there is no code of ours. */
export type PageSession = { readonly payment: Payment; readonly attempt: Attempt }

/**
 * Offers the bank's own page for a payment: an attempt with a reference of its own and without a code, which the customer's
 * browser takes to the bank. The open one is offered again. Throws `Refusal`.
 */
export async function offerPage(
  hub: Hub,
  asker: Asker & { readonly subject: string },
  place: Place,
): Promise<PageSession> {
  const held = await reserveAttempt(hub, asker, place)
  if (held.kind === 'away') throw held.refusal
  const attempt = held.payment.attempts.find((one) => one.id === held.attemptId)
  if (!attempt) throw new Error(`Attempt ${held.attemptId} vanished`)
  if (held.kind === 'live') return { payment: held.payment, attempt }
  const { payment } = held
  const body = describePayment(payment, 'processing', {
    bank: place.at.code,
    expiresAt: attempt.expiresAt.toISOString(),
  })
  await movePayment(hub, asker, [
    {
      payment,
      change: {
        evidence: 'attempt_opened',
        sentence: `The page of ${place.at.code} is offered (${place.purchase?.method ?? ''}).`,
        attempt: { id: attempt.id, state: 'open' },
        events: [{ type: 'khqr.generated-event', body }],
      },
    },
  ])
  return { payment: { ...payment, status: 'processing' }, attempt: { ...attempt, state: 'open' } }
}
