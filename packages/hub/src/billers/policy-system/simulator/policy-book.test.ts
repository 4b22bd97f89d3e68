import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPolicyRecord, PolicyBook } from './policy-book.ts'

const dayMs = 86_400_000

describe("a policy system's book", () => {
  function open(records: Record<string, unknown>[], atMs: number) {
    const book = new PolicyBook('DLIS', { nowMs: () => atMs, keep: (record) => records.push({ ...record }) })
    for (const record of records) if (isPolicyRecord(record)) book.recall(record)
    book.dateSamples()
    const due = (number: string) => {
      const policy = book.policy(number)
      assert.ok(policy)
      return book.due(policy)
    }
    return { book, due }
  }
  const start = Date.parse('2026-01-31T18:00:00Z')
  const credit = { paymentId: '1', policyNumber: 'P400000004', amount: '75.25', currency: 'USD', request: '' } as const

  it('dates the samples by the day in Phnom Penh', () => {
    assert.equal(open([], start).due('P123456789')?.dueDate, '2026-03-03')
  })

  it('keeps their dates over restarts for ten days, so that a bill stays the same bill, then dates them anew', () => {
    const records: Record<string, unknown>[] = []
    open(records, start)
    assert.equal(open(records, start + 10 * dayMs).due('P123456789')?.dueDate, '2026-03-03')
    assert.equal(open(records, start + 11 * dayMs).due('P123456789')?.dueDate, '2026-03-14')
    assert.equal(open(records, start + 12 * dayMs).due('P123456789')?.dueDate, '2026-03-14')
  })

  it('takes the instalment that a credit names, or else the earliest', () => {
    const { book, due } = open([], start)
    const [first, second] = book.policy('P400000004')?.instalments ?? []
    book.addCredit({ ...credit, dueDate: second?.dueDate ?? '' })
    assert.deepEqual(due('P400000004'), first)
    book.addCredit({ ...credit, dueDate: '2020-01-01' })
    assert.equal(due('P400000004'), undefined)
  })

  it('knows a paid sample as paid after it was dated anew', () => {
    const records: Record<string, unknown>[] = []
    const { book, due } = open(records, start)
    const dueDate = due('P123456789')?.dueDate ?? ''
    book.addCredit({ ...credit, policyNumber: 'P123456789', amount: '150.00', dueDate })
    assert.equal(open(records, start + 40 * dayMs).due('P123456789'), undefined)
  })
})
