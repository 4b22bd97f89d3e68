import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { decode, encode, type KhqrInput, KhqrError } from '../index.ts'
import { crc16, crcText } from './crc16.ts'
import { md5 } from './md5.ts'
import { utf8Of } from './utf8.ts'

const now = 1_795_219_200_000
const shop = { kind: 'individual', payeeAccount: 'sophea@devb', merchantName: 'Sophea Shop', currency: 'USD' } as const
const times = { createdAt: now, expiresAt: now + 600_000 }

test('writes what the official SDK writes for the same payment', () => {
  assert.deepEqual(encode({ ...shop, amount: '0.25', ...times }), {
    qr: '00020101021229150011sophea@devb52045999530384054040.255802KH5911Sophea Shop6010Phnom Penh9934001317952192000000113179521980000063048AAC',
    md5: '520ce416b3c1043546f698aff7feb5ad',
  })
})

test('counts Khmer in UTF-16 units, and runs CRC and MD5 over UTF-8', () => {
  const khmer = { language: 'km', alternateName: 'ហាងនំប៉័ង', alternateCity: 'ភ្នំពេញ' }
  const { qr, md5 } = encode({ ...shop, currency: 'KHR', ...khmer })
  assert.ok(qr.endsWith('64300002km0109ហាងនំប៉័ង0207ភ្នំពេញ63043747'))
  assert.equal(md5, 'bf27d78d617f10f3d1663bd8a417b665')
})

const amounts: [given: Partial<KhqrInput>, written: string][] = [
  [{ amount: '3' }, '3'],
  [{ amount: '3.00' }, '3'],
  [{ amount: '3.5' }, '3.50'],
  [{ amountMinor: 350n }, '3.50'],
  [{ amountMinor: 1n }, '0.01'],
  [{ amount: '9999999999.99' }, '9999999999.99'],
  [{ amount: '5000.0', currency: 'KHR' }, '5000'],
  [{ amountMinor: 5000n, currency: 'KHR' }, '5000'],
]
for (const [given, written] of amounts) {
  test(`writes ${given.amount ?? `${given.amountMinor} minor units`} ${given.currency ?? 'USD'} as "${written}"`, () => {
    assert.equal(decode(encode({ ...shop, ...times, ...given } as KhqrInput).qr).amount, written)
  })
}

const refusals: [what: string, given: object, code: number | undefined, field: string | undefined][] = [
  ['no kind', { kind: undefined }, 5, 'kind'],
  ['no payee', { payeeAccount: '' }, 1, 'payeeAccount'],
  ['a payee without a bank', { payeeAccount: 'sophea@' }, 3, 'payeeAccount'],
  ['a payee of 33 characters', { payeeAccount: `${'x'.repeat(30)}@ab` }, 6, 'payeeAccount'],
  ['no name', { merchantName: undefined }, 2, 'merchantName'],
  ['a name of 26 Khmer units', { merchantName: 'ហ'.repeat(26) }, 7, 'merchantName'],
  ['a number for a name', { merchantName: 12 }, undefined, 'merchantName'],
  ['half a surrogate pair', { merchantName: 'a\ud83d', expiresAt: undefined }, undefined, 'merchantName'],
  ['a line break', { billNumber: 'a\nb', expiresAt: undefined }, undefined, 'billNumber'],
  ['no currency', { currency: undefined }, 9, 'currency'],
  ['another currency', { currency: 'THB' }, 28, 'currency'],
  ['an amount that is a binary number', { amount: 1.5 }, 4, 'amount'],
  ['an amount of three decimals', { amount: '1.005' }, 4, 'amount'],
  ['an amount that is no number', { amount: 'abc' }, 4, 'amount'],
  ['half a riel', { amount: '0.5', currency: 'KHR' }, 4, 'amount'],
  ['nothing to pay', { amount: '0' }, 4, 'amount'],
  ['less than nothing', { amountMinor: -1n }, 4, 'amountMinor'],
  ['more than 13 characters of money', { amountMinor: 10n ** 12n }, 4, 'amountMinor'],
  ['two amounts', { amount: '1', amountMinor: 100n }, undefined, 'amount'],
  ['an amount without an expiry', { amount: '1', expiresAt: undefined }, 45, 'expiresAt'],
  ['an expiry in seconds', { amount: '1', expiresAt: now / 1000 }, 49, 'expiresAt'],
  ['an expiry in the past', { amount: '1', expiresAt: now - 1 }, 50, 'expiresAt'],
  ['an expiry without an amount', {}, undefined, 'expiresAt'],
  ['a category of three digits', { merchantCategoryCode: '742', expiresAt: undefined }, 51, 'merchantCategoryCode'],
  ['a UnionPay account in USD', { unionPayAccount: '0001', expiresAt: undefined }, 44, 'unionPayAccount'],
  ['a language without a name', { language: 'km', expiresAt: undefined }, 39, 'alternateName'],
  ['a name without a language', { alternateName: 'ហាង', expiresAt: undefined }, 37, 'language'],
  ['a merchant without an ID', { kind: 'merchant', acquiringBank: 'Dev Bank' }, 30, 'merchantId'],
  ['a merchant without a bank', { kind: 'merchant', merchantId: 'M-1' }, 31, 'acquiringBank'],
  [
    'a template over 99 units',
    { billNumber: 'x'.repeat(25), storeLabel: 'x'.repeat(25), terminalLabel: 'x'.repeat(25), purpose: 'x'.repeat(25) },
    undefined,
    '62',
  ],
]
for (const [what, given, code, field] of refusals) {
  test(`refuses ${what}, with the official number where there is one`, () => {
    assert.throws(
      () => encode({ ...shop, ...times, ...given } as KhqrInput),
      (error) => {
        assert.ok(error instanceof KhqrError)
        assert.deepEqual([error.code, error.field], [code, field], error.message)
        return error.remedy !== ''
      },
    )
  })
}

test('has the CRC of the standard: "123456789" is 29B1, and a small one is padded', () => {
  const { bytes, length } = utf8Of('123456789')
  assert.equal(crcText(crc16(bytes, length)), '29B1')
  assert.equal(crcText(0xa9), '00A9')
})

test('has the MD5 of Node for texts of every length around a block, in any script', () => {
  for (let length = 0; length < 300; length++) {
    const text = 'ក😀a1'.repeat(80).slice(0, length)
    const utf8 = utf8Of(text)
    assert.equal(md5(utf8, utf8.length), createHash('md5').update(text).digest('hex'), `${length} units`)
  }
})
