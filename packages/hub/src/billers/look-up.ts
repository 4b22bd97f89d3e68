import { createCache, createSingleFlight } from '../kit/cache.ts'
import type { CallContext } from '../kit/call.ts'
import { startDeadline, waitWithin } from '../kit/deadline.ts'
import type { ConnectorTools } from '../kit/guard.ts'
import { Trouble } from '../kit/trouble.ts'
import type { Biller, LookUp, PremiumLookUp } from './biller.ts'

const mostRemembered = 20_000
/** How long "not found" and "nothing due" are remembered, at most. */
const negativeMs = 60_000
/** For how long after its time an answer may still be shown when the system is down. */
const staleMs = 24 * 3_600_000

/**
 * Look-ups through prefix rules, the other systems, and a bounded cache. One look-up is in flight per number; `fresh`
 * asks now, whatever is remembered, and what it learns is remembered. A remembered answer that is out of date is given
 * only when the systems are down, marked `stale`, and never to `fresh`.
 */
export function createPremiumLookUp(
  billers: readonly Biller[],
  settings: { readonly rememberMs: number },
  tools: Pick<ConnectorTools, 'clock' | 'metrics'>,
): PremiumLookUp {
  const cache = createCache<LookUp>({ maxEntries: mostRemembered, staleMs, monotonicMs: tools.clock.monotonicMs })
  const flightOf = createSingleFlight<LookUp>()
  const count = (result: 'hit' | 'miss' | 'stale') => tools.metrics.cacheLookUps.inc({ cache: 'premiums', result })
  return async (number, how) => {
    const key = number.toUpperCase()
    const known = how.fresh ? undefined : cache.get(key)
    if (known?.fresh) {
      count('hit')
      return { ...known.value, cached: true, stale: false }
    }
    try {
      const ask = async (call: CallContext): Promise<LookUp> => {
        const found = await askInOrder(order(billers, key), key, call)
        cache.put(key, found, found.state === 'due' ? settings.rememberMs : Math.min(negativeMs, settings.rememberMs))
        return found
      }
      const { correlationId, traceparent } = how.call
      // A look-up that began earlier may answer what was true before: a fresh one never joins an older one. One that is
      // shared has the usual deadline, and each who waits for it his own, which also bounds two systems asked in turn.
      const asked = how.fresh ? ask(how.call) : flightOf(key, () => ask({ correlationId, traceparent }))
      const found = await waitWithin(asked, startDeadline(tools.clock, how.call.deadlineMs), () => tooLate(key))
      if (!how.fresh) count('miss')
      return { ...found, cached: false, stale: false }
    } catch (error) {
      // Only what was due is shown out of date: "no such bill" must not be said by a system that is down.
      if (!(error instanceof Trouble) || how.fresh || known?.value.state !== 'due') throw error
      count('stale')
      return { ...known.value, cached: true, stale: true }
    }
  }
}

function tooLate(number: string): Trouble {
  return new Trouble('timeout', `no policy system answered about ${number} within the deadline`, {
    target: 'policy systems',
    operation: 'look-up',
    outcome: 'not_done',
  })
}

/** The system whose prefix fits best first, then the others. */
function order(billers: readonly Biller[], number: string): Biller[] {
  const fit = (biller: Biller) =>
    Math.max(-1, ...biller.prefixes.filter((prefix) => number.startsWith(prefix)).map((prefix) => prefix.length))
  return [...billers].sort((a, b) => fit(b) - fit(a))
}

/**
 * "Not found" asks the next system. Trouble stops: whether another system knows the number says nothing while the one
 * that should know it is away.
 */
async function askInOrder(billers: readonly Biller[], number: string, call: CallContext): Promise<LookUp> {
  for (const biller of billers) {
    const found = await biller.lookUp(number, call)
    if (found.state !== 'not_found') return found
  }
  return { state: 'not_found' }
}
