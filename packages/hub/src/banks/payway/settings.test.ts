import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../../kit/settings.ts'
import { readPaywaySettings } from './settings.ts'
import { sampleRaw } from './test-parts.ts'

const live = { sandbox: false }
const raw = { ...sampleRaw, 'callback-origin': 'https://pay.example', 'base-url': 'https://payway.example' }
const read = (more: object = {}) => readPaywaySettings('ABA', { ...raw, ...more }, live)
const refused = (more: object, wanted: RegExp) =>
  assert.throws(
    () => read(more),
    (error) => error instanceof SettingsError && wanted.test(error.message),
    String(wanted),
  )

test('of every address only scheme, host and port are used', () => {
  const path = '/api/payment-gateway/v1/payments/purchase?lang=km'
  assert.equal(read({ 'base-url': `https://payway.example:8443${path}` }).origin, 'https://payway.example:8443')
  assert.equal(read({ 'callback-origin': `https://pay.example${path}` }).callbackOrigin, 'https://pay.example')
})

test('one merchant id has an account in each of its currencies, under its own number', () => {
  const { accounts, merchants, currencies } = read({ currencies: ['KHR'], 'payee-merchant-id': 'M-1' })
  assert.deepEqual(accounts, [
    {
      accountNumber: 'khhubdemo',
      currency: 'KHR',
      storeId: '',
      terminalId: '',
      payeeAccount: 'sample_shop@abaa',
      payeeMerchantId: 'M-1',
    },
  ])
  assert.deepEqual([...merchants.keys()], ['khhubdemo'])
  assert.deepEqual(currencies, ['KHR'])
})

test('more merchant ids have keys, payees and paths of their own', () => {
  const other = {
    'merchant-id': 'other',
    'api-key': 'example-key-3',
    'api-key-next': 'example-key-4',
    'payee-account': 'other@abaa',
    'callback-account': 'another-part-of-a-path',
    currencies: ['USD'],
  }
  const { accounts, merchants } = read({ accounts: [other] })
  assert.deepEqual(
    accounts.map((one) => [one.accountNumber, one.currency, one.payeeAccount]),
    [
      ['khhubdemo', 'USD', 'sample_shop@abaa'],
      ['khhubdemo', 'KHR', 'sample_shop@abaa'],
      ['other', 'USD', 'other@abaa'],
    ],
  )
  assert.deepEqual(merchants.get('other')?.apiKeys, ['example-key-3', 'example-key-4'])
  assert.equal(merchants.get('other')?.rsaKey, undefined)
  assert.equal(merchants.get('khhubdemo')?.rsaKey?.asymmetricKeyType, 'rsa')
  refused({ accounts: [{ ...other, 'merchant-id': 'khhubdemo' }] }, /has merchant-id "khhubdemo" twice/)
  refused(
    { accounts: [{ ...other, 'callback-account': sampleRaw['callback-account'] }] },
    /one callback-account for two/,
  )
})

test('the same key twice is one key', () => {
  assert.deepEqual(read({ 'api-key-next': raw['api-key'] }).merchants.get('khhubdemo')?.apiKeys, [raw['api-key']])
})

test('an RSA key that came in one line is read', () => {
  const inOneLine = raw['rsa-public-key'].trim().replaceAll('\n', '\\n')
  assert.ok(read({ 'rsa-public-key': inOneLine }).merchants.get('khhubdemo')?.rsaKey)
})

test('what cannot work stops the start and is named, and no secret is repeated', () => {
  refused({ 'merchant-id': undefined }, /banks\.ABA\.merchant-id is nothing/)
  refused({ 'rsa-public-key': 'example' }, /rsa-public-key of merchant-id "khhubdemo" is no RSA key/)
  refused({ 'base-url': 'http://payway.example' }, /banks\.ABA\.base-url is plain HTTP/)
  refused({ 'callback-origin': 'pay.example' }, /banks\.ABA\.callback-origin is not an address/)
  refused({ 'callback-account': 'too-short' }, /callback-account is a value that is not printed/)
  refused({ 'replay-window-minutes': 0 }, /replay-window-minutes is 0/)
  refused({ 'callback-profile': 'none' }, /must be one of default, raw-body/)
  refused({ 'api-kay': 'x' }, /api-kay is no setting/)
  assert.throws(
    () => readPaywaySettings('ABA', raw, { sandbox: true }),
    /base-url leaves this machine.*callback-origin leaves this machine/s,
  )
})
