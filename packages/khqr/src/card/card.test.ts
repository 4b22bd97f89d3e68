import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { readWithJsQr, shownCodes } from '../../test/pictures.ts'
import { cardSvg, encode, KhqrError, readPng } from '../index.ts'
import { unpackPng } from '../picture/read-png.ts'
import { cardPng } from './card-png.ts'
import { widthInEms } from './words.ts'

const font = (name: string) =>
  fileURLToPath(import.meta.resolve(`@expo-google-fonts/battambang/${name}/Battambang_${name}.ttf`))
const fonts = [font('400Regular')]
const boldFonts = [font('700Bold')]
const [, dollars = '', khmer = ''] = shownCodes

for (const width of [150, 151, 200, 400, 777, 1200]) {
  test(`every card drawn at ${width} px is read back by our reader and by jsQR, in both languages`, async () => {
    for (const [index, code] of shownCodes.entries()) {
      const png = await cardPng(code, { width, fonts, boldFonts, language: index % 2 === 0 ? 'km' : 'en' })
      assert.equal(readPng(png), code)
      assert.equal(readWithJsQr(png), code)
    }
  })
}

test('a card has the proportions 20:29', async () => {
  const { width, height } = unpackPng(await cardPng(dollars, { width: 400, fonts }))
  assert.deepEqual([width, height], [400, 580])
})

test('the code keeps four white modules on every side and stands on whole pixels', () => {
  for (let width = 150; width < 1200; width += 13) {
    const [, x = 0, y = 0, scale = 0] =
      /stroke="#000".*translate\((\d+) (\d+)\) scale\((\d+)\)/.exec(cardSvg(khmer, { width }))?.map(Number) ?? []
    const side = 57 * scale
    const dashes = (88 / 290) * Math.round((width * 29) / 20)
    assert.ok(x >= 4 * scale && width - x - side >= 4 * scale, `at ${width} px`)
    assert.ok(
      y - dashes >= 4 * scale - 1 && Math.round((width * 29) / 20) - y - side >= 4 * scale - 1,
      `at ${width} px`,
    )
  }
})

test('says merchant and amount in the language of the payer', () => {
  assert.match(cardSvg(khmer, { language: 'km' }), /<title>KHQR: ហាងក្រុមហ៊ុ 81.76 ដុល្លារ<\/title>/)
  assert.match(cardSvg(khmer), /<title>KHQR: Sophea Shop 81.76 USD<\/title>/)
})

test('groups the digits of a large amount', () => {
  const shop = {
    kind: 'individual',
    payeeAccount: 'a@b',
    merchantName: 'Shop',
    createdAt: 1e12,
    expiresAt: 1e12,
  } as const
  assert.match(cardSvg(encode({ ...shop, currency: 'KHR', amount: '1234567' }).qr), />1,234,567</)
  assert.match(cardSvg(encode({ ...shop, currency: 'USD', amount: '1234.5' }).qr), />1,234.50</)
})

test("shows a merchant's name, never markup of it", () => {
  const { qr } = encode({ kind: 'individual', payeeAccount: 'a@b', merchantName: '<b onload="x">&', currency: 'USD' })
  assert.ok(cardSvg(qr).includes('&#60;b onload=&#34;x&#34;&#62;&#38;'))
})

test('gives Khmer marks and subscripts no room of their own', () => {
  assert.equal(widthInEms('ភ្នំ'), widthInEms('ភ'))
})

test('refuses a damaged code, a width that cannot be drawn, and a font that is not there', async () => {
  assert.throws(
    () => cardSvg(`${dollars}x`),
    (error) => error instanceof KhqrError,
  )
  assert.throws(
    () => cardSvg(dollars, { width: 149 }),
    (error) => error instanceof KhqrError,
  )
  await assert.rejects(cardPng(dollars, { fonts: ['no-such-font.ttf'] }), (error) => error instanceof KhqrError)
  await assert.rejects(cardPng(dollars, { fonts: [] }), (error) => error instanceof KhqrError)
})
