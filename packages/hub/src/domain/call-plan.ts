import { pricesOf, type Prices, sharesOf } from './call-plan-price.ts'
import { type Due, isPromised, nextDue, worthOf } from './call-plan-worth.ts'

/** One code that may have to be asked about. */
export type Look = {
  readonly paymentNumber: number
  readonly madeAt: Date
  /** When the code expires, or when its payment was closed where that was later. */
  readonly endsAt: Date
  readonly standing: 'open' | 'closed' | 'completed'
  /** A page or client reads its status until then; undefined: nobody watches. */
  readonly watchedUntil: Date | undefined
  /** How often it was asked since this code was made. */
  readonly asks: number
  readonly lastAskedAt: Date | undefined
  /** How often in a row the bank could not say. */
  readonly troubles: number
}

export type PlanRules = {
  /** How long after its expiry a code counts as expired. */
  readonly graceMs: number
  /** For how long after its end money is still looked for. */
  readonly lateWatchMs: number
}

/** What is left of the status calls that a bank counts per day. */
export type PlanAllowance = {
  readonly perDay: number
  /** Of those, kept for people's clicks and last looks. */
  readonly reserve: number
  readonly left: number
  /** The next midnight of the bank's day. */
  readonly resetsAt: Date
  /** The bank said that the day's calls are used up. */
  readonly latched: boolean
}

const second = 1_000
const minute = 60 * second

/** More calls at one moment are left for the next one: a backlog of a whole day is not sent at once. */
export const mostCallsAtOnce = 10
/** A last look waits so long for others to share its call with, where a call takes several codes and calls are short. */
const sharedWaitMs = 30 * minute
/** The same while there are plenty. */
const plentyWaitMs = minute
/** Of the reserve, what clicks do not get. */
const keptFromClicks = 0.2
/** Of a large allowance, what clicks may spend a day. */
const shareOfClicks = 0.1
/** `nextLookAt` looks so far ahead for a moment that is worth a call. */
const aheadMs = 15 * minute

/**
 * What to ask now: each inner list is one call, at most `codesPerCall` long, most valuable first. Hand in every look whose
 * `nextLookAt` is not undefined, due or not: a call that is made takes along whatever is worth knowing, and how many codes
 * there are tells what today still brings. Completed ones may be among them, and are never asked about.
 *
 * Planned calls end at the reserve; a last look (expiry + grace) may use it. Nothing is planned when latched.
 */
export function planCalls(
  looks: readonly Look[],
  allowance: PlanAllowance,
  codesPerCall: number,
  now: Date,
  rules: PlanRules,
): readonly (readonly Look[])[] {
  if (isUsedUp(allowance, now)) return []
  const candidates = candidatesOf(looks, now, rules)
  if (candidates.length === 0) return []
  const openLooks = looks.filter((look) => look.standing === 'open').length
  const prices = pricesOf(looks, openLooks, allowance, codesPerCall, now)
  const calls: Look[][] = []
  let { planned, last } = prices
  for (let from = 0; from < candidates.length && calls.length < mostCallsAtOnce; from += codesPerCall) {
    if (planned < 1 && last < 1) break
    const call = candidates.slice(from, from + codesPerCall)
    const left = { ...prices, planned, last }
    if (!isWorthPlanned(call, left, now) && !isWorthLast(call, left, codesPerCall, now)) continue
    calls.push(call.map(({ look }) => look))
    planned -= 1
    last -= 1
  }
  return calls
}

/** Whether no code can be asked about by the plan now, whatever it is worth. */
export function isUsedUp(allowance: PlanAllowance, now: Date): boolean {
  const shares = sharesOf(allowance, now)
  return shares.planned < 1 && shares.last < 1
}

/**
 * When this one would be asked next if the allowance lasts and it were alone: never later than `planCalls` asks for its
 * sake. In the past: now. Undefined: never again.
 */
export function nextLookAt(
  look: Look,
  allowance: PlanAllowance,
  codesPerCall: number,
  now: Date,
  rules: PlanRules,
): Date | undefined {
  const due = nextDue(look, now.getTime(), rules)
  if (!due) return undefined
  const { planned, last } = pricesOf([look], 1, allowance, codesPerCall, now)
  const resetsAt = allowance.resetsAt.getTime()
  const decidedAt = Math.max(look.endsAt.getTime() + rules.graceMs, due.at)
  if (due.kind === 'fresh') {
    const at = planned >= 1 ? worthwhileAt(look, due, allowance, codesPerCall, now, rules) : undefined
    if (at !== undefined) return new Date(at)
    return new Date(last >= 1 ? decidedAt : Math.max(decidedAt, resetsAt))
  }
  const isLeft = last >= 1 && (due.kind === 'deciding' || planned >= 1)
  return new Date(isLeft ? due.at : Math.max(due.at, resetsAt))
}

