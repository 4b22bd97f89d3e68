import { readMarks, watchAll } from '../store/live-payments.ts'
import type { Hub } from './hub.ts'

/** A page that is open counts as watched for so long, and is noted again in time. */
const watchS = 45
const noteEveryMs = 20_000
/** Not noted again so soon by another process, on which the same page may be open, too. */
const notedForS = 10
/** So many at once: no statement is long, and none holds many rows. */
const slice = 500

const notedAt = new WeakMap<Hub, number>()

/**
 * Compares every payment that somebody looks at with the database, so that a change whose telling got lost is seen within
 * seconds; and notes that they are watched, which has their banks asked sooner.
 */
export async function refreshPages(hub: Hub): Promise<number> {
  const watched = hub.live.watched()
  if (watched.length === 0) return 0
  const now = hub.clock.monotonicMs()
  const isNoted = now - (notedAt.get(hub) ?? Number.NEGATIVE_INFINITY) < noteEveryMs
  if (!isNoted) notedAt.set(hub, now)
  for (let from = 0; from < watched.length; from += slice) {
    const numbers = watched.slice(from, from + slice)
    for (const { number, mark } of await readMarks(hub.db, numbers)) hub.live.seen(number, mark)
    if (!isNoted) await watchAll(hub.db, numbers, watchS, notedForS)
  }
  return 0
}
