import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { signatureOf } from './signature.ts'

const values = {
  merchantId: '900000000000001',
  storeId: '800000000000001',
  terminalId: '70000001',
  txId: '150001',
  timestamp: '1767225600000',
}
const key = 'example-amk-key-not-real'
const usual = { order: 'wire', join: '', key: 'text', output: 'base64', timestamp: 'ms' } as const

describe('the verify signature', () => {
  it('is the worked example of the usual profile', () => {
    assert.equal(
      signatureOf(values, key, usual),
      'SnlINxk8uOXvw7EOprUDymCAnDbAi5+zw2oAo/4huU331LkyxL2uNzFlr1VZgnwve4+6ZReXG+PJG2AEMwVfgQ==',
    )
    assert.equal(
      signatureOf(values, key, { ...usual, output: 'hex' }),
      '4a794837193cb8e5efc3b10ea6b503ca60809c36c08b9fb3c36a00a3fe21b94df7d4b932c4bdae373165af5559827c2f7b8fba6517971be3c91b600433055f81',
    )
  })

  it('follows every knob of the profile', () => {
    const message =
      'merchantId=900000000000001&storeId=800000000000001&terminalId=70000001&timestamp=1767225600000&txId=150001'
    const secret = Buffer.from('0123456789abcdef').toString('base64')
    assert.equal(
      signatureOf(values, secret, { order: 'sorted', join: 'k=v&', key: 'base64', output: 'HEX', timestamp: 'ms' }),
      createHmac('sha512', '0123456789abcdef').update(message).digest('hex').toUpperCase(),
    )
  })
})
