import { inflateSync } from 'node:zlib'

export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8Array }

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
/** Bits of colour → samples a pixel: grey, red-green-blue, palette, grey with alpha, and all four. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** A PNG as RGBA; undefined where it is none, is interlaced, or has more pixels than `mostPixels`. Source: W3C PNG, third edition. */
export function readPng(file: Buffer, mostPixels: number): Pixels | undefined {
  const chunks = chunksOf(file)
  const header = chunks?.find(({ type }) => type === 'IHDR')?.data
  if (!chunks || header?.length !== 13) return undefined
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth = 0, colour = 0, , , interlace = 0] = header.subarray(8)
  const samples = samplesOf[colour]
  const isSane = samples !== undefined && [1, 2, 4, 8, 16].includes(depth) && interlace === 0
  if (!isSane || width === 0 || height === 0 || width * height > mostPixels) return undefined
  const rowBytes = Math.ceil((width * samples * depth) / 8)
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const raw = inflate(packed, (rowBytes + 1) * height)
  if (raw?.length !== (rowBytes + 1) * height) return undefined
  unfilter(raw, { rowBytes, height, pixelBytes: Math.max(1, (samples * depth) >> 3) })
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data
  return { width, height, data: paint(raw, { width, height, rowBytes, depth, colour, samples, palette }) }
}

export function isPng(file: Buffer): boolean {
  return file.subarray(0, 8).equals(signature)
}

/** How many pixels its header says; 0 where it has none. */
export function saysPixels(file: Buffer): number {
  const isHeader = file.length >= 24 && file.toString('latin1', 12, 16) === 'IHDR'
  return isHeader ? file.readUInt32BE(16) * file.readUInt32BE(20) : 0
}

function chunksOf(file: Buffer): { type: string; data: Buffer }[] | undefined {
  if (!isPng(file)) return undefined
  const chunks: { type: string; data: Buffer }[] = []
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at)
    if (at + 12 + length > file.length) return undefined
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}

function inflate(packed: Buffer, length: number): Buffer | undefined {
  try {
    return inflateSync(packed, { maxOutputLength: length })
  } catch {
    return undefined
  }
}

/** Each row says how it differs from its neighbours: none, left, up, their mean, or the nearest of three. */
function unfilter(
  raw: Buffer,
  { rowBytes, height, pixelBytes }: { rowBytes: number; height: number; pixelBytes: number },
): void {
  for (let y = 0; y < height; y++) {
    const start = y * (rowBytes + 1)
    const filter = raw[start]
    for (let x = 1; x <= rowBytes; x++) {
      const left = x > pixelBytes ? (raw[start + x - pixelBytes] ?? 0) : 0
      const up = y > 0 ? (raw[start + x - rowBytes - 1] ?? 0) : 0
      const corner = y > 0 && x > pixelBytes ? (raw[start + x - rowBytes - 1 - pixelBytes] ?? 0) : 0
      const added =
        filter === 1
          ? left
          : filter === 2
            ? up
            : filter === 3
              ? (left + up) >> 1
              : filter === 4
                ? nearest(left, up, corner)
                : 0
      raw[start + x] = (raw[start + x] ?? 0) + added
    }
  }
}

function nearest(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

type Canvas = {
  readonly width: number
  readonly height: number
  readonly rowBytes: number
  readonly depth: number
  readonly colour: number
  readonly samples: number
  readonly palette: Buffer | undefined
}

/** As a viewer paints it on white: what is transparent is no dark module. */
function paint(raw: Buffer, { width, height, rowBytes, depth, colour, samples, palette }: Canvas): Uint8Array {
  const data = new Uint8Array(width * height * 4).fill(255)
  const most = 2 ** depth - 1
  const sample = (row: number, index: number): number => {
    if (depth === 16) return raw[row + index * 2] ?? 0
    if (depth === 8) return raw[row + index] ?? 0
    const bit = index * depth
    return ((raw[row + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & most
  }
  const scale = colour === 3 || depth >= 8 ? 1 : 255 / most
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * (rowBytes + 1) + 1
    for (let x = 0; x < width; x++, at += 4) {
      const first = sample(row, x * samples) * scale
      const alpha = colour === 4 || colour === 6 ? sample(row, x * samples + samples - 1) : 255
      for (let channel = 0; channel < 3; channel++) {
        const value =
          colour === 3
            ? (palette?.[first * 3 + channel] ?? 0)
            : samples > 2
              ? sample(row, x * samples + channel)
              : first
        data[at + channel] = 255 - ((255 - value) * alpha) / 255
      }
    }
  }
  return data
}
