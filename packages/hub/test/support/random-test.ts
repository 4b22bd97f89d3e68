import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'
import * as fc from 'fast-check'

/**
 * Holds a property for many random values, and prints the seed, whatever comes of it. `HUB_TEST_SEED=123` runs the same
 * values again.
 */
export function holdsAlways<Values>(t: TestContext, property: fc.IProperty<Values>, runs = 500): void {
  const seed = Number(process.env.HUB_TEST_SEED ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed}`)
  fc.assert(property, { seed, numRuns: runs })
}

/** As `holdsAlways`, for what takes its time. */
export async function holdsAlwaysAsync<Values>(
  t: TestContext,
  property: fc.IAsyncProperty<Values>,
  runs: number,
): Promise<void> {
  const seed = Number(process.env.HUB_TEST_SEED ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed}`)
  await fc.assert(property, { seed, numRuns: runs })
}
