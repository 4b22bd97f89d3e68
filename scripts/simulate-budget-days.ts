import {
  clicksPerDay,
  forecast,
  type Look,
  mayAskOnClick,
  nextLookAt,
  type PlanAllowance,
  planCalls,
} from '../packages/hub/src/domain/call-plan.ts'
import {
  type Customer,
  customersOf,
  day,
  firstMidnight,
  minute,
  second,
  type Traffic,
  watchedForMs,
} from './simulate-budget-traffic.ts'

// Days of traffic on a virtual clock, asked about in one of two ways. The bank counts the calls itself, and refuses.

/** `fixed`: each code is asked about on a beat, from when it is made until it is paid or expires, whatever the bank says. */
export type Asking = { readonly way: 'planned' } | { readonly way: 'fixed'; readonly everyMs: number }

export type Days = {
  readonly traffic: Traffic
  readonly asking: Asking
  /** 50 where list calls work, 1 where the bank refuses them. */
  readonly codesPerCall: number
  readonly perDay: number
  readonly reserve: number
}

/** What became of one code. */
export type Outcome = {
  readonly madeAt: number
  readonly paidAt: number | undefined
  readonly creditedAt: number | undefined
  readonly announcedDelayed: boolean
  /** It is over, and the bank never answered for it at or after its end. */
  readonly unchecked: boolean
}

export type Result = {
  readonly outcomes: readonly Outcome[]
  readonly calls: number
  /** Calls after the bank had said that the day's are used up. */
  readonly refused: number
  /** Days until every code was answered for. */
  readonly lasted: number
}

type Code = {
  readonly customer: Customer
  look: Look
  creditedAt: number | undefined
  announcedDelayed: boolean
  checkedAtEnd: boolean
}

type World = {
  readonly days: Days
  readonly coming: Customer[]
  readonly codes: Code[]
  /** Those that may have to be asked about again. */
  active: Code[]
  left: number
  /** Of today, spent because somebody pressed the button. */
  clicks: number
  resetsAt: number
  calls: number
  refused: number
  decidedAt: number
}

const sessionMs = 15 * minute
const rules = { graceMs: 2 * minute, lateWatchMs: day }
const mostQuietDays = 30
const youngMs = 150 * second

export function simulate(days: Days): Result {
  const world: World = {
    days,
    coming: customersOf(days.traffic),
    codes: [],
    active: [],
    left: days.perDay,
    clicks: 0,
    resetsAt: firstMidnight + day,
    calls: 0,
    refused: 0,
    decidedAt: firstMidnight,
  }
  const end = firstMidnight + (days.traffic.days + mostQuietDays) * day
  for (let now = firstMidnight; now < end && !isOver(world); now = nextMoment(world, now)) live(world, now)
  return {
    outcomes: world.codes.map(({ customer, creditedAt, announcedDelayed, checkedAtEnd }) => ({
      madeAt: customer.madeAt,
      paidAt: customer.paidAt,
      creditedAt,
      announcedDelayed,
      unchecked: creditedAt === undefined && !checkedAtEnd,
    })),
    calls: world.calls,
    refused: world.refused,
    lasted: Math.ceil((world.decidedAt - firstMidnight) / day),
  }
}

function live(world: World, now: number): void {
  if (now >= world.resetsAt) {
    world.left = world.days.perDay
    world.clicks = 0
    world.resetsAt += day
  }
  while (world.coming[0] && world.coming[0].madeAt <= now) open(world, world.coming.shift() as Customer, now)
  for (const code of world.active) look(code, now)
  if (world.days.asking.way === 'fixed') askOnBeat(world, world.days.asking.everyMs, now)
  else {
    askOnClick(world, now)
    askAsPlanned(world, now)
  }
}

function open(world: World, customer: Customer, now: number): void {
  const undecided = world.active.filter((code) => code.look.standing === 'open').length
  const told = forecast(undecided, allowanceOf(world), world.days.codesPerCall, new Date(now))
  const look: Look = {
    paymentNumber: customer.number,
    madeAt: new Date(customer.madeAt),
    endsAt: new Date(customer.madeAt + sessionMs),
    standing: 'open',
    watchedUntil: undefined,
    asks: 0,
    lastAskedAt: undefined,
    troubles: 0,
  }
  const announcedDelayed = world.days.asking.way === 'planned' && told === 'delayed'
  const code = { customer, look, creditedAt: undefined, announcedDelayed, checkedAtEnd: false }
  world.codes.push(code)
  world.active.push(code)
}

