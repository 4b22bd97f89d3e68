/**
 * The UTF-8 bytes of a text, in a buffer that the next call overwrites: CRC and MD5 run over the same bytes, and
 * neither keeps them. Half a surrogate pair becomes U+FFFD, as in TextEncoder, which is slower for texts this short.
 */
export function utf8Bytes(text: string): { readonly bytes: Uint8Array; readonly length: number } {
  if (scratch.length < text.length * 3) scratch = new Uint8Array(text.length * 3)
  const bytes = scratch
  let length = 0
  for (let index = 0; index < text.length; index++) {
    let unit = text.charCodeAt(index)
    if (unit < 0x80) {
      bytes[length++] = unit
      continue
    }
    if (unit < 0x800) {
      bytes[length++] = 0xc0 | (unit >> 6)
      bytes[length++] = 0x80 | (unit & 0x3f)
      continue
    }
    if ((unit & 0xf800) === 0xd800) {
      const next = text.charCodeAt(index + 1)
      if (unit < 0xdc00 && (next & 0xfc00) === 0xdc00) {
        index += 1
        length = writeAstral(bytes, length, 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff))
        continue
      }
      unit = 0xfffd
    }
    bytes[length++] = 0xe0 | (unit >> 12)
    bytes[length++] = 0x80 | ((unit >> 6) & 0x3f)
    bytes[length++] = 0x80 | (unit & 0x3f)
  }
  return { bytes, length }
}

let scratch = new Uint8Array(4096)

function writeAstral(bytes: Uint8Array, length: number, point: number): number {
  bytes[length] = 0xf0 | (point >> 18)
  bytes[length + 1] = 0x80 | ((point >> 12) & 0x3f)
  bytes[length + 2] = 0x80 | ((point >> 6) & 0x3f)
  bytes[length + 3] = 0x80 | (point & 0x3f)
  return length + 4
}
