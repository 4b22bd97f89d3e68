import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFormFields, writeMultipart } from './form.ts'

test('a multipart form is read as it was written, whatever its texts hold', () => {
  const fields = [
    ['name', 'ដារ៉ា & "Sok"'],
    ['empty', ''],
    ['lines', 'a\r\n\r\nb\r\n--other'],
    ['name', 'twice'],
  ] as const
  const { contentType, body } = writeMultipart(fields, 'sample-boundary')
  assert.deepEqual(readFormFields(body, contentType), fields)
  assert.deepEqual(readFormFields(body, contentType.replace('sample-boundary', '"sample-boundary"')), fields)
})

test('a multipart form is not read where it is cut off, or its boundary is not in it', () => {
  const { contentType, body } = writeMultipart([['a', 'b']], 'sample-boundary')
  for (const [text, type] of [
    [body.slice(0, -6), contentType],
    [body, 'multipart/form-data; boundary=another'],
    [body, 'multipart/form-data'],
    [body.replace('\r\n\r\n', '\r\n'), contentType],
    ['', contentType],
  ] as const) {
    assert.equal(readFormFields(text, type), undefined)
  }
})

test('what is no form by its content type has no fields', () => {
  for (const type of [undefined, '', 'application/json', 'text/plain'])
    assert.equal(readFormFields('a=b', type), undefined)
  assert.deepEqual(readFormFields('a=b&c=%20', 'Application/X-WWW-Form-urlencoded; charset=utf-8'), [
    ['a', 'b'],
    ['c', ' '],
  ])
})

test('a value that holds the boundary, or a name that breaks its line, is not written', () => {
  assert.throws(() => writeMultipart([['a', 'x sample-boundary y']], 'sample-boundary'))
  assert.throws(() => writeMultipart([['a"\r\nx', '']], 'sample-boundary'))
})
