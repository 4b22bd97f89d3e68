import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { type Evidence, isOpen, next, type Status, statuses, transitions } from './transitions.ts'

/** "Payment status" of the contract, written again: rows are from, columns are to, cells are what moves it. */
const contract: Record<Status, Partial<Record<Status, Evidence>>> = {
  pending: {
    processing: 'attempt_opened',
    completed: 'receipt_applied',
    failed: 'bank_refused',
    cancelled: 'given_up',
    expired: 'deadline_passed',
  },
  processing: {
    processing: 'attempt_opened',
    completed: 'receipt_applied',
    failed: 'bank_refused',
    cancelled: 'given_up',
    expired: 'deadline_passed',
  },
  completed: {},
  failed: { completed: 'receipt_applied' },
  cancelled: { completed: 'receipt_applied' },
  expired: { completed: 'receipt_applied' },
}

const allEvidence: readonly Evidence[] = [
  'attempt_opened',
  'receipt_applied',
  'bank_refused',
  'given_up',
  'deadline_passed',
]

for (const status of statuses) {
  for (const evidence of allEvidence) {
    const to = statuses.find((one) => contract[status][one] === evidence)
    test(`${evidence} ${to === undefined ? 'cannot move' : `takes to ${to}`} a payment that is ${status}`, () => {
      assert.equal(next(status, evidence), to)
    })
  }
}

test('the table has these statuses and this evidence, and nothing else', () => {
  assert.deepEqual(Object.keys(transitions).sort(), [...statuses].sort())
  for (const status of statuses) {
    assert.deepEqual(Object.keys(transitions[status]).sort(), [...allEvidence].sort(), status)
  }
})

test('completed is terminal, and the three other ends lead only to completed', () => {
  assert.deepEqual(movesOf('completed'), [])
  for (const end of ['failed', 'cancelled', 'expired'] as const) assert.deepEqual(movesOf(end), ['completed'])
})

test('nothing ever goes back to pending', () => {
  for (const status of statuses) assert.ok(!movesOf(status).includes('pending'), status)
})

test('only pending and processing are open', () => {
  assert.deepEqual(statuses.filter(isOpen), ['pending', 'processing'])
})

test('the database holds the same table', async (t) => {
  const { pool } = await testDatabase(t)
  const { rows } = await pool.query<{ from_status: Status; to_status: Status }>(
    'select from_status, to_status from payment_transitions',
  )
  const inCode = statuses.flatMap((from) => movesOf(from).map((to) => `${from} → ${to}`))
  const inDatabase = rows.map((row) => `${row.from_status} → ${row.to_status}`)
  assert.deepEqual(inDatabase.sort(), inCode.sort())
})

function movesOf(status: Status): Status[] {
  const moves = Object.values(transitions[status]).filter((to) => to !== undefined)
  return [...new Set(moves)]
}
