import { alphanumericValues, countBits, modes, type Segment, type VersionGroup } from './segments.ts'
import type { Capacity } from './versions.ts'

/** The bytes of a symbol in the order they are laid out: data and Reed–Solomon correction of all blocks, interleaved. */
export function makeCodewords(
  bytes: Uint8Array,
  segments: readonly Segment[],
  group: VersionGroup,
  capacity: Capacity,
): Uint8Array {
  return interleave(writeSegments(bytes, segments, group, capacity.dataBytes), capacity)
}

function writeSegments(
  bytes: Uint8Array,
  segments: readonly Segment[],
  group: VersionGroup,
  dataBytes: number,
): Uint8Array {
  const bits: Bits = { bytes: new Uint8Array(dataBytes), length: 0 }
  for (const { mode, start, end } of segments) {
    push(bits, modes[mode].indicator, 4)
    push(bits, end - start, countBits(mode, group))
    if (mode === 0) pushDigits(bits, bytes, start, end)
    else if (mode === 1) pushAlphanumerics(bits, bytes, start, end)
    else for (let index = start; index < end; index++) push(bits, bytes[index] as number, 8)
  }
  // Up to four zero bits end the text, zeros fill its last byte, and two bytes in turn fill the rest.
  const used = Math.min(Math.ceil((bits.length + 4) / 8), dataBytes)
  for (let index = used; index < dataBytes; index++) bits.bytes[index] = (index - used) % 2 === 0 ? 0xec : 0x11
  return bits.bytes
}

type Bits = { readonly bytes: Uint8Array; length: number }

function push(bits: Bits, value: number, count: number): void {
  for (let bit = count - 1; bit >= 0; bit--, bits.length++) {
    if ((value >> bit) & 1) {
      const at = bits.length >> 3
      bits.bytes[at] = (bits.bytes[at] as number) | (0x80 >> (bits.length & 7))
    }
  }
}

function pushDigits(bits: Bits, bytes: Uint8Array, start: number, end: number): void {
  const digit = (index: number) => (bytes[index] as number) - 48
  let index = start
  for (; index + 2 < end; index += 3) push(bits, digit(index) * 100 + digit(index + 1) * 10 + digit(index + 2), 10)
  if (end - index === 2) push(bits, digit(index) * 10 + digit(index + 1), 7)
  else if (end - index === 1) push(bits, digit(index), 4)
}

function pushAlphanumerics(bits: Bits, bytes: Uint8Array, start: number, end: number): void {
  const value = (index: number) => alphanumericValues[bytes[index] as number] as number
  let index = start
  for (; index + 1 < end; index += 2) push(bits, value(index) * 45 + value(index + 1), 11)
  if (index < end) push(bits, value(index), 6)
}

/** The first blocks are one byte shorter than the last ones where the data do not divide evenly. */
function interleave(data: Uint8Array, { allBytes, dataBytes, blocks, correctionBytes }: Capacity): Uint8Array {
  const shortLength = Math.floor(dataBytes / blocks)
  const shortBlocks = blocks - (dataBytes % blocks)
  const codewords = new Uint8Array(allBytes)
  const products = productsFor(correctionBytes)
  for (let block = 0, start = 0; block < blocks; block++) {
    const length = shortLength + (block < shortBlocks ? 0 : 1)
    for (let index = 0; index < length; index++) {
      const place = index < shortLength ? index * blocks + block : shortLength * blocks + block - shortBlocks
      codewords[place] = data[start + index] as number
    }
    const correction = divide(data.subarray(start, start + length), correctionBytes, products)
    for (let index = 0; index < correctionBytes; index++) {
      codewords[dataBytes + index * blocks + block] = correction[index] as number
    }
    start += length
  }
  return codewords
}

/** The remainder of the data by the generator polynomial: the correction bytes of one block. */
function divide(data: Uint8Array, correctionBytes: number, products: Uint8Array): Uint8Array {
  const remainder = new Uint8Array(correctionBytes)
  const last = correctionBytes - 1
  for (const byte of data) {
    const row = (byte ^ (remainder[0] as number)) * correctionBytes
    for (let index = 0; index < last; index++) {
      remainder[index] = (remainder[index + 1] as number) ^ (products[row + index] as number)
    }
    remainder[last] = products[row + last] as number
  }
  return remainder
}

const productTables = new Map<number, Uint8Array>()

/** Every byte times every coefficient of the generator of that degree: at most 30 × 256 bytes, made once. */
function productsFor(degree: number): Uint8Array {
  const known = productTables.get(degree)
  if (known !== undefined) return known
  const generator = makeGenerator(degree)
  const products = new Uint8Array(256 * degree)
  for (let byte = 0; byte < 256; byte++) {
    for (let index = 0; index < degree; index++) {
      products[byte * degree + index] = multiply(byte, generator[index] as number)
    }
  }
  productTables.set(degree, products)
  return products
}

/** (x − 1)(x − 2)(x − 4)… of that degree over GF(256), highest coefficient (always 1) left out. */
function makeGenerator(degree: number): Uint8Array {
  const generator = new Uint8Array(degree)
  generator[degree - 1] = 1
  let root = 1
  for (let factor = 0; factor < degree; factor++) {
    for (let index = 0; index < degree; index++) {
      generator[index] = multiply(generator[index] as number, root) ^ (generator[index + 1] ?? 0)
    }
    root = multiply(root, 2)
  }
  return generator
}

/** In GF(256) with the polynomial 0x11D. */
function multiply(left: number, right: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((right >> bit) & 1) product ^= left
  }
  return product
}
