import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idOfUuid, isId, newId, uuidOfId } from './ids.ts'

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

test('an id and its UUID lead to each other, and no other text leads to an id', () => {
  const id = newId('pay')
  assert.equal(idOfUuid('pay', uuidOfId(id)), id)
  assert.equal(idOfUuid('pay', uuidOfId(id).toUpperCase()), id)
  assert.equal(idOfUuid('pay', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), `pay_7${'z'.repeat(25)}`)
  for (const text of ['', id, uuidOfId(id).replaceAll('-', ''), `${uuidOfId(id)}0`]) {
    assert.equal(idOfUuid('pay', text), undefined)
  }
})
