import { Refusal } from '../domain/errors.ts'
import { Conflict, isDatabaseAway } from '../store/db.ts'
import type { Hub } from './hub.ts'

/** With 64 writers on one payment the last one has lost 63 times. */
const mostRounds = 100
const longestPauseMs = 30

/**
 * Runs `decide` until its write is not beaten by somebody else's: it must read afresh in every round but the first. Gives
 * up with SERVER_UNAVAILABLE; what was kept before is judged again by a job.
 */
export async function decideAgain<Result>(hub: Hub, decide: (round: number) => Promise<Result>): Promise<Result> {
  for (let round = 1; round <= mostRounds; round += 1) {
    try {
      return await decide(round)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      if (round > 2) await hub.clock.wait(Math.random() * longestPauseMs)
    }
  }
  throw new Refusal('SERVER_UNAVAILABLE', 'Too many writers at once', {
    details: 'The payment is being changed by others; try again in a moment',
    retryAfterS: 2,
  })
}

/**
 * As `decideAgain`, for a bank that waits for our answer: a write whose answer was lost with its connection may have
 * happened, so the books are read once more before the bank is told no. A bank that hears no of money that we have booked
 * may give up, and then we keep what it takes back.
 */
export function decideOnceMore<Result>(hub: Hub, decide: (round: number) => Promise<Result>): Promise<Result> {
  let isSecondLook = false
  return decideAgain(hub, async (round) => {
    try {
      return await decide(round)
    } catch (error) {
      if (isSecondLook || !isDatabaseAway(error)) throw error
      isSecondLook = true
      throw new Conflict('the answer to a write was lost', { cause: error })
    }
  })
}
