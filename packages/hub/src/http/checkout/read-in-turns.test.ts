import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInTurns } from './read-in-turns.ts'

test('what changes while others are read is read with all that changed meanwhile, never twice at once', async () => {
  const reads: number[][] = []
  let running = 0
  const done = Promise.withResolvers<void>()
  const look = readInTurns(async (numbers) => {
    running += 1
    assert.equal(running, 1)
    reads.push([...numbers])
    await Promise.resolve()
    running -= 1
    if (reads.flat().length === 252) done.resolve()
  })
  look(1)
  for (let number = 1; number <= 250; number += 1) for (const _ of [1, 2, 3]) look(number)
  look(251)
  await done.promise
  assert.deepEqual(
    reads.map((numbers) => numbers.length),
    [1, 100, 100, 51],
  )
  assert.deepEqual(
    reads.flat().slice(1),
    Array.from({ length: 251 }, (_, index) => index + 1),
  )
})

test('what could not be read is read again, and keeps nobody else waiting', async () => {
  const read = new Set<number>()
  const tries = new Map<number, number>()
  const done = Promise.withResolvers<void>()
  const look = readInTurns(async (numbers) => {
    for (const number of numbers) tries.set(number, (tries.get(number) ?? 0) + 1)
    await Promise.resolve()
    // Of these, one can never be read, and the others only alone.
    if (numbers.includes(3)) throw new Error('cannot be read')
    for (const number of numbers) read.add(number)
    if (read.size === 4 && (tries.get(3) ?? 0) > 1) done.resolve()
  })
  // While it rests it holds no process alive.
  const alive = setInterval(() => {}, 1_000)
  for (const number of [1, 2, 3, 4, 5]) look(number)
  await done.promise
  clearInterval(alive)
  assert.deepEqual([...read].sort(), [1, 2, 4, 5])
})
