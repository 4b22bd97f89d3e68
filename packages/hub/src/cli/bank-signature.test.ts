import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'khqr-sign-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const key = 'example-key-not-real'
const fields = { merchantId: '900000000000071', storeId: '800000000000007', txId: '150001', timestamp: '1767762000000' }

function probe(words: readonly string[], signKey: string | undefined = key) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'bank', 'signature-probe', ...words], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...(signKey === undefined ? {} : { HUB_SIGN_KEY: signKey }),
    },
  })
  return { status, out: stdout, err: stderr }
}

function hmac(message: string, output: 'hex' | 'base64', keyBytes: string | Buffer = key): string {
  return createHmac('sha512', keyBytes).update(message).digest(output)
}

const flags = Object.entries(fields).flatMap(([name, value]) => ['--field', `${name}=${value}`])
const wire = Object.values(fields).join('')
const pairs = Object.entries(fields)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, value]) => `${name}=${value}`)
  .join('&')

test('the recipe that makes a known-good hash is printed as it stands in the configuration', () => {
  const found = probe([...flags, '--hash', hmac(wire, 'base64')])
  assert.deepEqual(found, {
    status: 0,
    out: 'signature:\n  order: "wire"\n  join: "none"\n  key: "text"\n  output: "base64"\n  timestamp: "ms"\n',
    err: '',
  })
})

test('every knob is found', () => {
  const rows: [message: string, hash: string, recipe: Record<string, string>][] = [
    [
      'sorted pairs in hex',
      hmac(pairs, 'hex'),
      { order: 'sorted', join: 'k=v&', key: 'text', output: 'hex', timestamp: 'ms' },
    ],
    [
      'joined by bars in upper case',
      hmac(Object.values(fields).join('|'), 'hex').toUpperCase(),
      { order: 'wire', join: '|', key: 'text', output: 'HEX', timestamp: 'ms' },
    ],
    [
      'with a key that is Base64',
      hmac(Object.values(fields).join(','), 'base64', Buffer.from(key, 'base64')),
      { order: 'wire', join: ',', key: 'base64', output: 'base64', timestamp: 'ms' },
    ],
  ]
  for (const [title, hash, recipe] of rows) {
    const found = probe([...flags, '--hash', hash, '--json'])
    assert.deepEqual([found.status, JSON.parse(found.out)], [0, [recipe]], title)
  }
})

test('a sample is read from the form as it was sent, or from JSON', () => {
  const seconds = { ...fields, timestamp: '1767762000' }
  const hash = hmac(Object.values(seconds).join(''), 'base64')
  const form = join(folder, 'sample.txt')
  writeFileSync(form, `${new URLSearchParams({ ...seconds, hash }).toString()}\n`)
  const json = join(folder, 'sample.json')
  writeFileSync(json, JSON.stringify({ fields: seconds, hash }))
  const recipe = { order: 'wire', join: 'none', key: 'text', output: 'base64', timestamp: 's' }
  for (const file of [form, json]) {
    assert.deepEqual(JSON.parse(probe(['--sample', file, '--json']).out), [recipe])
  }
})

test('a sample that fits several recipes says so, and one that fits none fails', () => {
  const one = probe(['--field', 'txId=150001', '--hash', hmac('150001', 'base64')])
  assert.equal(one.status, 0)
  // One value: neither the order nor what stands between values can be told, nor a unit without a timestamp.
  assert.equal(one.out.match(/signature:/g)?.length, 12)
  assert.match(one.err, /^12 recipes make this hash: this sample cannot tell them apart/)
  const none = probe([...flags, '--hash', 'bm90IGEgaGFzaA=='])
  assert.deepEqual([none.status, none.out], [1, ''])
  assert.match(none.err, /^None of the 96 recipes makes this hash of merchantId, storeId, txId, timestamp\. Check /)
  assert.deepEqual(probe([...flags, '--hash', 'x', '--json']), { status: 1, out: '[]\n', err: '' })
})

test('what is missing is named, and the key is never printed', () => {
  const rows: [words: string[], says: RegExp, signKey?: string][] = [
    [[...flags, '--hash', 'x'], /HUB_SIGN_KEY is missing/, ''],
    [['--hash', 'x'], /--field NAME=VALUE for each field/],
    [['--field', 'txId', '--hash', 'x'], /--field: "txId" must be name=value/],
    [['--sample', join(folder, 'nowhere')], /cannot be read/],
    [['--sample', entry, ...flags], /leave --field out/],
  ]
  for (const [words, says, signKey = key] of rows) {
    const { status, out, err } = probe(words, signKey)
    assert.deepEqual([status, out], [2, ''])
    assert.match(err, says)
    assert.ok(!err.includes(key))
  }
})
