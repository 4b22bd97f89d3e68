import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calls } from './calls.ts'
import type { CalledOperation } from './calls.ts'
import { meaningOf } from './codes.ts'

const operations = Object.keys(calls) as CalledOperation[]

test('"0" and "00" are done in every operation, a wrong hash is never an answer, and 429 is a limit', () => {
  for (const operation of operations) {
    for (const [code, category] of [
      ['0', 'done'],
      ['00', 'done'],
      ['1', 'credential'],
      ['21', 'credential'],
      ['429', 'throttled'],
    ] as const) {
      assert.equal(meaningOf(operation, code).category, category, `${operation} ${code}`)
    }
  }
})

test('one number means other things in other operations', () => {
  for (const [operation, code, category] of [
    ['purchase', '6', 'set_up'],
    ['check-transaction', '6', 'not_found'],
    ['purchase', '5', 'not_found'],
    ['check-transaction', '5', 'credential'],
    ['close-transaction', '5', 'not_found'],
    ['purchase', '2', 'our_fault'],
    ['close-transaction', '2', 'paid'],
    ['purchase', '4', 'duplicate'],
    ['generate-qr', '04', 'our_fault'],
    ['generate-qr', '4', 'unknown'],
    ['purchase', '403', 'credential'],
    ['generate-qr', '403', 'duplicate'],
    ['transaction-list', '52', 'our_fault'],
    ['refund', 'PTL02', 'credential'],
    ['check-transaction', 'PTL02', 'unknown'],
  ] as const) {
    assert.equal(meaningOf(operation, code).category, category, `${operation} ${code}`)
  }
})

test('every number of a purchase that documents name is in one group', () => {
  const known = Array.from({ length: 202 }, (_, code) => code).filter(
    (code) => meaningOf('purchase', String(code)).category !== 'unknown',
  )
  const gaps = Array.from({ length: 88 }, (_, code) => code).filter((code) => !known.includes(code))
  assert.deepEqual(gaps, [9])
  assert.deepEqual(
    known.filter((code) => code > 87),
    [96, 102, 200, 201],
  )
})

test('what stands in no table is not known, and somebody is told to ask', () => {
  const { category, means, todo } = meaningOf('purchase', '9')
  assert.deepEqual([category, means], ['unknown', 'a code that stands in no document we know'])
  assert.match(todo, /ask PayWay/)
})
