import { setTimeout as wait } from 'node:timers/promises'

/** So many payments are read at once, at most: others of the process wait for no longer than that takes. */
const mostAtOnce = 100
/** While one change follows the other, those of so many milliseconds are read together. The first is read at once. */
const gatherMs = 20
/** After a failure (the database is away) nothing is read for so long. */
const restMs = 500

/**
 * Answers how to say that a payment may have changed. `read` is handed what did, many at a time and never twice at once, so
 * that what it tells is never older than what it told before. What it could not read is read again: nothing is lost.
 */
export function readInTurns(read: (numbers: readonly number[]) => Promise<void>): (number: number) => void {
  const due = new Set<number>()
  let isReading = false
  const readAll = async (): Promise<void> => {
    let most = mostAtOnce
    for (let numbers = take(due, most); numbers.length > 0; numbers = take(due, most)) {
      try {
        await read(numbers)
        if (due.size < mostAtOnce) await wait(gatherMs)
        most = Math.min(mostAtOnce, most * 2)
      } catch {
        // One at a time, and behind the others: a payment that cannot be read at all does not keep them waiting.
        most = 1
        for (const number of numbers) due.add(number)
        await wait(restMs, undefined, { ref: false })
      }
    }
    isReading = false
  }
  return (number) => {
    due.add(number)
    if (isReading) return
    isReading = true
    void readAll()
  }
}

function take(due: Set<number>, most: number): number[] {
  const numbers = due.values().take(most).toArray()
  for (const number of numbers) due.delete(number)
  return numbers
}
