import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Quota, type QuotaRecord } from './quota.ts'

/** Just before midnight in Phnom Penh, which is 17:00 UTC. */
const lateEvening = Date.parse('2026-03-10T16:59:59.999Z')

function open(atMs: number, kept: QuotaRecord[] = []) {
  const clock = { nowMs: atMs }
  const keep = (record: Readonly<Record<string, unknown>>): void => void kept.push(record as QuotaRecord)
  const replay = [...kept]
  const quota = new Quota(3, { nowMs: () => clock.nowMs, keep })
  for (const record of replay) quota.recall(record)
  return { quota, clock, kept }
}

describe('the count of status calls', () => {
  it('goes on past the allowance, so that refused calls are counted, for each token alone', () => {
    const { quota } = open(lateEvening)
    assert.deepEqual(
      ['a', 'a', 'b', 'a', 'a'].map((token) => quota.take(token).count),
      [1, 2, 1, 3, 4],
    )
    assert.deepEqual(quota.read().tokens, [
      { token: 'a', spent: 4, left: 0 },
      { token: 'b', spent: 1, left: 2 },
    ])
  })

  it('begins again at midnight in Phnom Penh', () => {
    const { quota, clock } = open(lateEvening)
    quota.set({ spent: 2 })
    assert.equal(quota.take('a').count, 3)
    const { day, resetsAt } = quota.read()
    assert.deepEqual([day, resetsAt], ['2026-03-10', '2026-03-10T17:00:00.000Z'])
    clock.nowMs += 1
    assert.deepEqual(quota.read(), {
      day: '2026-03-11',
      resetsAt: '2026-03-11T17:00:00.000Z',
      perDay: 3,
      spentUnseen: 0,
      tokens: [],
    })
    assert.equal(quota.take('a').count, 1)
  })

  it('is the same after a replay, and a replay on the next day begins with nothing', () => {
    const { quota, kept } = open(lateEvening)
    quota.set({ perDay: 5 })
    quota.set({ spent: 4 })
    quota.take('a')
    quota.set({ token: 'b', spent: 1 })
    quota.take('b')
    const before = quota.read()
    assert.deepEqual(
      before.tokens.map(({ token, spent }) => [token, spent]),
      [
        ['a', 5],
        ['b', 2],
      ],
    )
    assert.deepEqual(open(lateEvening, kept).quota.read(), before)
    const tomorrow = open(lateEvening + 1, kept).quota.read()
    assert.deepEqual([tomorrow.perDay, tomorrow.spentUnseen, tomorrow.tokens], [5, 0, []])
  })
})
