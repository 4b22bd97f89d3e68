import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decimalText,
  ExactDecimal,
  ExactNumber,
  isJsonObject,
  JsonError,
  parseExactJson,
  valueAt,
  writeJson,
} from './json.ts'

test('a safe integer is a number and every other number keeps its digits', () => {
  const value = parseExactJson('{"id":150001,"a":150.00,"b":9007199254740993,"c":-0,"d":[1e400,0.1]}')
  assert.ok(isJsonObject(value))
  assert.equal(value['id'], 150001)
  assert.deepEqual(value['a'], new ExactNumber('150.00'))
  assert.deepEqual(value['b'], new ExactNumber('9007199254740993'))
  assert.deepEqual(value['c'], new ExactNumber('-0'))
  assert.deepEqual(value['d'], [new ExactNumber('1e400'), new ExactNumber('0.1')])
})

test('what was read exactly is written exactly', () => {
  const text = '{"amount":150.00,"big":12345678901234567890.10,"list":[1,"1.50",null,true]}'
  assert.equal(writeJson(parseExactJson(text)), text)
  assert.equal(
    writeJson({ amount: new ExactDecimal('150.00'), riel: new ExactDecimal('60000') }),
    '{"amount":150.00,"riel":60000}',
  )
  assert.throws(() => new ExactDecimal('1e3'), /not a plain decimal/)
})

test('nesting is bounded before anything recursive sees it, and brackets inside texts do not count', () => {
  assert.throws(() => parseExactJson('['.repeat(30_000)), JsonError)
  assert.throws(() => parseExactJson('{"a":'.repeat(33) + '1' + '}'.repeat(33)), /nested deeper than 32 levels/)
  assert.equal(parseExactJson(JSON.stringify('[{"\\"'.repeat(100))), '[{"\\"'.repeat(100))
  assert.ok(parseExactJson(`${'['.repeat(32)}${']'.repeat(32)}`))
})

test('text that is not JSON is refused without being repeated', () => {
  for (const text of ['', '{', 'NaN', '{"a":01}', '<html>', '{"secret":"s3cr3t"']) {
    assert.throws(
      () => parseExactJson(text),
      (error) => error instanceof JsonError && error.message === 'is not valid JSON',
    )
  }
})

test('a key named __proto__ is data and pollutes nothing', () => {
  const value = parseExactJson('{"__proto__":{"admin":true}}')
  assert.ok(isJsonObject(value))
  assert.equal(value['admin'], undefined)
})

for (const [value, text] of [
  [150, '150'],
  ['150.00', '150.00'],
  [new ExactNumber('150.00'), '150.00'],
  [new ExactNumber('1.0E7'), '10000000'],
  [new ExactNumber('6E+4'), '60000'],
  [new ExactNumber('1.5e2'), '150'],
  [new ExactNumber('1.505e2'), '150.5'],
  [new ExactNumber('12.5e0'), '12.5'],
  [new ExactNumber('1.5E-3'), '0.0015'],
  [new ExactNumber('1E-1'), '0.1'],
  [new ExactNumber('-2E1'), '-20'],
  [new ExactNumber('1e400'), '1e400'],
  [new ExactNumber('1e99'), '1e99'],
  [150.5, undefined],
  [Number.NaN, undefined],
  [true, undefined],
  [null, undefined],
] as const) {
  test(`the decimal text of ${value instanceof ExactNumber ? value.source : String(value)} is ${text}`, () => {
    assert.equal(decimalText(value), text)
  })
}

test('a dotted path reads objects and lists, and leads nowhere else', () => {
  const value = parseExactJson('{"data":{"payments":[{"amount":1.50}],"n":null}}')
  assert.deepEqual(valueAt(value, 'data.payments.0.amount'), new ExactNumber('1.50'))
  for (const path of [
    'data.n.x',
    'data.payments.1',
    'data.payments.0.amount.source',
    'constructor',
    'data.__proto__',
    '',
  ]) {
    assert.equal(valueAt(value, path), undefined, path)
  }
})
