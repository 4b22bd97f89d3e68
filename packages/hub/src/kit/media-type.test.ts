import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isJsonMediaType } from './media-type.ts'

for (const type of [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/problem+json',
]) {
  test(`${type} is JSON`, () => assert.equal(isJsonMediaType(type), true))
}
for (const type of [
  undefined,
  '',
  '/',
  'text/plain',
  'text/json',
  'application/jsonp',
  'application/x-www-form-urlencoded',
]) {
  test(`${type ?? 'no content type'} is not JSON`, () => assert.equal(isJsonMediaType(type), false))
}
