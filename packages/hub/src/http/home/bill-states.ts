import type { Hub } from '../../flows/hub.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Money } from '../../money/money.ts'

/** What a policy system says of a bill now; `unknown`: it did not say so soon. */
export type BillState = { readonly state: 'due'; readonly amount: Money } | { readonly state: 'settled' | 'unknown' }

/** Nobody waits longer for a page of samples. */
const patienceMs = 1_500

export async function billStates(
  hub: Hub,
  correlationId: string,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, BillState>> {
  const given = hub.clock.wait(patienceMs).then((): BillState => ({ state: 'unknown' }))
  const states = numbers.map(async (number) => {
    return [number, await Promise.race([lookAt(hub, correlationId, number), given])] as const
  })
  return new Map(await Promise.all(states))
}

async function lookAt(hub: Hub, correlationId: string, number: string): Promise<BillState> {
  try {
    const found = await hub.lookUp(number, { fresh: true, call: { correlationId } })
    return found.state === 'due' ? { state: 'due', amount: found.premium.amount } : { state: 'settled' }
  } catch (error) {
    // A bad day that was left on: its button says what is wrong.
    if (error instanceof Trouble) return { state: 'unknown' }
    throw error
  }
}
