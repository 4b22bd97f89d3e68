import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  forecast,
  type Look,
  clicksPerDay,
  mayAskOnClick,
  mayUseReserve,
  nextLookAt,
  type PlanAllowance,
  planCalls,
} from './call-plan.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Midnight in Phnom Penh. */
const midnight = Date.parse('2026-01-06T17:00:00Z')
const afternoon = midnight + 15 * hour
const rules = { graceMs: 2 * minute, lateWatchMs: day }
const lists = 50

function allowance(more: Partial<PlanAllowance> = {}): PlanAllowance {
  return { perDay: 100, reserve: 20, left: 100, resetsAt: new Date(midnight + day), latched: false, ...more }
}

/** A code made in the afternoon, watched for as long as it may be paid. */
function code(more: Partial<Look> = {}): Look {
  const madeAt = more.madeAt ?? new Date(afternoon)
  const endsAt = more.endsAt ?? new Date(madeAt.getTime() + 15 * minute)
  const unasked = { asks: 0, lastAskedAt: undefined, troubles: 0 }
  return { paymentNumber: 150001, standing: 'open', watchedUntil: endsAt, ...unasked, ...more, madeAt, endsAt }
}

function codes(count: number, more: (index: number) => Partial<Look>): Look[] {
  return Array.from({ length: count }, (_, index) => code({ paymentNumber: 150001 + index, ...more(index) }))
}

type Played = { readonly asks: number[]; readonly left: number }

/** Seconds after it was made at which a lone code is asked about, as long as the bank says unpaid. */
function play(start: Look, from: PlanAllowance, until: number, codesPerCall = lists): Played {
  const asks: number[] = []
  let look = start
  let now = start.madeAt.getTime()
  let { left } = from
  for (; now < until; now += second) {
    const calls = planCalls([look], { ...from, left }, codesPerCall, new Date(now), rules)
    if (calls.length === 0) continue
    asks.push((now - start.madeAt.getTime()) / second)
    left -= calls.length
    const isEnded = now >= look.endsAt.getTime() + rules.graceMs
    look = { ...look, asks: look.asks + 1, lastAskedAt: new Date(now), standing: isEnded ? 'closed' : 'open' }
  }
  return { asks, left }
}

test('a lone code is looked at after 5, 15 and 30 s, often for two minutes, seldom then, and at expiry and grace', () => {
  const { asks } = play(code(), allowance(), afternoon + 18 * minute)
  assert.deepEqual(asks.slice(0, 3), [5, 15, 30])
  const dense = asks.filter((at) => at <= 120).length
  const thin = asks.filter((at) => at > 120 && at < 900).length
  assert.ok(dense >= 6, `${dense} looks in the first two minutes`)
  assert.ok(thin / 780 < dense / 120 / 3, `${thin} looks in the thirteen minutes after them`)
  assert.equal(asks.at(-1), 17 * 60)
})

test('while calls are not short the first three looks are taken, even where they are worth little', () => {
  const noon = midnight + 12 * hour
  const { asks } = play(code({ madeAt: new Date(noon) }), allowance({ left: 60 }), noon + minute)
  assert.deepEqual(asks.slice(0, 3), [5, 15, 30])
})

test('while the allowance is at its reserve no fresh code is asked about, and its last look is', () => {
  for (const codesPerCall of [1, lists]) {
    const { asks, left } = play(code(), allowance({ left: 20 }), afternoon + 2 * hour, codesPerCall)
    assert.equal(asks.length, 1)
    assert.ok((asks[0] ?? 0) >= 17 * 60, `asked after ${asks[0]} s`)
    assert.equal(left, 19)
  }
})

test('however much fresh codes are worth together, their calls end at the reserve', () => {
  const late = midnight + day - 5 * minute
  const looks = codes(40, () => ({ madeAt: new Date(late) }))
  const now = new Date(late + 70 * second)
  assert.deepEqual(planCalls(looks, allowance({ left: 20 }), lists, now, rules), [])
  assert.equal(planCalls(looks.slice(0, 5), allowance({ left: 22 }), 1, now, rules).length, 2)
})