/** Whether a click ("I have paid") may take a call of its own now: it may use the reserve, and leaves a part to last looks. */
export function mayAskOnClick(allowance: PlanAllowance): boolean {
  return !allowance.latched && allowance.left >= 1 && allowance.left > allowance.reserve * keptFromClicks
}

/**
 * How many calls of a day may be made because somebody pressed a button: what the reserve keeps for it, or a tenth of a
 * large allowance. More would let a few restless, or hostile, people spend what everybody's codes need.
 */
export function clicksPerDay(allowance: PlanAllowance): number {
  return Math.floor(Math.max(allowance.reserve * (1 - keptFromClicks), allowance.perDay * shareOfClicks))
}

/** Whether this call holds a last look: then it may use the reserve. */
export function mayUseReserve(call: readonly Look[], now: Date, rules: PlanRules): boolean {
  return call.some((look) => {
    const due = nextDue(look, now.getTime(), rules)
    return due?.kind === 'deciding' && due.at <= now.getTime()
  })
}

/**
 * Whether a code made now can be confirmed in time. `openLooks`: the codes that still need their last look, this one not
 * counted. `delayed`: with those, what is left for last looks is used up; a payment may be seen tomorrow only (clause 12).
 */
export function forecast(
  openLooks: number,
  allowance: PlanAllowance,
  codesPerCall: number,
  now: Date,
): 'automatic' | 'delayed' {
  const { planned, forFresh, kept } = sharesOf(allowance, now)
  // Where a call takes several codes, those that have ended ride along with every call for a fresh one.
  const forOthers = codesPerCall > 1 ? 0 : Math.min(planned, forFresh)
  const calls = allowance.latched ? 0 : Math.floor(allowance.left - kept - forOthers)
  return Math.ceil((openLooks + 1) / codesPerCall) <= calls ? 'automatic' : 'delayed'
}

type Candidate = { readonly look: Look; readonly due: Due; readonly worth: number }

/** Everything that a call could take along, most valuable first, whatever the order it came in. */
function candidatesOf(looks: readonly Look[], now: Date, rules: PlanRules): Candidate[] {
  const at = now.getTime()
  const candidates: Candidate[] = []
  for (const look of looks) {
    const due = nextDue(look, at, rules)
    if (due && due.at <= at) candidates.push({ look, due, worth: worthOf(look, due, at) })
  }
  return candidates.sort(
    (a, b) =>
      b.worth - a.worth ||
      a.look.endsAt.getTime() - b.look.endsAt.getTime() ||
      a.look.paymentNumber - b.look.paymentNumber,
  )
}

/** A call for fresh codes, with whatever rides along: it leaves the reserve alone. */
function isWorthPlanned(call: readonly Candidate[], prices: Prices, now: Date): boolean {
  const fresh = call.filter(({ due }) => due.kind === 'fresh')
  if (prices.planned < 1 || fresh.length === 0) return false
  return (!prices.isShort && fresh.some(({ look }) => isPromised(look, now.getTime()))) || isWorth(call, prices)
}

/** A call for what has ended. Alone in its call, a last look has nothing to wait for. */
function isWorthLast(call: readonly Candidate[], prices: Prices, codesPerCall: number, now: Date): boolean {
  if (prices.last < 1) return false
  const deciding = call.filter(({ due }) => due.kind === 'deciding')
  if (deciding.length === 0) return prices.planned >= 1 && !call.some(isFresh) && isWorth(call, prices)
  const waitMs = codesPerCall === 1 ? 0 : prices.isShort ? sharedWaitMs : plentyWaitMs
  return isWorth(call, prices) || deciding.some(({ due }) => now.getTime() - due.at >= waitMs)
}

function isWorth(call: readonly Candidate[], { price }: Prices): boolean {
  return call.reduce((sum, { worth }) => sum + worth, 0) >= price
}

function isFresh({ due }: Candidate): boolean {
  return due.kind === 'fresh'
}

/** When the code alone is worth a call, to the second; undefined: not before its last look. */
function worthwhileAt(
  look: Look,
  due: Due,
  allowance: PlanAllowance,
  codesPerCall: number,
  now: Date,
  rules: PlanRules,
): number | undefined {
  const prices = pricesOf([look], 1, allowance, codesPerCall, now)
  const from = Math.max(due.at, now.getTime())
  const end = Math.min(look.endsAt.getTime() + rules.graceMs, from + aheadMs)
  for (let at = from; at < end; at += second) {
    if (isWorthPlanned([{ look, due, worth: worthOf(look, due, at) }], prices, new Date(at))) return at
  }
  return undefined
}
