import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KhqrFields } from './bank-qr/simulator/khqr-string.ts'
import { writeKhqr } from './bank-qr/simulator/khqr-string.ts'
import { compareQr } from './qr-truth.ts'

const payment = {
  amount: { amountMinor: 15_000n, currency: 'USD' },
  account: { payeeAccount: 'sample@amkb', payeeMerchantId: 'M-0001' },
  reference: '150001',
  writesReference: true,
} as const

const fields: KhqrFields = {
  account: 'sample@amkb',
  merchantId: 'M-0001',
  acquiringBank: 'AMK',
  merchantCategoryCode: '6300',
  currencyNumber: '840',
  amount: '150.00',
  merchantName: 'Sample Insurance',
  city: 'Phnom Penh',
  billNumber: '150001',
  createdAtMs: 1_767_225_600_000,
  expiresAtMs: 1_767_226_500_000,
}

const differences = (changes: Partial<KhqrFields>, asked: Partial<typeof payment> | object = {}) =>
  compareQr(writeKhqr({ ...fields, ...changes }), { ...payment, ...asked })

test('a true code has no differences, however its amount is written', () => {
  for (const amount of ['150.00', '150', '150.0']) assert.deepEqual(differences({ amount }), [])
  const riel = { amount: { amountMinor: 4_000n, currency: 'KHR' } }
  assert.deepEqual(differences({ amount: '4000.00', currencyNumber: '116' }, riel), [])
})

test('a Khmer merchant name does not disturb', () => {
  assert.deepEqual(differences({ merchantName: 'ធានារ៉ាប់រង', city: 'ភ្នំពេញ' }), [])
})

for (const [name, changes, sentence] of [
  ['another amount', { amount: '151.00' }, 'it says amount "151.00", and the payment is USD 150.00'],
  ['no amount', { amount: undefined }, 'it says amount none, and the payment is USD 150.00'],
  ['an amount that is none', { amount: '150.001' }, 'it says amount "150.001", and the payment is USD 150.00'],
  ['another currency', { currencyNumber: '116' }, 'it says currency "116", and the payment is in USD'],
  ['an unknown currency', { currencyNumber: '764' }, 'it says currency "764", and the payment is in USD'],
  ['another payee', { account: 'somebody.else@wrng' }, 'it pays "somebody.else@wrng", and our account is sample@amkb'],
  ['another merchant', { merchantId: 'M-0002' }, 'it pays merchant "M-0002", and our merchant id is M-0001'],
  ['an individual', { merchantId: undefined }, 'it pays merchant none, and our merchant id is M-0001'],
  ['another reference', { billNumber: '150002' }, 'it says bill number "150002", and the payment is 150001'],
  ['no reference', { billNumber: undefined }, 'it says bill number none, and the payment is 150001'],
] as const) {
  test(`a code with ${name} is not true`, () => {
    assert.deepEqual(differences(changes), [sentence])
  })
}

test('the reference is not compared where the bank does not write it', () => {
  assert.deepEqual(differences({ billNumber: 'ANYTHING' }, { writesReference: false }), [])
})

test('a merchant code is not true for an account that is an individual', () => {
  const account = { payeeAccount: 'sample@amkb', payeeMerchantId: undefined }
  assert.deepEqual(differences({ merchantId: undefined }, { account }), [])
  assert.match(differences({}, { account })[0] ?? '', /it pays merchant "M-0001", and our merchant id is none/)
})

for (const [name, text] of [
  ['nothing', ''],
  ['a link', 'https://bank.example/pay/1'],
  ['a changed character', writeKhqr(fields).replace('150.00', '950.00')],
  ['text after its CRC', `${writeKhqr(fields)}0000`],
  ['a megabyte', 'x'.repeat(1_000_000)],
] as const) {
  test(`${name} is not a KHQR`, () => {
    const [first, ...others] = compareQr(text, payment)
    assert.match(first ?? '', /^it is not a KHQR/)
    assert.deepEqual(others, [])
    assert.ok((first ?? '').length < 400)
  })
}
