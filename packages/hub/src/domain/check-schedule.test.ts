import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type CheckFacts, type CheckRules, firstCheckAfterMs, nextCheck } from './check-schedule.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const from = Date.parse('2026-01-07T05:00:00Z')
const usual: CheckRules = { graceMs: 2 * minute, lateWatchMs: 24 * hour }

function facts(more: Partial<CheckFacts> = {}): CheckFacts {
  return {
    askedFrom: new Date(from),
    endsAt: new Date(from + 15 * minute),
    standing: 'open',
    lastAskedAt: undefined,
    troubles: 0,
    isMissing: false,
    ...more,
  }
}

/** Milliseconds after the code was made at which a hub that is never late asks, as long as the bank says unpaid. */
function asksOf(start: CheckFacts, rules = usual): number[] {
  const asks: number[] = []
  let now = start
  for (let plan = nextCheck(now, rules); plan; plan = nextCheck(now, rules)) {
    asks.push(plan.at.getTime() - from)
    now = { ...now, lastAskedAt: plan.at }
    assert.ok(asks.length < 10_000, 'it never ends')
  }
  return asks
}

test('a code is asked about after 3 s, every 5 s for 2 minutes, every minute, and after its end', () => {
  const dense = Array.from({ length: 25 }, (_, index) => 3 * second + index * 5 * second)
  const sparse = Array.from({ length: 12 }, (_, index) => 183 * second + index * minute)
  const end = 15 * minute
  const last = [end + 2 * minute, end + 15 * minute, end + hour, end + 24 * hour]
  assert.deepEqual(asksOf(facts()), [...dense, ...sparse, ...last])
})

test('of a completed or closed payment only the looks after its end are left', () => {
  const end = 15 * minute
  for (const standing of ['completed', 'closed'] as const) {
    const wanted = [end + 2 * minute, end + 15 * minute, end + hour, end + 24 * hour]
    assert.deepEqual(asksOf(facts({ standing })), wanted)
  }
})

test('a late watch of three days looks daily, one of half an hour ends then', () => {
  const after = (lateWatchMs: number) =>
    asksOf(facts({ standing: 'closed' }), { ...usual, lateWatchMs }).map((ms) => ms - 15 * minute)
  assert.deepEqual(after(72 * hour), [2 * minute, 15 * minute, hour, 24 * hour, 48 * hour, 72 * hour])
  assert.deepEqual(after(30 * minute), [2 * minute, 15 * minute, 30 * minute])
})

test('unknown is asked again after 5, 10, 20, 40, 60 s, then more seldom, at most every 5 minutes', () => {
  const lastAskedAt = new Date(from + minute)
  const waits = Array.from({ length: 10 }, (_, index) => {
    const plan = nextCheck(facts({ lastAskedAt, troubles: index + 1 }), usual)
    return ((plan?.at.getTime() ?? 0) - lastAskedAt.getTime()) / second
  })
  assert.deepEqual(waits, [5, 10, 20, 40, 60, 120, 240, 300, 300, 300])
})

test('unknown after the last look is asked every hour until it is known, and then no more', () => {
  const lastAskedAt = new Date(from + 15 * minute + 24 * hour)
  const unknown = nextCheck(facts({ lastAskedAt, troubles: 9 }), usual)
  assert.equal(unknown?.at.getTime(), lastAskedAt.getTime() + hour)
  assert.equal(nextCheck(facts({ lastAskedAt, troubles: 0 }), usual), undefined)
})

test('while somebody watches it is asked every 5 s, unknown within 20 s, and a completed one not sooner', () => {
  const lastAskedAt = new Date(from + 5 * minute)
  const watched = (more: Partial<CheckFacts>) => {
    const at = nextCheck(facts({ lastAskedAt, ...more }), usual)?.whileWatched
    return at && (at.getTime() - lastAskedAt.getTime()) / second
  }
  assert.equal(watched({}), 5)
  assert.equal(watched({ standing: 'closed' }), 5)
  assert.equal(watched({ troubles: 8 }), 20)
  assert.equal(watched({ standing: 'completed' }), undefined)
})

test('money that the bank does not list any more is looked for a second time after 70 s, even after the last look', () => {
  const lastAskedAt = new Date(from + 15 * minute + 24 * hour)
  const plan = nextCheck(facts({ standing: 'completed', lastAskedAt, isMissing: true }), usual)
  assert.equal(plan?.at.getTime(), lastAskedAt.getTime() + 70 * second)
})

