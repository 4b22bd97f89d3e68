import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { CannotOpen, createSeal, keyIdOf, readSealingKey, sealedWith } from './seal.ts'

const key = (seed: string) => createHash('sha256').update(seed).digest()
const [first, second] = [key('sample key 1'), key('sample key 2')]
const seal = createSeal({ current: first, older: [] })
const secret = 'made-up.token.ទទួល'

function refused(act: () => unknown, why: CannotOpen['why']): void {
  assert.throws(act, (error) => error instanceof CannotOpen && error.why === why)
}

test('what is sealed is opened again for its owner, and does not show in what is kept', () => {
  const sealed = seal.seal(secret, 'bank_token BANK01')
  assert.equal(seal.open(sealed, 'bank_token BANK01'), secret)
  assert.ok(!sealed.includes('token'))
  assert.equal(sealedWith(sealed), keyIdOf(first))
})

test('the same secret is never sealed to the same text', () => {
  const texts = Array.from({ length: 50 }, () => seal.seal(secret, 'a'))
  assert.equal(new Set(texts).size, 50)
})

test('a value that was sealed for one owner opens for no other', () => {
  refused(() => seal.open(seal.seal(secret, 'bank_token BANK01'), 'bank_token BANK02'), 'not_authentic')
})

test('a value in which any one character was changed does not open', () => {
  const sealed = seal.seal('x', 'a')
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
    // The last character of base64 holds bits that mean nothing: there, the text may change and the bytes not.
    const isSame = Buffer.from(changed.slice(12), 'base64url').equals(Buffer.from(sealed.slice(12), 'base64url'))
    if (isSame && changed.slice(0, 12) === sealed.slice(0, 12)) continue
    assert.throws(() => seal.open(changed, 'a'), CannotOpen, `character ${at}`)
  }
})

test('an older key still opens what it sealed, and the current one seals', () => {
  const old = seal.seal(secret, 'a')
  const next = createSeal({ current: second, older: [first] })
  assert.equal(next.open(old, 'a'), secret)
  assert.equal(next.isCurrent(old), false)
  assert.equal(next.isCurrent(next.seal(secret, 'a')), true)
  assert.equal(next.keyId, keyIdOf(second))
})

test('without its key a value does not open, and the message names the key that is missing', () => {
  const old = seal.seal(secret, 'a')
  const stranger = createSeal({ current: second, older: [] })
  refused(() => stranger.open(old, 'a'), 'key_missing')
  assert.throws(() => stranger.open(old, 'a'), new RegExp(keyIdOf(first)))
})

test('what is no sealed value is refused as such', () => {
  for (const text of ['', 's1', 's1.12345678.', 's2.12345678.AAAA', secret])
    refused(() => seal.open(text, 'a'), 'not_authentic')
})

test('a key is 32 bytes as base64 or as hex, and nothing else', () => {
  for (const form of ['base64', 'base64url', 'hex'] as const)
    assert.deepEqual(readSealingKey(first.toString(form)), first)
  assert.deepEqual(readSealingKey(first.toString('hex').toUpperCase()), first)
  const wrong = [
    '',
    'short',
    first.toString('hex').slice(2),
    `${first.toString('hex')}00`,
    'x'.repeat(32),
    key('a').toString('base64').slice(4),
  ]
  for (const text of wrong) assert.equal(readSealingKey(text), undefined, text)
})
