import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from '../config.ts'
import { refusePublishedCredentials } from './published-credentials.ts'
import { sha256Hex } from '../kit/crypto.ts'

const live = {
  HUB_MODE: 'live',
  DATABASE_URL: 'postgresql://hub@db.example/hub',
  JWT_SECRET: 'made-up-secret-made-up-secret-32',
  HUB_PUBLIC_URL: 'https://pay.example',
}
const keys = { PAYWAY_MERCHANT_ID: 'made-up-shop', PAYWAY_API_KEY: 'made-up-key' }

test('PayWay is set by the environment alone, and callbacks come to where customers reach us', () => {
  const { banks } = readConfig(
    {},
    {
      ...live,
      ...keys,
      PAYWAY_API_KEY_NEXT: 'made-up-key-2',
      PAYWAY_CHECK_TRANSACTION_URL: 'https://payway.example/api/payment-gateway/v1/payments/check-transaction-2',
      PAYWAY_PAYEE_ACCOUNT: 'made_up_shop@bank',
      PAYWAY_CALLBACK_ACCOUNT: 'made-up-part-that-is-long',
      PAYWAY_RSA_PUBLIC_KEY: 'made-up-pem',
      PAYWAY_FEATURE_AOF: 'true',
      PAYWAY_FEATURE_COF: '0',
      PAYWAY_LOG_ALL_EVENTS: 'no',
    },
  )
  assert.deepEqual(banks, {
    ABA: {
      'numeric-id': 6,
      'merchant-id': 'made-up-shop',
      'api-key': 'made-up-key',
      'api-key-next': 'made-up-key-2',
      'base-url': 'https://payway.example/api/payment-gateway/v1/payments/check-transaction-2',
      'payee-account': 'made_up_shop@bank',
      'callback-account': 'made-up-part-that-is-long',
      'rsa-public-key': 'made-up-pem',
      'account-on-file': true,
      'card-on-file': false,
      'log-all-events': false,
      'callback-origin': 'https://pay.example',
    },
  })
})

test('what the environment does not say is as the file has it, whatever case its name is in', () => {
  inFile(
    `banks:
  aba: { numeric-id: 16, merchant-id: of-the-file, payee-account: file_shop@bank, callback-origin: "https://back.example" }
  BAKONG: { numeric-id: 5, account-id: file_shop@bank, merchant-name: Made Up Shop }`,
    (file) => {
      const env = { ...live, ...keys, HUB_PUBLIC_URL: '', BAKONG_ACCOUNT_ID: 'made_up_shop@bank', BAKONG_TOKEN: 't' }
      assert.deepEqual(readConfig({ file }, env).banks, {
        aba: {
          'numeric-id': 16,
          'merchant-id': 'made-up-shop',
          'api-key': 'made-up-key',
          'payee-account': 'file_shop@bank',
          'callback-origin': 'https://back.example',
        },
        BAKONG: {
          'numeric-id': 5,
          'account-id': 'made_up_shop@bank',
          'merchant-name': 'Made Up Shop',
          token: 't',
        },
      })
    },
  )
})

test('live mode does not start with a PayWay that is told nowhere to call', () => {
  const env = { ...live, ...keys, HUB_PUBLIC_URL: '' }
  const wanted = /HUB_PUBLIC_URL \(checkout\.origin\) is missing: banks\.ABA is told by it where to call us/
  assert.throws(() => readConfig({}, env), wanted)
  assert.equal(Object.keys(readConfig({}, { ...keys }).banks).length, 1, 'the sandbox says it itself')
  inFile('banks: { SHOP: { numeric-id: 9, kind: payway } }', (file) => {
    assert.throws(() => readConfig({ file }, { ...live, HUB_PUBLIC_URL: '' }), /banks\.SHOP is told by it/)
  })
})

test('two addresses of PayWay on different hosts are refused, and two paths of one host are not', () => {
  const at = (api: string, check: string) =>
    readConfig({}, { ...live, ...keys, PAYWAY_API_URL: api, PAYWAY_CHECK_TRANSACTION_URL: check })
  assert.throws(
    () => at('https://payway.example/purchase', 'https://other.example/check'),
    /PAYWAY_API_URL names https:\/\/payway\.example, and PAYWAY_CHECK_TRANSACTION_URL https:\/\/other\.example/,
  )
  assert.throws(() => at('https://payway.example', 'http://payway.example'), /Set both to one host/)
  const { ABA } = at('https://payway.example/a', 'https://payway.example:443/b').banks as Record<string, object>
  assert.deepEqual(
    Object.entries(ABA ?? {}).filter(([name]) => name.endsWith('url')),
    [['base-url', 'https://payway.example/a']],
  )
})

test('a wrong value is named with what is wanted, and no secret is printed', () => {
  const rows = [
    ['PAYWAY_API_URL', 'payway', /PAYWAY_API_URL \(banks\.ABA\.base-url\) is "payway": it must be an address/],
    ['PAYWAY_FEATURE_AOF', 'maybe', /it must be one of true, false, yes, no, 1, 0/],
    ['PAYWAY_PAYEE_ACCOUNT', 'shop', /is "shop": it must be an account such as/],
    ['PAYWAY_CALLBACK_ACCOUNT', 'short', /is a value that is not printed: it must be 20 to 100/],
    ['BAKONG_ACCOUNT_ID', 'shop', /must be an account such as/],
  ] as const
  for (const [name, value, wanted] of rows) assert.throws(() => readConfig({}, { ...live, [name]: value }), wanted)
})

test('credentials that were published are refused by the name of their setting', () => {
  const known = new Set([sha256Hex('made-up-key')])
  assert.throws(
    () => refusePublishedCredentials(readConfig({}, { ...live, ...keys }), known),
    /^WrongSetting: banks\.ABA\.api-key is a value that was published/,
  )
})

function inFile(text: string, act: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  const file = join(folder, 'hub.yaml')
  try {
    writeFileSync(file, text)
    act(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
