/**
 * A QR code packs digits at 3⅓ bits, capital letters and a few signs at 5½, and bytes at 8; changing between them costs
 * a header. A KHQR is mostly digits with words between, so the split decides how large the code is. This finds the split
 * with the fewest bits, in one pass: for every byte, the cheapest way to end there in each of the three modes.
 */
export const modes = [
  { name: 'numeric', indicator: 1, countBits: [10, 12, 14], sixths: 20 },
  { name: 'alphanumeric', indicator: 2, countBits: [9, 11, 13], sixths: 33 },
  { name: 'byte', indicator: 4, countBits: [8, 16, 16], sixths: 48 },
] as const

/** Index into `modes`. */
export type Mode = 0 | 1 | 2

/** Bytes `start` to `end` in one mode. */
export type Segment = { readonly mode: Mode; readonly start: number; readonly end: number }

/** Versions 1 to 9, 10 to 26, and 27 to 40 write the counts of a segment with different numbers of bits. */
export type VersionGroup = 0 | 1 | 2

export function countBits(mode: Mode, group: VersionGroup): number {
  return modes[mode].countBits[group] as number
}

/** Costs are counted in sixths of a bit, so that 3⅓ and 5½ are whole; a finished segment is rounded up to whole bits. */
export function splitIntoSegments(bytes: Uint8Array, length: number, group: VersionGroup): Segment[] {
  const heads = [0, 1, 2].map((mode) => 6 * (4 + countBits(mode as Mode, group)))
  const [numericHead = 0, alphanumericHead = 0, byteHead = 0] = heads
  const origins = new Uint8Array(length * 3)
  let numeric = Number.POSITIVE_INFINITY
  let alphanumeric = Number.POSITIVE_INFINITY
  let byte = Number.POSITIVE_INFINITY
  let finished = 0
  let finishedMode: Mode = 2
  for (let index = 0; index < length; index++) {
    const kind = kindOfByte[bytes[index] as number] as number
    const at = index * 3
    const newNumeric = finished + numericHead
    const newAlphanumeric = finished + alphanumericHead
    const newByte = finished + byteHead
    origins[at] = newNumeric < numeric ? finishedMode : 0
    origins[at + 1] = newAlphanumeric < alphanumeric ? finishedMode : 1
    origins[at + 2] = newByte < byte ? finishedMode : 2
    numeric = kind > 0 ? Number.POSITIVE_INFINITY : Math.min(numeric, newNumeric) + 20
    alphanumeric = kind > 1 ? Number.POSITIVE_INFINITY : Math.min(alphanumeric, newAlphanumeric) + 33
    byte = Math.min(byte, newByte) + 48
    finishedMode = numeric <= alphanumeric ? (numeric <= byte ? 0 : 2) : alphanumeric <= byte ? 1 : 2
    finished = wholeBits(finishedMode === 0 ? numeric : finishedMode === 1 ? alphanumeric : byte)
  }
  return trace(origins, length, finishedMode)
}

export function segmentBits({ mode, start, end }: Segment, group: VersionGroup): number {
  return 4 + countBits(mode, group) + Math.ceil(((end - start) * modes[mode].sixths) / 6)
}

function wholeBits(sixths: number): number {
  return Math.ceil(sixths / 6) * 6
}

/** Walks back from the cheapest end, then joins neighbours of one mode. */
function trace(origins: Uint8Array, length: number, lastMode: Mode): Segment[] {
  const modeOfByte = new Uint8Array(length)
  let mode: number = lastMode
  for (let index = length - 1; index >= 0; index--) {
    modeOfByte[index] = mode
    mode = origins[index * 3 + mode] as number
  }
  const segments: Segment[] = []
  let start = 0
  for (let index = 1; index <= length; index++) {
    if (index < length && modeOfByte[index] === modeOfByte[start]) continue
    segments.push({ mode: modeOfByte[start] as Mode, start, end: index })
    start = index
  }
  return length === 0 ? [] : segments
}

/** The 45 characters of the alphanumeric mode, in the order of their values. */
const alphanumerics = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** Value of a byte in the alphanumeric mode; 255 where it has none. */
export const alphanumericValues: Uint8Array = /* @__PURE__ */ makeAlphanumericValues()

function makeAlphanumericValues(): Uint8Array {
  const values = new Uint8Array(256).fill(255)
  for (let value = 0; value < alphanumerics.length; value++) values[alphanumerics.charCodeAt(value)] = value
  return values
}

/** The narrowest mode that can write a byte. */
const kindOfByte: Uint8Array = /* @__PURE__ */ alphanumericValues.map((value) => (value < 10 ? 0 : value < 45 ? 1 : 2))
