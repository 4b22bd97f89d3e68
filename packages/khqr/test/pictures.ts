import { crc32, deflateSync } from 'node:zlib'
import { type Pixels, unpackPng } from '../src/picture/read-png.ts'
import { loadJsQr } from './peers.ts'

/** Codes of every size a KHQR comes in, from a bare static one to one with nearly all fields, in Khmer. */
export const shownCodes: readonly string[] = [
  '00020101021129150011sophea@devb5204599953031165802KH5911Sophea Shop6010Phnom Penh63040C9C',
  '00020101021229150011sophea@devb52045999530384054040.255802KH5911Sophea Shop6010Phnom Penh9934001317952192000000113179521980000063048AAC',
  '00020101021230550011sophea@devb0116ABCDEFGHIJKLMNOP0216ACLEDA Bank Plc.520459995303840540581.765802KH5911Sophea Shop6010Phnom Penh62240110INV-1006270806Top up64210002km0111ហាងក្រុមហ៊ុ9934001317952192000000113179521943300063040BA5',
  '00020101021230390011market@abaa0108M-7700120208ABA Bank520458125303840540512.505802KH5912Angkor Books6010Phnom Penh62760115INV-2026-0001230211855123456780309Riverside0706POS-320815Invoice payment64330002km0112ហាងក្រុមហ៊ុន0207ភ្នំពេញ9934001317952608245450113179526142454563046C1C',
]

/** What another decoder, jsQR, reads in a PNG on white paper; undefined where it finds nothing. */
export function readWithJsQr(png: Uint8Array): string | undefined {
  const { data, width, height } = unpackPng(png)
  const onWhite = Uint8ClampedArray.from(data, (value, at) => {
    const alpha = data[at | 3] as number
    return (at & 3) === 3 ? 255 : 255 - ((255 - value) * alpha) / 255
  })
  return loadJsQr()(onWhite, width, height)?.data
}

/** How a PNG may store its pixels: kind and depth as in its header. */
export type PngKind = {
  readonly kind: 0 | 2 | 3 | 4 | 6
  readonly depth: 1 | 2 | 4 | 8 | 16
  readonly interlaced?: boolean
}

/** Packs black and white pixels as a PNG of another kind, with a filter that changes from row to row. */
export function packPngAs({ data, width, height }: Pixels, { kind, depth, interlaced = false }: PngKind): Uint8Array {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[kind]
  const isDark = (x: number, y: number) => (data[(y * width + x) * 4] as number) < 128
  const most = kind === 3 ? 1 : 2 ** depth - 1
  const pixelBytes = Math.max(1, (channels * depth) >> 3)
  const passes = interlaced ? adam7 : [[0, 0, 1, 1] as const]
  const rows: Buffer[] = []
  for (const [left, top, stepX, stepY] of passes.filter(([left]) => left < width)) {
    let above: number[] | undefined
    for (let y = top; y < height; y += stepY) {
      let bits = ''
      for (let x = left; x < width; x += stepX) {
        const colour = (isDark(x, y) ? 0 : most).toString(2).padStart(depth, '0')
        const opaque = (2 ** depth - 1).toString(2)
        const hasAlpha = kind === 4 || kind === 6
        bits += colour.repeat(hasAlpha ? channels - 1 : channels) + (hasAlpha ? opaque : '')
      }
      const row = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2))
      const filter = rows.length % 5
      rows.push(Buffer.from([filter, ...filtered(row, above ?? row.map(() => 0), filter, pixelBytes)]))
      above = row
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([depth, kind, 0, 0, interlaced ? 1 : 0], 8)
  const palette = kind === 3 ? [chunk('PLTE', Buffer.from([0, 0, 0, 255, 255, 255]))] : []
  const packed = chunk('IDAT', deflateSync(Buffer.concat(rows)))
  return Buffer.concat([signature, chunk('IHDR', header), ...palette, packed, chunk('IEND', Buffer.alloc(0))])
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** The filters of the PNG specification: none, sub, up, average, Paeth. */
function filtered(row: readonly number[], above: readonly number[], filter: number, pixelBytes: number): number[] {
  return row.map((value, at) => {
    const left = row[at - pixelBytes] ?? 0
    const up = above[at] ?? 0
    const upLeft = at >= pixelBytes ? (above[at - pixelBytes] ?? 0) : 0
    const guesses = [0, left, up, (left + up) >> 1, nearest(left, up, upLeft)]
    return (value - (guesses[filter] as number)) & 255
  })
}

function nearest(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft
  const [best] = [left, up, upLeft].sort((one, other) => Math.abs(guess - one) - Math.abs(guess - other))
  return best as number
}

function chunk(name: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name), content])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(content.length)
  framed.set(named, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}
