import type { Utf8 } from './utf8.ts'

/**
 * MD5 (RFC 1321) of the first `length` bytes, as 32 lower-case hexadecimal digits; overwrites the 72 bytes after them.
 * Bakong names a payment by the MD5 of its code; it protects nothing. Written out here because browsers have none, and as
 * sixty-four plain steps because that is faster than Node's own: most of what encoding a KHQR costs is this.
 */
export function md5({ bytes, words }: Utf8, length: number): string {
  state.set(start)
  const end = ((length + 72) >> 6) * 16
  // A one bit, zeros, and the length in bits end the text.
  bytes.fill(0, length, end * 4)
  bytes[length] = 0x80
  words[end - 2] = length << 3
  words[end - 1] = length >>> 29
  for (let at = 0; at < end; at += 16) mixBlock(words, at)
  return hexOf(state[0] as number) + hexOf(state[1] as number) + hexOf(state[2] as number) + hexOf(state[3] as number)
}

const start = /* @__PURE__ */ Int32Array.of(0x67452301, -0x10325477, -0x67452302, 0x10325476)
const state = /* @__PURE__ */ new Int32Array(4)

const hexOfByte: readonly string[] = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

function hexOf(word: number): string {
  return (
    (hexOfByte[word & 255] as string) +
    (hexOfByte[(word >>> 8) & 255] as string) +
    (hexOfByte[(word >>> 16) & 255] as string) +
    (hexOfByte[word >>> 24] as string)
  )
}

function mixBlock(words: Int32Array, at: number): void {
  const a = state[0] as number
  const b = state[1] as number
  const c = state[2] as number
  const d = state[3] as number
  mixFirst(words, at)
  mixSecond(words, at)
  mixThird(words, at)
  mixFourth(words, at)
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
}

function turn(sum: number, by: number, next: number): number {
  return (((sum << by) | (sum >>> (32 - by))) + next) | 0
}

// The numbers below are those of RFC 1321: the integer part of 2^32 × |sin(step)|, as signed words.

