import { Refusal } from '../domain/errors.ts'
import { Conflict } from '../store/db.ts'
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
