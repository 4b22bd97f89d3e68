import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  khr,
  minutesLater,
  sampleAttempt,
  samplePayment,
  sampleReceipt,
  usd,
} from '../../test/support/sample-payment.ts'
import { type Flag, flagsOf, type Payment, receivedMinor, type SuspenseReason, suspenseReasons } from './payment.ts'

const held = (suspended: SuspenseReason, id = 2) => sampleReceipt({ id, appliedMinor: 0n, suspended })

const cases: readonly [sentence: string, payment: Partial<Payment>, flags: readonly Flag[]][] = [
  ['a payment without receipts has no flag', {}, []],
  ['a payment paid in time, once and in full has no flag', { receipts: [sampleReceipt()] }, []],
  ['less than owed in suspense is partial', { receipts: [held('underpaid')] }, ['partial']],
  ['more than owed in suspense is over', { receipts: [held('overpaid')] }, ['over']],
  [
    'a second payment in suspense is a duplicate',
    { receipts: [sampleReceipt(), held('duplicate_payment')] },
    ['duplicate'],
  ],
  [
    'money paid at the second the code ended is in time',
    { receipts: [sampleReceipt({ paidAt: minutesLater(15) })] },
    [],
  ],
  [
    'money applied that was paid after the last code ended is late',
    { receipts: [sampleReceipt({ paidAt: new Date(minutesLater(15).getTime() + 1) })] },
    ['late'],
  ],
  [
    'the last of several codes decides what is late',
    {
      attempts: [sampleAttempt(), sampleAttempt({ id: 2, expiresAt: minutesLater(40) })],
      receipts: [sampleReceipt({ paidAt: minutesLater(30) })],
    },
    [],
  ],
  [
    'money for a payment that never had a code is not late',
    { attempts: [], receipts: [sampleReceipt({ channel: 'bill', paidAt: minutesLater(600), proof: 'notice' })] },
    ['by_notice'],
  ],
  [
    'money applied upon a notice alone is flagged until reconciled',
    { attempts: [], receipts: [sampleReceipt({ channel: 'bill', proof: 'notice' })] },
    ['by_notice'],
  ],
  ['money by statement is not by notice', { receipts: [sampleReceipt({ proof: 'statement' })] }, []],
  [
    'several flags stand beside each other',
    { receipts: [held('underpaid', 1), held('overpaid', 2), sampleReceipt({ id: 3, paidAt: minutesLater(20) })] },
    ['partial', 'over', 'late'],
  ],
]

for (const [sentence, payment, flags] of cases) {
  test(sentence, () => {
    assert.deepEqual(flagsOf(samplePayment(payment)).sort(), [...flags].sort())
  })
}

test('what was received counts every receipt in the currency of the payment, applied or held, and no other', () => {
  const receipts = [
    sampleReceipt(),
    held('duplicate_payment'),
    sampleReceipt({ id: 3, amount: khr(60_000n), appliedMinor: 0n, suspended: 'currency_mismatch' }),
    sampleReceipt({ id: 4, amount: usd(1n), appliedMinor: 0n, suspended: 'underpaid' }),
  ]
  assert.equal(receivedMinor(samplePayment({ receipts })), 30_001n)
  assert.equal(receivedMinor(samplePayment()), 0n)
})

test('the reasons to hold money are the ones the contract names', () => {
  assert.deepEqual([...suspenseReasons].sort(), [
    'already_paid',
    'currency_mismatch',
    'duplicate_payment',
    'late',
    'notice_disagrees',
    'overpaid',
    'underpaid',
    'unknown_payment',
  ])
})
