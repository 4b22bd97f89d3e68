import { median } from './figures.ts'

/** The hub and its yardstick, measured right after each other. */
export type Pair<Leg> = { readonly hub: Leg; readonly bare: Leg }

/** Runs both, the hub first in odd rounds, so that neither always meets the machine as the other left it. */
export async function inTurns<Leg>(
  round: number,
  hub: () => Promise<Leg>,
  bare: () => Promise<Leg>,
): Promise<Pair<Leg>> {
  if (round % 2 === 1) {
    const first = await hub()
    return { hub: first, bare: await bare() }
  }
  const first = await bare()
  return { bare: first, hub: await hub() }
}

/** The median of a figure on one side. */
export function middle<Leg>(pairs: readonly Pair<Leg>[], side: keyof Pair<Leg>, figure: (leg: Leg) => number): number {
  return median(pairs.map((pair) => figure(pair[side])))
}

/** Hub over yardstick, pair by pair: other programs on the machine disturb both of a pair alike. */
export function ratios<Leg>(pairs: readonly Pair<Leg>[], figure: (leg: Leg) => number): readonly number[] {
  return pairs.map(({ hub, bare }) => figure(hub) / figure(bare))
}
