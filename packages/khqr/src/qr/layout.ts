import { alignmentCentres, type Level, sizeOf } from './versions.ts'

/**
 * A square of modules as bits, 32 columns a word, `words` words a row: the penalties of eight masks are then counted 32
 * modules at a time. Every square is kept twice, as it is and with rows and columns exchanged, because counting down
 * columns is a matter of whole words and counting along rows is not.
 */
export type Bits = { readonly upright: Uint32Array; readonly turned: Uint32Array }

/** What is the same in every symbol of one version and level. */
export type Layout = {
  readonly size: number
  /** Words in a row. */
  readonly words: number
  /** Finders, timing and alignment patterns, version information. */
  readonly frame: Bits
  /** For each mask 0 to 7: the data modules it flips, and the format information that names it. */
  readonly masks: readonly Bits[]
  /** Where the bits of the codewords go: x + y × 256. */
  readonly path: Uint16Array
}

const layouts = new Map<string, Layout>()

/** Made once for each version and level in use: some 10 KB at the sizes of a KHQR. */
export function layoutOf(version: number, level: Level): Layout {
  const key = `${version}${level}`
  const known = layouts.get(key)
  if (known !== undefined) return known
  const layout = makeLayout(version, level)
  layouts.set(key, layout)
  return layout
}

export function emptyBits(size: number): Bits {
  const words = (size + 31) >> 5
  return { upright: new Uint32Array(size * words), turned: new Uint32Array(size * words) }
}

export function setBit({ upright, turned }: Bits, words: number, x: number, y: number): void {
  const inRow = y * words + (x >> 5)
  upright[inRow] = (upright[inRow] as number) | (1 << (x & 31))
  const inColumn = x * words + (y >> 5)
  turned[inColumn] = (turned[inColumn] as number) | (1 << (y & 31))
}

function makeLayout(version: number, level: Level): Layout {
  const size = sizeOf(version)
  const words = (size + 31) >> 5
  const frame = emptyBits(size)
  const taken = new Uint8Array(size * size)
  const draw: Draw = (x, y, isDark) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    taken[y * size + x] = 1
    if (isDark) setBit(frame, words, x, y)
  }
  drawFinders(size, draw)
  drawTiming(size, draw)
  drawAlignments(version, size, draw)
  for (const places of formatPlaces(size)) for (const [x, y] of places) draw(x, y, false)
  draw(8, size - 8, true)
  if (version >= 7) drawVersion(version, size, draw)
  const path = layPath(size, taken)
  return { size, words, frame, path, masks: maskRules.map((_, mask) => drawMask(mask, level, size, path)) }
}

type Draw = (x: number, y: number, isDark: boolean) => void

function drawFinders(size: number, draw: Draw): void {
  for (const [centreX, centreY] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy))
        draw(centreX + dx, centreY + dy, ring !== 2 && ring !== 4)
      }
    }
  }
}

function drawTiming(size: number, draw: Draw): void {
  for (let place = 8; place < size - 8; place++) {
    draw(place, 6, place % 2 === 0)
    draw(6, place, place % 2 === 0)
  }
}

function drawAlignments(version: number, size: number, draw: Draw): void {
  const centres = alignmentCentres(version)
  for (const centreY of centres) {
    for (const centreX of centres) {
      const isUnderFinder = Math.min(centreX, centreY) === 6 && Math.max(centreX, centreY) === size - 7
      if (isUnderFinder || (centreX === 6 && centreY === 6)) continue
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) draw(centreX + dx, centreY + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1)
      }
    }
  }
}

/** Six bits of version and twelve of correction, twice: left of the upper right finder, above the lower left one. */
function drawVersion(version: number, size: number, draw: Draw): void {
  let remainder = version
  for (let bit = 0; bit < 12; bit++) remainder = (remainder << 1) ^ ((remainder >> 11) * 0x1f25)
  const written = (version << 12) | remainder
  for (let bit = 0; bit < 18; bit++) {
    const along = Math.floor(bit / 3)
    const across = size - 11 + (bit % 3)
    draw(across, along, ((written >> bit) & 1) === 1)
    draw(along, across, ((written >> bit) & 1) === 1)
  }
}

/** The two places of each of the 15 bits of format information, lowest bit first. */
function formatPlaces(size: number): [first: [number, number], second: [number, number]][] {
  return Array.from({ length: 15 }, (_, bit) => [
    bit < 6 ? [8, bit] : bit < 8 ? [8, bit + 1] : bit === 8 ? [7, 8] : [14 - bit, 8],
    bit < 8 ? [size - 1 - bit, 8] : [8, size - 15 + bit],
  ])
}

/** Level and mask, five bits, with ten of correction. */
function formatBits(level: Level, mask: number): number {
  const data = ({ M: 0, Q: 3, H: 2 }[level] << 3) | mask
  let remainder = data
  for (let bit = 0; bit < 10; bit++) remainder = (remainder << 1) ^ ((remainder >> 9) * 0x537)
  return ((data << 10) | remainder) ^ 0x5412
}

/** Which data modules each mask flips. Source: ISO/IEC 18004, table 10. */
const maskRules: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function drawMask(mask: number, level: Level, size: number, path: Uint16Array): Bits {
  const bits = emptyBits(size)
  const words = (size + 31) >> 5
  const flips = maskRules[mask] as (x: number, y: number) => boolean
  for (const place of path) {
    if (flips(place & 255, place >> 8)) setBit(bits, words, place & 255, place >> 8)
  }
  const format = formatBits(level, mask)
  formatPlaces(size).forEach((places, bit) => {
    if (((format >> bit) & 1) === 1) for (const [x, y] of places) setBit(bits, words, x, y)
  })
  return bits
}

/** Two columns at a time from the right, up and down in turn, past everything that is taken; column 6 is the timing. */
function layPath(size: number, taken: Uint8Array): Uint16Array {
  const path: number[] = []
  let isUpward = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const y = isUpward ? size - 1 - step : step
      for (const x of [right, right - 1]) if (taken[y * size + x] === 0) path.push(x + y * 256)
    }
    isUpward = !isUpward
  }
  return Uint16Array.from(path)
}
