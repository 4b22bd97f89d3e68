import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  khr,
  minutesLater,
  sampleAttempt,
  sampleMovement,
  samplePayment,
  sampleReceipt,
  usd,
  usualCircumstances,
} from '../../test/support/sample-payment.ts'
import { type Circumstances, type Placed, placeMovements, type Proved } from './match.ts'
import type { Payment } from './payment.ts'

// The table "What happens to money that does not fit", row by row, as far as one payment and its bank's list decide it.

const none = { completedBy: undefined, openBy: undefined, heldBy: undefined }
const second = sampleMovement({ bankTransactionId: 'TX-2', paidAt: minutesLater(5) })

type Row = {
  readonly sentence: string
  readonly payment?: Partial<Payment>
  readonly movements?: readonly Proved[]
  readonly now?: Partial<Circumstances>
  readonly elsewhere?: readonly string[]
  /** What becomes of each movement, oldest first: `applied`, `known`, `held: reason`, `doubt: kind`. */
  readonly becomes: readonly string[]
}

const rows: readonly Row[] = [
  { sentence: 'money that matches is applied and completes the payment', becomes: ['applied'] },
  { sentence: 'a pending payment is completed as well', payment: { status: 'pending' }, becomes: ['applied'] },
  { sentence: 'a list without movements changes nothing', movements: [], becomes: [] },
  {
    sentence: 'the same receipt again is known, and nothing else happens',
    payment: { status: 'completed', receipts: [sampleReceipt()] },
    becomes: ['known'],
  },
  {
    sentence: 'money that was booked upon a bare "paid" is known when the bank lists it by its own id (clause 3)',
    payment: { status: 'completed', receipts: [sampleReceipt({ bankTransactionId: '150001' })] },
    becomes: ['known'],
  },
  {
    sentence: 'a second listed movement beside the bare one is new',
    payment: { status: 'completed', receipts: [sampleReceipt({ bankTransactionId: '150001' })] },
    movements: [sampleMovement(), second],
    becomes: ['known', 'held: duplicate_payment'],
  },
  {
    sentence: 'a bare "paid" after a listed movement is that movement',
    payment: { status: 'completed', receipts: [sampleReceipt()] },
    movements: [sampleMovement({ bankTransactionId: '150001', keyedBy: 'reference' })],
    becomes: ['known'],
  },
  {
    sentence: 'a receipt that is held stays held',
    payment: { receipts: [sampleReceipt({ amount: usd(1n), appliedMinor: 0n, suspended: 'underpaid' })] },
    movements: [sampleMovement({ amount: usd(1n) })],
    becomes: ['known'],
  },
  {
    sentence: 'the same key with another amount is a case and moves nothing',
    payment: { receipts: [sampleReceipt()] },
    movements: [sampleMovement({ amount: usd(15_001n) })],
    becomes: ['doubt: receipt_changed'],
  },
  {
    sentence: 'the same key in another currency is a case and moves nothing',
    payment: { receipts: [sampleReceipt()] },
    movements: [sampleMovement({ amount: khr(15_000n) })],
    becomes: ['doubt: receipt_changed'],
  },
  {
    sentence: 'a key that is in the books under another payment is a case',
    elsewhere: ['TX-1'],
    becomes: ['doubt: receipt_elsewhere'],
  },
  {
    sentence: 'the same transaction id of another merchant account is other money',
    payment: { status: 'completed', receipts: [sampleReceipt({ merchantAccountId: 2 })] },
    becomes: ['held: duplicate_payment'],
  },
  {
    sentence: 'the same transaction id of another bank is other money',
    payment: { status: 'completed', receipts: [sampleReceipt({ bankCode: 'BANK01' })] },
    becomes: ['held: duplicate_payment'],
  },
  {
    sentence: 'the same transaction id at the counter is other money',
    payment: { status: 'completed', receipts: [sampleReceipt({ channel: 'bill', proof: 'notice' })] },
    becomes: ['held: duplicate_payment'],
  },
  {
    sentence: 'a second real payment for a completed payment is held',
    payment: { status: 'completed', receipts: [sampleReceipt()] },
    movements: [sampleMovement(), second],
    becomes: ['known', 'held: duplicate_payment'],
  },
  {
    sentence:
      'of two real payments found at once the older is applied and the younger is held, however they are listed',
    movements: [second, sampleMovement()],
    becomes: ['applied', 'held: duplicate_payment'],
  },
  {
    sentence: 'less than owed is held, never completed',
    movements: [sampleMovement({ amount: usd(14_999n) })],
    becomes: ['held: underpaid'],
  },
  {
    sentence: 'parts that add up do not complete a premium, which accepts no parts',
    movements: [sampleMovement({ amount: usd(7_500n) }), { ...second, amount: usd(7_500n) }],
    becomes: ['held: underpaid', 'held: underpaid'],
  },
  {
    sentence: 'more than owed is held as a whole',
    movements: [sampleMovement({ amount: usd(15_001n) })],
    becomes: ['held: overpaid'],
  },
  {
    sentence: 'the right amount in the other currency is held',
    movements: [sampleMovement({ amount: khr(15_000n) })],
    becomes: ['held: currency_mismatch'],
  },
  {
    sentence: 'money that fits is applied though money that did not came before it',
    movements: [sampleMovement({ amount: usd(1n) }), second],
    becomes: ['held: underpaid', 'applied'],
  },
  {
    sentence: 'money at a bank where no code of this payment was shown is held as unknown',
    payment: { attempts: [sampleAttempt({ bankCode: 'BANK01' })] },
    becomes: ['held: unknown_payment'],
  },
  {
    sentence: 'a code that was closed meanwhile still settles',
    payment: { attempts: [sampleAttempt({ state: 'closed' })] },
    becomes: ['applied'],
  },
  ...(['failed', 'cancelled', 'expired'] as const).flatMap((status): Row[] => [
    {
      sentence: `late money for a payment that is ${status} is applied where the policy accepts it`,
      payment: { status, bill: none },
      becomes: ['applied'],
    },
    {
      sentence: `late money for a payment that is ${status} is held where the policy says so`,
      payment: { status, bill: none },
      now: { latePolicy: 'suspense' },
      becomes: ['held: late'],
    },
    {
      sentence: `late money for a payment that is ${status} is held when its bill is not owed any more`,
      payment: { status, bill: none },
      now: { stillOwed: 'settled' },
      becomes: ['held: already_paid'],
    },
  ]),
  {
    sentence: 'the late policy says nothing about a payment that is open',
    now: { latePolicy: 'suspense' },
    becomes: ['applied'],
  },
  {
    sentence: 'money for a bill that another payment completed is held',
    payment: { bill: { ...none, completedBy: 150_007 } },
    becomes: ['held: already_paid'],
  },
  {
    sentence: 'money for a bill with verified money in suspense under another payment is held',
    payment: { bill: { ...none, heldBy: 150_007 } },
    becomes: ['held: already_paid'],
  },
  {
    sentence: 'money for a payable that was meanwhile paid another way is held',
    now: { stillOwed: 'settled' },
    becomes: ['held: already_paid'],
  },
  {
    sentence: 'the quoted amount settles when the policy system cannot be asked (clause 5)',
    now: { stillOwed: 'unknown' },
    becomes: ['applied'],
  },
  {
    sentence: 'money paid just 15 minutes before its payment was opened is applied (clause 4)',
    movements: [sampleMovement({ paidAt: minutesLater(-15) })],
    becomes: ['applied'],
  },
  {
    sentence: 'money paid more than 15 minutes before its payment was opened is a case (clause 4)',
    movements: [sampleMovement({ paidAt: new Date(minutesLater(-15).getTime() - 1) })],
    becomes: ['doubt: old_money'],
  },
  {
    sentence: 'old money does not stand in the way of new money',
    movements: [sampleMovement({ paidAt: minutesLater(-60) }), second],
    becomes: ['doubt: old_money', 'applied'],
  },
  {
    sentence: 'old money that is in the books already is known, not a case again',
    payment: { receipts: [sampleReceipt({ paidAt: minutesLater(-60) })] },
    movements: [sampleMovement({ paidAt: minutesLater(-60) })],
    becomes: ['known'],
  },
  {
    sentence: 'a movement listed twice in one answer is one movement',
    movements: [sampleMovement(), sampleMovement()],
    becomes: ['applied'],
  },
  {
    sentence: 'one key listed twice with different amounts is a case, and neither is believed',
    movements: [sampleMovement(), sampleMovement({ amount: usd(1n) })],
    becomes: ['doubt: receipt_changed', 'doubt: receipt_changed'],
  },
  {
    sentence: 'one key listed twice with different paid times is a case',
    movements: [sampleMovement(), sampleMovement({ paidAt: minutesLater(2) })],
    becomes: ['doubt: receipt_changed', 'doubt: receipt_changed'],
  },
  {
    sentence: 'a movement of nothing, or of money that went out, is a case',
    movements: [sampleMovement({ amount: usd(0n) }), { ...second, amount: usd(-15_000n) }],
    becomes: ['doubt: receipt_changed', 'doubt: receipt_changed'],
  },
]

