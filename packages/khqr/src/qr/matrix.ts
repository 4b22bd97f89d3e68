import { utf8Of } from '../code/utf8.ts'
import { refuse } from '../problem.ts'
import { longestText } from '../tags.ts'
import { makeCodewords } from './codewords.ts'
import { type Bits, emptyBits, type Layout, layoutOf } from './layout.ts'
import { penaltyOf } from './penalty.ts'
import { type Segment, segmentBits, splitIntoSegments, type VersionGroup } from './segments.ts'
import { type Capacity, capacityOf, lastVersion, type Level } from './versions.ts'

/** A QR code without its margin: `modules[y * size + x]` is 1 where it is dark. */
export type Matrix = {
  readonly size: number
  readonly version: number
  readonly level: Level
  readonly modules: Uint8Array
}

/**
 * The smallest QR code that holds a text at level M, by the best split into segments; where the same size has room for
 * a better level, the better level. Bytes are UTF-8. Throws `KhqrError` for a text that no code holds (2,331 bytes).
 */
export function makeMatrix(text: string): Matrix {
  if (typeof text !== 'string') refuse('NOT_TEXT', { value: text })
  if (text.length > longestText) refuse('TOO_LONG', { field: 'length', value: text.length })
  const { bytes, length } = utf8Of(text)
  const fit = fitText(bytes, length)
  if (fit === undefined) return refuse('TOO_LONG', { field: 'bytes', value: length })
  const { segments, group, capacity } = fit
  const codewords = makeCodewords(bytes, segments, group, capacity)
  const layout = layoutOf(capacity.version, capacity.level)
  const bits = layCodewords(codewords, layout)
  flip(bits, layout.masks[bestMask(bits, layout)] as Bits, bits)
  return { size: layout.size, version: capacity.version, level: capacity.level, modules: unpackModules(bits, layout) }
}

type Fit = { readonly segments: readonly Segment[]; readonly group: VersionGroup; readonly capacity: Capacity }

/** The last version of each group. */
const groupEnds = [9, 26, lastVersion] as const

function fitText(bytes: Uint8Array, length: number): Fit | undefined {
  let version = 1
  for (let group = 0; group < 3; group++) {
    const segments = splitIntoSegments(bytes, length, group as VersionGroup)
    const bits = segments.reduce((sum, segment) => sum + segmentBits(segment, group as VersionGroup), 0)
    for (; version <= (groupEnds[group] as number); version++) {
      const capacity = capacityOf(version, 'M')
      if (bits > capacity.dataBytes * 8) continue
      return { segments, group: group as VersionGroup, capacity: bestLevel(capacity, bits) }
    }
  }
  return undefined
}

function bestLevel(capacity: Capacity, bits: number): Capacity {
  for (const level of ['H', 'Q'] as const) {
    const better = capacityOf(capacity.version, level)
    if (bits <= better.dataBytes * 8) return better
  }
  return capacity
}

function layCodewords(codewords: Uint8Array, { frame, path, words }: Layout): Bits {
  const upright = frame.upright.slice()
  const turned = frame.turned.slice()
  const count = codewords.length * 8
  for (let index = 0; index < count; index++) {
    if (((codewords[index >> 3] as number) & (0x80 >> (index & 7))) === 0) continue
    const place = path[index] as number
    const x = place & 255
    const y = place >> 8
    const inRow = y * words + (x >> 5)
    upright[inRow] = (upright[inRow] as number) | (1 << (x & 31))
    const inColumn = x * words + (y >> 5)
    turned[inColumn] = (turned[inColumn] as number) | (1 << (y & 31))
  }
  return { upright, turned }
}

function bestMask(bits: Bits, { size, words, masks }: Layout): number {
  const masked = emptyBits(size)
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  masks.forEach((mask, index) => {
    flip(bits, mask, masked)
    const penalty = penaltyOf(masked, size, words, lowest)
    if (penalty >= lowest) return
    lowest = penalty
    best = index
  })
  return best
}

function flip(bits: Bits, mask: Bits, into: Bits): void {
  for (let index = 0; index < bits.upright.length; index++) {
    into.upright[index] = (bits.upright[index] as number) ^ (mask.upright[index] as number)
    into.turned[index] = (bits.turned[index] as number) ^ (mask.turned[index] as number)
  }
}

function unpackModules({ upright }: Bits, { size, words }: Layout): Uint8Array {
  const modules = new Uint8Array(size * size)
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) modules[at] = ((upright[y * words + (x >> 5)] as number) >>> (x & 31)) & 1
  }
  return modules
}
