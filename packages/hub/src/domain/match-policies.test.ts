import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  khr,
  minutesLater,
  sampleMovement,
  samplePayment,
  sampleReceipt,
  usd,
  usualCircumstances,
} from '../../test/support/sample-payment.ts'
import { type MoneyPolicy, type Placed, placeMovements, type Proved } from './match.ts'
import type { Payment } from './payment.ts'

// The operator's standing decisions about money that does not fit: a payment of USD 150.00 under each of them.

const closed: Partial<Payment> = {
  status: 'cancelled',
  closedAt: minutesLater(20),
  bill: { completedBy: undefined, openBy: undefined, heldBy: undefined },
}
const hundred = sampleReceipt({ amount: usd(10_000n), appliedMinor: 10_000n })

type Row = {
  readonly sentence: string
  readonly policy: Partial<MoneyPolicy>
  readonly payment?: Partial<Payment>
  /** Minor units of USD, oldest first. */
  readonly paid: readonly bigint[]
  /** `applied 150 completes`, `held 20 overpaid`, `applied 150 held 20 overpaid completes` */
  readonly becomes: readonly string[]
}

const rows: readonly Row[] = [
  {
    sentence: 'accept_overpayment: the owed part is applied, the rest is held',
    policy: { overpayment: 'accept_overpayment' },
    paid: [17_000n],
    becomes: ['applied 15000 held 2000 overpaid completes'],
  },
  {
    sentence: 'accept_overpayment: a riel or cent more is enough to be split',
    policy: { overpayment: 'accept_overpayment' },
    paid: [15_001n],
    becomes: ['applied 15000 held 1 overpaid completes'],
  },
  {
    sentence: 'accept_overpayment: after it the payment is completed, and more is a second payment',
    policy: { overpayment: 'accept_overpayment' },
    paid: [17_000n, 17_000n],
    becomes: ['applied 15000 held 2000 overpaid completes', 'held 17000 duplicate_payment'],
  },
  {
    sentence: 'accept_overpayment: less than owed is held all the same',
    policy: { overpayment: 'accept_overpayment' },
    paid: [14_999n],
    becomes: ['held 14999 underpaid'],
  },
  {
    sentence: 'accept_overpayment: late money that is too much settles a closed payment where late money is accepted',
    policy: { overpayment: 'accept_overpayment' },
    payment: closed,
    paid: [17_000n],
    becomes: ['applied 15000 held 2000 overpaid completes'],
  },
  {
    sentence: 'accept_overpayment: late money that is too much is held whole where late money is held',
    policy: { overpayment: 'accept_overpayment', latePolicy: 'suspense' },
    payment: closed,
    paid: [17_000n],
    becomes: ['held 17000 late'],
  },
  {
    sentence: 'parts: less than owed is applied and completes nothing',
    policy: { parts: 'accept' },
    paid: [10_000n],
    becomes: ['applied 10000'],
  },
  {
    sentence: 'parts: parts that add up complete the payment',
    policy: { parts: 'accept' },
    paid: [10_000n, 4_000n, 1_000n],
    becomes: ['applied 10000', 'applied 4000', 'applied 1000 completes'],
  },
  {
    sentence: 'parts: a part that came before counts',
    policy: { parts: 'accept' },
    payment: { receipts: [hundred] },
    paid: [5_000n],
    becomes: ['applied 5000 completes'],
  },
  {
    sentence: 'parts: more than what is still owed is held whole',
    policy: { parts: 'accept' },
    payment: { receipts: [hundred] },
    paid: [5_001n],
    becomes: ['held 5001 overpaid'],
  },
  {
    sentence: 'parts and accept_overpayment: what is still owed is applied, the rest is held',
    policy: { parts: 'accept', overpayment: 'accept_overpayment' },
    payment: { receipts: [hundred] },
    paid: [7_000n],
    becomes: ['applied 5000 held 2000 overpaid completes'],
  },
  {
    sentence: 'parts: a part for a closed payment settles nothing and is held',
    policy: { parts: 'accept' },
    payment: closed,
    paid: [10_000n],
    becomes: ['held 10000 underpaid'],
  },
  {
    sentence: 'parts: where parts are held, a part that an operator applied counts, and what is still owed completes',
    policy: {},
    payment: { receipts: [hundred] },
    paid: [5_000n],
    becomes: ['applied 5000 completes'],
  },
  {
    sentence: 'a part that the bank took back is owed again',
    policy: { parts: 'accept' },
    payment: { receipts: [{ ...hundred, reversed: true, returnedMinor: 10_000n }] },
    paid: [5_000n],
    becomes: ['applied 5000'],
  },
  {
    sentence: 'a part that was paid back is owed again',
    policy: {},
    payment: { receipts: [{ ...hundred, returnedMinor: 10_000n }], refundedMinor: 10_000n },
    paid: [5_000n, 15_000n],
    becomes: ['held 5000 underpaid', 'applied 15000 completes'],
  },
  {
    sentence: 'of a part of which some was paid back, the rest counts',
    policy: { parts: 'accept' },
    payment: { receipts: [{ ...hundred, returnedMinor: 6_000n }], refundedMinor: 6_000n },
    paid: [11_000n],
    becomes: ['applied 11000 completes'],
  },
]

for (const { sentence, policy, payment, paid, becomes } of rows) {
  test(sentence, () => {
    const movements = paid.map(
      (minor, index): Proved =>
        sampleMovement({ bankTransactionId: `NEW-${index}`, amount: usd(minor), paidAt: minutesLater(5 + index) }),
    )
    const placed = placeMovements(samplePayment(payment), movements, { ...usualCircumstances, ...policy })
    assert.deepEqual(placed.map(tell), becomes)
  })
}

test('no policy makes another currency fit', () => {
  const policies = { overpayment: 'accept_overpayment', parts: 'accept', latePolicy: 'accept' } as const
  for (const minor of [1n, 15_000n, 60_000_000n]) {
    const movement = sampleMovement({ amount: khr(minor) })
    const placed = placeMovements(samplePayment(), [movement], { ...usualCircumstances, ...policies })
    assert.deepEqual(placed.map(tell), [`held ${minor} currency_mismatch`])
  }
})

function tell(placed: Placed): string {
  if (placed.kind !== 'new') return placed.kind
  const { placement, completes, movement } = placed
  const { amountMinor } = movement.amount
  const end = completes ? ' completes' : ''
  if (placement.kind === 'applied') return `applied ${amountMinor}${end}`
  if (placement.kind === 'suspense') return `held ${amountMinor} ${placement.reason}${end}`
  const { appliedMinor, reason } = placement
  return `applied ${appliedMinor} held ${amountMinor - appliedMinor} ${reason}${end}`
}
