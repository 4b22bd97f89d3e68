import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomToken, sha256Hex, timingSafeEqualText } from './crypto.ts'

test('texts of any length compare by content', () => {
  assert.equal(timingSafeEqualText('a', 'a'), true)
  assert.equal(timingSafeEqualText('a', 'ab'), false)
  assert.equal(timingSafeEqualText('', ''), true)
  assert.equal(timingSafeEqualText('ក', 'ខ'), false)
})

test('a digest is the published one, and tokens differ', () => {
  assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.match(randomToken(), /^[\w-]{43}$/)
  assert.notEqual(randomToken(), randomToken())
})
