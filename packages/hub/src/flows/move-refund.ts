import type { Position } from '../domain/position.ts'
import type { RefundStatus } from '../domain/refund.ts'
import type { RefundMove } from '../store/postings.ts'
import type { Refund } from '../store/refunds.ts'
import { write } from '../store/writes.ts'
import type { Asker, Hub } from './hub.ts'

/** When a job looks at a refund that somebody is working on: longer than every call of one step, in seconds. */
const leaseS = 60

/** Writes one move of a refund that moves no money. Throws `Conflict`, also when the money of `unmoved` has moved since. */
export async function moveRefund(
  hub: Hub,
  asker: Asker,
  refund: Refund,
  move: Omit<RefundMove, 'id' | 'expectedVersion'> & {
    readonly to: RefundStatus
    readonly sentence: string
    readonly unmoved?: Position
  },
): Promise<void> {
  const { sentence, unmoved, ...change } = move
  const isForJob = change.to === 'pending' || change.to === 'processing'
  await write(hub.db, {
    postings: unmoved ? [{ receiptId: unmoved.receiptId, expectedJournals: unmoved.journals, journals: [] }] : [],
    refunds: [
      {
        change: { id: refund.id, expectedVersion: refund.version, ...change },
        sentence,
        nextTryAt: isForJob ? new Date(hub.clock.now().getTime() + leaseS * 1_000) : undefined,
        actor: asker.actor,
        correlationId: asker.correlationId,
      },
    ],
  })
  if (refund.paymentNumber !== undefined) hub.live.changed([refund.paymentNumber])
}
