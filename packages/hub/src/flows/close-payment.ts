import { describePayment, type EventType } from '../domain/events.ts'
import { type Payment, standingMinor } from '../domain/payment.ts'
import { isOpen } from '../domain/transitions.ts'
import { Trouble } from '../kit/trouble.ts'
import { showMoney } from '../money/money.ts'
import { Conflict } from '../store/db.ts'
import { type AuditRow, write } from '../store/writes.ts'
import { checkPayment } from './check-payment.ts'
import { closeCodes } from './close-codes.ts'
import type { Asker, Hub } from './hub.ts'
import { movePayment } from './move-payment.ts'
import { readAgain } from './read-again.ts'

export type Closing = {
  readonly evidence: 'given_up' | 'deadline_passed'
  /** What happened, for the payment's history. */
  readonly sentence: string
  /** The same in a few words, for its codes. */
  readonly because: string
  /** Every bank with a code of it said unpaid just now, after its code had expired: none is asked again. */
  readonly isLooked?: boolean
  /** Where a person closes it. */
  readonly audit?: Pick<AuditRow, 'action' | 'reason'>
}

export type Closed =
  | { readonly kind: 'closed'; readonly payment: Payment }
  /** Not closed by us: it was paid or closed meanwhile, or holds money of its own. */
  | { readonly kind: 'settled'; readonly payment: Payment }
  /** Not closed: this bank cannot say, or cannot be asked (`trouble`), whether it was paid. */
  | {
      readonly kind: 'unsure'
      readonly payment: Payment
      readonly bankCode: string
      readonly trouble: Trouble | undefined
    }

const mostRounds = 5
const events = {
  given_up: 'gateway.payment.cancelled',
  deadline_passed: 'gateway.payment.expired',
} as const satisfies Record<Closing['evidence'], EventType>

/**
 * Closes an open payment after a last look at every bank that holds a code of it. Money found by that look settles it
 * instead. Whoever closes it starts its late watch. Throws `Conflict` when others keep changing it.
 */
export async function closePayment(hub: Hub, asker: Asker, payment: Payment, closing: Closing): Promise<Closed> {
  let current = payment
  for (let round = 1; ; round += 1) {
    const kept = await keptOpen(hub, current, closing)
    if (kept) return kept
    const isSure = closing.isLooked === true && round === 1
    if (closing.evidence === 'given_up') await closeCodes(hub, asker, current, [...hub.banks.values()])
    const looked = isSure ? { kind: 'sure' as const, payment: current } : await lastLook(hub, asker, current)
    if (looked.kind === 'unsure') return looked
    current = looked.payment
    const found = await keptOpen(hub, current, closing)
    if (found) return found
    try {
      await close(hub, asker, current, closing)
      return { kind: 'closed', payment: await readAgain(hub, current) }
    } catch (error) {
      if (!(error instanceof Conflict) || round >= mostRounds) throw error
      // Perhaps another code was shown meanwhile: its bank is asked, too.
      current = await readAgain(hub, current)
    }
  }
}

/** What must not be closed: what is closed already, and what holds money. */
async function keptOpen(hub: Hub, payment: Payment, closing: Closing): Promise<Closed | undefined> {
  if (!isOpen(payment.status)) return { kind: 'settled', payment }
  const standing = standingMinor(payment)
  if (standing > 0n) {
    const part = showMoney({ ...payment.amount, amountMinor: standing })
    // A person who closes it is told no himself; a job leaves a case.
    if (closing.audit) return { kind: 'settled', payment }
    await write(hub.db, {
      cases: [
        {
          kind: 'parts_unfinished',
          dedupeKey: `parts_unfinished:${payment.number}`,
          bankCode: undefined,
          paymentNumber: payment.number,
          inboxId: undefined,
          sentence: `${part} of ${showMoney(payment.amount)} came for payment ${payment.number}, and the rest did not: ${closing.because}.`,
          evidence: { standing: part, owed: showMoney(payment.amount) },
        },
      ],
    })
    return { kind: 'settled', payment }
  }
  // The bank does not say "unpaid" of money that waits for a person.
  const isHeld = payment.receipts.some((receipt) => receipt.heldMinor > 0n)
  return isHeld && closing.evidence === 'deadline_passed' ? { kind: 'settled', payment } : undefined
}

async function lastLook(
  hub: Hub,
  asker: Asker,
  payment: Payment,
): Promise<Extract<Closed, { kind: 'unsure' }> | { readonly kind: 'sure'; readonly payment: Payment }> {
  try {
    const checked = await checkPayment(hub, asker, payment)
    const unsure = checked.answers.find((answer) => answer.state === 'unknown')
    return unsure
      ? { kind: 'unsure', payment: checked.payment, bankCode: unsure.bankCode, trouble: undefined }
      : { kind: 'sure', payment: checked.payment }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return { kind: 'unsure', payment, bankCode: error.target, trouble: error }
  }
}

async function close(hub: Hub, asker: Asker, payment: Payment, closing: Closing): Promise<void> {
  const { evidence, sentence, because, audit } = closing
  const body = describePayment(payment, evidence === 'given_up' ? 'cancelled' : 'expired')
  const change = { evidence, sentence, closeAttempts: because, events: [{ type: events[evidence], body }] }
  const rows = audit && [
    {
      ...audit,
      actor: asker.actor,
      object: `payment ${payment.number}`,
      before: { status: payment.status },
      after: { status: body.payment.status },
      correlationId: asker.correlationId,
    },
  ]
  await movePayment(hub, asker, [{ payment, change }], rows ? { audit: rows } : {})
}
