/** CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) of the first `length` bytes: "123456789" is 0x29B1. */
export function crc16(bytes: Uint8Array, length: number): number {
  let crc = 0xffff
  for (let index = 0; index < length; index++) {
    crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ (bytes[index] as number)] as number)
  }
  return crc
}

/** Four upper-case hexadecimal digits, padded: 0x0A9 is "00A9". */
export function crcText(crc: number): string {
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

const table = /* @__PURE__ */ makeTable()

function makeTable(): Uint16Array {
  const entries = new Uint16Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
    entries[byte] = crc
  }
  return entries
}
