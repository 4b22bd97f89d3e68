import type { Fault } from './fault-log.ts'

export type Spread = { readonly count: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }

/** From each fault's end to the next completed payment. Faults after the last payment are left out. */
export function recoveryTimes(faults: readonly Fault[], completedAt: readonly number[]): number[] {
  const inOrder = [...completedAt].sort((a, b) => a - b)
  return faults.flatMap(({ endedAt }) => {
    let from = 0
    let to = inOrder.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((inOrder[middle] ?? 0) <= endedAt) from = middle + 1
      else to = middle
    }
    const next = inOrder[from]
    return next === undefined ? [] : [next - endedAt]
  })
}

export function spreadOf(values: readonly number[]): Spread {
  const inOrder = [...values].sort((a, b) => a - b)
  const at = (share: number) => inOrder[Math.min(inOrder.length - 1, Math.floor(share * inOrder.length))] ?? 0
  return { count: inOrder.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: inOrder.at(-1) ?? 0 }
}
