/** How much of a code may be lost and still be read: M 15 %, Q 25 %, H 30 %. KHQR asks for M or better. */
export type Level = 'M' | 'Q' | 'H'

/** What a version (1 to 40: 21 to 177 modules wide) holds at a level. Source: ISO/IEC 18004, tables 1 and 9. */
export type Capacity = {
  readonly version: number
  readonly level: Level
  /** Bytes of data, and of data and correction together. */
  readonly dataBytes: number
  readonly allBytes: number
  readonly blocks: number
  /** Correction bytes of each block. */
  readonly correctionBytes: number
}

export const lastVersion = 40

export function capacityOf(version: number, level: Level): Capacity {
  const correctionBytes = correctionBytesPerBlock[level][version - 1] as number
  const blocks = blockCounts[level][version - 1] as number
  const allBytes = allBytesOf(version)
  return { version, level, dataBytes: allBytes - blocks * correctionBytes, allBytes, blocks, correctionBytes }
}

export function sizeOf(version: number): number {
  return 17 + 4 * version
}

/** Centres of the alignment patterns, the same for rows and columns. Source: ISO/IEC 18004, annex E. */
export function alignmentCentres(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2
  const centres = [6]
  for (let index = count - 2; index >= 0; index--) centres.push(sizeOf(version) - 7 - index * step)
  return centres
}

/** Modules that carry data: all but finders, timing, alignment, format and version information. */
function allBytesOf(version: number): number {
  let modules = (16 * version + 128) * version + 64
  if (version >= 2) {
    const count = Math.floor(version / 7) + 2
    modules -= (25 * count - 10) * count - 55
    if (version >= 7) modules -= 36
  }
  return modules >> 3
}

const correctionBytesPerBlock: Record<Level, readonly number[]> = {
  M: [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  ],
  Q: [
    13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30,
    30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  ],
  H: [
    17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30,
    30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  ],
}

const blockCounts: Record<Level, readonly number[]> = {
  M: [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33,
    35, 37, 38, 40, 43, 45, 47, 49,
  ],
  Q: [
    1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45,
    48, 51, 53, 56, 59, 62, 65, 68,
  ],
  H: [
    1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51,
    54, 57, 60, 63, 66, 70, 74, 77, 81,
  ],
}
