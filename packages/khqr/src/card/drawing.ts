import { decode } from '../code/decode.ts'
import type { Khqr } from '../code/khqr.ts'
import { widestPicture } from '../picture/geometry.ts'
import { modulePath } from '../picture/svg.ts'
import { refuse } from '../problem.ts'
import { type Matrix, makeMatrix } from '../qr/matrix.ts'
import { amountWords, nameWords, widthInEms } from './words.ts'

export type CardOptions = {
  /** Pixels, 150 to 2,824; 400 if left out. The height is 29/20 of it. */
  readonly width?: number | undefined
  /** The payer's language: "km" shows the Khmer name, where the code has one, and the currency in Khmer. */
  readonly language?: 'en' | 'km' | undefined
}

/** A shape, filled or stroked, in a system of its own: `scale` pixels a unit, its origin at (x, y) pixels. */
export type Shape = {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly fill?: string
  readonly stroke?: string
  readonly lineWidth?: number
  readonly dash?: readonly number[]
  /** Set for modules, which lie on whole pixels: smoothing their edges would only make them grey. */
  readonly isCrisp?: boolean
}

/** Words of one size, `gap` pixels after the words before them. */
export type Run = { readonly words: string; readonly size: number; readonly gap: number; readonly isBold: boolean }

/** Words one after the other, on a line that begins at (x, y) pixels. */
export type Line = { readonly x: number; readonly y: number; readonly runs: readonly Run[] }

/** A card in pixels, for whoever puts it on paper: `cardSvg` or `cardPng`. */
export type Drawing = {
  readonly width: number
  readonly height: number
  readonly title: string
  readonly shapes: readonly Shape[]
  readonly lines: readonly Line[]
}

/** Lays the card out. Reads the code strictly: throws `KhqrError` for a code that is not whole. */
export function drawCard(qr: string, { width = 400, language = 'en' }: CardOptions): Drawing {
  if (!Number.isInteger(width) || width < narrowest || width > widest) {
    refuse('PICTURE_OPTIONS', { field: 'width', value: width })
  }
  const khqr = decode(qr)
  const height = Math.round((width * 29) / 20)
  const scale = width / unitsWide
  const lines = writeLines(khqr, language)
  return {
    width,
    height,
    title: `KHQR: ${lines.flatMap(({ runs }) => runs.map(({ words }) => words)).join(' ')}`,
    shapes: [...frame.map((shape) => ({ x: 0, y: 0, scale, ...shape })), placeCode(makeMatrix(qr), width, height)],
    lines: lines.map(({ x, y, runs }) => ({
      x: x * scale,
      y: y * scale,
      runs: runs.map((run) => ({ ...run, size: rounded(run.size * scale), gap: rounded(run.gap * scale) })),
    })),
  }
}

function rounded(pixels: number): number {
  return Math.round(pixels * 100) / 100
}

const narrowest = 150
const widest = Math.floor((widestPicture * 20) / 29)

/** The card is laid out in units: 200 wide, 290 high. */
const unitsWide = 200
const unitsHigh = 290
const dashesAt = 88
const textLeft = 20
const textWidth = unitsWide - 2 * textLeft
const red = '#E1232E'

/** White paper, red header with its folded corner, dashed line, and the four letters, drawn as strokes: no artwork is copied. */
const frame: readonly Omit<Shape, 'x' | 'y' | 'scale'>[] = [
  { path: 'M8 0H192A8 8 0 0 1 200 8V282A8 8 0 0 1 192 290H8A8 8 0 0 1 0 282V8A8 8 0 0 1 8 0Z', fill: '#fff' },
  { path: 'M8 0H192A8 8 0 0 1 200 8V50L184 34H0V8A8 8 0 0 1 8 0Z', fill: red },
  {
    path:
      'M77.3 11V23M85 11L77.6 17.6L85.6 23' +
      'M90.3 11V23M98.3 11V23M90.3 17H98.3' +
      'M106.3 11H108.7A3 3 0 0 1 111.7 14V20A3 3 0 0 1 108.7 23H106.3A3 3 0 0 1 103.3 20V14A3 3 0 0 1 106.3 11ZM108.6 19.6L112.4 23.8' +
      'M117.3 23V11H121.5A3.2 3.2 0 0 1 121.5 17.4H117.3M121 17.4L124.8 23',
    stroke: '#fff',
    lineWidth: 2.6,
  },
  { path: `M0 ${dashesAt}H${unitsWide}`, stroke: '#808080', lineWidth: 1, dash: [4, 3] },
]

/** In units. Without an amount the name stands alone, in the middle. */
function writeLines(khqr: Readonly<Khqr>, language: 'en' | 'km'): Line[] {
  const words = nameWords(khqr, language)
  const name: Run = { words, size: Math.min(11, textWidth / widthInEms(words)), gap: 0, isBold: false }
  const amount = amountWords(khqr, language)
  if (amount === undefined) return [{ x: textLeft, y: 66, runs: [name] }]
  const { digits, currency } = amount
  const size = Math.min(20, textWidth / (widthInEms(digits) + widthInEms(currency) / 2 + 0.3))
  const runs = [
    { words: digits, size, gap: 0, isBold: true },
    { words: currency, size: size / 2, gap: size * 0.3, isBold: false },
  ]
  return [
    { x: textLeft, y: 54, runs: [name] },
    { x: textLeft, y: 77, runs },
  ]
}

/** The code below the dashed line: as many whole pixels a module as leave four white modules on every side. */
function placeCode(matrix: Matrix, width: number, height: number): Shape {
  const top = (dashesAt / unitsHigh) * height
  const scale = Math.max(1, Math.floor(Math.min(width, height - top) / (matrix.size + 8)))
  const side = matrix.size * scale
  return {
    path: modulePath(matrix, 0),
    x: Math.round((width - side) / 2),
    y: Math.round((top + height - side) / 2),
    scale,
    stroke: '#000',
    lineWidth: 1,
    isCrisp: true,
  }
}
