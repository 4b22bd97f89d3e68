import { readChainHead } from '../store/audit.ts'
import { isDatabaseAway } from '../store/db.ts'
import { invariants } from '../store/invariants.ts'
import {
  checkInvariants,
  type InvariantOrder,
  type InvariantResult,
  referenceWriters,
  type Window,
} from './check-invariants.ts'
import type { Hub } from './hub.ts'

/** So many codes and seals are read in one run; the next one goes on from there, so that all of them have their turn. */
const mostCodes = 5_000
const mostSeals = 20_000
/** So many sentences of one invariant go into the log. */
const mostLogged = 5

type Watch = {
  readonly startedMs: number
  readonly codes: Window
  readonly seals: Window
  readonly broken: Set<string>
}

/** What the last run left for the next one, per hub of this process. */
const watches = new WeakMap<Hub, Watch>()

/**
 * Checks every invariant, sets the gauge, and says in the log what broke and what healed. The head of the audit chain
 * goes into the log too: whoever keeps the log can show later that the chain's end was cut off (`audit verify --expect`).
 */
export async function watchInvariants(hub: Hub, signal: AbortSignal): Promise<number> {
  const watch = watches.get(hub) ?? {
    startedMs: hub.clock.monotonicMs(),
    codes: { after: 0, most: mostCodes },
    seals: { after: 0, most: mostSeals },
    broken: new Set(),
  }
  watches.set(hub, watch)
  const order: InvariantOrder = {
    writesReference: referenceWriters(hub.banks),
    hubRunsForMs: hub.clock.monotonicMs() - watch.startedMs,
    codes: watch.codes,
    seals: watch.seals,
    signal,
  }
  for (const { name } of invariants) {
    try {
      for (const result of await checkInvariants(hub.db, { ...order, names: [name] })) tell(hub, watch, result)
    } catch (error) {
      if (signal.aborted) return 0
      if (isDatabaseAway(error)) throw error
      // The others are checked all the same, and this one again in its time: at once would be the same once more.
      hub.log.error({ event: 'invariant.unchecked', invariant: name, err: error }, 'An invariant could not be checked.')
    }
  }
  const head = await readChainHead(hub.db)
  hub.log.info(
    {
      event: 'invariants.checked',
      broken: [...watch.broken],
      auditPosition: head?.position,
      auditSha256: head?.sha256,
    },
    'The invariants were checked.',
  )
  return 0
}

function tell(hub: Hub, watch: Watch, { name, found, violations }: InvariantResult): void {
  hub.metrics.invariantViolations.set({ invariant: name }, found)
  if (found > 0) {
    watch.broken.add(name)
    hub.log.error(
      { event: 'invariant.broken', invariant: name, found, violations: violations.slice(0, mostLogged) },
      'An invariant is broken: the books are not what they must be.',
    )
  } else if (watch.broken.delete(name)) {
    hub.log.warn({ event: 'invariant.healed', invariant: name }, 'An invariant that was broken holds again.')
  }
}
