import assert from 'node:assert/strict'
import { crc32, deflateSync } from 'node:zlib'
import { test } from 'node:test'
import { readPng } from './read-png.ts'

type Row = { readonly filter: number; readonly bytes: readonly number[] }

function png(header: readonly number[], rows: readonly Row[], palette?: readonly number[]): Buffer {
  const raw = Buffer.from(rows.flatMap(({ filter, bytes }) => [filter, ...bytes]))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.from(header)),
    palette ? chunk('PLTE', Buffer.from(palette)) : Buffer.alloc(0),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

function size(width: number, height: number, depth: number, colour: number, interlace = 0): number[] {
  const places = [0, 0, 0, width, 0, 0, 0, height]
  return [...places, depth, colour, 0, 0, interlace]
}

/** The reds of its pixels: what is looked at is black, white or between. */
function reds(file: Buffer): number[] | undefined {
  const pixels = readPng(file, 1_000)
  return pixels && [...pixels.data].filter((_value, at) => at % 4 === 0)
}

const pictures: readonly (readonly [what: string, file: Buffer, reds: readonly number[]])[] = [
  ['grey of one bit', png(size(3, 1, 1, 0), [{ filter: 0, bytes: [0b10100000] }]), [255, 0, 255]],
  ['grey of four bits', png(size(2, 1, 4, 0), [{ filter: 0, bytes: [0x0f] }]), [0, 255]],
  ['grey of sixteen bits', png(size(2, 1, 16, 0), [{ filter: 0, bytes: [200, 9, 7, 9] }]), [200, 7]],
  ['three colours', png(size(2, 1, 8, 2), [{ filter: 0, bytes: [1, 2, 3, 4, 5, 6] }]), [1, 4]],
  ['a palette', png(size(2, 1, 8, 3), [{ filter: 0, bytes: [1, 0] }], [10, 0, 0, 20, 0, 0]), [20, 10]],
  ['grey that is clear in part', png(size(2, 1, 8, 4), [{ filter: 0, bytes: [0, 255, 0, 0] }]), [0, 255]],
  ['colours that are half clear', png(size(1, 1, 8, 6), [{ filter: 0, bytes: [55, 55, 55, 102] }]), [175]],
  ['the filter that adds the left one', png(size(3, 1, 8, 0), [{ filter: 1, bytes: [10, 250, 7] }]), [10, 4, 11]],
  [
    'the filters that add the upper one, the mean, and the nearest',
    png(size(2, 4, 8, 0), [
      { filter: 0, bytes: [10, 20] },
      { filter: 2, bytes: [1, 2] },
      { filter: 3, bytes: [4, 5] },
      { filter: 4, bytes: [6, 7] },
    ]),
    [10, 20, 11, 22, 9, 20, 15, 27],
  ],
]

test('a PNG of every kind of colour and every filter is read', () => {
  for (const [what, file, expected] of pictures) assert.deepEqual(reds(file), expected, what)
})

test('what is no PNG, is cut, interlaced, or too large, is not read', () => {
  const plain = png(size(2, 1, 8, 0), [{ filter: 0, bytes: [1, 2] }])
  assert.ok(reds(plain))
  assert.equal(reds(plain.subarray(0, -20)), undefined)
  assert.equal(reds(Buffer.from('no picture')), undefined)
  assert.equal(reds(png(size(2, 1, 8, 0, 1), [{ filter: 0, bytes: [1, 2] }])), undefined)
  assert.equal(reds(png(size(200, 200, 8, 0), [])), undefined)
  assert.equal(reds(png(size(2, 2, 8, 0), [{ filter: 0, bytes: [1, 2] }])), undefined)
})
