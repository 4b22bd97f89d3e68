/** The UTF-8 bytes of a text: the first `length` of a buffer that is also seen as little-endian words. */
export type Utf8 = { readonly bytes: Uint8Array; readonly words: Int32Array; readonly length: number }

/**
 * Writes a text as UTF-8 into a buffer that the next call overwrites: CRC, MD5 and QR code run over the same bytes, and
 * none keeps them. Half a surrogate pair becomes U+FFFD.
 */
export function utf8Of(text: string): Utf8 {
  const needed = text.length * 3 + paddingBytes
  if (bytes.length < needed) makeRoom(needed)
  return { bytes, words, length: encoder.encodeInto(text, bytes).written }
}

/** Bytes beyond the text that MD5 needs for its padding. */
const paddingBytes = 72

const encoder = /* @__PURE__ */ new TextEncoder()
let bytes = /* @__PURE__ */ new Uint8Array(8192)
let words = /* @__PURE__ */ new Int32Array(bytes.buffer)

function makeRoom(needed: number): void {
  bytes = new Uint8Array(Math.ceil(needed / 4096) * 4096)
  words = new Int32Array(bytes.buffer)
}
