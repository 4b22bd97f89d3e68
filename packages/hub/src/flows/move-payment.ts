import { type EventBody, type EventType, sinksFor } from '../domain/events.ts'
import type { Payment } from '../domain/payment.ts'
import { type Evidence, next } from '../domain/transitions.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { type NewReceipt, type Step, write, type Writes } from '../store/writes.ts'
import { countMove } from './count-move.ts'
import { type Asker, type Hub, numberEvents } from './hub.ts'

/** What happens to a payment at once. Without `evidence` its status stays. */
export type Change = {
  readonly evidence?: Evidence
  readonly sentence: string
  readonly receipts?: readonly NewReceipt[]
  readonly attempt?: Step['attempt']
  readonly closeAttempts?: string
  readonly events: readonly { readonly type: EventType; readonly body: EventBody }[]
}

/**
 * The only writer of payment status: status, history, receipts, ledger, attempts and events of `payment` in one
 * transaction with everything in `extras`. Throws `Conflict` when the payment has moved on since it was read: read and
 * decide again.
 */
export async function movePayment(
  hub: Hub,
  asker: Asker,
  changes: readonly { readonly payment: Payment; readonly change: Change }[],
  extras: Omit<Writes, 'steps'> = {},
): Promise<void> {
  // Two payments are always locked in the order of their numbers, so that no two writers wait for each other.
  const inOrder = [...changes].sort((a, b) => a.payment.number - b.payment.number)
  checkpoint('move-payment:before-write')
  await write(hub.db, { ...extras, steps: inOrder.map(({ payment, change }) => stepOf(hub, asker, payment, change)) })
  checkpoint('move-payment:after-write')
  hub.live.changed(inOrder.map(({ payment }) => payment.number))
  for (const { payment, change } of inOrder) {
    hub.openBills.forget(payment)
    for (const { type, body } of change.events) {
      hub.log.info(
        { event: type, paymentNumber: payment.number, status: body.payment.status, correlationId: asker.correlationId },
        change.sentence,
      )
    }
  }
  const isHeard = changes.some(({ payment, change }) =>
    change.events.some(({ type }) => sinksFor(type, payment.payableKind).length > 0),
  )
  if (isHeard) hub.wakeRelay()
  for (const { payment, change } of inOrder) {
    const to = change.evidence && next(payment.status, change.evidence)
    if (to) await countMove(hub, { payment, to, bankCode: change.receipts?.at(-1)?.bankCode })
  }
}

function stepOf(hub: Hub, asker: Asker, payment: Payment, change: Change): Step {
  const to = change.evidence && next(payment.status, change.evidence)
  if (change.evidence && !to) {
    throw new Error(`Payment ${payment.number} is ${payment.status}: ${change.evidence} cannot move it`)
  }
  return {
    payment: { number: payment.number, expectedVersion: payment.version },
    reference: String(payment.number),
    receipts: change.receipts ?? [],
    move: change.evidence && to ? { to, evidence: change.evidence, sentence: change.sentence } : undefined,
    attempt: change.attempt,
    closeAttempts: change.closeAttempts,
    events: numberEvents(payment, change.events),
    actor: asker.actor,
    correlationId: asker.correlationId,
    at: hub.clock.now(),
  }
}
