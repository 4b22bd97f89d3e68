import type { Bits } from './layout.ts'

/**
 * How badly a symbol reads: long runs of one colour, blocks of one colour, stretches that look like a finder, and too
 * much dark or light. Source: ISO/IEC 18004, 7.8.3. Counting stops as soon as the sum reaches `limit`.
 */
export function penaltyOf(bits: Bits, size: number, words: number, limit: number): number {
  let sum = runs(bits.upright, size, words) + runs(bits.turned, size, words)
  if (sum >= limit) return sum
  sum += blocksAndBalance(bits.upright, size, words)
  if (sum >= limit) return sum
  return sum + 40 * (finders(bits.upright, size, words) + finders(bits.turned, size, words))
}

/** The columns of a word that lie inside the symbol. */
function columnsOf(word: number, size: number): number {
  const columns = size - word * 32
  return columns >= 32 ? -1 : (1 << columns) - 1
}

/** Down every column: 3 for five modules of one colour, 1 for each more. */
function runs(rows: Uint32Array, size: number, words: number): number {
  let score = 0
  for (let word = 0; word < words; word++) {
    const inside = columnsOf(word, size)
    let before = 0
    for (let at = word, last = (size - 5) * words; at <= last + word; at += words) {
      const first = rows[at] as number
      const changes =
        (first ^ (rows[at + words] as number)) |
        (first ^ (rows[at + 2 * words] as number)) |
        (first ^ (rows[at + 3 * words] as number)) |
        (first ^ (rows[at + 4 * words] as number))
      const five = ~changes & inside
      if (five !== 0) score += bitCount(five) + 2 * bitCount(five & ~before)
      before = five
    }
  }
  return score
}

/** 3 for every 2 × 2 of one colour, and 10 for every 5 % by which dark and light are apart from half. */
function blocksAndBalance(rows: Uint32Array, size: number, words: number): number {
  let blocks = 0
  let dark = 0
  for (let y = 0; y < size; y++) {
    for (let word = 0; word < words; word++) {
      const at = y * words + word
      const here = rows[at] as number
      dark += bitCount(here)
      if (y === size - 1) continue
      const below = rows[at + words] as number
      const isLastWord = word === words - 1
      const right = (here >>> 1) | (isLastWord ? 0 : (rows[at + 1] as number) << 31)
      const belowRight = (below >>> 1) | (isLastWord ? 0 : (rows[at + words + 1] as number) << 31)
      const inside = isLastWord ? columnsOf(word, size) >>> 1 : -1
      const same = ~((here ^ below) | (here ^ right) | (here ^ belowRight)) & inside
      if (same !== 0) blocks += bitCount(same)
    }
  }
  const modules = size * size
  const steps = Math.ceil(Math.abs(dark * 20 - modules * 10) / modules) - 1
  return 3 * blocks + 10 * Math.max(0, steps)
}

/** Down every column: dark-light-dark-dark-dark-light-dark with four light modules before or after. */
function finders(rows: Uint32Array, size: number, words: number): number {
  let count = 0
  for (let word = 0; word < words; word++) {
    const inside = columnsOf(word, size)
    for (let at = word, last = (size - 7) * words + word; at <= last; at += words) {
      const core =
        (rows[at] as number) &
        ~(rows[at + words] as number) &
        (rows[at + 2 * words] as number) &
        (rows[at + 3 * words] as number) &
        (rows[at + 4 * words] as number) &
        ~(rows[at + 5 * words] as number) &
        (rows[at + 6 * words] as number) &
        inside
      if (core === 0) continue
      count += bitCount(core & lightFour(rows, at - 4 * words, words))
      count += bitCount(core & lightFour(rows, at + 7 * words, words))
    }
  }
  return count
}

/** The columns in which four rows from there are light; outside the symbol lies the white margin. */
function lightFour(rows: Uint32Array, at: number, words: number): number {
  let dark = 0
  for (let row = 0; row < 4; row++) dark |= rows[at + row * words] ?? 0
  return ~dark
}

function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555)
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333)
  return (((count + (count >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}
