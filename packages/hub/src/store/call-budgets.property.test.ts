import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { openBooks } from '../../test/support/empty-books.ts'
import { holdsAlwaysAsync } from '../../test/support/random-test.ts'
import { createCallBudget } from './call-budgets.ts'

const books = await openBooks({ after })
const dayMs = 86_400_000
const offsetMs = 7 * 3_600_000
const dayOf = (atMs: number) => Math.floor((atMs + offsetMs) / dayMs)

/** What happens to one token: time passes, some calls are taken at once, or the bank refuses. */
const happenings = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: dayMs }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('planned' as const, 'reserved' as const),
        calls: fc.integer({ min: 1, max: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('latch' as const),
        said: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      }),
    },
  ),
  { minLength: 5, maxLength: 25 },
)

const settings = fc
  .record({ perDay: fc.integer({ min: 1, max: 20 }), part: fc.double({ min: 0, max: 0.9, noNaN: true }) })
  .map(({ perDay, part }) => ({ perDay, reserve: Math.floor(perDay * part) }))

let tokens = 0

test('whatever happens, no day has more calls than its allowance, the plan leaves the reserve, and a refusal ends the day', async (t) => {
  await holdsAlwaysAsync(
    t,
    fc.asyncProperty(settings, happenings, async ({ perDay, reserve }, all) => {
      tokens += 1
      const token = tokens.toString(16).padStart(16, '0')
      let nowMs = Date.parse('2026-11-20T05:00:00Z')
      const budget = createCallBudget(books.db, 'BANK01', { perDay, reserve, now: () => new Date(nowMs) })
      const granted = new Map<number, number>()
      let latchedOn: number | undefined
      for (const one of all) {
        const day = dayOf(nowMs)
        if (one.kind === 'pass') {
          nowMs += one.ms
        } else if (one.kind === 'latch') {
          const { resetsAt } = await budget.read(token)
          await budget.latch(token, one.said)
          // In the first minutes of a day a refusal may be of a call of yesterday.
          if (resetsAt.getTime() - nowMs > 120_000 && (await budget.read(token)).latched) latchedOn = day
        } else {
          const { kind, calls } = one
          const before = await budget.read(token)
          const answers = await Promise.all(Array.from({ length: calls }, () => budget.take(token, kind)))
          const count = answers.filter((answer) => answer.granted).length
          granted.set(day, (granted.get(day) ?? 0) + count)
          assert.ok((granted.get(day) ?? 0) <= perDay, 'a day has more calls than the setting')
          const most = before.perDay - (kind === 'planned' ? before.reserve : 0)
          assert.equal(count, before.latched ? 0 : Math.min(calls, Math.max(0, most - before.spent)))
          assert.ok(latchedOn !== day || count === 0, 'a call was granted after the refusal')
          for (const answer of answers) assert.ok(answer.granted || answer.until.getTime() > nowMs, 'until has passed')
          assert.equal((await budget.read(token)).spent, before.spent + count)
        }
      }
    }),
    60,
  )
})