test('a look at an older code does not count for a new one', () => {
  const plan = nextCheck(facts({ lastAskedAt: new Date(from - second) }), usual)
  assert.equal(plan?.at.getTime(), from + firstCheckAfterMs)
})

const anyRules = fc.record({
  graceMs: fc.integer({ min: minute, max: 14 * minute }),
  lateWatchMs: fc.integer({ min: hour, max: 96 * hour }),
})
const anyFacts = fc
  .record({
    session: fc.integer({ min: minute, max: 24 * hour }),
    standing: fc.constantFrom('open', 'closed', 'completed'),
    asked: fc.option(fc.integer({ min: -hour, max: 200 * hour }), { nil: undefined }),
    troubles: fc.integer({ min: 0, max: 20 }),
    isMissing: fc.boolean(),
  })
  .map(({ session, standing, asked, troubles, isMissing }) =>
    facts({
      endsAt: new Date(from + session),
      standing,
      troubles,
      isMissing,
      lastAskedAt: asked === undefined ? undefined : new Date(from + asked),
    }),
  )

test('the next look is after the last one, and never earlier than 3 s after the code or 5 s after a look', () => {
  fc.assert(
    fc.property(anyFacts, anyRules, (given, rules) => {
      const plan = nextCheck(given, rules)
      if (!plan) return
      const last = given.lastAskedAt?.getTime() ?? Number.NEGATIVE_INFINITY
      const isAboutThis = last >= from
      assert.ok(plan.at.getTime() > last)
      assert.ok(plan.at.getTime() >= from + firstCheckAfterMs)
      if (!plan.whileWatched) return
      assert.ok(plan.whileWatched <= plan.at, 'watching makes nothing later')
      if (isAboutThis) assert.ok(plan.whileWatched.getTime() >= Math.min(last + 5 * second, plan.at.getTime()))
    }),
  )
})

test('a later look is never followed by an earlier next one', () => {
  fc.assert(
    fc.property(anyFacts, anyRules, fc.integer({ min: 1, max: 48 * hour }), (given, rules, laterMs) => {
      if (!given.lastAskedAt || given.lastAskedAt.getTime() < from || given.troubles > 0) return
      const earlier = nextCheck(given, rules)
      const later = nextCheck({ ...given, lastAskedAt: new Date(given.lastAskedAt.getTime() + laterMs) }, rules)
      if (later) assert.ok(earlier && earlier.at <= later.at)
    }),
  )
})

test('unknown is never given up', () => {
  fc.assert(
    fc.property(anyFacts, anyRules, (given, rules) => {
      if (given.lastAskedAt && given.lastAskedAt.getTime() >= from && given.troubles > 0) {
        assert.ok(nextCheck(given, rules))
      }
    }),
  )
})

test('a hub that is late by any time looks after every point of the end, and once for all that it missed', () => {
  const lateness = fc.array(fc.integer({ min: 0, max: 6 * hour }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(anyFacts, anyRules, lateness, (given, rules, lates) => {
      const start = { ...given, lastAskedAt: undefined, troubles: 0, isMissing: false }
      const ends = start.endsAt.getTime()
      const points = [rules.graceMs, 15 * minute, hour, 24 * hour, rules.lateWatchMs]
        .filter((one) => one >= rules.graceMs && one <= rules.lateWatchMs)
        .map((one) => ends + one)
      const asks: { planned: number; at: number }[] = []
      let now: CheckFacts = start
      for (let plan = nextCheck(now, rules); plan; plan = nextCheck(now, rules)) {
        const planned = plan.at.getTime()
        const at = Math.max(planned, asks.at(-1)?.at ?? 0) + (lates[asks.length % lates.length] ?? 0)
        // Nothing that has passed when it is asked is asked again.
        assert.ok(planned > (asks.at(-1)?.at ?? Number.NEGATIVE_INFINITY))
        asks.push({ planned, at })
        now = { ...now, lastAskedAt: new Date(at) }
      }
      for (const point of points)
        assert.ok(
          asks.some(({ at }) => at >= point),
          'a point without a look after it',
        )
      assert.ok((asks.at(-1)?.at ?? 0) >= ends + Math.max(rules.graceMs, rules.lateWatchMs))
    }),
    { numRuns: 60 },
  )
})
