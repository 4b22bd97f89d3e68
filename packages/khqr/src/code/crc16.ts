/** CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) of the first `length` bytes: "123456789" is 0x29B1. */
export function crc16(bytes: Uint8Array, length: number): number {
  let crc = 0xffff
  let at = 0
  // Four bytes at a time: the four look-ups do not wait for each other.
  for (; at + 4 <= length; at += 4) {
    crc =
      (table[768 + ((crc >> 8) ^ (bytes[at] as number))] as number) ^
      (table[512 + ((crc & 255) ^ (bytes[at + 1] as number))] as number) ^
      (table[256 + (bytes[at + 2] as number)] as number) ^
      (table[bytes[at + 3] as number] as number)
  }
  for (; at < length; at++) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ (bytes[at] as number)] as number)
  return crc
}

/** Four upper-case hexadecimal digits, padded: 0x00A9 is "00A9". */
export function crcText(crc: number): string {
  return (
    hexDigits.charAt(crc >> 12) +
    hexDigits.charAt((crc >> 8) & 15) +
    hexDigits.charAt((crc >> 4) & 15) +
    hexDigits.charAt(crc & 15)
  )
}

const hexDigits = '0123456789ABCDEF'

/** What a byte does to the CRC when 0, 1, 2 or 3 bytes follow it: four tables of 256. */
const table = /* @__PURE__ */ makeTable()

function makeTable(): Uint16Array {
  const entries = new Uint16Array(1024)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8
    for (let bit = 0; bit < 32; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
      if (bit % 8 === 7) entries[(bit >> 3) * 256 + byte] = crc
    }
  }
  return entries
}
