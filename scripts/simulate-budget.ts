import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  dayLines,
  type Figures,
  figuresOf,
  type Options,
  otherLines,
  plottedLines,
  plottedTopUps,
  usualOptions,
  verdictsOf,
  waits,
} from './simulate-budget-figures.ts'
import { budgetPage, tableOf } from './simulate-budget-page.ts'
import { type Curve, curveWaits, drawPlot, type Panel } from './simulate-budget-plot.ts'
import { day, minute, second } from './simulate-budget-traffic.ts'

/**
 * Days of top-ups on a virtual clock, asked about as the hub plans it and on a fixed beat: `npm run simulate:budget` writes
 * docs/bakong-budget.md and its plot, which a test holds to this. With other numbers it prints the table and writes nothing.
 * `figures`: of `dayLines` with the usual options.
 */
export function budgetPages(figures: readonly Figures[]): ReadonlyMap<string, string> {
  const other = otherLines.map((line) => figuresOf(line, usualOptions))
  return new Map([
    [
      'docs/bakong-budget.md',
      budgetPage({ options: usualOptions, day: figures, other, verdicts: verdictsOf(figures) }),
    ],
    ['docs/bakong-budget.svg', plot(figures, usualOptions)],
  ])
}

function plot(figures: readonly Figures[], options: Options): string {
  const ofDay = plottedLines.flatMap((line) => figures.find((one) => one.line === line) ?? [])
  const left: Panel = {
    title: `Credited so long after the payment (${options.topUps} top-ups a day)`,
    below: 'time since the payment',
    x: 'logarithmic',
    from: 2 * second,
    to: 4 * day,
    marks: waits,
    curves: ofDay.map((one) =>
      curveOf(
        one,
        curveWaits.map((wait) => [wait, one.within(wait)] as const),
      ),
    ),
  }
  const right: Panel = {
    title: 'Credited within 60 seconds',
    below: 'top-ups a day',
    x: 'linear',
    from: 0,
    to: Math.max(...plottedTopUps),
    marks: plottedTopUps.map((topUps) => [topUps, String(topUps)]),
    curves: ofDay.map((one) =>
      curveOf(
        one,
        plottedTopUps.map((topUps) => {
          const figures = topUps === options.topUps ? one : figuresOf(one.line, { ...options, topUps })
          return [topUps, figures.within(minute)] as const
        }),
      ),
    ),
  }
  return drawPlot('Paid top-ups credited with 100 status calls a day: planned, and polled on a fixed beat', [
    left,
    right,
  ])
}

function curveOf({ line }: Figures, points: Curve['points']): Curve {
  if (line.asking.way === 'planned')
    return line.lists
      ? { label: 'planned, list calls', look: 'lists', points }
      : { label: 'planned, single calls', look: 'single', points }
  const isSlow = line.asking.everyMs > 5 * second
  return { label: `every ${line.asking.everyMs / second} s, list calls`, look: isSlow ? 'slow' : 'fast', points }
}

function optionsFrom(args: readonly string[]): Options | undefined {
  if (args.length === 0) return undefined
  const text = { type: 'string' } as const
  const options = { seeds: text, 'top-ups': text, abandoned: text, 'per-day': text, reserve: text }
  const { values } = parseArgs({ args: [...args], options })
  const read = (name: keyof typeof values, fallback: number, most: number) => {
    const value = values[name] === undefined ? fallback : Number(values[name])
    if (!(value >= 0 && value <= most)) throw new Error(`--${name} ${values[name]}: give a number from 0 to ${most}`)
    return value
  }
  const seeds = read('seeds', usualOptions.seeds.length, 1_000)
  return {
    seeds: Array.from({ length: seeds }, (_, index) => index + 1),
    topUps: read('top-ups', usualOptions.topUps, 10_000),
    abandoned: read('abandoned', usualOptions.abandoned, 1),
    perDay: read('per-day', usualOptions.perDay, 1_000_000),
    reserve: read('reserve', usualOptions.reserve, 1_000_000),
  }
}

if (process.argv[1] === import.meta.filename) {
  const given = optionsFrom(process.argv.slice(2))
  const figures = dayLines.map((line) => figuresOf(line, given ?? usualOptions))
  console.log(tableOf(figures).join('\n'))
  for (const { says, holds } of verdictsOf(figures)) console.log(`${holds ? '✓' : '✗'} ${says}`)
  if (!given) {
    for (const [path, text] of budgetPages(figures)) {
      writeFileSync(join(resolve(import.meta.dirname, '..'), path), text)
      console.log(path)
    }
  }
}
