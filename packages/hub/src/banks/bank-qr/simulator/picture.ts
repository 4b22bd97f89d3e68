import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

const pixelsPerModule = 6
const quietModules = 4

/** A black-and-white PNG of the text as a QR code. */
export function qrPicture(text: string): Buffer {
  const modules = encodeQR(text, 'raw', { border: quietModules })
  const size = modules.length * pixelsPerModule
  const rowBytes = 1 + Math.ceil(size / 8)
  const pixels = Buffer.alloc(rowBytes * size)
  modules.forEach((row, y) => {
    const line = pixelRow(row, rowBytes)
    for (let copy = 0; copy < pixelsPerModule; copy++) line.copy(pixels, (y * pixelsPerModule + copy) * rowBytes)
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // One bit per pixel, greyscale; a dark module is 0.
  header[8] = 1
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function pixelRow(row: readonly boolean[], rowBytes: number): Buffer {
  const line = Buffer.alloc(rowBytes)
  for (let x = 0; x < row.length * pixelsPerModule; x++) {
    if (!row[Math.floor(x / pixelsPerModule)]) line[1 + (x >> 3)] = (line[1 + (x >> 3)] ?? 0) | (0x80 >> (x & 7))
  }
  return line
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
