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
import { type Flag, flagsOf, type Payment, receivedMinor, type SuspenseReason } from './payment.ts'
import { settledMinor, standingMinor, suspenseReasons } from './payment.ts'

const part = (minor: bigint, id = 1) => sampleReceipt({ id, amount: usd(minor), appliedMinor: minor })
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
    'a part that was applied while the rest is awaited is partial',
    { receipts: [sampleReceipt({ amount: usd(10_000n), appliedMinor: 10_000n })] },
    ['partial'],
  ],
  [
    'parts that add up are not partial any more',
    {
      status: 'completed',
      receipts: [part(10_000n), part(5_000n, 2)],
    },
    [],
  ],
  [
    'a part that was paid back before the rest came is owed again, and is no part any more',
    { receipts: [{ ...part(10_000n), returnedMinor: 10_000n }], refundedMinor: 10_000n },
    ['partially_refunded'],
  ],
  [
    'the owed part of too much is applied, and the payment is over',
    { status: 'completed', receipts: [sampleReceipt({ amount: usd(17_000n), suspended: 'overpaid' })] },
    ['over'],
  ],
  [
    'money that waits because the payment was closed is late',
    { status: 'cancelled', closedAt: minutesLater(20), receipts: [held('late')] },
    ['late'],
  ],
  [
    'money that completed a closed payment is late, even if it was paid before',
    { status: 'completed', closedAt: minutesLater(20), receipts: [sampleReceipt({ paidAt: minutesLater(2) })] },
    ['late'],
  ],
  [
    'money that the bank took back leaves the payment completed, and reversed',
    { status: 'completed', receipts: [{ ...sampleReceipt(), reversed: true, returnedMinor: 15_000n }] },
    ['reversed'],
  ],
  [
    'money in suspense that the bank took back settled nothing: the payment is not reversed',
    { status: 'completed', receipts: [sampleReceipt(), { ...held('duplicate_payment'), reversed: true }] },
    ['duplicate'],
  ],
  [
    'a part that was sent back leaves the payment partially refunded',
    { status: 'completed', receipts: [{ ...sampleReceipt(), returnedMinor: 1n }], refundedMinor: 1n },
    ['partially_refunded'],
  ],
  [
    'all of it sent back leaves the payment refunded, and not partial',
    { status: 'completed', receipts: [{ ...sampleReceipt(), returnedMinor: 15_000n }], refundedMinor: 15_000n },
    ['refunded'],
  ],
  [
    'a refund that is on its way is no flag yet',
    { status: 'completed', receipts: [{ ...sampleReceipt(), returnedMinor: 15_000n }] },
    [],
  ],
  [
    'money that named another payment and was applied here brings no flag of its own reason',
    { status: 'completed', receipts: [sampleReceipt({ isNamed: false, suspended: 'duplicate_payment' })] },
    [],
  ],
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

test('what was received does not count what the bank took back, nor money that named another payment', () => {
  const receipts = [
    { ...sampleReceipt(), reversed: true },
    sampleReceipt({ id: 2, isNamed: false }),
    held('underpaid', 3),
  ]
  assert.equal(receivedMinor(samplePayment({ receipts })), 15_000n)
})

test('what settled a payment is what was applied, without what left again', () => {
  const receipts = [part(10_000n), { ...part(5_000n, 2), returnedMinor: 2_000n }, held('overpaid', 3)]
  assert.equal(settledMinor(samplePayment({ receipts })), 13_000n)
})

test('money that a payment holds keeps it open, until it has left for good', () => {
  const back = { ...part(10_000n), returnedMinor: 10_000n }
  const rows: [sentence: string, payment: Partial<Payment>, standing: bigint][] = [
    ['a part', { receipts: [part(10_000n)] }, 10_000n],
    ['a part whose refund is on its way', { receipts: [back] }, 10_000n],
    ['a part that was sent back', { receipts: [back], refundedMinor: 10_000n }, 0n],
    ['a part that the bank took back', { receipts: [{ ...back, reversed: true }] }, 0n],
    [
      'a part beside one of which some was sent back before the bank took the rest',
      { receipts: [{ ...back, reversed: true }, part(3_000n, 2)], refundedMinor: 4_000n },
      3_000n,
    ],
  ]
  for (const [sentence, payment, standing] of rows)
    assert.equal(standingMinor(samplePayment(payment)), standing, sentence)
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
