import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { testDatabase } from '../../test/support/database.ts'
import { holdsAlways } from '../../test/support/random-test.ts'
import { openDatabase } from './db.ts'
import { storableJson, storableParameter, storableText } from './storable-text.ts'

test('ordinary text, Khmer and emoji are left as they are', () => {
  for (const text of ['', 'P123456789', 'សុខ', '🙂', '\\u0000', '\t\n']) {
    assert.equal(storableText(text), text)
    assert.equal(storableJson([text]), JSON.stringify([text]))
  }
})

test('what PostgreSQL cannot hold becomes U+FFFD, in texts, in JSON and in lists', () => {
  const odd = 'a\0b\ud834c'
  const storable = 'a\ufffdb\ufffdc'
  assert.equal(storableText(odd), storable)
  assert.deepEqual(JSON.parse(storableJson({ deep: [{ odd }], n: 1 })), { deep: [{ odd: storable }], n: 1 })
  assert.deepEqual(storableParameter([odd, 1, null]), [storable, 1, null])
})

test('bytes, times and numbers of a statement are not touched', () => {
  for (const value of [Buffer.from([0, 255]), new Date(0), 7, true, null, undefined]) {
    assert.equal(storableParameter(value), value)
  }
})

test('PostgreSQL takes any text at all, as a parameter, in a list and in jsonb', async (t) => {
  const { address } = await testDatabase(t)
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  const texts: string[] = []
  const anyText = fc.string({ unit: fc.oneof(fc.constantFrom('\0', '\ud800', '\udfff', '\\', '"'), fc.string()) })
  holdsAlways(
    t,
    fc.property(anyText, (text) => void texts.push(text)),
    200,
  )
  const rows = await db.query<{ one: string; many: string[]; json: string[] }>(
    'any_text',
    'select $1::text as one, $2::text[] as many, $3::jsonb as json',
    [texts.join(''), texts, storableJson(texts)],
  )
  assert.deepEqual(rows, [
    { one: storableText(texts.join('')), many: texts.map(storableText), json: texts.map(storableText) },
  ])
})
