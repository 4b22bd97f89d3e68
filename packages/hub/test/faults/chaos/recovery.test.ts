import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recoveryTimes, spreadOf } from './recovery.ts'

const endedAt = (at: number) => ({
  kind: 'hub killed',
  target: 'hub-1',
  startedAt: at,
  endedAt: at,
  pid: 1,
  signal: 'SIGKILL' as const,
  detail: '',
})

test('recovery is from a fault to the next completed payment, and unknown where none came', () => {
  assert.deepEqual(recoveryTimes([endedAt(100), endedAt(250), endedAt(300), endedAt(400)], [300, 260, 150]), [50, 10])
})

test('the spread names the middle, the 99th of a hundred and the longest', () => {
  const spread = spreadOf(Array.from({ length: 200 }, (_, index) => 200 - index))
  assert.deepEqual(spread, { count: 200, p50Ms: 101, p99Ms: 199, maxMs: 200 })
  assert.deepEqual(spreadOf([]), { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
})