function mixFirst(words: Int32Array, at: number): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  a = turn((a + (d ^ (b & (c ^ d))) + (words[at] as number) - 680876936) | 0, 7, b)
  d = turn((d + (c ^ (a & (b ^ c))) + (words[at + 1] as number) - 389564586) | 0, 12, a)
  c = turn((c + (b ^ (d & (a ^ b))) + (words[at + 2] as number) + 606105819) | 0, 17, d)
  b = turn((b + (a ^ (c & (d ^ a))) + (words[at + 3] as number) - 1044525330) | 0, 22, c)
  a = turn((a + (d ^ (b & (c ^ d))) + (words[at + 4] as number) - 176418897) | 0, 7, b)
  d = turn((d + (c ^ (a & (b ^ c))) + (words[at + 5] as number) + 1200080426) | 0, 12, a)
  c = turn((c + (b ^ (d & (a ^ b))) + (words[at + 6] as number) - 1473231341) | 0, 17, d)
  b = turn((b + (a ^ (c & (d ^ a))) + (words[at + 7] as number) - 45705983) | 0, 22, c)
  a = turn((a + (d ^ (b & (c ^ d))) + (words[at + 8] as number) + 1770035416) | 0, 7, b)
  d = turn((d + (c ^ (a & (b ^ c))) + (words[at + 9] as number) - 1958414417) | 0, 12, a)
  c = turn((c + (b ^ (d & (a ^ b))) + (words[at + 10] as number) - 42063) | 0, 17, d)
  b = turn((b + (a ^ (c & (d ^ a))) + (words[at + 11] as number) - 1990404162) | 0, 22, c)
  a = turn((a + (d ^ (b & (c ^ d))) + (words[at + 12] as number) + 1804603682) | 0, 7, b)
  d = turn((d + (c ^ (a & (b ^ c))) + (words[at + 13] as number) - 40341101) | 0, 12, a)
  c = turn((c + (b ^ (d & (a ^ b))) + (words[at + 14] as number) - 1502002290) | 0, 17, d)
  b = turn((b + (a ^ (c & (d ^ a))) + (words[at + 15] as number) + 1236535329) | 0, 22, c)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function mixSecond(words: Int32Array, at: number): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  a = turn((a + (c ^ (d & (b ^ c))) + (words[at + 1] as number) - 165796510) | 0, 5, b)
  d = turn((d + (b ^ (c & (a ^ b))) + (words[at + 6] as number) - 1069501632) | 0, 9, a)
  c = turn((c + (a ^ (b & (d ^ a))) + (words[at + 11] as number) + 643717713) | 0, 14, d)
  b = turn((b + (d ^ (a & (c ^ d))) + (words[at] as number) - 373897302) | 0, 20, c)
  a = turn((a + (c ^ (d & (b ^ c))) + (words[at + 5] as number) - 701558691) | 0, 5, b)
  d = turn((d + (b ^ (c & (a ^ b))) + (words[at + 10] as number) + 38016083) | 0, 9, a)
  c = turn((c + (a ^ (b & (d ^ a))) + (words[at + 15] as number) - 660478335) | 0, 14, d)
  b = turn((b + (d ^ (a & (c ^ d))) + (words[at + 4] as number) - 405537848) | 0, 20, c)
  a = turn((a + (c ^ (d & (b ^ c))) + (words[at + 9] as number) + 568446438) | 0, 5, b)
  d = turn((d + (b ^ (c & (a ^ b))) + (words[at + 14] as number) - 1019803690) | 0, 9, a)
  c = turn((c + (a ^ (b & (d ^ a))) + (words[at + 3] as number) - 187363961) | 0, 14, d)
  b = turn((b + (d ^ (a & (c ^ d))) + (words[at + 8] as number) + 1163531501) | 0, 20, c)
  a = turn((a + (c ^ (d & (b ^ c))) + (words[at + 13] as number) - 1444681467) | 0, 5, b)
  d = turn((d + (b ^ (c & (a ^ b))) + (words[at + 2] as number) - 51403784) | 0, 9, a)
  c = turn((c + (a ^ (b & (d ^ a))) + (words[at + 7] as number) + 1735328473) | 0, 14, d)
  b = turn((b + (d ^ (a & (c ^ d))) + (words[at + 12] as number) - 1926607734) | 0, 20, c)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function mixThird(words: Int32Array, at: number): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  a = turn((a + (b ^ c ^ d) + (words[at + 5] as number) - 378558) | 0, 4, b)
  d = turn((d + (a ^ b ^ c) + (words[at + 8] as number) - 2022574463) | 0, 11, a)
  c = turn((c + (d ^ a ^ b) + (words[at + 11] as number) + 1839030562) | 0, 16, d)
  b = turn((b + (c ^ d ^ a) + (words[at + 14] as number) - 35309556) | 0, 23, c)
  a = turn((a + (b ^ c ^ d) + (words[at + 1] as number) - 1530992060) | 0, 4, b)
  d = turn((d + (a ^ b ^ c) + (words[at + 4] as number) + 1272893353) | 0, 11, a)
  c = turn((c + (d ^ a ^ b) + (words[at + 7] as number) - 155497632) | 0, 16, d)
  b = turn((b + (c ^ d ^ a) + (words[at + 10] as number) - 1094730640) | 0, 23, c)
  a = turn((a + (b ^ c ^ d) + (words[at + 13] as number) + 681279174) | 0, 4, b)
  d = turn((d + (a ^ b ^ c) + (words[at] as number) - 358537222) | 0, 11, a)
  c = turn((c + (d ^ a ^ b) + (words[at + 3] as number) - 722521979) | 0, 16, d)
  b = turn((b + (c ^ d ^ a) + (words[at + 6] as number) + 76029189) | 0, 23, c)
  a = turn((a + (b ^ c ^ d) + (words[at + 9] as number) - 640364487) | 0, 4, b)
  d = turn((d + (a ^ b ^ c) + (words[at + 12] as number) - 421815835) | 0, 11, a)
  c = turn((c + (d ^ a ^ b) + (words[at + 15] as number) + 530742520) | 0, 16, d)
  b = turn((b + (c ^ d ^ a) + (words[at + 2] as number) - 995338651) | 0, 23, c)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function mixFourth(words: Int32Array, at: number): void {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  a = turn((a + (c ^ (b | ~d)) + (words[at] as number) - 198630844) | 0, 6, b)
  d = turn((d + (b ^ (a | ~c)) + (words[at + 7] as number) + 1126891415) | 0, 10, a)
  c = turn((c + (a ^ (d | ~b)) + (words[at + 14] as number) - 1416354905) | 0, 15, d)
  b = turn((b + (d ^ (c | ~a)) + (words[at + 5] as number) - 57434055) | 0, 21, c)
  a = turn((a + (c ^ (b | ~d)) + (words[at + 12] as number) + 1700485571) | 0, 6, b)
  d = turn((d + (b ^ (a | ~c)) + (words[at + 3] as number) - 1894986606) | 0, 10, a)
  c = turn((c + (a ^ (d | ~b)) + (words[at + 10] as number) - 1051523) | 0, 15, d)
  b = turn((b + (d ^ (c | ~a)) + (words[at + 1] as number) - 2054922799) | 0, 21, c)
  a = turn((a + (c ^ (b | ~d)) + (words[at + 8] as number) + 1873313359) | 0, 6, b)
  d = turn((d + (b ^ (a | ~c)) + (words[at + 15] as number) - 30611744) | 0, 10, a)
  c = turn((c + (a ^ (d | ~b)) + (words[at + 6] as number) - 1560198380) | 0, 15, d)
  b = turn((b + (d ^ (c | ~a)) + (words[at + 13] as number) + 1309151649) | 0, 21, c)
  a = turn((a + (c ^ (b | ~d)) + (words[at + 4] as number) - 145523070) | 0, 6, b)
  d = turn((d + (b ^ (a | ~c)) + (words[at + 11] as number) - 1120210379) | 0, 10, a)
  c = turn((c + (a ^ (d | ~b)) + (words[at + 2] as number) + 718787259) | 0, 15, d)
  b = turn((b + (d ^ (c | ~a)) + (words[at + 9] as number) - 343485551) | 0, 21, c)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}
