import { codesOf, lengthsFor } from './huffman.ts'
import { distanceBases, distanceExtras, endOfBlock, lengthBases, lengthExtras, lengthOrder } from './rfc1951.ts'

/**
 * Packs bytes as a zlib stream (RFC 1950, 1951) in one block with codes of its own. Made for the rows of a QR picture,
 * which repeat whole: what stands at a place is looked for at the one place where its first three bytes stood last.
 * Written out here because it needs nothing from Node, answers at once, and is as small as zlib on such pictures.
 */
export function deflate(raw: Uint8Array): Uint8Array {
  const tokens = findRepeats(raw)
  const literalCounts = new Uint32Array(286)
  const distanceCounts = new Uint32Array(30)
  literalCounts[endOfBlock] = 1
  for (const token of tokens) {
    if (token < endOfBlock) {
      count(literalCounts, token)
    } else {
      count(literalCounts, 257 + rowOf(lengthBases, token & 511))
      count(distanceCounts, rowOf(distanceBases, token >> 9))
    }
  }
  const literals = lengthsFor(literalCounts, 15)
  const distances = lengthsFor(distanceCounts, 15)
  const output: Output = { bytes: new Uint8Array(512 + tokens.length * 6), length: 0, held: 0, heldBits: 0 }
  put(output, 0x0178, 16)
  put(output, 0b101, 3)
  putTables(output, literals, distances)
  putTokens(output, tokens, literals, distances)
  if (output.heldBits > 0) put(output, 0, 8 - output.heldBits)
  putAdler(output, raw)
  return output.bytes.subarray(0, output.length)
}

const shortestRepeat = 3
const longestRepeat = 258
const farthestRepeat = 32_768
const hashBits = 11

/** Each token is a byte, or a repeat as (distance << 9 | length) with the distance at least 1. */
function findRepeats(raw: Uint8Array): Int32Array {
  const tokens = new Int32Array(raw.length)
  const lastPlaces = new Int32Array(1 << hashBits).fill(-farthestRepeat)
  let used = 0
  let at = 0
  while (at < raw.length) {
    const hash = (((raw[at] as number) * 0x9e5 + (raw[at + 1] ?? 0) * 0x6f1 + (raw[at + 2] ?? 0) * 0x3b) >> 3) & 2047
    const place = lastPlaces[hash] as number
    lastPlaces[hash] = at
    const length = at - place <= farthestRepeat && place >= 0 ? repeatLength(raw, place, at) : 0
    if (length >= shortestRepeat) {
      tokens[used++] = ((at - place) << 9) | length
      at += length
    } else {
      tokens[used++] = raw[at++] as number
    }
  }
  return tokens.subarray(0, used)
}

function repeatLength(raw: Uint8Array, place: number, at: number): number {
  const most = Math.min(longestRepeat, raw.length - at)
  let length = 0
  while (length < most && raw[place + length] === raw[at + length]) length++
  return length
}

function count(counts: Uint32Array, symbol: number): void {
  counts[symbol] = (counts[symbol] as number) + 1
}

/** The last row of a table of bases that is not above the value. */
function rowOf(bases: readonly number[], value: number): number {
  let low = 0
  let high = bases.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((bases[middle] as number) <= value) low = middle
    else high = middle - 1
  }
  return low
}

type Output = { readonly bytes: Uint8Array; length: number; held: number; heldBits: number }

/** Lowest bit first; at most 16 bits at a time. */
function put(output: Output, value: number, bits: number): void {
  output.held |= value << output.heldBits
  output.heldBits += bits
  while (output.heldBits >= 8) {
    output.bytes[output.length++] = output.held & 255
    output.held >>>= 8
    output.heldBits -= 8
  }
}

/** The lengths of both codes, themselves written in a code; runs of zeros are most of them. */
function putTables(output: Output, literals: Uint8Array, distances: Uint8Array): void {
  const literalCount =
    1 +
    Math.max(
      endOfBlock,
      literals.findLastIndex((length) => length > 0),
    )
  const distanceCount =
    1 +
    Math.max(
      0,
      distances.findLastIndex((length) => length > 0),
    )
  const runs = runsOf([...literals.subarray(0, literalCount), ...distances.subarray(0, distanceCount)])
  const counts = new Uint32Array(19)
  for (const { symbol } of runs) count(counts, symbol)
  const lengths = lengthsFor(counts, 7)
  const codes = codesOf(lengths)
  const written = 1 + lengthOrder.findLastIndex((symbol) => (lengths[symbol] as number) > 0)
  put(output, literalCount - 257, 5)
  put(output, distanceCount - 1, 5)
  put(output, written - 4, 4)
  for (const symbol of lengthOrder.slice(0, written)) put(output, lengths[symbol] as number, 3)
  for (const { symbol, extra, extraBits } of runs) {
    put(output, codes[symbol] as number, lengths[symbol] as number)
    put(output, extra, extraBits)
  }
}

type Run = { readonly symbol: number; readonly extra: number; readonly extraBits: number }

/** 16 repeats the last length 3 to 6 times, 17 writes 3 to 10 zeros, 18 writes 11 to 138. */
function runsOf(lengths: readonly number[]): Run[] {
  const runs: Run[] = []
  for (let at = 0; at < lengths.length; ) {
    const length = lengths[at] as number
    let times = 1
    while (at + times < lengths.length && lengths[at + times] === length) times++
    if (length === 0 && times >= 11) {
      times = Math.min(times, 138)
      runs.push({ symbol: 18, extra: times - 11, extraBits: 7 })
    } else if (length === 0 && times >= 3) {
      runs.push({ symbol: 17, extra: times - 3, extraBits: 3 })
    } else if (times >= 4) {
      times = Math.min(times, 7)
      runs.push({ symbol: length, extra: 0, extraBits: 0 }, { symbol: 16, extra: times - 4, extraBits: 2 })
    } else {
      times = 1
      runs.push({ symbol: length, extra: 0, extraBits: 0 })
    }
    at += times
  }
  return runs
}

function putTokens(output: Output, tokens: Int32Array, literals: Uint8Array, distances: Uint8Array): void {
  const literalCodes = codesOf(literals)
  const distanceCodes = codesOf(distances)
  for (const token of tokens) {
    if (token < endOfBlock) {
      put(output, literalCodes[token] as number, literals[token] as number)
      continue
    }
    const length = token & 511
    const lengthRow = rowOf(lengthBases, length)
    put(output, literalCodes[257 + lengthRow] as number, literals[257 + lengthRow] as number)
    put(output, length - (lengthBases[lengthRow] as number), lengthExtras[lengthRow] as number)
    const distance = token >> 9
    const distanceRow = rowOf(distanceBases, distance)
    put(output, distanceCodes[distanceRow] as number, distances[distanceRow] as number)
    put(output, distance - (distanceBases[distanceRow] as number), distanceExtras[distanceRow] as number)
  }
  put(output, literalCodes[endOfBlock] as number, literals[endOfBlock] as number)
}

/** Adler-32 of what was packed, highest byte first. */
function putAdler(output: Output, raw: Uint8Array): void {
  let low = 1
  let high = 0
  for (let start = 0; start < raw.length; start += 3800) {
    // After 3,800 bytes the sums still fit 31 bits; the remainder is taken only then.
    const end = Math.min(start + 3800, raw.length)
    for (let at = start; at < end; at++) {
      low += raw[at] as number
      high += low
    }
    low %= 65_521
    high %= 65_521
  }
  for (const byte of [high >> 8, high & 255, low >> 8, low & 255]) put(output, byte, 8)
}
