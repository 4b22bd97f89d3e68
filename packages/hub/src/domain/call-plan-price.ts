import type { Look, PlanAllowance } from './call-plan.ts'
import { paidBy, worthOf } from './call-plan-worth.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How a day's codes usually fall on the hours from midnight to midnight; what the hub has seen soon counts more. */
const codesByHour = [1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5, 4, 4, 4, 4, 5, 5, 5, 4, 3, 2, 1]
const codesInAll = codesByHour.reduce((sum, codes) => sum + codes, 0)
/** Codes a day where nothing is known yet, and how much of a day the expectation weighs against what was seen today. */
const usualCodes = 20
const expectationWeight = 0.05
const latelyMs = 4 * hour
/** Of the planned calls, what stays with fresh codes on a day that is too short for all last looks. */
const freshShare = 0.6
/** Of the reserve, what last looks leave to people's clicks at the start of the day; less as the day goes by. */
const clickShare = 0.5
/** Of all codes those that need a last look: nobody saw them paid before. */
const unpaidShare = 0.7
/** A code is young while most payments are still to come. */
const youngMs = 2 * minute
/** With so many planned calls for each code, all of its first three looks are taken. */
const looksToPromise = 3
/** While calls go faster than the day, a call costs up to so many times what one code alone is ever worth: it waits for several. */
const dearTimes = 1.5

/** What a call costs now, and how many are left for whom. */
export type Prices = {
  /** A call is made when what it may find is worth as much: the allowance then lasts for what today still brings. */
  readonly price: number
  /** There are not enough calls for every code's looks at +5, +15 and +30 s. */
  readonly isShort: boolean
  /** Calls that leave the reserve alone. */
  readonly planned: number
  /** Calls for last looks: these may use the reserve, but leave something to clicks and to fresh codes. */
  readonly last: number
}

/** `openLooks`: how many of the looks still need their last one. */
export function pricesOf(
  looks: readonly Look[],
  openLooks: number,
  allowance: PlanAllowance,
  codesPerCall: number,
  now: Date,
): Prices {
  const rest = restOfDay(allowance, now)
  const young = looks.filter((look) => isYoung(look, now)).length
  const expected = expectedCodes(looks, now, allowance) + young
  const { planned, last, kept } = sharesOf(allowance, now, expected)
  const lastNeeded = Math.max(0, (openLooks + unpaidShare * expected) / codesPerCall - (allowance.reserve - kept))
  const wholeDay = Math.max(0, allowance.perDay - allowance.reserve)
  const fresh = Math.max(Math.min(planned, wholeDay * freshShare * rest), planned - lastNeeded)
  const pace = Math.max(wholeDay * rest * freshShare, wholeDay * rest - lastNeeded)
  const looksPerCode = fresh / Math.max(1, expected)
  const behind = Math.max(1, Math.min(pace, expected) / Math.max(0.5, fresh))
  return {
    price: Math.min(dearTimes * dearest, priceFor(looksPerCode) * behind ** 2),
    isShort: looksPerCode < looksToPromise,
    planned,
    last,
  }
}

export type Shares = {
  readonly planned: number
  readonly last: number
  /** Of the planned calls, what last looks leave to fresh codes; of the reserve, what they leave to clicks. Not whole numbers. */
  readonly forFresh: number
  readonly kept: number
}

/** How many calls planned looks and last looks may take. `expected`: fresh codes that today still brings, where it is known. */
export function sharesOf(allowance: PlanAllowance, now: Date, expected = Number.POSITIVE_INFINITY): Shares {
  if (allowance.latched || allowance.left <= 0) return { planned: 0, last: 0, forFresh: 0, kept: 0 }
  const rest = restOfDay(allowance, now)
  const planned = Math.max(0, allowance.left - allowance.reserve)
  const forFresh = Math.min(expected, Math.max(0, allowance.perDay - allowance.reserve) * freshShare * rest)
  const kept = allowance.reserve * clickShare * rest
  const last = planned >= 1 ? planned - forFresh : allowance.left - kept
  return { planned: Math.floor(planned), last: Math.max(0, Math.round(last)), forFresh, kept }
}

/** The share of a usual day's codes that is still to come before the allowance starts again: 1 at midnight, 0 at the next. */
function restOfDay(allowance: PlanAllowance, now: Date): number {
  const at = 24 - (((allowance.resetsAt.getTime() - now.getTime()) / hour) % 24 || 24)
  const whole = Math.floor(at)
  const after = codesByHour.slice(whole + 1).reduce((sum, codes) => sum + codes, 0)
  return (after + (codesByHour[whole] ?? 0) * (whole + 1 - at)) / codesInAll
}

/** Codes that today usually still brings: as many as yesterday from this time on, and at the pace of the last hours. */
function expectedCodes(looks: readonly Look[], now: Date, allowance: PlanAllowance): number {
  const rest = restOfDay(allowance, now)
  const dayStart = allowance.resetsAt.getTime() - day
  let lately = 0
  let yesterday = 0
  for (const look of looks) {
    const madeAt = look.madeAt.getTime()
    if (madeAt >= now.getTime() - latelyMs) lately += 1
    if (madeAt < dayStart && madeAt >= now.getTime() - day) yesterday += 1
  }
  const usual = Math.max(yesterday, usualCodes * rest)
  const latelyShare = (1 + restOfDay(allowance, new Date(now.getTime() - latelyMs)) - rest) % 1
  return (expectationWeight * usual + lately * rest) / (expectationWeight + latelyShare)
}

function isYoung(look: Look, now: Date): boolean {
  const age = now.getTime() - look.madeAt.getTime()
  return look.standing === 'open' && age >= 0 && age < youngMs
}

/** The price at which a watched code takes so many calls of its own on average. */
function priceFor(looksPerCode: number): number {
  return priceList.find(({ looks }) => looks <= looksPerCode)?.price ?? dearest
}

const dearest = 0.9 * mostWorth()

/** From cheap to dear: with each price, how many calls a watched code takes, if nothing else happens. */
const priceList = Array.from({ length: 60 }, (_, index) => {
  const price = index === 0 ? 0 : 0.0002 * (dearest / 0.0002) ** (index / 59)
  return { price, looks: looksAt(price) }
})

/** Plays one code that is watched for 15 minutes: a payer's ends when his payment is seen. */
function looksAt(price: number): number {
  let looks = 0
  let asked: number | undefined
  for (let age = 5 * second; age < 15 * minute; age += second) {
    if (asked !== undefined && age - asked < leastGap(age)) continue
    if (worthAt(age, asked) < price) continue
    looks += 1 - 0.4 * paidBy(asked ?? 0)
    asked = age
  }
  return looks
}

function leastGap(age: number): number {
  return age < 2 * minute ? 10 * second : 30 * second
}

function mostWorth(): number {
  return Math.max(...Array.from({ length: 300 }, (_, age) => worthAt(age * second, undefined)))
}

function worthAt(age: number, asked: number | undefined): number {
  const look: Look = {
    paymentNumber: 0,
    madeAt: new Date(0),
    endsAt: new Date(day),
    standing: 'open',
    watchedUntil: new Date(day),
    asks: asked === undefined ? 0 : 1,
    lastAskedAt: asked === undefined ? undefined : new Date(asked),
    troubles: 0,
  }
  return worthOf(look, { kind: 'fresh', at: 0 }, age)
}
