import { type Asking, type Outcome, type Result, simulate } from './simulate-budget-days.ts'
import { day, firstMidnight, hour, minute, second, type Traffic } from './simulate-budget-traffic.ts'

// What is simulated, and the figures of each line.

export type Options = {
  /** Each seed is another day; figures are of all of them together. */
  readonly seeds: readonly number[]
  readonly topUps: number
  readonly abandoned: number
  readonly perDay: number
  readonly reserve: number
}

export const usualOptions: Options = { seeds: [1, 2, 3, 4, 5], topUps: 200, abandoned: 0.6, perDay: 100, reserve: 20 }

export type Line = {
  readonly name: string
  readonly lists: boolean
  readonly asking: Asking
  readonly days?: number
  /** Fewer than the options say: what takes long. */
  readonly seeds?: number
  readonly clicks?: number
  readonly payMedianMs?: number
}

export type Figures = {
  readonly line: Line
  /** Of 1, of the paid ones: credited within so long after the payment. */
  readonly within: (ms: number) => number
  readonly sameDay: number
  readonly inTheEnd: number
  readonly calls: number
  /** After code 17. */
  readonly refused: number
  readonly unchecked: number
  /** Of 1, of all codes. */
  readonly delayed: number
  /** Paid, not credited the same day, and not announced as delayed. */
  readonly brokenPromises: number
  readonly lasted: number
  readonly paid: number
}

const planned: Asking = { way: 'planned' }
const every5s: Asking = { way: 'fixed', everyMs: 5 * second }
const every15s: Asking = { way: 'fixed', everyMs: 15 * second }

/** One day, asked about in every way, in this order for lists and for single calls. */
export const dayLines: readonly Line[] = [true, false].flatMap((lists) => [
  { name: 'planned', lists, asking: planned },
  { name: 'planned, 3 of 10 payers press “I have paid”', lists, asking: planned, clicks: 0.3 },
  { name: 'every 15 s until expiry', lists, asking: every15s },
  { name: 'every 5 s until expiry', lists, asking: every5s },
])

/** What else was looked at: the plan on days that are not as it supposes. */
export const otherLines: readonly Line[] = [true, false].flatMap((lists) => [
  { name: 'three such days in a row', lists, asking: planned, days: 3, seeds: 1 },
  { name: 'payers take twice as long', lists, asking: planned, payMedianMs: 80 * second },
])

/** The plan first. Without list calls both pollers lie on the lowest line. */
export const plottedLines: readonly Line[] = [
  ...dayLines.filter(({ clicks, asking }) => clicks === undefined && asking.way === 'planned'),
  ...dayLines.filter(({ lists, asking }) => lists && asking.way === 'fixed'),
]
export const plottedTopUps = [25, 50, 100, 200] as const

export function figuresOf(line: Line, options: Options): Figures {
  const results = options.seeds
    .slice(0, line.seeds)
    .map((seed) => simulate({ ...daysOf(line, options), traffic: traffic(line, options, seed) }))
  const outcomes = results.flatMap((result) => result.outcomes)
  const paid = outcomes.filter((outcome) => outcome.paidAt !== undefined)
  const share = (holds: (outcome: Outcome) => boolean, of = paid) => of.filter(holds).length / Math.max(1, of.length)
  return {
    line,
    within: (ms) => share((outcome) => waitOf(outcome) <= ms),
    sameDay: share(isSameDay),
    inTheEnd: share((outcome) => outcome.creditedAt !== undefined),
    calls: mean(results, (result) => result.calls),
    refused: mean(results, (result) => result.refused),
    unchecked: mean(results, (result) => result.outcomes.filter((outcome) => outcome.unchecked).length),
    delayed: share((outcome) => outcome.announcedDelayed, outcomes),
    brokenPromises: paid.filter((outcome) => !outcome.announcedDelayed && !isSameDay(outcome)).length,
    lasted: Math.max(...results.map((result) => result.lasted)),
    paid: paid.length,
  }
}

/** What the issue of this budget asked for, sentence by sentence, and whether it holds. */
export function verdictsOf(figures: readonly Figures[]): readonly { readonly says: string; readonly holds: boolean }[] {
  const of = (lists: boolean, asking: Asking) =>
    figures.find(({ line }) => line.lists === lists && line.asking === asking && line.clicks === undefined)
  return [true, false].flatMap((lists) => {
    const [plan, poller] = [of(lists, planned), of(lists, every5s)]
    if (!plan || !poller) return []
    const where = lists ? 'with list calls' : 'without list calls'
    const times = plan.within(minute) / Math.max(poller.within(minute), 1 / poller.paid)
    return [
      { says: `${where}: no call after the bank said that the day’s are used up`, holds: plan.refused === 0 },
      { says: `${where}: nothing ends without an answer`, holds: plan.unchecked === 0 },
      { says: `${where}: within 60 s at least three times the 5-second poller’s share`, holds: times >= 3 },
      lists
        ? { says: `${where}: every paid one is credited the same day`, holds: plan.sameDay === 1 }
        : { says: `${where}: every paid one is credited in the end`, holds: plan.inTheEnd === 1 },
      {
        says: `${where}: what is not credited the same day was announced as delayed from the start`,
        holds: plan.brokenPromises === 0,
      },
    ]
  })
}

/** Marks of the plot's left half. */
export const waits: readonly (readonly [number, string])[] = [
  [10 * second, '10 s'],
  [minute, '1 min'],
  [5 * minute, '5 min'],
  [20 * minute, '20 min'],
  [hour, '1 h'],
  [6 * hour, '6 h'],
  [day, '1 day'],
  [3 * day, '3 days'],
]

function daysOf(line: Line, options: Options) {
  return { asking: line.asking, codesPerCall: line.lists ? 50 : 1, perDay: options.perDay, reserve: options.reserve }
}

function traffic(line: Line, options: Options, seed: number): Traffic {
  const { topUps: codesPerDay, abandoned } = options
  const { days = 1, clicks = 0, payMedianMs = 40 * second } = line
  return { seed, days, codesPerDay, abandoned, clicks, payMedianMs }
}

function waitOf({ paidAt, creditedAt }: Outcome): number {
  return paidAt === undefined || creditedAt === undefined ? Number.POSITIVE_INFINITY : creditedAt - paidAt
}

function isSameDay({ paidAt, creditedAt }: Outcome): boolean {
  return paidAt !== undefined && creditedAt !== undefined && dayOf(paidAt) === dayOf(creditedAt)
}

function dayOf(at: number): number {
  return Math.floor((at - firstMidnight) / day)
}

function mean(results: readonly Result[], of: (result: Result) => number): number {
  return results.reduce((sum, result) => sum + of(result), 0) / results.length
}
