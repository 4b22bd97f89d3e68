import type { Look, PlanRules } from './call-plan.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Half of those who pay have paid after this time, nine of ten after 100 s, 99 of 100 after 5 minutes. */
const halfPaidAfterMs = 40 * second
const paidSteepness = 2.4
/** The chance that a code is ever paid: while its page is read, and when nobody reads it (the payer may be in his bank's app). */
const chanceWatched = 0.4
const chanceUnwatched = 0.25
/** A payment that is seen later than this is worth a part of one that is seen sooner: it could also wait for the next call. */
const promptMs = minute
const laterIsWorth = 0.15

/** The moments after a code was made at which it may first be asked about; which of them are taken, its worth decides. */
const promisedAfterMs = [5 * second, 15 * second, 30 * second]
const leastBetweenMs = 5 * second
/** Back-off after the bank could not say for the first, second … time in a row. Refused and timed-out calls count, too. */
const backoffMs = [10, 20, 40, 60, 120, 300, 900, 3_600].map((seconds) => seconds * second)

/** After a code's end; then once more when the watch for late money ends. */
const lateAfterMs = [15 * minute, hour, day]
/** What a code waiting for its last look adds to the worth of a call in each minute of its waiting. */
const decidingPerMinute = 0.003
/** A look for late money, and one where somebody watches. */
const lateWorth = 0.004
const lateWatchedWorth = 0.1

/**
 * Why a code is asked about. `fresh`: it may be paid right now. `deciding`: it has ended and is open until the bank answers
 * once more. `late`: it is closed, and money might still come.
 */
export type LookKind = 'fresh' | 'deciding' | 'late'

/** The next look at one code, before anybody looked at the allowance. */
export type Due = { readonly kind: LookKind; readonly at: number }

/** Undefined: it has been asked about for the last time. */
export function nextDue(look: Look, now: number, rules: PlanRules): Due | undefined {
  if (look.standing === 'completed') return undefined
  const last = lastAsk(look)
  const decidedFrom = look.endsAt.getTime() + rules.graceMs
  const isAnswered = last !== undefined && last >= decidedFrom && (look.troubles === 0 || look.standing === 'closed')
  if (!isAnswered) {
    const isFresh = look.standing === 'open' && now < decidedFrom
    const ripe = isFresh ? Math.min(freshFrom(look, last), decidedFrom) : decidedFrom
    const at = Math.max(ripe, retryFrom(look, last))
    return isFresh && at < decidedFrom ? { kind: 'fresh', at } : { kind: 'deciding', at: Math.max(at, decidedFrom) }
  }
  if (look.troubles > 0) return { kind: 'late', at: retryFrom(look, last) }
  const at = latePoint(look, last, rules)
  // The budget did not allow it for a whole day after the watch ended: then it is left.
  const givenUpAt = look.endsAt.getTime() + Math.max(rules.lateWatchMs, rules.graceMs) + day
  return at === undefined || now > givenUpAt ? undefined : { kind: 'late', at }
}

/** What asking now is worth: about the chance that a payment is seen by it which nobody knows of. */
export function worthOf(look: Look, due: Due, at: number): number {
  const waitedMs = Math.max(0, at - due.at)
  if (due.kind === 'fresh') return freshWorth(look, at)
  if (due.kind === 'deciding') return decidingPerMinute * (1 + waitedMs / minute)
  return isWatched(look, at) ? lateWatchedWorth : lateWorth * (1 + waitedMs / hour)
}

/** Whether one of the first three looks is due, which a code gets while the allowance is not short. */
export function isPromised(look: Look, at: number): boolean {
  const made = look.madeAt.getTime()
  const last = lastAsk(look) ?? made
  return promisedAfterMs.some((after) => last < made + after && at >= made + after)
}

/** Of those who pay, the share that has paid when the code is so old. */
export function paidBy(ageMs: number): number {
  return ageMs <= 0 ? 0 : 1 / (1 + (halfPaidAfterMs / ageMs) ** paidSteepness)
}

function freshWorth(look: Look, at: number): number {
  const made = look.madeAt.getTime()
  const last = look.troubles > 0 ? undefined : lastAsk(look)
  const chance = isWatched(look, at) ? chanceWatched : chanceUnwatched
  const known = last === undefined ? 0 : paidBy(last - made)
  const paid = paidBy(at - made)
  const unseen = Math.max(0, paid - known)
  const prompt = Math.max(0, paid - Math.max(known, paidBy(at - promptMs - made)))
  return (chance * (laterIsWorth * unseen + (1 - laterIsWorth) * prompt)) / (1 - chance * known)
}

/** While it may be paid: the promised looks, then every 10 s to two minutes, every 30 s to ten, every five minutes. */
function freshFrom(look: Look, last: number | undefined): number {
  const made = look.madeAt.getTime()
  const age = last === undefined ? 0 : last - made
  const promised = promisedAfterMs.find((after) => after >= age + leastBetweenMs)
  if (promised !== undefined) return made + promised
  if (age < 2 * minute) return made + age + 10 * second
  return made + age + (age < 10 * minute ? 30 * second : 5 * minute)
}

function retryFrom(look: Look, last: number | undefined): number {
  if (last === undefined || look.troubles === 0) return Number.NEGATIVE_INFINITY
  return last + (backoffMs[Math.min(look.troubles, backoffMs.length) - 1] ?? hour)
}

/** The first look after `last` that follows the deciding one; the last of them is when the watch ends. */
function latePoint(look: Look, last: number, { graceMs, lateWatchMs }: PlanRules): number | undefined {
  const ends = look.endsAt.getTime()
  for (const after of lateAfterMs) {
    if (after > graceMs && after < lateWatchMs && ends + after > last) return ends + after
  }
  return lateWatchMs > graceMs && ends + lateWatchMs > last ? ends + lateWatchMs : undefined
}

/** Undefined where the last look was at an older code of the payment. */
function lastAsk(look: Look): number | undefined {
  const last = look.lastAskedAt?.getTime()
  return last !== undefined && last >= look.madeAt.getTime() ? last : undefined
}

function isWatched(look: Look, at: number): boolean {
  return look.watchedUntil !== undefined && look.watchedUntil.getTime() >= at
}
