import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isJsonObject, parseExactJson } from '../../kit/json.ts'
import { signedOperations, signPayway, UnsignableField } from './sign.ts'
import type { SignedOperation } from './sign.ts'

type Vector = { operation: SignedOperation; fields: object; key: string; hashInput: string; expected: string }

const text = readFileSync(new URL('hash-vectors.json', import.meta.url), 'utf8')
const vectors = parseExactJson(text) as Vector[]

function sign(operation: SignedOperation, json: string, key = 'example-key'): string {
  const fields = parseExactJson(json)
  assert.ok(isJsonObject(fields))
  return signPayway(operation, fields, key).hashInput
}

for (const [place, { operation, fields, key, hashInput, expected }] of vectors.entries()) {
  test(`vector ${place + 1}: ${operation} is signed as PayWay signs it`, () => {
    assert.ok(isJsonObject(fields))
    assert.deepEqual(signPayway(operation, fields, key), { hashInput, hash: expected })
  })
}

test('the public vectors are 47, and have every operation but one that is signed as its neighbours are', () => {
  assert.equal(vectors.length, 47)
  const told = new Set(vectors.map(({ operation }) => operation))
  assert.deepEqual(
    signedOperations.filter((one) => !told.has(one)),
    ['payment-link-void'],
  )
  assert.equal(sign('payment-link-void', '{"merchant_auth":"C","merchant_id":"B","request_time":"A"}'), 'ABC')
})

test('fields are joined in the operation’s order, however they come, and unhashed ones are left out', () => {
  const fields = '{"view_type":"x","hash":"y","tran_id":"C","lang":"z","merchant_id":"B","req_time":"A","other":"w"}'
  assert.equal(sign('check-transaction', fields), 'ABC')
})

test('nothing, null and missing are one; a space is not nothing', () => {
  assert.equal(sign('check-transaction', '{"req_time":null,"merchant_id":"","tran_id":" "}'), ' ')
  assert.equal(sign('check-transaction', '{"__proto__":{"tran_id":"C"}}'), '')
})

test('a number counts as it is written in the JSON', () => {
  for (const source of ['4.5', '4.50', '100.0', '0', '-1', '12345678901234567890.00', '1e3']) {
    assert.equal(sign('purchase-legacy-v1', `{"amount":${source}}`), source)
  }
})

test('what is neither text nor number cannot be signed, and is named', () => {
  for (const [value, kind] of [
    ['[1]', 'a list'],
    ['{}', 'an object'],
    ['true', 'true'],
  ]) {
    assert.throws(
      () => sign('purchase', `{"items":${value}}`),
      (error) => error instanceof UnsignableField && error.message.startsWith(`items is ${kind}:`),
    )
  }
})

test('a callback’s values are joined as PHP writes them, sorted by key as PHP sorts', () => {
  for (const [json, joined] of [
    ['{"b":true,"a":false,"c":null,"d":""}', '1'],
    ['{"a":100.0,"b":1.50,"c":-0.25,"d":1e3}', '1001.5-0.251000'],
    ['{"a":9223372036854775807,"b":9223372036854775808}', '92233720368547758079.2233720368548E+18'],
    ['{"a":0.1234567890123456789,"b":0.00001,"c":1e25}', '0.123456789012351.0E-51.0E+25'],
    ['{"10":"b","9":"a","Z":"c","a":"d","_":"e"}', 'abced'],
    ['{"a":{"x":[],"y":{},"z":null,"t":true,"n":100.0,"m":1.5}}', '{"x":[],"y":[],"z":null,"t":true,"n":100,"m":1.5}'],
    ['{"a":["/\\u0001\\n\\"\\\\","😀"]}', '["\\/\\u0001\\n\\"\\\\","\\ud83d\\ude00"]'],
    ['{"a":[]}', '[]'],
  ] as const) {
    assert.equal(sign('callback', json), joined, json)
  }
})
