import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { forecast, type Look, mayUseReserve, nextLookAt, type PlanAllowance, planCalls } from './call-plan.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const midnight = Date.parse('2026-01-06T17:00:00Z')
const rules = { graceMs: 2 * minute, lateWatchMs: day }

type Past = {
  readonly agoMs: number
  readonly sessionMs: number
  readonly standing: Look['standing']
  readonly watchedForMs: number | undefined
  readonly askedAfterMs: number | undefined
  readonly troubles: number
}

const anyPast: fc.Arbitrary<Past> = fc.record({
  agoMs: fc.oneof(fc.integer({ min: 0, max: 5 * minute }), fc.integer({ min: 0, max: 3 * day })),
  sessionMs: fc.integer({ min: minute, max: hour }),
  standing: fc.constantFrom('open', 'open', 'closed', 'completed'),
  watchedForMs: fc.option(fc.integer({ min: 0, max: hour }), { nil: undefined }),
  askedAfterMs: fc.option(fc.integer({ min: -hour, max: 2 * day }), { nil: undefined }),
  troubles: fc.constantFrom(0, 0, 1, 4, 12),
})
const anyMoment = fc.integer({ min: 0, max: day - 1 }).map((at) => new Date(midnight + at))
const anyCodesPerCall = fc.constantFrom(1, 2, 50)
const anyAllowance: fc.Arbitrary<PlanAllowance> = fc
  .record({
    perDay: fc.integer({ min: 1, max: 200 }),
    reserveShare: fc.double({ min: 0, max: 1, noNaN: true }),
    leftShare: fc.double({ min: 0, max: 1, noNaN: true }),
    latched: fc.constantFrom(false, false, false, true),
  })
  .map(({ perDay, reserveShare, leftShare, latched }) => ({
    perDay,
    reserve: Math.floor(perDay * reserveShare),
    left: Math.round(perDay * leftShare),
    resetsAt: new Date(midnight + day),
    latched,
  }))

function looksAt(pasts: readonly Past[], now: Date): Look[] {
  return pasts.map((past, index) => {
    const madeAt = now.getTime() - past.agoMs
    const asked = past.askedAfterMs === undefined ? undefined : Math.min(now.getTime(), madeAt + past.askedAfterMs)
    return {
      paymentNumber: 150001 + index,
      madeAt: new Date(madeAt),
      endsAt: new Date(madeAt + past.sessionMs),
      standing: past.standing,
      watchedUntil: past.watchedForMs === undefined ? undefined : new Date(madeAt + past.watchedForMs),
      asks: asked === undefined || asked < madeAt ? 0 : 1,
      lastAskedAt: asked === undefined ? undefined : new Date(asked),
      troubles: asked === undefined ? 0 : past.troubles,
    }
  })
}

const anyPlan = fc.record({
  pasts: fc.array(anyPast, { maxLength: 80 }),
  allowance: anyAllowance,
  codesPerCall: anyCodesPerCall,
  now: anyMoment,
})

test('a plan never has more calls than are left, none while the bank refuses, and only last looks use the reserve', (t) => {
  holdsAlways(
    t,
    fc.property(anyPlan, ({ pasts, allowance, codesPerCall, now }) => {
      const calls = planCalls(looksAt(pasts, now), allowance, codesPerCall, now, rules)
      assert.ok(calls.length <= (allowance.latched ? 0 : allowance.left))
      calls.forEach((call, index) => {
        const leftBefore = allowance.left - index
        if (leftBefore <= allowance.reserve) assert.ok(mayUseReserve(call, now, rules), 'a planned call in the reserve')
      })
    }),
  )
})

test('no call is empty or too long, and no code is asked about twice or when it is completed', (t) => {
  holdsAlways(
    t,
    fc.property(anyPlan, ({ pasts, allowance, codesPerCall, now }) => {
      const calls = planCalls(looksAt(pasts, now), allowance, codesPerCall, now, rules)
      for (const call of calls) assert.ok(call.length > 0 && call.length <= codesPerCall)
      const asked = calls.flat()
      assert.equal(new Set(asked).size, asked.length)
      for (const look of asked) assert.notEqual(look.standing, 'completed')
    }),
  )
})

