import { type Matrix, makeMatrix } from '../qr/matrix.ts'
import { deflate } from './deflate.ts'
import { type Geometry, geometryOf, type PictureOptions } from './geometry.ts'

/** The QR code of a text as a black and white PNG, one bit a pixel. Throws `KhqrError`. */
export function toPng(text: string, options: PictureOptions = {}): Uint8Array {
  const matrix = makeMatrix(text)
  const geometry = geometryOf(matrix.size, options)
  return packPng(drawRows(matrix, geometry), geometry.size)
}

/** Rows of a filter byte (0: none) and one bit a pixel, 1 for white. */
function drawRows({ size: modules, modules: dark }: Matrix, { size, scale, offset }: Geometry): Uint8Array {
  const stride = 1 + ((size + 7) >> 3)
  const rows = new Uint8Array(stride * size).fill(255)
  for (let y = 0; y < size; y++) rows[y * stride] = 0
  for (let y = 0; y < modules; y++) {
    const start = (offset + y * scale) * stride
    for (let x = 0; x < modules; x++) {
      if (dark[y * modules + x] === 1) blacken(rows, start + 1, offset + x * scale, scale)
    }
    for (let copy = 1; copy < scale; copy++) rows.copyWithin(start + copy * stride, start, start + stride)
  }
  return rows
}

/** Clears `count` bits of the row that begins at `start`. */
function blacken(rows: Uint8Array, start: number, first: number, count: number): void {
  for (let bit = first; bit < first + count; bit++) {
    const at = start + (bit >> 3)
    rows[at] = (rows[at] as number) & ~(0x80 >> (bit & 7))
  }
}

/** A square PNG of one bit a pixel, grey. Source: PNG specification, chunks IHDR, IDAT and IEND. */
function packPng(rows: Uint8Array, size: number): Uint8Array {
  const packed = deflate(rows)
  const png = new Uint8Array(8 + 25 + 12 + packed.length + 12)
  png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const view = new DataView(png.buffer)
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, size)
  new DataView(header.buffer).setUint32(4, size)
  header[8] = 1
  let at = 8
  for (const [name, content] of [
    ['IHDR', header],
    ['IDAT', packed],
    ['IEND', new Uint8Array(0)],
  ] as const) {
    view.setUint32(at, content.length)
    for (let index = 0; index < 4; index++) png[at + 4 + index] = name.charCodeAt(index)
    png.set(content, at + 8)
    view.setUint32(at + 8 + content.length, crc32(png, at + 4, at + 8 + content.length))
    at += 12 + content.length
  }
  return png
}

function crc32(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  for (let at = start; at < end; at++) {
    crc = (crc >>> 8) ^ (crcTable[(crc ^ (bytes[at] as number)) & 255] as number)
  }
  return ~crc >>> 0
}

const crcTable: Int32Array = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
