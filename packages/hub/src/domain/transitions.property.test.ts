import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { type Evidence, isOpen, next, type Status, statuses, transitions } from './transitions.ts'

// Whatever we come to know, in any order and any number of times.

const evidence = fc.array(fc.constantFrom(...(Object.keys(transitions.pending) as Evidence[])), { maxLength: 12 })
const openStatus = fc.constantFrom<Status>('pending', 'processing')

/** The statuses walked through; evidence without a move leaves the payment where it is. */
function walk(from: Status, heard: readonly Evidence[]): Status[] {
  return heard.reduce<Status[]>(
    (walked, one) => [...walked, next(walked.at(-1) ?? from, one) ?? walked.at(-1) ?? from],
    [from],
  )
}

test('no evidence in any order leads out of the table, back to pending, or away from completed', (t) => {
  holdsAlways(
    t,
    fc.property(fc.constantFrom(...statuses), evidence, (from, heard) => {
      const walked = walk(from, heard)
      for (const [index, status] of walked.entries()) {
        assert.ok(statuses.includes(status))
        const before = walked[index - 1]
        const told = heard[index - 1]
        if (before === 'completed' && told) assert.equal(next(before, told), undefined)
        if (before === undefined || before === status) continue
        assert.notEqual(status, 'pending')
        assert.notEqual(before, 'completed')
        assert.ok(isOpen(before) || status === 'completed', `${before} became ${status}`)
      }
    }),
  )
})

test('evidence heard again changes nothing: the end is the same with every piece of it repeated', (t) => {
  holdsAlways(
    t,
    fc.property(openStatus, evidence, (from, heard) => {
      const repeated = heard.flatMap((one) => [one, one])
      assert.equal(walk(from, repeated).at(-1), walk(from, heard).at(-1))
    }),
  )
})

test('applied money completes the payment wherever it stands among the evidence; without it, the first closing stays', (t) => {
  const closings: Partial<Record<Evidence, Status>> = {
    bank_refused: 'failed',
    given_up: 'cancelled',
    deadline_passed: 'expired',
  }
  holdsAlways(
    t,
    fc.property(openStatus, evidence, (from, heard) => {
      const end = walk(from, heard).at(-1)
      const closed = heard.map((one) => closings[one]).find((status) => status !== undefined)
      if (heard.includes('receipt_applied')) assert.equal(end, 'completed')
      else if (closed) assert.equal(end, closed)
      else assert.equal(end, heard.includes('attempt_opened') ? 'processing' : from)
    }),
  )
})
