import { day, second } from './simulate-budget-traffic.ts'

// The plot, drawn with plain SVG: readable on light and on dark pages, and printed.

/** One curve: points from left to right, y as a share of 1. */
export type Curve = {
  readonly label: string
  readonly look: 'lists' | 'single' | 'slow' | 'fast'
  readonly points: readonly (readonly [number, number])[]
}

export type Panel = {
  readonly title: string
  readonly below: string
  readonly x: 'logarithmic' | 'linear'
  readonly from: number
  readonly to: number
  readonly marks: readonly (readonly [number, string])[]
  readonly curves: readonly Curve[]
}

const size = { width: 900, height: 430 }
const plotTop = 62
const plotBottom = 330
const panelWidths = [
  { left: 60, right: 520 },
  { left: 600, right: 880 },
]

export function drawPlot(title: string, panels: readonly Panel[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    style,
    `<rect class="page" width="${size.width}" height="${size.height}" rx="8"/>`,
    ...panels.flatMap((panel, index) => drawPanel(panel, panelWidths[index] ?? { left: 0, right: 0 })),
    ...drawLegend(panels[0]?.curves ?? []),
    '</svg>',
    '',
  ].join('\n')
}

const style = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px } .mark { font-size: 12px; fill: #59636e } .page { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 } .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.lists { stroke: #0969da } .single { stroke: #bc4c00; stroke-dasharray: 9 4 }
.slow { stroke: #59636e } .fast { stroke: #59636e; stroke-dasharray: 2 4 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .mark { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #3d444d }
.lists { stroke: #4493f8 } .single { stroke: #f0883e } .slow, .fast { stroke: #9198a1 }
}
</style>`

type Span = { readonly left: number; readonly right: number }

function drawPanel(panel: Panel, span: Span): string[] {
  const shares = [0, 0.25, 0.5, 0.75, 1]
  return [
    `<text class="title" x="${span.left}" y="30">${escape(panel.title)}</text>`,
    ...shares.flatMap((share) => [
      `<line class="grid" x1="${span.left}" x2="${span.right}" y1="${yOf(share)}" y2="${yOf(share)}"/>`,
      `<text class="mark" x="${span.left - 8}" y="${yOf(share) + 4}" text-anchor="end">${share * 100} %</text>`,
    ]),
    ...panel.marks.flatMap(([at, label]) => [
      `<line class="grid" x1="${xOf(panel, span, at)}" x2="${xOf(panel, span, at)}" y1="${plotBottom}" y2="${plotBottom + 5}"/>`,
      `<text class="mark" x="${xOf(panel, span, at)}" y="${plotBottom + 20}" text-anchor="middle">${label}</text>`,
    ]),
    `<text class="mark" x="${(span.left + span.right) / 2}" y="${plotBottom + 42}" text-anchor="middle">${escape(panel.below)}</text>`,
    ...panel.curves.map(
      (curve) =>
        `<polyline class="curve ${curve.look}" points="${curve.points
          .map(([x, y]) => `${xOf(panel, span, x)},${yOf(y)}`)
          .join(' ')}"/>`,
    ),
  ]
}

function drawLegend(curves: readonly Curve[]): string[] {
  return curves.flatMap((curve, index) => {
    const x = 60 + (index % 4) * 212
    const y = size.height - 22
    return [
      `<line class="curve ${curve.look}" x1="${x}" x2="${x + 34}" y1="${y - 4}" y2="${y - 4}"/>`,
      `<text x="${x + 42}" y="${y}">${escape(curve.label)}</text>`,
    ]
  })
}

function xOf({ x, from, to }: Panel, { left, right }: Span, value: number): number {
  const place = x === 'linear' ? (value - from) / (to - from) : Math.log(value / from) / Math.log(to / from)
  return round(left + place * (right - left))
}

function yOf(share: number): number {
  return round(plotBottom - share * (plotBottom - plotTop))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** Waiting times at which a logarithmic curve is drawn. */
export const curveWaits: readonly number[] = Array.from({ length: 121 }, (_, index) =>
  Math.round(2 * second * ((4 * day) / (2 * second)) ** (index / 120)),
)