test('last looks leave half of the reserve to clicks in the morning, and use all of it in the evening', () => {
  const ended = codes(1, () => ({ madeAt: new Date(midnight - hour) }))
  const calls = (left: number, at: number) => planCalls(ended, allowance({ left }), 1, new Date(at), rules).length
  assert.equal(calls(10, midnight), 0)
  assert.equal(calls(11, midnight), 1)
  assert.equal(calls(1, midnight + day - minute), 1)
})

test('on a day that is too short last looks leave calls to fresh codes', () => {
  const waiting = codes(200, (index) => ({ madeAt: new Date(midnight - 2 * hour - index * minute) }))
  let left = 100
  let looks: readonly Look[] = waiting
  for (let at = midnight; at < midnight + minute; at += second) {
    const asked = new Set(planCalls(looks, allowance({ left }), 1, new Date(at), rules).flat())
    left -= asked.size
    looks = looks.filter((look) => !asked.has(look))
  }
  assert.equal(left, 20 + 0.6 * 80)
})

test('a code that nobody watches is worth less, and is asked about less often', () => {
  const looksOf = (look: Look) => play(look, allowance({ left: 70 }), afternoon + 10 * minute).asks.length
  const [unwatched, watched] = [looksOf(code({ watchedUntil: undefined })), looksOf(code())]
  assert.ok(unwatched < watched, `${unwatched} < ${watched}`)
})

test('on a busy day a code is not asked about in its first half minute', () => {
  const today = codes(100, (index) => ({
    madeAt: new Date(afternoon - (100 - index) * 2 * minute),
    standing: 'closed',
    lastAskedAt: new Date(afternoon),
  }))
  const fresh = code({ paymentNumber: 1, madeAt: new Date(afternoon) })
  for (const [ageS, wanted] of [
    [5, 0],
    [15, 0],
    [30, 0],
    [70, 1],
  ] as const) {
    const now = new Date(afternoon + ageS * second)
    const calls = planCalls([...today, fresh], allowance({ left: 50 }), 1, now, rules)
    assert.equal(calls.filter((call) => call.includes(fresh)).length, wanted, `${ageS} s`)
  }
})

test('where lists work one call takes everything along, the most valuable first; where not each code has its own', () => {
  const madeAt = (index: number) => ({ madeAt: new Date(afternoon - index * 20 * second) })
  const looks = codes(5, madeAt)
  const now = new Date(afternoon + 5 * second)
  const [call, ...more] = planCalls(looks, allowance(), lists, now, rules)
  assert.equal(more.length, 0)
  assert.equal(call?.length, 5)
  assert.ok((call?.[0]?.madeAt.getTime() ?? 0) < afternoon - 40 * second, 'of the oldest most are paid by now')
  assert.ok(planCalls(looks, allowance(), 1, now, rules).every((one) => one.length === 1))
})

test('a call is never longer than the bank takes', () => {
  const looks = codes(120, () => ({ standing: 'open', madeAt: new Date(afternoon - hour) }))
  const calls = planCalls(looks, allowance(), lists, new Date(afternoon), rules)
  assert.deepEqual(
    calls.map((call) => call.length),
    [50, 50, 20],
  )
})

test('what could not be asked yesterday is first after midnight, the longest waiting first', () => {
  const looks = codes(30, (index) => ({ madeAt: new Date(midnight - 2 * hour - index * minute) }))
  const [first] = planCalls(looks, allowance(), 1, new Date(midnight), rules)
  assert.equal(first?.[0]?.paymentNumber, 150030)
})

