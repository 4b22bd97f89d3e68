/**
 * MD5 (RFC 1321) of the first `length` bytes, as 32 lower-case hexadecimal digits. Bakong names a payment by the MD5 of
 * its code; it protects nothing. Written out here because browsers have none and the package imports nothing from Node.
 */
export function md5(bytes: Uint8Array, length: number): string {
  state[0] = 0x67452301
  state[1] = 0xefcdab89 | 0
  state[2] = 0x98badcfe | 0
  state[3] = 0x10325476
  const whole = length & ~63
  for (let offset = 0; offset < whole; offset += 64) {
    loadBlock(bytes, offset)
    mixBlock()
  }
  padLastBlock(bytes, whole, length)
  return hexOfState()
}

const state = /* @__PURE__ */ new Int32Array(4)
const block = /* @__PURE__ */ new Int32Array(16)
const tail = /* @__PURE__ */ new Uint8Array(64)

/** The constants of RFC 1321: the integer part of 2^32 × |sin(i + 1)|. */
const sines = /* @__PURE__ */ Int32Array.from({ length: 64 }, (_, index) => Math.abs(Math.sin(index + 1)) * 2 ** 32)

function loadBlock(bytes: Uint8Array, offset: number): void {
  for (let word = 0, at = offset; word < 16; word++, at += 4) {
    block[word] =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
  }
}

/** A one bit, zeros, and the length in bits end the text; where they do not fit, they fill a block of their own. */
function padLastBlock(bytes: Uint8Array, whole: number, length: number): void {
  const rest = length - whole
  tail.fill(0)
  for (let index = 0; index < rest; index++) tail[index] = bytes[whole + index] as number
  tail[rest] = 0x80
  loadBlock(tail, 0)
  if (rest > 55) {
    mixBlock()
    block.fill(0)
  }
  block[14] = length << 3
  block[15] = length >>> 29
  mixBlock()
}

function mixBlock(): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  for (let i = 0; i < 16; i += 4) {
    a = turn(a + ((b & c) | (~b & d)), i, i, 7, b)
    d = turn(d + ((a & b) | (~a & c)), i + 1, i + 1, 12, a)
    c = turn(c + ((d & a) | (~d & b)), i + 2, i + 2, 17, d)
    b = turn(b + ((c & d) | (~c & a)), i + 3, i + 3, 22, c)
  }
  for (let i = 16; i < 32; i += 4) {
    a = turn(a + ((b & d) | (c & ~d)), i, (5 * i + 1) & 15, 5, b)
    d = turn(d + ((a & c) | (b & ~c)), i + 1, (5 * i + 6) & 15, 9, a)
    c = turn(c + ((d & b) | (a & ~b)), i + 2, (5 * i + 11) & 15, 14, d)
    b = turn(b + ((c & a) | (d & ~a)), i + 3, (5 * i) & 15, 20, c)
  }
  for (let i = 32; i < 48; i += 4) {
    a = turn(a + (b ^ c ^ d), i, (3 * i + 5) & 15, 4, b)
    d = turn(d + (a ^ b ^ c), i + 1, (3 * i + 8) & 15, 11, a)
    c = turn(c + (d ^ a ^ b), i + 2, (3 * i + 11) & 15, 16, d)
    b = turn(b + (c ^ d ^ a), i + 3, (3 * i + 14) & 15, 23, c)
  }
  for (let i = 48; i < 64; i += 4) {
    a = turn(a + (c ^ (b | ~d)), i, (7 * i) & 15, 6, b)
    d = turn(d + (b ^ (a | ~c)), i + 1, (7 * i + 7) & 15, 10, a)
    c = turn(c + (a ^ (d | ~b)), i + 2, (7 * i + 14) & 15, 15, d)
    b = turn(b + (d ^ (c | ~a)), i + 3, (7 * i + 21) & 15, 21, c)
  }
  state[0] = ((state[0] as number) + a) | 0
  state[1] = ((state[1] as number) + b) | 0
  state[2] = ((state[2] as number) + c) | 0
  state[3] = ((state[3] as number) + d) | 0
}

function turn(mixed: number, step: number, word: number, by: number, next: number): number {
  const sum = (mixed + (block[word] as number) + (sines[step] as number)) | 0
  return (((sum << by) | (sum >>> (32 - by))) + next) | 0
}

const hexOfByte: readonly string[] = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

function hexOfState(): string {
  let hex = ''
  for (let word = 0; word < 4; word++) {
    const value = state[word] as number
    hex += hexOfByte[value & 255]
    hex += hexOfByte[(value >>> 8) & 255]
    hex += hexOfByte[(value >>> 16) & 255]
    hex += hexOfByte[value >>> 24]
  }
  return hex
}
