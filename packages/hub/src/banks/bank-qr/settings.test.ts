import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../../kit/settings.ts'
import { sampleRawSettings, sampleSettings } from './test-settings.ts'
import { readBankQrSettings } from './settings.ts'

const live = {
  ...sampleRawSettings,
  base_url: 'https://bank.example/api/',
  'verify-payment-url': 'https://verify.bank.example/payment-verify',
}

test('the documents’ names are read, and addresses are put together', () => {
  const settings = readBankQrSettings('AMK', live, { sandbox: false })
  assert.equal(settings.loginUrl, 'https://bank.example/api/auth/sign-in')
  assert.equal(settings.qrUrl, 'https://bank.example/api/qr/generator')
  assert.equal(settings.healthUrl, 'https://bank.example/api/health')
  assert.equal(settings.verify?.url, 'https://verify.bank.example/payment-verify')
})

test('one number in two currencies is two accounts, and further accounts follow', () => {
  const other = { 'merchant-id': '9', 'store-id': '8', 'terminal-id': '7', currency: 'USD', 'payee-account': 'b@bank' }
  const { accounts, capabilities } = sampleSettings({ accounts: [other] })
  assert.deepEqual(
    accounts.map((one) => [one.accountNumber, one.currency, one.payeeAccount, one.payeeMerchantId]),
    [
      ['900000000000001', 'USD', 'sample@amkb', 'M-0001'],
      ['900000000000001', 'KHR', 'sample@amkb', 'M-0001'],
      ['9', 'USD', 'b@bank', undefined],
    ],
  )
  assert.deepEqual(capabilities.currencies, ['USD', 'KHR'])
})

test('without a verify address the bank cannot be asked, and needs no key', () => {
  const settings = sampleSettings({ 'verify-payment-url': undefined, 'secret-key': undefined })
  assert.equal(settings.verify, undefined)
  assert.equal(settings.capabilities.verify, 'never')
})

test('without a refund path nothing is refunded, whatever else is said about refunds', () => {
  const { refund, capabilities } = sampleSettings({ refund: { mode: 'partial', idempotent: true, 'window-days': 30 } })
  assert.equal(refund, undefined)
  assert.deepEqual(
    [capabilities.refund, capabilities.refundWindowDays, capabilities.refundIsIdempotent, capabilities.readsRefunds],
    ['never', undefined, false, false],
  )
})

test('a refund path makes a bank that refunds, in full and without a promise unless it says more', () => {
  const { refund, capabilities } = sampleSettings({ refund: { path: '/refunds' } })
  assert.equal(refund?.url, `${sampleRawSettings.base_url}/refunds`)
  assert.deepEqual(
    [capabilities.refund, capabilities.refundWindowDays, capabilities.refundIsIdempotent, capabilities.readsRefunds],
    ['full', undefined, false, true],
  )
  const more = { path: '/refunds', mode: 'partial', 'window-days': 30, idempotent: true }
  const { capabilities: able } = sampleSettings({ refund: more })
  assert.deepEqual([able.refund, able.refundWindowDays, able.refundIsIdempotent], ['partial', 30, true])
})

for (const [name, changes, sandbox, problem] of [
  ['plain HTTP in live', { base_url: 'http://10.0.0.1' }, false, /banks\.AMK\.base_url is plain HTTP/],
  ['plain HTTP to the public', { base_url: 'http://203.0.113.5', 'allow-plain-http': true }, false, /public address/],
  ['a real bank in sandbox', {}, true, /base_url leaves this machine[^]*verify-payment-url leaves this machine/],
  ['no secret key', { 'secret-key': undefined }, false, /secret-key is missing/],
  [
    'a key that is not Base64',
    { 'secret-key': 'no base64!', signature: { key: 'base64' } },
    false,
    /secret-key is not Base64/,
  ],
  ['a path without slash', { 'qr-endpoint': 'qr' }, false, /qr-endpoint is "qr": it must begin with a slash/],
  ['a refund path without slash', { refund: { path: 'refunds' } }, false, /refund\.path is "refunds": it must begin/],
  [
    'a word that means paid and taken back',
    { verify: { 'success-words': ['OK', 'done'], 'reversed-words': [' Done '] } },
    false,
    /verify\.success-words has "DONE", and so has reversed-words/,
  ],
  [
    'a word that means refunded and refused',
    { refund: { 'refused-words': ['REFUNDED'] } },
    false,
    /refund\.success-words has "REFUNDED", and so has refused-words/,
  ],
  ['a refund window of no days', { refund: { 'window-days': 0 } }, false, /refund\.window-days is 0/],
  ['an unknown signature join', { signature: { join: ';' } }, false, /signature\.join is ";": it must be one of none/],
  ['a misspelt name', { base_ulr: 'x' }, false, /base_ulr is no setting/],
  [
    'a number for text',
    { 'merchant-id': 900_000_000_000_001 },
    false,
    /merchant-id is 900000000000001: it must be text; in YAML/,
  ],
  ['another currency', { currency: 'EUR' }, false, /banks\.AMK\.currency is "EUR"/],
] as const) {
  test(`${name} stops the start with a sentence`, () => {
    assert.throws(
      () => readBankQrSettings('AMK', { ...live, ...changes }, { sandbox }),
      (error) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, problem)
        assert.doesNotMatch(error.message, /example-amk-key-not-real|sample-password/)
        return true
      },
    )
  })
}
