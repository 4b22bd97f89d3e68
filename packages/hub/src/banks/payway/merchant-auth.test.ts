import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { ExactDecimal } from '../../kit/json.ts'
import { readRsaKey, sealMerchantAuth } from './merchant-auth.ts'
import { openMerchantAuth, throwawayKeys } from './test-keys.ts'

const order = { mc_id: 'khhubdemo', tran_id: '150001-k3f9q2', refund_amount: new ExactDecimal('10.00') }

test('merchant_auth is read with the private key, digit by digit', () => {
  const { publicKey, privateKey } = throwawayKeys()
  const opened = openMerchantAuth(sealMerchantAuth(order, publicKey), privateKey)
  assert.equal(opened.text, '{"mc_id":"khhubdemo","tran_id":"150001-k3f9q2","refund_amount":10.00}')
  assert.deepEqual(opened.pieces, [69])
})

test('what is longer than the key takes is cut: 117 bytes with 1024 bits, 245 with 2048, characters or not', () => {
  const long = { mc_id: 'khhubdemo', title: 'សាកល្បង'.repeat(20) }
  const bytes = Buffer.byteLength(JSON.stringify(long))
  for (const [bits, most] of [
    [1024, 117],
    [2048, 245],
  ] as const) {
    const { publicKey, privateKey } = throwawayKeys(bits)
    const opened = openMerchantAuth(sealMerchantAuth(long, publicKey), privateKey)
    assert.equal(opened.text, JSON.stringify(long))
    const whole = Math.floor(bytes / most)
    assert.deepEqual(opened.pieces, [...Array.from({ length: whole }, () => most), bytes - whole * most])
  }
})

test('no two are the same: the padding is random', () => {
  const { publicKey } = throwawayKeys()
  assert.notEqual(sealMerchantAuth(order, publicKey), sealMerchantAuth(order, publicKey))
})

test('what is no RSA public key is told from one', () => {
  const { publicKey } = throwawayKeys()
  assert.ok(readRsaKey(String(publicKey.export({ type: 'spki', format: 'pem' }))))
  assert.ok(readRsaKey(String(publicKey.export({ type: 'pkcs1', format: 'pem' }))))
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
  for (const pem of ['', 'made-up', '-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----']) {
    assert.equal(readRsaKey(pem), undefined)
  }
  assert.equal(readRsaKey(String(other.export({ type: 'spki', format: 'pem' }))), undefined)
})
