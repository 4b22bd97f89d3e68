import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import { packPngAs, type PngKind, readWithJsQr, shownCodes } from '../../test/pictures.ts'
import { Random, seedOfRun } from '../../test/random.ts'
import { KhqrError, readPixels, readPng, toPng, toSvg } from '../index.ts'
import { deflate } from './deflate.ts'
import { inflate } from './inflate.ts'
import { unpackPng } from './read-png.ts'

const seed = seedOfRun()
const [first = ''] = shownCodes

for (const size of [150, 151, 199, 300, 512, 777, 1200]) {
  test(`every code drawn at ${size} px is read back by our reader and by jsQR`, () => {
    for (const code of shownCodes) {
      const png = toPng(code, { size })
      assert.equal(readPng(png), code)
      assert.equal(readWithJsQr(png), code)
    }
  })
}

test('a picture has just the size that was asked for', () => {
  assert.equal(unpackPng(toPng(first, { size: 333 })).width, 333)
  assert.equal(unpackPng(toPng('A', { scale: 3, margin: 1 })).width, (21 + 2) * 3)
  assert.match(toSvg('A', { scale: 3, margin: 1 }), /width="69" height="69" viewBox="0 0 23 23"/)
})

test('a PNG is one bit a pixel and small', () => {
  const png = toPng(first)
  assert.equal(png[24], 1)
  assert.ok(png.length < 1500, `${png.length} bytes`)
})

const wrongOptions: object[] = [
  { size: 10 },
  { size: 1.5 },
  { size: 5000 },
  { size: Number.NaN },
  { scale: 0 },
  { scale: 65 },
  { margin: -1 },
  { size: 300, scale: 2 },
]
for (const options of wrongOptions) {
  test(`refuses to draw with ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => toPng(first, options),
      (error) => error instanceof KhqrError,
    )
    assert.throws(
      () => toSvg(first, options),
      (error) => error instanceof KhqrError,
    )
  })
}

const kinds: PngKind[] = [
  { kind: 0, depth: 1 },
  { kind: 0, depth: 2 },
  { kind: 0, depth: 4, interlaced: true },
  { kind: 0, depth: 8 },
  { kind: 0, depth: 16 },
  { kind: 2, depth: 8 },
  { kind: 2, depth: 16, interlaced: true },
  { kind: 3, depth: 1 },
  { kind: 3, depth: 4 },
  { kind: 3, depth: 8, interlaced: true },
  { kind: 4, depth: 8 },
  { kind: 4, depth: 16 },
  { kind: 6, depth: 8, interlaced: true },
  { kind: 6, depth: 16 },
]
for (const kind of kinds) {
  test(`reads a PNG of kind ${JSON.stringify(kind)}`, () => {
    assert.equal(readPng(packPngAs(unpackPng(toPng(first, { size: 203 })), kind)), first)
  })
}

test('reads a code of one pixel a module without a margin', () => {
  assert.equal(readPng(toPng(first, { scale: 1, margin: 0 })), first)
})

test('reads a code on a transparent ground', () => {
  const { data, width, height } = unpackPng(toPng(first))
  const clear = data.map((value, at) => (at % 4 === 3 && data[at - 1] === 255 ? 0 : value))
  assert.equal(readPixels({ data: clear, width, height }), first)
})

const unreadable: [what: string, picture: unknown][] = [
  ['nothing', new Uint8Array(0)],
  ['a text', 'png'],
  ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
  ['half a picture', toPng(first).slice(0, 400)],
  ['a picture that claims 16 megapixels', withWidth(toPng(first), 50_000)],
  [
    'a white picture',
    packPngAs({ data: new Uint8Array(40_000).fill(255), width: 100, height: 100 }, { kind: 0, depth: 8 }),
  ],
]
for (const [what, picture] of unreadable) {
  test(`refuses ${what} with its own error`, () => {
    assert.throws(
      () => readPng(picture as Uint8Array),
      (error) => error instanceof KhqrError,
    )
  })
}

function withWidth(png: Uint8Array, width: number): Uint8Array {
  new DataView(png.buffer, png.byteOffset).setUint32(16, width)
  return png
}

test('refuses pixels that are not four bytes for each', () => {
  assert.throws(() => readPixels({ data: new Uint8Array(9), width: 3, height: 1 }), { name: 'KhqrError' })
})

test(`no damaged picture throws anything but KhqrError (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  const pictures = shownCodes.map((code) => toPng(code, { scale: 1 }))
  for (let index = 0; index < 300; index++) {
    const png = random.pick(pictures).slice()
    for (let step = 1 + random.below(4); step > 0; step--) png[16 + random.below(png.length - 16)] = random.below(256)
    try {
      assert.equal(typeof readPng(png), 'string')
    } catch (error) {
      assert.ok(error instanceof KhqrError, `case ${index}: ${error}`)
    }
  }
})

test(`packs what zlib unpacks, and unpacks what zlib packs (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  for (let index = 0; index < 200; index++) {
    const values = 1 + random.below(256)
    const raw = Uint8Array.from({ length: random.below(5000) }, () => random.below(values))
    for (let copies = random.below(6); copies > 0; copies--) {
      raw.copyWithin(random.below(raw.length), random.below(raw.length), random.below(raw.length))
    }
    assert.deepEqual(new Uint8Array(inflateSync(deflate(raw))), raw)
    assert.deepEqual(inflate(deflateSync(raw, { level: random.below(10), strategy: random.below(5) }), raw.length), raw)
  }
})
