import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPaymentLimits } from './payment-limits.ts'

function limitsOn(limits: { perMinute: number; perHour: number }) {
  let nowMs = 1_000
  const counted = createPaymentLimits({ monotonicMs: () => nowMs }, limits)
  return { count: counted.count, passS: (seconds: number) => void (nowMs += seconds * 1_000) }
}

test('a customer asks five times a minute, and is told how long to wait for the next minute', () => {
  const { count, passS } = limitsOn({ perMinute: 5, perHour: 20 })
  assert.deepEqual(
    Array.from({ length: 5 }, () => count('dara')),
    Array.from({ length: 5 }),
  )
  passS(20)
  assert.equal(count('dara'), 40)
  assert.equal(count('sokha'), undefined)
  passS(40)
  assert.equal(count('dara'), undefined)
})

test('he asks twenty times an hour, refused calls counted, and then waits for the next hour', () => {
  const { count, passS } = limitsOn({ perMinute: 5, perHour: 20 })
  for (let minute = 0; minute < 3; minute += 1) {
    for (let call = 0; call < 6; call += 1) assert.equal(count('dara') === undefined, call < 5)
    passS(60)
  }
  assert.deepEqual([count('dara'), count('dara')], [undefined, undefined])
  assert.equal(count('dara'), 3_600 - 180)
  passS(3_600 - 181)
  assert.equal(count('dara'), 1)
  passS(1)
  assert.equal(count('dara'), undefined)
})
