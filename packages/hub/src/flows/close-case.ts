import { Refusal } from '../domain/errors.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { type Case, type CaseOutcome, readCase, writeCaseClosing } from '../store/cases.ts'
import { decideAgain } from './decide-again.ts'
import type { Asker, Hub } from './hub.ts'
import type { Once } from './idempotency.ts'

export type CaseDecision = {
  /** The operator's name. */
  readonly operator: string
  readonly outcome: CaseOutcome
  readonly reason: string
}

/** An operator closes a case, once. Throws RESOURCE_NOT_FOUND, or CONFLICT where it is closed already. */
export function closeCase(hub: Hub, asker: Asker, id: number, decision: CaseDecision, once: Once<Case>): Promise<Case> {
  return decideAgain(hub, async () => {
    const found = await readCase(hub.db, id)
    if (!found) throw new Refusal('RESOURCE_NOT_FOUND', 'No such case', { details: `Case: case_${id}` })
    if (found.closed) {
      const { by, at, outcome } = found.closed
      throw new Refusal('CONFLICT', 'The case is closed already', {
        details: `${by} closed case_${id} at ${at.toISOString()} with the outcome ${outcome}`,
      })
    }
    const { operator, outcome, reason } = decision
    const closed: Case = { ...found, closed: { outcome, reason, by: operator, at: hub.clock.now() } }
    checkpoint('close-case:before-write')
    await writeCaseClosing(hub.db, {
      id,
      outcome,
      reason,
      closedBy: operator,
      closedAt: closed.closed?.at ?? hub.clock.now(),
      actor: asker.actor,
      correlationId: asker.correlationId,
      answers: once.answers(closed),
    })
    checkpoint('close-case:after-write')
    return closed
  })
}
