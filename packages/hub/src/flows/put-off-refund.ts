import { readFirstSentAt } from '../store/refund-history.ts'
import { postponeRefund, type Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import type { Hub } from './hub.ts'

/** A refund that was sent so long ago, with nobody able to say what became of it, is a person's to find out about. */
const unclearAfterMs = 15 * 60_000

export type PutOff = {
  readonly waitS: number
  /** Why it waits. */
  readonly sentence: string
  /** A case is raised: at once, or when the refund has been at the bank for long without a word on what became of it. */
  readonly isUnclear?: 'now' | 'in time'
}

/** Looks at a refund again later, without moving it on. Answers `false`: it did not go on. */
export async function putOffRefund(hub: Hub, refund: Refund, { waitS, sentence, isUnclear }: PutOff): Promise<false> {
  await postponeRefund(hub.db, refund.id, waitS, sentence)
  if (isUnclear === 'now' || (isUnclear === 'in time' && (await isLongAtTheBank(hub, refund)))) {
    await write(hub.db, {
      cases: [
        {
          kind: 'refund_unclear',
          dedupeKey: `refund_unclear:${refund.id}:${isUnclear}`,
          bankCode: refund.bankCode,
          paymentNumber: refund.paymentNumber,
          inboxId: undefined,
          sentence: `Refund ${refund.id}: ${sentence}`,
          evidence: { refund: refund.id },
        },
      ],
    })
  }
  return false
}

async function isLongAtTheBank(hub: Hub, { id, status }: Refund): Promise<boolean> {
  if (status !== 'processing') return false
  const firstSentAt = await readFirstSentAt(hub.db, id)
  return firstSentAt !== undefined && hub.clock.now().getTime() - firstSentAt.getTime() > unclearAfterMs
}
