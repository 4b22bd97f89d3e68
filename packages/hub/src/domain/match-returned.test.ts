import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMovement, samplePayment, sampleReceipt, usualCircumstances } from '../../test/support/sample-payment.ts'
import { placeMovements } from './match.ts'

const returned = sampleMovement({ isReturned: true })

test('money that was sent back whole before it was seen settles nothing: a person looks at it', () => {
  const [placed] = placeMovements(samplePayment(), [returned], usualCircumstances)
  assert.deepEqual([placed?.kind, placed?.kind === 'doubt' && placed.doubt.kind], ['doubt', 'reversed'])
})

test('money that was booked before, and sent back whole since, is known', () => {
  const paid = samplePayment({ status: 'completed', receipts: [sampleReceipt()] })
  assert.deepEqual(
    placeMovements(paid, [returned], usualCircumstances).map((one) => one.kind),
    ['known'],
  )
})
