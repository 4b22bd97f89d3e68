import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createLivePayments, type LivePayments } from './live-payments.ts'

/** Two processes that hear each other, as PostgreSQL has every listener hear. */
function twoProcesses(): { readonly here: LivePayments; readonly there: LivePayments; readonly told: string[] } {
  const told: string[] = []
  const all: LivePayments[] = []
  const tell = (message: string): void => {
    told.push(message)
    for (const one of all) one.heard(message)
  }
  const [here, there] = [createLivePayments(tell), createLivePayments(tell)]
  all.push(here, there)
  return { here, there, told }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await wait(1)
}

test('a change is told at once here, once there, and to those alone who watch that payment', async () => {
  const { here, there } = twoProcesses()
  const counts = { here: 0, there: 0, other: 0 }
  here.watch(1, () => (counts.here += 1))
  there.watch(1, () => (counts.there += 1))
  there.watch(2, () => (counts.other += 1))
  here.changed([1])
  assert.equal(counts.here, 1)
  await until(() => counts.there > 0)
  assert.deepEqual(counts, { here: 1, there: 1, other: 0 })
})

test('changes of a moment are told in few messages, none of them longer than PostgreSQL takes', async () => {
  const { here, there, told } = twoProcesses()
  const seen = new Set<number>()
  const numbers = Array.from({ length: 1_000 }, (_, index) => 9_007_199_254_740_991 - index)
  for (const number of numbers) there.watch(number, () => seen.add(number))
  for (const number of numbers) here.changed([number])
  await until(() => seen.size === numbers.length)
  assert.equal(told.length, 3)
  assert.ok(told.every((message) => Buffer.byteLength(message) < 8_000))
})

test('whoever has left is called no more, and nothing is kept of him', () => {
  const { here } = twoProcesses()
  let calls = 0
  const leave = here.watch(7, () => (calls += 1))
  leave()
  here.changed([7])
  assert.deepEqual([calls, here.watched()], [0, []])
})

test('after a lost connection everybody looks again, as something may have been missed', () => {
  const { here } = twoProcesses()
  let calls = 0
  here.watch(1, () => (calls += 1))
  here.watch(2, () => (calls += 1))
  here.heard(undefined)
  assert.equal(calls, 2)
})

test('what the database says is news once; the first time, too, as something may have been missed before', () => {
  const { here } = twoProcesses()
  let calls = 0
  here.watch(1, () => (calls += 1))
  for (const mark of ['3 0', '3 0', '4 0', '4 0', '4 2']) here.seen(1, mark)
  assert.equal(calls, 3)
})

test('what watchers were told of already is no news, and what came after it is', () => {
  const { here } = twoProcesses()
  let calls = 0
  here.watch(1, () => (calls += 1))
  here.told(1, '3 0')
  here.seen(1, '3 0')
  assert.equal(calls, 0)
  here.seen(1, '4 0')
  assert.equal(calls, 1)
})
