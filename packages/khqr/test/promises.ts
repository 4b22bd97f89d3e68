import assert from 'node:assert/strict'
import { BakongKHQR } from '../src/bakong/index.ts'
import { decode, inspect, type KhqrInput, KhqrError, encode, verify } from '../src/index.ts'
import type { Random } from './random.ts'

/** The clock of all promises: that of the vectors. */
export const now = 1_795_219_200_000

/** What holds for any text whatever. */
export function holdsForText(text: string): void {
  const khqr = decode(text, { mode: 'lenient' })
  const strict = decodeStrictly(text)
  assert.equal(
    strict !== undefined,
    khqr.warnings.every(({ name }) => name === 'CRC_LOWER_CASE'),
  )
  const verdict = verify(text, { now })
  assert.equal(verdict.valid, verdict.reasons.length === 0)
  if (verdict.valid) assert.ok(strict, 'a valid code reads strictly')
  const read = khqr.fields.map(({ tag, value }) => tag + String(value.length).padStart(2, '0') + value).join('')
  assert.ok(text.startsWith(read), 'the fields are the beginning of the text')
  assert.equal(typeof inspect(text), 'string')
  const official = BakongKHQR.decode(text).data
  if (strict) assert.equal(official?.merchantName, strict.merchantName ?? null)
  if (BakongKHQR.verify(text).isValid) assert.ok(khqr.crcFits, 'the drop-in calls nothing valid whose CRC does not fit')
  assert.equal(BakongKHQR.decodeNonKhqr(text).status.code, 0)
}

function decodeStrictly(text: string) {
  try {
    return decode(text)
  } catch (error) {
    assert.ok(error instanceof KhqrError, `a foreign error: ${error}`)
    return undefined
  }
}

const someTexts: readonly unknown[] = [
  undefined,
  '',
  'a',
  'Angkor Books',
  'ហាងនំប៉័ង',
  '书店😀',
  'x'.repeat(15),
  'x'.repeat(25),
  'x'.repeat(26),
  'x'.repeat(32),
  'x'.repeat(99),
  '\u0007',
  '\ud800',
  12,
  null,
  {},
]
const someAmounts: readonly unknown[] = ['1', '0.01', '12.50', '5000.0', '0', '-1', 'abc', '1e3', '9999999999.99', 3]

/** Input for `encode`, mostly right, sometimes absurd. */
export function someInput(random: Random): KhqrInput {
  const some = (usual: string, percent = 90) => (random.chance(percent) ? usual : random.pick(someTexts))
  const optional = (usual: string) => (random.chance(60) ? undefined : some(usual))
  const isDynamic = random.chance(60)
  return {
    kind: random.chance(97) ? random.pick(['individual', 'merchant']) : random.pick(someTexts),
    payeeAccount: some('sophea@devb'),
    merchantName: some('Sophea Shop'),
    merchantCity: optional('Kampot'),
    merchantId: some('M-77'),
    acquiringBank: some('Dev Bank'),
    accountInformation: optional('85512345678'),
    currency: random.chance(95) ? random.pick(['USD', 'KHR']) : random.pick(someTexts),
    amount: isDynamic ? random.pick(someAmounts) : undefined,
    createdAt: now,
    expiresAt: isDynamic ? random.pick([now + 600_000, new Date(now + 1), now, 17, Number.NaN, undefined]) : undefined,
    merchantCategoryCode: optional('5812'),
    unionPayAccount: random.chance(10) ? some('0001034400010344ABCDEFGHJIKLMNO') : undefined,
    billNumber: optional('INV-1'),
    mobileNumber: optional('85512345678'),
    storeLabel: optional('Riverside'),
    terminalLabel: optional('POS-1'),
    purpose: optional('Top up'),
    language: optional('km'),
    alternateName: optional('ហាងនំប៉័ង'),
    alternateCity: optional('ភ្នំពេញ'),
  } as KhqrInput
}

/** What holds for any input whatever: it is refused by our own error, or its code says just what was given. */
export function holdsForInput(input: KhqrInput): boolean {
  let written: { qr: string; md5: string }
  try {
    written = encode(input)
  } catch (error) {
    assert.ok(error instanceof KhqrError, `a foreign error: ${error}`)
    return false
  }
  const { valid, reasons, khqr } = verify(written.qr, { now })
  assert.ok(valid, reasons[0]?.message)
  assert.equal(khqr?.md5, written.md5)
  for (const [name, given] of Object.entries(input)) {
    if (typeof given !== 'string' || given === '' || name === 'amount' || !(name in khqr)) continue
    const isElsewhere = name === (input.kind === 'merchant' ? 'accountInformation' : 'merchantId')
    if (!isElsewhere) assert.equal(khqr[name as keyof typeof khqr], given)
  }
  return true
}
