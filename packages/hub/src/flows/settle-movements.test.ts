import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  minutesLater,
  sampleNotice,
  samplePayment,
  usd,
  usualCircumstances,
} from '../../test/support/sample-payment.ts'
import type { MerchantAccount, Movement } from '../banks/bank.ts'
import { settleMovements } from './settle-movements.ts'

const account: MerchantAccount = {
  id: 1,
  bankCode: 'AMK',
  accountNumber: '900000000000001',
  currency: 'USD',
  storeId: '800000000000001',
  terminalId: '70000001',
  payeeAccount: 'sample@amkb',
  payeeMerchantId: 'M-0001',
  active: true,
}
const movement: Movement = {
  bankTransactionId: 'TX-1',
  keyedBy: 'bank',
  amount: usd(15_000n),
  payeeAccount: undefined,
  payer: undefined,
  paidAt: minutesLater(1),
  reversed: false,
}

function settle(movements: readonly Movement[]) {
  return settleMovements({
    network: undefined,
    payment: samplePayment(),
    verification: { state: 'paid', movements, exchanges: [] },
    account,
    notice: sampleNotice(),
    inboxId: undefined,
    now: usualCircumstances,
    at: minutesLater(2),
  })
}

test('money that the bank took back settles nothing, and is no proof of a notice', () => {
  const { change, completes, placed, pairing } = settle([{ ...movement, reversed: true }])
  assert.deepEqual([completes, placed, change.receipts], [false, [], []])
  assert.equal(pairing?.kind, 'unproved')
})

test('money that stays settles beside money that was taken back', () => {
  const { completes, placed } = settle([{ ...movement, bankTransactionId: 'TX-0', reversed: true }, movement])
  assert.equal(completes, true)
  assert.deepEqual(
    placed.map((one) => one.movement.bankTransactionId),
    ['TX-1'],
  )
})
