import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadQrcode } from '../../test/peers.ts'
import { shownCodes } from '../../test/pictures.ts'
import { Random, seedOfRun } from '../../test/random.ts'
import { readPixels, toPng } from '../index.ts'
import { unpackPng } from '../picture/read-png.ts'
import { utf8Of } from '../code/utf8.ts'
import { makeMatrix } from './matrix.ts'
import { modes, segmentBits, splitIntoSegments } from './segments.ts'

const seed = seedOfRun()

test('is never larger than the code that qrcode draws, which also mixes modes', () => {
  for (const code of shownCodes) {
    const { size } = makeMatrix(code)
    assert.ok(size <= loadQrcode().create(code, { errorCorrectionLevel: 'M' }).modules.size, `${size} for ${code}`)
  }
})

test('a KHQR of 153 characters takes 41 × 41 modules', () => {
  const [, code = ''] = shownCodes
  assert.equal(makeMatrix(`${code.slice(0, -8)}62140110INV-10062763048AAC`).size, 41)
})

test('takes a better level where the same size has room for it', () => {
  assert.equal(makeMatrix('HELLO').level, 'H')
  assert.equal(makeMatrix('HELLO').size, 21)
})

test('refuses what no code holds', () => {
  assert.throws(() => makeMatrix('x'.repeat(2332)), { name: 'KhqrError' })
  assert.equal(makeMatrix('x'.repeat(2331)).version, 40)
  assert.equal(makeMatrix('1'.repeat(5596)).version, 40)
})

test(`any text is read back from its code (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  for (let index = 0; index < 60; index++) {
    const text = mixedText(random, 1 + index * 12)
    const { data, width, height } = unpackPng(toPng(text, { scale: 4 }))
    assert.equal(readPixels({ data, width, height }), text)
  }
})

test(`no split into segments has fewer bits (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  for (let index = 0; index < 200; index++) {
    const { bytes, length } = utf8Of(mixedText(random, 1 + random.below(30)))
    const segments = splitIntoSegments(bytes, length, 0)
    const bits = segments.reduce((sum, segment) => sum + segmentBits(segment, 0), 0)
    assert.equal(bits, fewestBits(bytes, length))
  }
})

/** By trying every last segment after every shorter text. */
function fewestBits(bytes: Uint8Array, length: number): number {
  const fewest = [0]
  for (let end = 1; end <= length; end++) {
    fewest[end] = Number.POSITIVE_INFINITY
    for (let start = 0; start < end; start++) {
      const text = String.fromCharCode(...bytes.slice(start, end))
      for (const mode of [0, 1, 2] as const) {
        if (!alphabets[mode].test(text)) continue
        const bits = (fewest[start] as number) + segmentBits({ mode, start, end }, 0)
        fewest[end] = Math.min(fewest[end] as number, bits)
      }
    }
  }
  return fewest[length] as number
}

const alphabets = [/^[0-9]*$/, /^[0-9A-Z $%*+\-./:]*$/, /^/] as const

function mixedText(random: Random, length: number): string {
  let text = ''
  while (text.length < length) {
    const letters = random.pick(['0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:', 'abc@_', 'កខភ្នំពេញ'])
    for (let run = random.below(15); run >= 0; run--) text += letters.charAt(random.below(letters.length))
  }
  return text.slice(0, length)
}

test('the modes are those of the standard', () => {
  assert.deepEqual(
    modes.map(({ name }) => name),
    ['numeric', 'alphanumeric', 'byte'],
  )
})
