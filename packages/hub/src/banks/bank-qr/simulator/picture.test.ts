import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateSync } from 'node:zlib'
import { decodeQR } from 'qr/decode.js'
import { qrPicture } from './picture.ts'

describe('the picture of a code', () => {
  it('is a PNG in which a reader finds the text', () => {
    const text = '00020101021229150011sophea@devb5204599953038405802KH5911Sophea Shop6010Phnom Penh6304A0A9'
    assert.equal(decodeQR(pixelsOf(qrPicture(text))), text)
  })
})

/** Reads back just the form that `qrPicture` writes: one IDAT, one bit per pixel, no filters. */
function pixelsOf(png: Buffer): { width: number; height: number; data: Uint8Array } {
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a')
  const size = png.readUInt32BE(16)
  const at = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  const rowBytes = 1 + Math.ceil(size / 8)
  const data = new Uint8Array(size * size * 4).fill(255)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const byte = rows[y * rowBytes + 1 + (x >> 3)] ?? 0
      if (!(byte & (0x80 >> (x & 7)))) data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3)
    }
  }
  return { width: size, height: size, data }
}