test('nothing is asked while the bank refuses, and all of it when the day is over', () => {
  const look = code({ madeAt: new Date(afternoon - hour) })
  const refused = allowance({ latched: true, left: 0 })
  assert.deepEqual(planCalls([look], refused, lists, new Date(afternoon), rules), [])
  assert.equal(nextLookAt(look, refused, lists, new Date(afternoon), rules)?.getTime(), midnight + day)
})

test('a completed code is never asked about', () => {
  const look = code({ standing: 'completed' })
  assert.deepEqual(planCalls([look], allowance(), lists, new Date(afternoon + minute), rules), [])
  assert.equal(nextLookAt(look, allowance(), lists, new Date(afternoon), rules), undefined)
})

test('after its last look a code is looked at 15 minutes, an hour and a day after its end, and then no more', () => {
  const end = afternoon + 15 * minute
  const points = [rules.graceMs, 15 * minute, hour, day].map((after) => end + after)
  const nexts = points.map((point) =>
    nextLookAt(
      code({ standing: 'closed', lastAskedAt: new Date(point) }),
      allowance(),
      lists,
      new Date(point),
      rules,
    )?.getTime(),
  )
  assert.deepEqual(nexts, [...points.slice(1), undefined])
})

test('a late look that the allowance never had a call for is given up a day after the watch has ended', () => {
  const end = afternoon + 15 * minute
  const closed = code({ standing: 'closed', lastAskedAt: new Date(end + 2 * minute) })
  const next = (at: number) => nextLookAt(closed, allowance(), lists, new Date(at), rules)
  assert.ok(next(end + 2 * day))
  assert.equal(next(end + 2 * day + second), undefined)
})

test('a code that was cancelled is still asked about once after its end', () => {
  const cancelled = code({ standing: 'closed', lastAskedAt: new Date(afternoon + minute) })
  const now = new Date(afternoon + 2 * minute)
  assert.equal(nextLookAt(cancelled, allowance(), lists, now, rules)?.getTime(), afternoon + 17 * minute)
})

test('when the bank could not say, the next look backs off, and an open code is asked again until it is known', () => {
  const lastAskedAt = new Date(afternoon + 17 * minute)
  const waits = [1, 2, 3, 8, 50].map((troubles) => {
    const at = nextLookAt(code({ lastAskedAt, asks: 9, troubles }), allowance(), lists, lastAskedAt, rules)
    return ((at?.getTime() ?? 0) - lastAskedAt.getTime()) / second
  })
  assert.deepEqual(waits, [10, 20, 40, 3_600, 3_600])
})

test('a call that holds a last look may use the reserve, another may not', () => {
  const now = new Date(afternoon + minute)
  const ended = code({ madeAt: new Date(afternoon - hour) })
  assert.equal(mayUseReserve([code(), ended], now, rules), true)
  assert.equal(mayUseReserve([code()], now, rules), false)
})

test('a click may use the reserve, and leaves a part of it to last looks', () => {
  assert.equal(mayAskOnClick(allowance({ left: 5 })), true)
  assert.equal(mayAskOnClick(allowance({ left: 4 })), false)
  assert.equal(mayAskOnClick(allowance({ latched: true })), false)
  assert.equal(clicksPerDay(allowance({ perDay: 100, reserve: 20 })), 16)
  assert.equal(clicksPerDay(allowance({ perDay: 5_000, reserve: 20 })), 500)
})

test('a new code is announced as delayed when open codes take all that is left, when nothing is left, and when refused', () => {
  const at = new Date(afternoon)
  assert.equal(forecast(0, allowance(), 1, at), 'automatic')
  assert.equal(forecast(100, allowance(), 1, at), 'delayed')
  assert.equal(forecast(100, allowance(), lists, at), 'automatic')
  assert.equal(forecast(900, allowance({ left: 25 }), lists, at), 'automatic')
  assert.equal(forecast(0, allowance({ left: 0 }), lists, at), 'delayed')
  assert.equal(forecast(0, allowance({ latched: true }), lists, at), 'delayed')
})