test('the plan does not depend on the order of the looks, nor on anything but what is handed in', (t) => {
  const anyOrder = fc.array(fc.double({ noNaN: true }), { minLength: 80, maxLength: 80 })
  holdsAlways(
    t,
    fc.property(anyPlan, anyOrder, ({ pasts, allowance, codesPerCall, now }, order) => {
      // Each twice: codes that differ in nothing but their number have an order, too.
      const looks = looksAt(
        pasts.slice(0, 40).flatMap((past) => [past, past]),
        now,
      )
      const shuffled = looks
        .map((look, index) => ({ look, place: order[index] ?? 0 }))
        .sort((a, b) => a.place - b.place)
        .map(({ look }) => look)
      const numbers = (given: Look[]) =>
        planCalls(given, allowance, codesPerCall, now, rules).map((call) => call.map((look) => look.paymentNumber))
      assert.deepEqual(numbers(shuffled), numbers(looks))
    }),
  )
})

test('no code is asked about before its next look, and none that has no next look', (t) => {
  holdsAlways(
    t,
    fc.property(anyPast, anyAllowance, anyCodesPerCall, anyMoment, (past, allowance, codesPerCall, now) => {
      const looks = looksAt([past], now)
      if (planCalls(looks, allowance, codesPerCall, now, rules).length === 0) return
      const next = looks[0] && nextLookAt(looks[0], allowance, codesPerCall, now, rules)
      assert.ok(next && next <= now, `next look at ${next?.toISOString()}, asked at ${now.toISOString()}`)
    }),
    2_000,
  )
})

test('an open code always has a next look', (t) => {
  holdsAlways(
    t,
    fc.property(anyPast, anyAllowance, anyCodesPerCall, anyMoment, (past, allowance, codesPerCall, now) => {
      const look = looksAt([{ ...past, standing: 'open' }], now)[0] as Look
      const isAnswered =
        look.troubles === 0 && (look.lastAskedAt?.getTime() ?? 0) >= look.endsAt.getTime() + rules.graceMs
      if (!isAnswered) assert.ok(nextLookAt(look, allowance, codesPerCall, now, rules))
    }),
  )
})

test('every open code is asked about after its end and grace if days go on with an allowance', (t) => {
  holdsAlways(
    t,
    fc.property(
      fc.array(anyPast, { minLength: 1, maxLength: 40 }),
      anyAllowance,
      anyCodesPerCall,
      (pasts, day1, each) => {
        const unanswered = pasts.map((past) => ({ ...past, standing: 'open' as const, askedAfterMs: undefined }))
        let looks = looksAt(unanswered, new Date(midnight))
        let allowance = { ...day1, latched: false, left: day1.perDay }
        const mostDays = 3 + Math.ceil((3 * looks.length) / day1.perDay)
        for (let now = midnight; now < midnight + mostDays * day; now += 10 * minute) {
          if (now >= allowance.resetsAt.getTime())
            allowance = { ...allowance, left: day1.perDay, resetsAt: new Date(allowance.resetsAt.getTime() + day) }
          const calls = planCalls(looks, allowance, each, new Date(now), rules)
          allowance = { ...allowance, left: allowance.left - calls.length }
          assert.ok(allowance.left >= 0)
          const asked = new Set(calls.flat())
          looks = looks.map((look) => (asked.has(look) ? answered(look, now) : look))
          if (looks.every((look) => look.standing === 'closed')) return
        }
        assert.fail(`not asked within ${mostDays} days: ${looks.filter((look) => look.standing === 'open').length}`)
      },
    ),
    60,
  )
})

test('a code that is announced as automatic never has more before it than calls are left', (t) => {
  holdsAlways(
    t,
    fc.property(anyAllowance, anyCodesPerCall, anyMoment, fc.nat(5_000), (allowance, codesPerCall, now, open) => {
      if (forecast(open, allowance, codesPerCall, now) === 'delayed') return
      assert.ok(!allowance.latched && open < allowance.left * codesPerCall)
      assert.equal(forecast(Math.floor(open / 2), allowance, codesPerCall, now), 'automatic')
    }),
  )
})

function answered(look: Look, now: number): Look {
  const isEnded = now >= look.endsAt.getTime() + rules.graceMs
  const standing = isEnded ? 'closed' : look.standing
  return { ...look, asks: look.asks + 1, lastAskedAt: new Date(now), troubles: 0, standing }
}
