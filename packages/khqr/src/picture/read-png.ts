import { BadPicture, inflate } from './inflate.ts'

/** Four bytes a pixel: red, green, blue, alpha. */
export type Pixels = { readonly data: Uint8Array | Uint8ClampedArray; readonly width: number; readonly height: number }

/** The largest picture that is unpacked, in pixels: a phone's photograph has 12 million. */
export const mostPixels = 16_000_000

/** Unpacks a PNG of any kind (grey, colour, palette, alpha, 1 to 16 bits, interlaced) into pixels. Throws `BadPicture`. */
export function unpackPng(png: Uint8Array): Pixels {
  const { header, palette, transparency, packed } = readChunks(png)
  const { width, height, depth, kind, interlaced } = header
  const channels = channelsOf[kind]
  const isKnown = channels !== undefined && [1, 2, 4, 8, 16].includes(depth) && (depth >= 8 || channels === 1)
  if (!isKnown || (kind === 3 && depth > 8)) throw new BadPicture('an unknown kind of pixel')
  if (width === 0 || height === 0 || width * height > mostPixels) {
    throw new BadPicture(`${width} × ${height} pixels, more than ${mostPixels}`)
  }
  const passes = (interlaced ? adam7 : [[0, 0, 1, 1] as const])
    .map(([x, y, stepX, stepY]) => ({
      x,
      y,
      stepX,
      stepY,
      columns: Math.ceil((width - x) / stepX),
      rows: Math.ceil((height - y) / stepY),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
  const rowBytes = (columns: number) => Math.ceil((columns * channels * depth) / 8)
  const size = passes.reduce((sum, { columns, rows }) => sum + rows * (1 + rowBytes(columns)), 0)
  const raw = inflate(packed, size)
  const data = new Uint8Array(width * height * 4)
  const paint = painter({ data, kind, depth, palette, transparency })
  let offset = 0
  for (const pass of passes) {
    const stride = rowBytes(pass.columns)
    const pixelBytes = Math.max(1, (channels * depth) >> 3)
    for (let row = 0; row < pass.rows; row++) {
      unfilter(raw, offset, stride, pixelBytes, row > 0)
      const line = raw.subarray(offset + 1, offset + 1 + stride)
      const start = (pass.y + row * pass.stepY) * width + pass.x
      for (let column = 0; column < pass.columns; column++) paint(line, column, start + column * pass.stepX)
      offset += 1 + stride
    }
  }
  return { data, width, height }
}

const channelsOf: Record<number, number | undefined> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** First column, first row, step right, step down of each pass of an interlaced picture. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

type Header = { width: number; height: number; depth: number; kind: number; interlaced: boolean }
type Chunks = { header: Header; palette: Uint8Array; transparency: Uint8Array | undefined; packed: Uint8Array }

function readChunks(png: Uint8Array): Chunks {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  if (signature.some((byte, index) => png[index] !== byte)) throw new BadPicture('it is not a PNG')
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  let header: Header | undefined
  let palette = new Uint8Array(0)
  let transparency: Uint8Array | undefined
  const parts: Uint8Array[] = []
  for (let at = 8; at + 12 <= png.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8))
    const content = png.subarray(at + 8, at + 8 + length)
    if (content.length < length) throw new BadPicture('it is cut off')
    if (name === 'IHDR' && length === 13) {
      header = {
        width: view.getUint32(at + 8),
        height: view.getUint32(at + 12),
        depth: content[8] as number,
        kind: content[9] as number,
        interlaced: content[12] === 1,
      }
    } else if (name === 'PLTE') palette = content.slice()
    else if (name === 'tRNS') transparency = content
    else if (name === 'IDAT') parts.push(content)
    else if (name === 'IEND') break
    at += 12 + length
  }
  if (header === undefined) throw new BadPicture('it has no header')
  return { header, palette, transparency, packed: joined(parts) }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Undoes the filter of the row at `offset`, whose first byte names it, in place. */
function unfilter(raw: Uint8Array, offset: number, stride: number, pixelBytes: number, hasRowAbove: boolean): void {
  const filter = raw[offset] as number
  if (filter > 4) throw new BadPicture('an unknown filter')
  if (filter === 0) return
  const start = offset + 1
  for (let index = 0; index < stride; index++) {
    const at = start + index
    const left = index >= pixelBytes ? (raw[at - pixelBytes] as number) : 0
    const above = hasRowAbove ? (raw[at - stride - 1] as number) : 0
    const aboveLeft = hasRowAbove && index >= pixelBytes ? (raw[at - stride - 1 - pixelBytes] as number) : 0
    raw[at] = (raw[at] as number) + predicted(filter, left, above, aboveLeft)
  }
}

function predicted(filter: number, left: number, above: number, aboveLeft: number): number {
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  const toLeft = Math.abs(above - aboveLeft)
  const toAbove = Math.abs(left - aboveLeft)
  const toAboveLeft = Math.abs(left + above - 2 * aboveLeft)
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left
  return toAbove <= toAboveLeft ? above : aboveLeft
}

type Canvas = {
  readonly data: Uint8Array
  readonly kind: number
  readonly depth: number
  readonly palette: Uint8Array
  readonly transparency: Uint8Array | undefined
}

/** Paints pixel `column` of an unfiltered row to place `pixel` of the canvas. */
type Painter = (line: Uint8Array, column: number, pixel: number) => void

function painter(canvas: Canvas): Painter {
  const isOneSample = (canvas.kind === 0 || canvas.kind === 3) && canvas.depth <= 8
  return isOneSample ? tablePainter(canvas) : channelPainter(canvas)
}

/** Grey and palette pixels up to 8 bits: every value has its colour in a table, as most pictures of codes do. */
function tablePainter({ data, kind, depth, palette, transparency }: Canvas): Painter {
  const most = (1 << depth) - 1
  const colours = new Uint8Array(4 * (most + 1))
  for (let value = 0; value <= most; value++) {
    const grey = (value * 255) / most
    const [red = 0, green = 0, blue = 0] = kind === 0 ? [grey, grey, grey] : palette.subarray(value * 3, value * 3 + 3)
    colours.set([red, green, blue, kind === 3 ? (transparency?.[value] ?? 255) : 255], value * 4)
  }
  const inks = new Uint32Array(colours.buffer)
  const pixels = new Uint32Array(data.buffer)
  return (line, column, pixel) => {
    const bit = column * depth
    pixels[pixel] = inks[((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & most] as number
  }
}

/** Colour and alpha of 8 or 16 bits, of which the upper 8 count. */
function channelPainter({ data, kind, depth }: Canvas): Painter {
  const step = depth >> 3
  const channels = channelsOf[kind] as number
  const isGrey = kind === 0 || kind === 4
  const hasAlpha = kind === 4 || kind === 6
  return (line, column, pixel) => {
    const from = column * channels * step
    const to = pixel * 4
    data[to] = line[from] as number
    data[to + 1] = line[isGrey ? from : from + step] as number
    data[to + 2] = line[isGrey ? from : from + 2 * step] as number
    data[to + 3] = hasAlpha ? (line[from + (channels - 1) * step] as number) : 255
  }
}
