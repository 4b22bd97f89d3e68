import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildPlayground } from '../scripts/build-playground.ts'

const page = readFileSync(new URL('index.html', import.meta.url), 'utf8')

test('index.html is what scripts/build-playground.ts builds of the sources', async () => {
  assert.equal(page, await buildPlayground())
})

test('the page needs nothing but itself', () => {
  assert.doesNotMatch(page, /<(?:link|script|img)[^>]*(?:src|href)="[^"]+"/)
  assert.match(page, /default-src 'none'/)
})
