import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import { callbackHash, hashOf, type Operation } from './hash.ts'
import { writeCode } from './khqr-code.ts'

type Vector = { operation: string; fields: Record<string, unknown>; key: string; expected: string }

const vectors = JSON.parse(readFileSync(new URL('../hash-vectors.json', import.meta.url), 'utf8')) as Vector[]

/** The name in the vectors → that of the operation here. */
const operations: Readonly<Record<string, Operation>> = {
  purchase: 'purchase',
  'purchase-subscription': 'purchase',
  'generate-qr': 'generate-qr',
  'check-transaction': 'check',
  'check-transaction-legacy-v1': 'check-old',
  'transaction-detail': 'detail',
  'transaction-list': 'list',
  'close-transaction': 'close',
  'exchange-rate': 'exchange-rate',
  'transactions-by-ref': 'by-reference',
  refund: 'refund',
  'preauth-complete': 'pre-auth-completion',
  'preauth-cancel': 'pre-auth-cancellation',
  'payment-link-create': 'link-create',
  'payment-link-detail': 'link-detail',
}

describe('the hashes of the played PayWay', () => {
  it('are those of the public vectors, for every operation that it has', () => {
    const seen = new Set<string>()
    for (const { operation, fields, key, expected } of vectors) {
      const name = operations[operation]
      if (name === undefined) continue
      seen.add(operation)
      assert.equal(hashOf(name, fields, key), expected, `${operation} ${JSON.stringify(fields)}`)
    }
    assert.deepEqual([...seen].sort(), Object.keys(operations).sort())
  })

  it('of callbacks are over the values sorted by their names, written as PHP writes them', () => {
    const callbacks = vectors.filter(({ operation }) => operation === 'callback')
    assert.ok(callbacks.length >= 5)
    for (const { fields, key, expected } of callbacks) assert.equal(callbackHash(fields, key), expected)
  })
})

describe('the KHQR of the played PayWay', () => {
  const code = {
    account: 'sample_shop@abaa',
    merchantId: 'SAMPLE-ABA-1',
    merchantName: 'Sample Shop',
    city: 'Phnom Penh',
    number: 1001,
    createdAtMs: 1_764_302_681_094,
    expiresAtMs: 1_764_302_981_094,
  }

  it('is a code that others read, and has riel with two decimals', () => {
    const text = writeCode({ ...code, amount: '4000', currency: 'KHR' })
    assert.match(text, /54074000\.00/)
    const read = decode(text)
    assert.deepEqual(
      [read.kind, read.payeeAccount, read.currency, read.money?.amountMinor, read.billNumber],
      ['merchant', 'sample_shop@abaa', 'KHR', 4000n, undefined],
    )
  })

  it('says no sum where it is on a wall', () => {
    const read = decode(writeCode({ ...code, amount: undefined, currency: 'USD' }))
    assert.deepEqual([read.amount, read.money], [undefined, undefined])
  })
})
