import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCache, createSingleFlight } from './cache.ts'

function cacheAt(start: number, maxEntries = 10) {
  const time = { nowMs: start }
  return { time, cache: createCache<string>({ maxEntries, staleMs: 1_000, monotonicMs: () => time.nowMs }) }
}

test('a value is fresh for its time to live, then stale, then gone', () => {
  const { time, cache } = cacheAt(0)
  cache.put('a', 'one', 100)
  time.nowMs = 99
  assert.deepEqual(cache.get('a'), { value: 'one', fresh: true })
  time.nowMs = 100
  assert.deepEqual(cache.get('a'), { value: 'one', fresh: false })
  time.nowMs = 1_100
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.size(), 0)
})

test('the least recently used entry makes room', () => {
  const { cache } = cacheAt(0, 2)
  cache.put('a', 'one', 100)
  cache.put('b', 'two', 100)
  cache.get('a')
  cache.put('c', 'three', 100)
  assert.equal(cache.size(), 2)
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a')?.value, 'one')
})

test('callers of one key share one load and its error, and the next caller loads again', async () => {
  const fly = createSingleFlight<number>()
  let loads = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const load = async () => {
    loads += 1
    await promise
    if (loads === 1) throw new Error('away')
    return loads
  }
  const both = Promise.allSettled([fly('a', load), fly('a', load)])
  resolve()
  assert.deepEqual(
    (await both).map((result) => result.status),
    ['rejected', 'rejected'],
  )
  assert.equal(loads, 1)
  assert.equal(await fly('a', load), 2)
})
