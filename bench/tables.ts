import { quantile } from './figures.ts'
import type { Leg } from './measure-notices.ts'
import { type Pair, ratios } from './pairs.ts'

export function perSecond(leg: Leg): number {
  return leg.payments / leg.seconds
}

export function middleRatio<One>(pairs: readonly Pair<One>[], of: (leg: One) => number): number {
  return quantile(ratios(pairs, of), 0.5)
}

export function spread(all: readonly number[]): string {
  const ends = [Math.min(...all), Math.max(...all)].map((one) => figure(one, 2))
  return `${figure(quantile(all, 0.5), 2)} (${ends.join('–')})`
}

export function verdict(reached: boolean, aim: string, got: string): string {
  return `Aim: ${aim}. ${reached ? 'Reached' : 'Not reached'}: ${got}.`
}

export function figure(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : '–'
}

/** The first row is the head; columns are padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  const [head = [], ...body] = rows
  return [line(head), rule, ...body.map(line)]
}
