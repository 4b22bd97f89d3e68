import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isId, newId } from './ids.ts'

test('ids made one after the other sort in that order and never repeat', () => {
  const ids = Array.from({ length: 2_000 }, () => newId('pay'))
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.every((id) => isId('pay', id)))
})

test('only the shape of its own prefix is an id', () => {
  const id = newId('pay')
  assert.equal(isId('evt', id), false)
  assert.equal(isId('pay', id.toUpperCase()), false)
  assert.equal(isId('pay', `${id}0`), false)
})
