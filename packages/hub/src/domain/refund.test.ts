import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canMoveRefund, holdsMoney, isUnsent, type RefundStatus, refundStatuses, refundTransitions } from './refund.ts'

const ends: readonly RefundStatus[] = ['succeeded', 'failed', 'cancelled']

test('a refund that ended never moves again, and every other can still end', () => {
  for (const status of refundStatuses) {
    assert.equal(refundTransitions[status].length === 0, ends.includes(status), status)
    assert.ok(
      ends.some((end) => reachedFrom(status).has(end)),
      status,
    )
  }
})

test('every status but the first is reached from the first', () => {
  const reached = reachedFrom('requested')
  assert.deepEqual(
    refundStatuses.filter((status) => !reached.has(status)),
    [],
  )
  for (const status of refundStatuses) assert.equal(canMoveRefund(status, 'requested'), false, status)
})

test('money is said to be sent back only by a bank that was asked, or by a person who showed how', () => {
  assert.deepEqual(comingFrom('succeeded'), ['requires_evidence', 'processing'])
})

test('nothing is at the bank that was not noted as sendable before, and only that is sent again', () => {
  assert.deepEqual(comingFrom('processing'), ['pending', 'processing'])
})

test('a refund that may have been sent is never called off', () => {
  assert.equal(canMoveRefund('processing', 'cancelled'), false)
  for (const status of refundStatuses.filter(isUnsent)) assert.ok(canMoveRefund(status, 'cancelled'), status)
})

test('what a second operator must agree to goes on only from there', () => {
  assert.deepEqual(comingFrom('requires_approval'), ['requested'])
})

test('the amount of a refund counts until it has failed or was called off', () => {
  for (const status of refundStatuses) {
    assert.equal(holdsMoney(status), status !== 'failed' && status !== 'cancelled', status)
  }
})

test('a refund that was, or may have been, sent by anybody does not count as unsent', () => {
  assert.deepEqual(refundStatuses.filter(isUnsent), ['requested', 'requires_approval', 'pending'])
})

function comingFrom(to: RefundStatus): RefundStatus[] {
  return refundStatuses.filter((from) => canMoveRefund(from, to))
}

function reachedFrom(start: RefundStatus): ReadonlySet<RefundStatus> {
  const reached = new Set<RefundStatus>([start])
  for (const status of reached) for (const to of refundTransitions[status]) reached.add(to)
  return reached
}
