import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { receiptPdf } from './pdf.ts'
import type { ShownReceipt } from './shown-receipt.ts'
import { sentences } from './words.ts'

const shown: ShownReceipt = {
  language: 'km',
  issuer: 'Sample Insurance Plc.',
  number: 'R-000001',
  issuedAt: new Date('2026-01-07T05:01:02Z'),
  amount: 'USD 150.00',
  rows: [['Policy number', 'P123456789']],
  notes: [],
  url: `https://pay.example/receipt/R-000001/${'A'.repeat(43)}`,
}

test('the same receipt is the same bytes, and another is not', async () => {
  const first = await receiptPdf(shown)
  assert.deepEqual(await receiptPdf(shown), first)
  assert.notDeepEqual(await receiptPdf({ ...shown, rows: [['Policy number', 'P123456780']] }), first)
})

test('every sentence, and every Khmer letter with every mark, can be drawn', async () => {
  const letters = Array.from({ length: 0x17b3 - 0x1780 + 1 }, (_, at) => String.fromCodePoint(0x1780 + at))
  const marks = Array.from({ length: 0x17d3 - 0x17b6 + 1 }, (_, at) => String.fromCodePoint(0x17b6 + at))
  const rows = letters.map((letter) => [
    marks.map((mark) => letter + mark).join(' '),
    marks.map((mark) => `${letter}\u17d2\u1780${mark}`).join(' '),
  ])
  for (const more of [{ rows: rows as [string, string][] }, { notes: Object.values(sentences).map(({ km }) => km) }])
    assert.match((await receiptPdf({ ...shown, ...more })).toString('latin1'), /%%EOF\n?$/)
})

test('a letter that is written before and a mark that stands below are put where Khmer has them', async () => {
  const drawn = async (text: string) => glyphsOf(await receiptPdf({ ...shown, rows: [], notes: [text] }))
  // The vowel is typed after its letter and drawn before it: the same two glyphs, in the other order.
  const [letter, vowel] = [await drawn('ក'), await drawn('កេ')]
  assert.equal(vowel.length, letter.length + 1)
  // A subscript is one glyph of two characters.
  assert.equal((await drawn('ក្ក')).length, letter.length + 1)
})

test('what the font has no letter for is a question mark, and a long number is cut at the line’s end', async () => {
  for (const text of ['订单 A-1 🍜', 'A'.repeat(300), 'ក'.repeat(300)])
    assert.match((await receiptPdf({ ...shown, rows: [['x', text]] })).toString('latin1'), /%%EOF\n?$/)
})

/** Every glyph number that is drawn, in order. */
function glyphsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1')
  const streams = [...text.matchAll(/FlateDecode\n>>\nstream\n([^]*?)\nendstream/g)].map(([, bytes = '']) => {
    try {
      return inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1')
    } catch {
      return ''
    }
  })
  const page = streams.find((stream) => /\bBT\b/.test(stream)) ?? ''
  return [...page.matchAll(/<([0-9a-f]+)>/g)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? [])
}
