import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultSignatureProfile, signatureCandidates, signatureTimestamp, signFields } from './sign.ts'

const fields = [
  ['merchantId', '900000000000001'],
  ['storeId', '800000000000001'],
  ['terminalId', '70000001'],
  ['txId', '150001'],
  ['timestamp', '1767225600000'],
] as const
const key = 'example-amk-key-not-real'

test('the default profile gives the worked example of the bank reference', () => {
  assert.equal(
    signFields(fields, key, defaultSignatureProfile),
    'SnlINxk8uOXvw7EOprUDymCAnDbAi5+zw2oAo/4huU331LkyxL2uNzFlr1VZgnwve4+6ZReXG+PJG2AEMwVfgQ==',
  )
  assert.equal(
    signFields(fields, key, { ...defaultSignatureProfile, output: 'hex' }),
    '4a794837193cb8e5efc3b10ea6b503ca60809c36c08b9fb3c36a00a3fe21b94df7d4b932c4bdae373165af5559827c2f7b8fba6517971be3c91b600433055f81',
  )
})

test('the candidates are all 96 combinations, each once', () => {
  const candidates = signatureCandidates()
  assert.equal(candidates.length, 96)
  assert.equal(new Set(candidates.map((profile) => JSON.stringify(profile))).size, 96)
})

test('every knob but the timestamp changes the signature by itself', () => {
  const base = signFields(fields, key, defaultSignatureProfile)
  const changed = [
    { order: 'sorted' },
    { join: '|' },
    { join: ',' },
    { join: 'k=v&' },
    { key: 'base64' },
    { output: 'HEX' },
  ] as const
  const others = changed.map((knob) => signFields(fields, key, { ...defaultSignatureProfile, ...knob }))
  assert.equal(new Set([base, ...others]).size, changed.length + 1)
})

test('the timestamp is written in the unit of the profile', () => {
  const now = new Date('2026-01-01T00:00:00.999Z')
  assert.equal(signatureTimestamp(now, defaultSignatureProfile), '1767225600999')
  assert.equal(signatureTimestamp(now, { ...defaultSignatureProfile, timestamp: 's' }), '1767225600')
})
