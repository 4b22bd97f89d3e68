import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../config.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { refusePublishedCredentials } from './published-credentials.ts'

const leaked = new Set(['leaked-key-0001', 'bank-host.example'].map(sha256Hex))

const cases = [
  { what: 'a key', banks: { BANK09: { 'secret-key': 'leaked-key-0001' } }, path: 'banks.BANK09.secret-key' },
  {
    what: 'a key deep in a connector',
    banks: { BANK09: { auth: { password: 'leaked-key-0001' } } },
    path: 'banks.BANK09.auth.password',
  },
  {
    what: 'a host within an address',
    banks: { BANK09: { base_url: 'https://bank-host.example/api' } },
    path: 'banks.BANK09.base_url',
  },
]

for (const { what, banks, path } of cases) {
  test(`${what} that was published stops the start, named by its path and not printed`, () => {
    const config = { ...readConfig({}, {}), banks }
    assert.throws(
      () => refusePublishedCredentials(config, leaked),
      (error: Error) =>
        error.message.startsWith(`${path} is`) &&
        !error.message.includes('leaked-key') &&
        !error.message.includes('bank-host'),
    )
  })
}

test('a sandbox secret stops live mode', () => {
  const live = readConfig(
    {},
    { HUB_MODE: 'live', DATABASE_URL: 'postgresql://hub@db.example/hub', JWT_SECRET: `sandbox-${'x'.repeat(32)}` },
  )
  assert.throws(() => refusePublishedCredentials(live), /tokens\.secret is a sandbox's own secret/)
})

test('the defaults name nothing that was published', () => {
  refusePublishedCredentials(readConfig({}, {}))
})
