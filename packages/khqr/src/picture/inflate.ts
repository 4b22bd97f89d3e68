import { distanceBases, distanceExtras, endOfBlock, lengthBases, lengthExtras, lengthOrder } from './rfc1951.ts'

/** Thrown inside this folder only; `readPng` turns it into a `KhqrError`. */
export class BadPicture extends Error {}

/**
 * Unpacks a zlib stream (RFC 1950, 1951) into exactly `size` bytes; anything past them is not looked at, so a picture
 * cannot unpack to more than its header says. Written out here so that browsers need nothing else.
 */
export function inflate(packed: Uint8Array, size: number): Uint8Array {
  if (size > packed.length * tightest) throw new BadPicture('fewer pixels than its header says')
  const input: Input = { bytes: packed, position: 2, held: 0, heldBits: 0 }
  const output: Output = { bytes: new Uint8Array(size), length: 0 }
  for (let isLast = 0; isLast === 0 && output.length < size; ) {
    isLast = take(input, 1)
    const kind = take(input, 2)
    if (kind === 0) copyStored(input, output)
    else if (kind === 1) copyCoded(input, output, fixedLiterals, fixedDistances)
    else if (kind === 2) copyCoded(input, output, ...readTables(input))
    else throw new BadPicture('an unknown kind of block')
  }
  if (output.length < size) throw new BadPicture('fewer pixels than its header says')
  return output.bytes
}

/** A packed byte never becomes more bytes than this, so a small file that claims to be large is not made room for. */
const tightest = 1032

type Input = { readonly bytes: Uint8Array; position: number; held: number; heldBits: number }
type Output = { readonly bytes: Uint8Array; length: number }

/** A canonical Huffman code: how many codes there are of each length, and their symbols in order. */
type Code = { readonly counts: Uint16Array; readonly symbols: Uint16Array }

const longestCode = 15

function take(input: Input, bits: number): number {
  while (input.heldBits < bits) {
    if (input.position >= input.bytes.length) throw new BadPicture('it is cut off')
    input.held |= (input.bytes[input.position++] as number) << input.heldBits
    input.heldBits += 8
  }
  const value = input.held & ((1 << bits) - 1)
  input.held >>>= bits
  input.heldBits -= bits
  return value
}

function takeSymbol(input: Input, { counts, symbols }: Code): number {
  let code = 0
  let first = 0
  let index = 0
  for (let length = 1; length <= longestCode; length++) {
    code |= take(input, 1)
    const count = counts[length] as number
    if (code - first < count) return symbols[index + code - first] as number
    index += count
    first = (first + count) << 1
    code <<= 1
  }
  throw new BadPicture('an unknown code')
}

function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(longestCode + 1)
  for (const length of lengths) counts[length] = (counts[length] as number) + 1
  counts[0] = 0
  const starts = new Uint16Array(longestCode + 2)
  for (let length = 1; length <= longestCode; length++) {
    starts[length + 1] = (starts[length] as number) + (counts[length] as number)
  }
  const symbols = new Uint16Array(lengths.length)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    const place = starts[length] as number
    starts[length] = place + 1
    symbols[place] = symbol
  })
  return { counts, symbols }
}

function copyStored(input: Input, output: Output): void {
  input.held = 0
  input.heldBits = 0
  const length = take(input, 16)
  take(input, 16)
  const end = input.position + length
  if (end > input.bytes.length) throw new BadPicture('it is cut off')
  const room = Math.min(length, output.bytes.length - output.length)
  output.bytes.set(input.bytes.subarray(input.position, input.position + room), output.length)
  output.length += room
  input.position = end
}

function copyCoded(input: Input, output: Output, literals: Code, distances: Code): void {
  const { bytes } = output
  while (output.length < bytes.length) {
    const symbol = takeSymbol(input, literals)
    if (symbol === endOfBlock) return
    if (symbol < endOfBlock) {
      bytes[output.length++] = symbol
      continue
    }
    const lengthRow = symbol - 257
    if (lengthRow >= lengthBases.length) throw new BadPicture('an unknown length')
    const length = (lengthBases[lengthRow] as number) + take(input, lengthExtras[lengthRow] as number)
    const distanceRow = takeSymbol(input, distances)
    if (distanceRow >= distanceBases.length) throw new BadPicture('an unknown distance')
    const distance = (distanceBases[distanceRow] as number) + take(input, distanceExtras[distanceRow] as number)
    if (distance > output.length) throw new BadPicture('a distance before its start')
    const end = Math.min(output.length + length, bytes.length)
    for (; output.length < end; output.length++) bytes[output.length] = bytes[output.length - distance] as number
  }
}

function readTables(input: Input): [literals: Code, distances: Code] {
  const literalCount = take(input, 5) + 257
  const distanceCount = take(input, 5) + 1
  const lengthCount = take(input, 4) + 4
  const lengthLengths = new Uint8Array(19)
  for (let index = 0; index < lengthCount; index++) lengthLengths[lengthOrder[index] as number] = take(input, 3)
  const lengthCode = makeCode(lengthLengths)
  const lengths = new Uint8Array(literalCount + distanceCount)
  for (let index = 0; index < lengths.length; ) {
    const symbol = takeSymbol(input, lengthCode)
    if (symbol < 16) {
      lengths[index++] = symbol
      continue
    }
    if (symbol === 16 && index === 0) throw new BadPicture('a repeat of nothing')
    const repeated = symbol === 16 ? (lengths[index - 1] as number) : 0
    const times = symbol === 16 ? 3 + take(input, 2) : symbol === 17 ? 3 + take(input, 3) : 11 + take(input, 7)
    if (index + times > lengths.length) throw new BadPicture('too many code lengths')
    lengths.fill(repeated, index, index + times)
    index += times
  }
  return [makeCode(lengths.subarray(0, literalCount)), makeCode(lengths.subarray(literalCount))]
}

const fixedLiterals = /* @__PURE__ */ makeCode(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)
const fixedDistances = /* @__PURE__ */ makeCode(new Uint8Array(30).fill(5))
