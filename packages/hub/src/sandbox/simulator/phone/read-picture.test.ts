import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { encode, toPng } from '@khqr-hub/khqr'
import { encode as encodeJpeg } from 'jpeg-js'
import { readPicture } from './read-picture.ts'
import { type Pixels, readPng } from './read-png.ts'

const { qr } = encode({
  kind: 'individual',
  payeeAccount: 'sample_shop@smpl',
  merchantName: 'Sample Shop',
  currency: 'USD',
  amountMinor: 2_500n,
  billNumber: '150001',
  createdAt: new Date('2026-01-07T05:00:00Z'),
  expiresAt: new Date('2026-01-07T05:15:00Z'),
})
const picture = readPng(Buffer.from(toPng(qr, { size: 500 })), 1_000_000) as Pixels

/** How somebody held his phone: the code's size in the picture, how far it is turned, and how badly it is lit. */
const photographs = [
  { name: 'straight', scale: 1, degrees: 0, width: 700, height: 700, dark: 0, blur: 0 },
  { name: 'upside down', scale: 1, degrees: 180, width: 700, height: 700, dark: 0, blur: 0 },
  { name: 'on its side', scale: 1, degrees: 90, width: 700, height: 900, dark: 0, blur: 0 },
  { name: 'a little askew', scale: 1, degrees: 7, width: 800, height: 800, dark: 0, blur: 0 },
  { name: 'far askew', scale: 1.1, degrees: 32, width: 900, height: 900, dark: 0, blur: 0 },
  { name: 'small', scale: 0.6, degrees: 3, width: 700, height: 500, dark: 0, blur: 0 },
  { name: 'in bad light', scale: 1, degrees: 4, width: 700, height: 700, dark: 0.5, blur: 0 },
  { name: 'blurred', scale: 1.2, degrees: 5, width: 800, height: 800, dark: 0.2, blur: 1 },
  { name: 'large', scale: 3, degrees: 5, width: 2400, height: 1900, dark: 0.2, blur: 1 },
] as const

test('a code is read from photographs of it, however the phone was held', () => {
  const lost = photographs.filter((how) => {
    const photograph = photographed(picture, how)
    const read = readPicture(encodeJpeg({ ...photograph, data: Buffer.from(photograph.data) }, 70).data)
    return !('qr' in read) || read.qr !== qr
  })
  assert.deepEqual(
    lost.map(({ name }) => name),
    [],
  )
})

const others: readonly (readonly [what: string, file: Buffer, problem: string])[] = [
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'wrongFile'],
  ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'wrongFile'],
  ['a GIF', Buffer.from('GIF89a'), 'wrongFile'],
  ['one byte', Buffer.from([0xff]), 'wrongFile'],
  ['a PNG that says it is enormous', pngOf(100_000, 100_000, Buffer.alloc(0)), 'tooLarge'],
  ['a PNG of 17 million pixels', pngOf(4_250, 4_000, Buffer.alloc(0)), 'tooLarge'],
  ['a PNG that unpacks to more than its header says', pngOf(10, 10, Buffer.alloc(50_000_000)), 'noPicture'],
  ['a PNG that unpacks to less', pngOf(4_000, 4_000, Buffer.alloc(10)), 'noPicture'],
  ['a PNG that is cut off', Buffer.from(toPng(qr, { size: 400 }).subarray(0, 200)), 'noPicture'],
  ['a PNG without a code', pngOf(50, 50, Buffer.alloc(51 * 50)), 'noPicture'],
  ['a JPEG that is cut off', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'noPicture'],
  ['a JPEG that says it is enormous', jpegHeader(60_000, 60_000), 'tooLarge'],
]

for (const [what, file, problem] of others) {
  test(`${what} is refused as ${problem}`, () => assert.deepEqual(readPicture(file), { problem }))
}

type How = {
  readonly scale: number
  readonly degrees: number
  readonly width: number
  readonly height: number
  readonly dark: number
  readonly blur: number
}

/** The picture in the middle of a grey one, as a phone's camera sees it: scaled, turned, darker to the right, and blurred. */
function photographed(code: Pixels, { scale, degrees, width, height, dark, blur }: How): Pixels {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  const light = (x: number, y: number): number => {
    const [fromX, fromY] = [(x - width / 2) / scale, (y - height / 2) / scale]
    const column = Math.floor(fromX * cos + fromY * sin + code.width / 2)
    const row = Math.floor(fromY * cos - fromX * sin + code.height / 2)
    const isIn = column >= 0 && row >= 0 && column < code.width && row < code.height
    return isIn ? (code.data[(row * code.width + column) * 4] ?? 0) : 190
  }
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let dy = -blur; dy <= blur; dy++) for (let dx = -blur; dx <= blur; dx++) sum += light(x + dx, y + dy)
      const shade = (sum / (2 * blur + 1) ** 2) * (1 - (dark * x) / width)
      data.fill(shade, (y * width + x) * 4, (y * width + x) * 4 + 3)
    }
  }
  return { width, height, data }
}

/** Grey, eight bits; its checksums are not looked at. */
function pngOf(width: number, height: number, raw: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
  }
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A JPEG's beginning, with the frame that says how large it is. */
function jpegHeader(width: number, height: number): Buffer {
  const frame = [0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]
  return Buffer.from([0xff, 0xd8, ...frame, 0xff, 0xd9])
}