/** The page reads the status. */
function look(code: Code, now: number): void {
  if (code.customer.watches.some(({ from, to }) => now >= from && now < to))
    code.look = { ...code.look, watchedUntil: new Date(now + watchedForMs) }
}

function askAsPlanned(world: World, now: number): void {
  const { codesPerCall } = world.days
  const calls = planCalls(looksOf(world), allowanceOf(world), codesPerCall, new Date(now), rules)
  if (calls.length === 0) return
  for (const call of calls) ask(world, codesOf(world, call), now)
  world.active = world.active.filter(
    (code) => nextLookAt(code.look, allowanceOf(world), codesPerCall, new Date(now), rules) !== undefined,
  )
}

/** "I have paid": a call at once, for that code alone (flows/ask-once.ts). */
function askOnClick(world: World, now: number): void {
  for (const code of world.active) {
    const { clicksAt } = code.customer
    const isNow = clicksAt !== undefined && clicksAt <= now && now - clicksAt < second
    const allowance = allowanceOf(world)
    const isLeft = mayAskOnClick(allowance) && world.clicks < clicksPerDay(allowance)
    if (!isNow || code.creditedAt !== undefined || !isLeft) continue
    world.clicks += 1
    ask(world, [code], now)
  }
}

function askOnBeat(world: World, everyMs: number, now: number): void {
  world.active = world.active.filter(({ look }) => look.standing === 'open' && now <= look.endsAt.getTime())
  if (world.days.codesPerCall > 1) {
    if (world.active.length > 0 && (now - firstMidnight) % everyMs === 0) ask(world, world.active, now)
    return
  }
  for (const code of world.active) {
    const age = now - code.customer.madeAt
    if (age > 0 && age % everyMs === 0) ask(world, [code], now)
  }
}

/** One call. The bank refuses when it has counted enough; else it says of each code whether it is paid. */
function ask(world: World, codes: readonly Code[], now: number): void {
  if (world.left <= 0) {
    world.refused += 1
    return
  }
  world.left -= 1
  world.calls += 1
  for (const code of codes) {
    const { look, customer } = code
    const isPaid = customer.paidAt !== undefined && customer.paidAt <= now
    const isEnded = now >= look.endsAt.getTime() + rules.graceMs
    if (isEnded || (world.days.asking.way === 'fixed' && now >= look.endsAt.getTime())) code.checkedAtEnd = true
    if (isPaid) code.creditedAt ??= now
    if (look.standing === 'open' && (isPaid || isEnded)) world.decidedAt = now
    const standing = isPaid ? 'completed' : isEnded ? 'closed' : look.standing
    code.look = { ...look, standing, asks: look.asks + 1, lastAskedAt: new Date(now) }
  }
}

function looksOf(world: World): Look[] {
  return world.active.map((code) => code.look)
}

function codesOf(world: World, looks: readonly Look[]): Code[] {
  const byNumber = new Map(world.active.map((code) => [code.look.paymentNumber, code]))
  return looks.flatMap((look) => byNumber.get(look.paymentNumber) ?? [])
}

function allowanceOf({ days, left, resetsAt }: World): PlanAllowance {
  return { perDay: days.perDay, reserve: days.reserve, left, resetsAt: new Date(resetsAt), latched: left <= 0 }
}

function isOver(world: World): boolean {
  return world.coming.length === 0 && world.active.every((code) => code.look.standing !== 'open')
}

/** Every second while a young code is there, as the hub does; else in steps that change no figure. */
function nextMoment(world: World, now: number): number {
  const isYoung = world.active.some(({ customer }) => now - customer.madeAt < youngMs)
  const isClosing = world.active.some(({ look }) => look.standing === 'open')
  if (isYoung || (isClosing && world.days.asking.way === 'fixed')) return now + second
  if (isClosing) return now + 30 * second
  const next = Math.min(world.coming[0]?.madeAt ?? Number.POSITIVE_INFINITY, world.resetsAt)
  return world.active.length > 0 ? Math.min(now + minute, next) : next
}
