import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker, usualBreakerLimits } from './breaker.ts'
import type { BreakerState } from './breaker.ts'

function breakerAt() {
  const time = { nowMs: 1_000_000 }
  const changes: BreakerState[] = []
  const breaker = createBreaker(
    usualBreakerLimits,
    () => time.nowMs,
    (state) => changes.push(state),
  )
  const call = (failed: boolean, bypass = false): boolean => {
    const pass = breaker.enter(bypass)
    pass?.settle(failed)
    return pass !== undefined
  }
  const calls = (count: number, failed: boolean): void => {
    for (let i = 0; i < count; i += 1) call(failed)
  }
  return { time, breaker, changes, call, calls }
}

test('nine failures do not open it and the tenth does', () => {
  const { breaker, calls } = breakerAt()
  calls(9, true)
  assert.equal(breaker.state, 'closed')
  calls(1, true)
  assert.equal(breaker.state, 'open')
})

test('half of the calls failing does not open it and one more than half does', () => {
  const { breaker, calls } = breakerAt()
  calls(10, false)
  calls(10, true)
  assert.equal(breaker.state, 'closed')
  calls(1, true)
  assert.equal(breaker.state, 'open')
})

test('failures older than a minute are forgotten although no call came in between', () => {
  const { time, breaker, calls } = breakerAt()
  calls(9, true)
  time.nowMs += 61_000
  calls(9, true)
  assert.equal(breaker.state, 'closed')
})

test('ten failures spread over ten minutes do not open it', () => {
  const { time, breaker, calls } = breakerAt()
  for (let i = 0; i < 10; i += 1) {
    calls(1, true)
    time.nowMs += 60_000
  }
  assert.equal(breaker.state, 'closed')
})

test('open it lets nobody through for 30 seconds, then one trial alone', () => {
  const { time, breaker, calls, call, changes } = breakerAt()
  calls(10, true)
  assert.equal(call(false), false)
  assert.equal(breaker.retryAfterMs(), 30_000)
  time.nowMs += 29_999
  assert.equal(call(false), false)
  time.nowMs += 1
  const trial = breaker.enter(false)
  assert.ok(trial)
  assert.equal(breaker.enter(false), undefined)
  trial.settle(false)
  assert.equal(breaker.state, 'closed')
  assert.equal(call(false), true)
  assert.deepEqual(changes, ['open', 'half_open', 'closed'])
})

test('a failed trial opens it for another 30 seconds', () => {
  const { time, breaker, calls, call } = breakerAt()
  calls(10, true)
  time.nowMs += 30_000
  assert.equal(call(true), true)
  assert.equal(breaker.state, 'open')
  assert.equal(breaker.retryAfterMs(), 30_000)
})

test('after it closed again, the failures from before do not count', () => {
  const { time, breaker, calls } = breakerAt()
  calls(10, true)
  time.nowMs += 30_000
  calls(1, false)
  calls(9, true)
  assert.equal(breaker.state, 'closed')
})

test('a bypass goes through an open breaker, and counts', () => {
  const { time, breaker, calls, call } = breakerAt()
  calls(10, true)
  assert.equal(call(true, true), true)
  assert.equal(breaker.state, 'open')
  time.nowMs += 30_000
  const trial = breaker.enter(false)
  assert.equal(call(false, true), true)
  assert.equal(breaker.state, 'half_open')
  trial?.settle(false)
  assert.equal(breaker.state, 'closed')
})

test('bypassing failures open a closed breaker', () => {
  const { breaker, call } = breakerAt()
  for (let i = 0; i < 10; i += 1) call(true, true)
  assert.equal(breaker.state, 'open')
})
