import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { encode as encodeJpeg } from 'jpeg-js'
import type { ReceivedRequest } from '../../kit/test-local-server.ts'
import { bankAnswering, call, isTrouble, order, png, qr, sends, silent } from './test-bank.ts'

describe('a code', () => {
  test('is asked for with our payment number, the exact amount and our token', async () => {
    const { bank, received } = await bankAnswering({ qr: sends(png, 'image/png') })
    await bank.createQr(order, call)
    const [request] = received('/qr/generator')
    assert.equal(
      request?.body,
      '{"merchantId":"900000000000001","currency":"USD","amount":150.00,"billNumber":"150001","payer":"Sok Dara"}',
    )
    assert.equal(request?.headers['authorization'], 'Bearer token-1')
    assert.equal(request?.headers['x-request-id'], 'c-1')
  })

  const jpeg = encodeJpeg(pixelsOf(png), 90).data
  const pixels = { data: Buffer.alloc(300 * 300 * 4, 255), width: 300, height: 300 }
  for (const [form, body, type] of [
    ['a PNG', png, 'image/png'],
    ['a PNG that says it is text', png, 'text/plain'],
    ['a JPEG', jpeg, 'image/jpeg'],
    ['Base64 of a JPEG', jpeg.toString('base64'), 'text/plain'],
    ['JSON with Base64', JSON.stringify({ qrCode: png.toString('base64') }), 'application/json'],
    [
      'JSON with Base64 further down',
      JSON.stringify({ success: true, data: { qr: png.toString('base64') } }),
      'text/html',
    ],
    [
      'JSON with a data URI',
      JSON.stringify({ image: `data:image/png;base64,${png.toString('base64')}` }),
      'application/json',
    ],
    ['JSON with the KHQR', JSON.stringify({ qrString: qr }), 'application/json'],
    ['JSON that is one text', JSON.stringify(qr), 'application/json'],
    ['a data URI', `data:image/png;base64,${png.toString('base64')}`, 'text/plain'],
    ['Base64', png.toString('base64'), 'text/plain'],
    ['Base64 in lines', png.toString('base64').replace(/.{76}/g, '$&\r\n'), 'text/plain'],
    ['Base64 of the KHQR', Buffer.from(qr).toString('base64'), 'text/plain'],
    ['the KHQR', `${qr}\n`, 'text/plain'],
  ] as const) {
    test(`is read from ${form}`, async () => {
      const { bank } = await bankAnswering({ qr: sends(body, type) })
      const answer = await bank.createQr(order, call)
      assert.equal(answer.qrString, qr)
      assert.equal(answer.exchanges.length, 1)
    })
  }

  for (const [form, body] of [
    ['a page of HTML', '<!doctype html><html><body>Service down</body></html>'],
    ['an empty answer', ''],
    ['half a PNG', png.subarray(0, 200)],
    ['a JPEG without code', encodeJpeg(pixels, 80).data],
    ['a broken JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])],
    ['half a JSON answer', '{"qrCode":"iVBORw0'],
    ['JSON without a code', '{"status":"OK"}'],
    ['JSON with an empty code', '{"qrCode":" "}'],
    ['Base64 of nothing we know', Buffer.from('hello').toString('base64')],
    ['bytes', Buffer.from([1, 2, 3, 0xc3, 0x28])],
  ] as const) {
    test(`is not read from ${form}: unreadable, outcome unknown`, async () => {
      const { bank, counts } = await bankAnswering({ qr: sends(body) })
      await assert.rejects(bank.createQr(order, call), isTrouble({ kind: 'unreadable', outcome: 'unknown' }))
      assert.equal(counts['qr'], 1)
    })
  }

  test('comes with its deeplink and the bank’s own reference where settings say where they are', async () => {
    const body = JSON.stringify({ qrString: qr, links: { app: 'bank://pay' }, id: 12345678901234567n.toString() })
    const changes = { 'deeplink-fields': ['links.app'], 'bank-reference-fields': ['id'] }
    const { bank } = await bankAnswering({ qr: sends(body) }, changes)
    const answer = await bank.createQr(order, call)
    assert.equal(answer.deeplink, 'bank://pay')
    assert.equal(answer.bankReference, '12345678901234567')
    assert.equal(bank.describe().deeplink, true)
  })

  test('is asked for once: 500, silence, a cut connection and a redirect are trouble, never a second try', async () => {
    for (const [route, wanted] of [
      [sends('', 'text/plain', 500), { kind: 'error_answer', outcome: 'unknown', httpStatus: 500 }],
      [silent, { kind: 'timeout', outcome: 'unknown' }],
      [
        (_request: ReceivedRequest, response: ServerResponse) => void response.destroy(),
        { kind: 'unreachable', outcome: 'unknown' },
      ],
      [sends('', 'text/plain', 302), { kind: 'error_answer', httpStatus: 302 }],
      [sends(Buffer.alloc(1_048_577)), { kind: 'unreadable', outcome: 'unknown' }],
    ] as const) {
      const { bank, counts } = await bankAnswering({ qr: route })
      await assert.rejects(
        bank.createQr(order, route === silent ? { ...call, deadlineMs: 300 } : call),
        isTrouble(wanted),
      )
      assert.equal(counts['qr'], 1)
    }
  })

  test('is refused with the bank’s own word', async () => {
    const { bank } = await bankAnswering({ qr: sends('{"status":"INVALID_REQUEST"}', 'application/json', 400) })
    await assert.rejects(
      bank.createQr(order, call),
      isTrouble({ kind: 'error_answer', outcome: 'not_done', httpStatus: 400 }, /HTTP 400 \("INVALID_REQUEST"\)/),
    )
  })
})

/** Unpacks a PNG as `toPng` writes it: square, one bit a pixel, no filter. */
function pixelsOf(picture: Buffer): { data: Buffer; width: number; height: number } {
  const size = picture.readUInt32BE(16)
  const at = picture.indexOf('IDAT')
  const rows = inflateSync(picture.subarray(at + 4, at + 4 + picture.readUInt32BE(at - 4)))
  const data = Buffer.alloc(size * size * 4, 255)
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    const x = pixel % size
    const byte = rows[((pixel - x) / size) * (1 + Math.ceil(size / 8)) + 1 + (x >> 3)] ?? 0
    if ((byte & (0x80 >> (x & 7))) === 0) data.fill(0, pixel * 4, pixel * 4 + 3)
  }
  return { data, width: size, height: size }
}
