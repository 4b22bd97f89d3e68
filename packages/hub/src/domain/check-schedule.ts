/** What is known of one payment at one bank when its next check is planned. */
export type CheckFacts = {
  /** When the code was made. */
  readonly askedFrom: Date
  /** When the code expires, or when the payment was closed where that was later. */
  readonly endsAt: Date
  readonly standing: 'open' | 'closed' | 'completed'
  /** Undefined, or before `askedFrom`: not asked about this code yet. */
  readonly lastAskedAt: Date | undefined
  /** How often in a row the bank could not say; 0 = it said paid, unpaid or not found. */
  readonly troubles: number
  /** The last answer did not list money that is in the books: a second one decides whether the bank took it back. */
  readonly isMissing: boolean
}

export type CheckRules = {
  /** How long after its expiry a code counts as expired. */
  readonly graceMs: number
  /** For how long after its end money is still looked for. */
  readonly lateWatchMs: number
}

export type NextCheck = {
  readonly at: Date
  /** When it is due while somebody watches; undefined: watching changes nothing. */
  readonly whileWatched: Date | undefined
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const firstCheckAfterMs = 3 * second
const denseForMs = 2 * minute
const denseEveryMs = 5 * second
const everyMs = minute
const watchedEveryMs = 5 * second
/** After a bank could not say for the first, second … time in a row; the last one from then on. */
const backoffMs = [5, 10, 20, 40, 60, 120, 240, 300].map((seconds) => seconds * second)
/** Nobody who watches waits longer for a bank that is back. */
const watchedBackoffMs = 20 * second
const hopelessEveryMs = hour
/** Longer than the two answers must lie apart. */
const secondLookAfterMs = 70 * second

/**
 * When the bank is asked next about a payment; undefined when it has been asked for the last time. A moment that has
 * passed (the hub was down) means: at once, and once for everything that was missed. Unknown is asked again until it is
 * known, whatever the time.
 */
export function nextCheck(facts: CheckFacts, rules: CheckRules): NextCheck | undefined {
  const from = facts.askedFrom.getTime()
  const last = facts.lastAskedAt && facts.lastAskedAt.getTime() >= from ? facts.lastAskedAt.getTime() : undefined
  const points = lastPoints(facts.endsAt.getTime(), rules)
  if (last !== undefined && facts.troubles > 0) {
    const isPastAll = last >= Math.max(...points)
    const waitMs = isPastAll ? hopelessEveryMs : backoffOf(facts.troubles)
    return next(facts, last + waitMs, last + Math.min(waitMs, watchedBackoffMs))
  }
  const regular = facts.standing === 'open' ? regularAfter(facts, from, last) : undefined
  const planned = regular ?? points.find((point) => last === undefined || point > last)
  const at = last !== undefined && facts.isMissing ? Math.min(planned ?? Infinity, last + secondLookAfterMs) : planned
  if (at === undefined) return undefined
  return next(facts, at, Math.min(at, last === undefined ? from + firstCheckAfterMs : last + watchedEveryMs))
}

function next(facts: CheckFacts, at: number, whileWatched: number): NextCheck {
  return { at: new Date(at), whileWatched: facts.standing === 'completed' ? undefined : new Date(whileWatched) }
}

/** While the code may be paid: soon, then often, then every minute. */
function regularAfter(facts: CheckFacts, from: number, last: number | undefined): number | undefined {
  if (last === undefined) return from + firstCheckAfterMs
  const at = last + (last < from + denseForMs ? denseEveryMs : everyMs)
  return at < facts.endsAt.getTime() ? at : undefined
}

/** The looks after the end, in order: when expiry is decided, then for late money, the last one when its watch ends. */
function lastPoints(ends: number, { graceMs, lateWatchMs }: CheckRules): number[] {
  const last = Math.max(graceMs, lateWatchMs)
  const daily = Array.from({ length: Math.floor(last / day) }, (_, index) => (index + 1) * day)
  const after = [graceMs, 15 * minute, hour, ...daily, last].filter((one) => one >= graceMs && one <= last)
  return [...new Set(after)].sort((a, b) => a - b).map((one) => ends + one)
}

function backoffOf(troubles: number): number {
  return backoffMs[Math.min(troubles, backoffMs.length) - 1] ?? denseEveryMs
}
