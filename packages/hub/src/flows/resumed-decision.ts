import { type Act, readAct } from '../store/acts.ts'
import { readRefund, type Refund } from '../store/refunds.ts'
import type { Hub } from './hub.ts'
import type { Once } from './idempotency.ts'

// A decision whose request was abandoned may have been written before its process died. Whoever resumes it must not be
// told "that was decided already" of his own decision.

/** Takes a decision upon an act, unless this request has taken it before. */
export async function decideOnceOnAct(
  hub: Hub,
  once: Pick<Once<unknown>, 'objectId' | 'resumed'>,
  isTaken: (act: Act) => boolean,
  decide: () => Promise<Act>,
): Promise<Act> {
  const found = once.resumed ? await readAct(hub.db, once.objectId) : undefined
  return found && isTaken(found) ? found : decide()
}

/** Takes a decision upon a refund, unless this request has taken it before. */
export async function decideOnceOnRefund(
  hub: Hub,
  once: Pick<Once<unknown>, 'objectId' | 'resumed'>,
  isTaken: (refund: Refund) => boolean,
  decide: () => Promise<Refund>,
): Promise<Refund> {
  const found = once.resumed ? await readRefund(hub.db, once.objectId) : undefined
  return found && isTaken(found) ? found : decide()
}
