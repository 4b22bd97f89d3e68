import { readMarks, watchAll } from '../store/live-payments.ts'
import type { Hub } from './hub.ts'

/** A page that is open counts as watched for so long, and is noted again in time. */
const watchS = 45
const noteEveryMs = 20_000

const notedAt = new WeakMap<Hub, number>()

/**
 * Compares every payment that somebody looks at with the database, so that a change whose telling got lost is seen within
 * seconds; and notes that they are watched, which has their banks asked sooner.
 */
export async function refreshPages(hub: Hub): Promise<number> {
  const watched = hub.live.watched()
  if (watched.length === 0) return 0
  for (const { number, mark } of await readMarks(hub.db, watched)) hub.live.seen(number, mark)
  const now = hub.clock.monotonicMs()
  if (now - (notedAt.get(hub) ?? Number.NEGATIVE_INFINITY) >= noteEveryMs) {
    notedAt.set(hub, now)
    await watchAll(hub.db, watched, watchS)
  }
  return 0
}
