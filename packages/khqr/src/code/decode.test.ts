import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, KhqrError } from '../index.ts'
import { seal } from './encode.ts'

const head = '00020101021129130009rith@devb'
const tail = '5204599953031165802KH5910Rith Store6010Phnom Penh'

function sealed(text: string): string {
  return seal(`${text}6304`).qr
}

test('says everything a merchant code says', () => {
  const khqr = decode(
    '00020101021230550011sophea@devb0116ABCDEFGHIJKLMNOP0216ACLEDA Bank Plc.520459995303840540581.765802KH5911Sophea Shop6010Phnom Penh62240110INV-1006270806Top up64210002km0111ហាងក្រុមហ៊ុ9934001317952192000000113179521943300063040BA5',
  )
  assert.equal(khqr.kind, 'merchant')
  assert.equal(khqr.payeeAccount, 'sophea@devb')
  assert.equal(khqr.merchantId, 'ABCDEFGHIJKLMNOP')
  assert.equal(khqr.acquiringBank, 'ACLEDA Bank Plc.')
  assert.equal(khqr.amount, '81.76')
  assert.deepEqual(khqr.money, { amountMinor: 8176n, currency: 'USD' })
  assert.equal(khqr.billNumber, 'INV-100627')
  assert.equal(khqr.purpose, 'Top up')
  assert.equal(khqr.alternateName, 'ហាងក្រុមហ៊ុ')
  assert.equal(khqr.expiresAt?.getTime(), 1_795_219_433_000)
  assert.equal(khqr.md5, '184a54a7611d1c89e5732236b7bb384c')
  assert.deepEqual(khqr.warnings, [])
})

const amounts: [currency: string, text: string, minor: bigint | undefined][] = [
  ['116', '5000.0', 5000n],
  ['116', '4000.00', 4000n],
  ['116', '5000', 5000n],
  ['116', '0.5', undefined],
  ['840', '12.5', 1250n],
  ['840', '3', 300n],
  ['840', '3.', undefined],
  ['840', '1.005', undefined],
  ['840', '1.500', 150n],
  ['840', '-1', undefined],
  ['840', '1e3', undefined],
  ['840', ' 1', undefined],
  ['840', '9999999999.99', 999_999_999_999n],
  ['764', '100', undefined],
]
for (const [currency, text, minor] of amounts) {
  test(`reads the amount "${text}" in ${currency} as ${minor}`, () => {
    const code = `${head}520459995303${currency}54${String(text.length).padStart(2, '0')}${text}5802KH`
    const khqr = decode(sealed(code))
    assert.equal(khqr.amount, text)
    assert.equal(khqr.money?.amountMinor, minor)
  })
}

const refusals: [what: string, text: string, name: string, position: number][] = [
  ['a tag twice', sealed(`${head}${tail}5303116`), 'DUPLICATE_TAG', 78],
  ['a sub-tag twice', sealed(`00020129260009rith@devb0009evil@devb${tail}`), 'DUPLICATE_TAG', 23],
  ['a length that runs past the end', sealed(`${head}${tail}6299ab`), 'LENGTH_TOO_LONG', 80],
  ['a length that is no number', sealed(`${head}${tail}62-4`), 'LENGTH_UNREADABLE', 80],
  ['a tag that is no number', sealed(`${head}${tail}xx0`), 'TAG_UNREADABLE', 78],
  ['a template that holds no tags', sealed(`${head}620403yy${tail}`), 'TEMPLATE_UNREADABLE', 33],
  ['a CRC that does not fit', `${head}${tail}63040000`, 'CRC_MISMATCH', 78],
  ['no CRC', `${head}${tail}`, 'CRC_MISSING', 78],
  ['a blank after the CRC', `${sealed(head + tail)} `, 'TRAILING_DATA', 86],
  ['a second code after the first', sealed(head + tail) + sealed(head + tail), 'TRAILING_DATA', 86],
]
for (const [what, text, name, position] of refusals) {
  test(`strictly refuses ${what}, and says where`, () => {
    assert.throws(
      () => decode(text),
      (error) => error instanceof KhqrError && error.problem.name === name && error.position === position,
    )
    const { warnings, payeeAccount } = decode(text, { mode: 'lenient' })
    assert.ok(warnings.some((warning) => warning.name === name && warning.position === position))
    assert.ok(payeeAccount?.endsWith('@devb'), 'lenient still reads the payee')
  })
}

test('refuses a code that names two payees, even strictly well formed', () => {
  const text = sealed(`${head}30180009evil@devb0101x${tail}`)
  assert.throws(() => decode(text), { problem: decode(text, { mode: 'lenient' }).warnings[0] })
})

test('takes the last of a tag that stands twice, as the official SDK does', () => {
  assert.equal(decode(sealed(`${head}${tail}5903Abc`), { mode: 'lenient' }).merchantName, 'Abc')
})

test('reads a lower-case CRC, and says so', () => {
  const text = `${head}${tail}6304f3f1`
  assert.deepEqual(
    decode(text).warnings.map(({ name }) => name),
    ['CRC_LOWER_CASE'],
  )
})

test("keeps a vendor's template inside the additional data", () => {
  const khqr = decode(sealed(`${head}${tail}622601020068160012PAYWAY@TEST1`))
  assert.equal(khqr.billNumber, '00')
  assert.deepEqual(khqr.unknown, { '62.68': '0012PAYWAY@TEST1' })
  assert.equal(khqr.fields.at(-2)?.fields?.at(-1)?.fields?.[0]?.value, 'PAYWAY@TEST1')
})

test('reads a tag 99 that holds a GUID in place of times', () => {
  const khqr = decode(sealed(`${head}${tail}99240009khqr@test0307qrpayme`))
  assert.equal(khqr.createdAt, undefined)
  assert.deepEqual(khqr.unknown, { '99.00': 'khqr@test', '99.03': 'qrpayme' })
})

test('reads a code from before SDK 1.0.18: no tag 01, a creation time and no expiry', () => {
  const khqr = decode(sealed(`00020129130009rith@devb${tail}991700131612923437424`))
  assert.equal(khqr.initiation, undefined)
  assert.equal(khqr.createdAt?.getTime(), 1_612_923_437_424)
  assert.equal(khqr.expiresAt, undefined)
})

for (const input of [undefined, null, 12, {}, new String('00')]) {
  test(`refuses ${typeof input} ${String(input)} with its own error`, () => {
    assert.throws(
      () => decode(input as string),
      (error) => error instanceof KhqrError,
    )
  })
}

test('refuses a megabyte without reading it', () => {
  assert.throws(() => decode('0'.repeat(1_000_000)), { name: 'KhqrError', message: /longer than any KHQR/ })
})
