import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { addSign } from './bank-sign.ts'
import { UsageError } from './usage-error.ts'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'khqr-sign-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Row = { operation: string; fields: object; key: string; hashInput: string; expected: string }
const path = new URL('../banks/payway/hash-vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Row[]

/** As the command line runs it, in a process of its own. */
function sign(words: readonly string[], { key, input = '' }: { key: string; input?: string }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'bank', 'sign', ...words], {
    encoding: 'utf8',
    input,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], HUB_SIGN_KEY: key },
  })
  return { status, out: stdout, err: stderr }
}

function fileWith(text: string): string {
  const file = join(folder, 'fields.json')
  writeFileSync(file, text)
  return file
}

const row = (operation: string): Row => {
  const found = vectors.find((one) => one.operation === operation)
  assert.ok(found)
  return found
}

test('a request’s text and hash are printed as JSON, and nothing else on standard output', () => {
  const { fields, key, hashInput, expected } = row('payout')
  const { status, out, err } = sign(['--operation', 'payout', '--fields', fileWith(JSON.stringify(fields))], { key })
  assert.deepEqual([status, err], [0, ''])
  assert.deepEqual(JSON.parse(out), { hashInput, hash: expected })
})

test('standard error names what was given and is not signed, and what is signed and was not given', () => {
  const input = '{"req_time":"20260115093000","merchant_id":"M","tran_id":"","amount":"4.50","__proto__":"x"}'
  const close = sign(['--operation', 'close-transaction', '--fields', '-'], { key: 'example-key', input })
  assert.equal(
    close.err,
    'Given, and not signed for close-transaction: amount, __proto__.\n' +
      'Signed for close-transaction, and missing or empty: tran_id.\n',
  )
  assert.deepEqual(Object.keys(JSON.parse(close.out) as object), ['hashInput', 'hash'])
  const told = sign(['--operation', 'callback', '--fields', '-'], { key: 'example-key', input: '{"tran_id":"T-1"}' })
  assert.deepEqual([told.status, told.err], [0, ''])
})

test('fields come from standard input too, and numbers count as they are written', () => {
  const input = '\ufeff{"amount":4.50,"tran_id":"T-1","merchant_id":"M"}'
  const { out } = sign(['--operation', 'purchase-legacy-v1', '--fields', '-'], { key: 'example-key', input })
  assert.equal((JSON.parse(out) as { hashInput: string }).hashInput, 'MT-14.50')
})

test('what cannot be signed is said, and nothing is printed', (t) => {
  const file = fileWith('{"items":[1]}')
  const broken = join(folder, 'broken.json')
  writeFileSync(broken, '{"a":')
  const list = join(folder, 'list.json')
  writeFileSync(list, '[1]')
  const printed = t.mock.method(console, 'log', () => {})
  const before = process.env['HUB_SIGN_KEY']
  t.after(() => setKey(before))
  for (const [operation, fields, key, wanted] of [
    ['buy', file, 'k', /"buy" is no operation that is signed\. They are purchase, /],
    ['purchase', file, undefined, /HUB_SIGN_KEY is missing/],
    ['purchase', file, '', /HUB_SIGN_KEY is missing/],
    ['purchase', join(folder, 'none.json'), 'k', /none\.json cannot be read/],
    ['purchase', file, 'k', /items is a list: only texts and numbers are signed/],
    ['purchase', broken, 'k', /broken\.json is not valid JSON/],
    ['purchase', list, 'k', /must hold a JSON object/],
  ] as const) {
    setKey(key)
    const bank = new Command()
    addSign(bank)
    const words = ['sign', '--operation', operation, '--fields', fields]
    assert.throws(
      () => bank.parse(words, { from: 'user' }),
      (error) => error instanceof UsageError && wanted.test(error.message),
      String(wanted),
    )
  }
  assert.equal(printed.mock.callCount(), 0)
})

function setKey(key: string | undefined): void {
  if (key === undefined) delete process.env['HUB_SIGN_KEY']
  else process.env['HUB_SIGN_KEY'] = key
}