for (const { sentence, payment, movements, now, elsewhere, becomes } of rows) {
  test(sentence, () => {
    const placed = placeMovements(
      samplePayment(payment),
      movements ?? [sampleMovement()],
      { ...usualCircumstances, ...now },
      new Set(elsewhere),
    )
    assert.deepEqual(placed.map(word), becomes)
  })
}

test('the older of two payments is the one that is applied, wherever the bank lists it', () => {
  for (const listed of [
    [sampleMovement(), second],
    [second, sampleMovement()],
  ]) {
    const [older, younger] = placeMovements(samplePayment(), listed, usualCircumstances)
    assert.deepEqual([older?.movement.bankTransactionId, younger?.movement.bankTransactionId], ['TX-1', 'TX-2'])
    assert.deepEqual([older && word(older), younger && word(younger)], ['applied', 'held: duplicate_payment'])
  }
})

test('questions are asked in one order: each answer counts only when all before it said nothing', () => {
  const everythingWrong: { payment: Partial<Payment>; now: Circumstances } = {
    payment: { status: 'completed', attempts: [], bill: { ...none, completedBy: 150_007 } },
    now: { ...usualCircumstances, stillOwed: 'settled', latePolicy: 'suspense' },
  }
  const cent = sampleMovement({ amount: usd(1n), paidAt: minutesLater(-60) })
  const mended: [mend: Partial<Payment>, now: Partial<Circumstances>, movement: Partial<Proved>, becomes: string][] = [
    [{}, {}, {}, 'doubt: receipt_elsewhere'],
    [{}, {}, {}, 'doubt: old_money'],
    [{}, {}, { paidAt: minutesLater(1) }, 'held: unknown_payment'],
    [{ attempts: [sampleAttempt()] }, {}, {}, 'held: duplicate_payment'],
    [{ status: 'expired' }, {}, {}, 'held: already_paid'],
    [{ bill: none }, {}, {}, 'held: already_paid'],
    [{}, { stillOwed: 'owed' }, {}, 'held: underpaid'],
    [{}, {}, { amount: usd(15_000n) }, 'held: late'],
    [{}, { latePolicy: 'accept' }, {}, 'applied'],
  ]
  let { payment, now } = everythingWrong
  let movement = cent
  for (const [index, [mend, change, better, becomes]] of mended.entries()) {
    payment = { ...payment, ...mend }
    now = { ...now, ...change }
    movement = { ...movement, ...better }
    const elsewhere = new Set(index === 0 ? ['TX-1'] : [])
    assert.deepEqual(placeMovements(samplePayment(payment), [movement], now, elsewhere).map(word), [becomes])
  }
})

test('a case says both amounts, so that a person need not look them up', () => {
  const [changed] = placeMovements(
    samplePayment({ receipts: [sampleReceipt()] }),
    [sampleMovement({ amount: usd(14_000n) })],
    usualCircumstances,
  )
  assert.ok(changed?.kind === 'doubt')
  assert.equal(changed.doubt.sentence, 'The bank lists TX-1 with USD 140.00; our receipt of it says USD 150.00.')
})

function word(placed: Placed): string {
  if (placed.kind === 'doubt') return `doubt: ${placed.doubt.kind}`
  if (placed.kind === 'known') return 'known'
  assert.equal(placed.completes, placed.placement.kind === 'applied')
  return placed.placement.kind === 'applied' ? 'applied' : `held: ${placed.placement.reason}`
}
