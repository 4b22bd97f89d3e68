import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutesLater, usd } from '../../test/support/sample-payment.ts'
import {
  isByNotice,
  paidAtOf,
  paidForOf,
  parseReceiptNumber,
  printReceiptNumber,
  type ReceiptFacts,
  type ReceiptMovement,
  receiptContent,
} from './customer-receipt.ts'

const movement: ReceiptMovement = {
  receiptId: 1,
  bankCode: 'BANK01',
  bankTransactionId: 'TX-1',
  amount: usd(15_000n),
  paidAt: minutesLater(1),
  proof: 'verified',
}

const facts: ReceiptFacts = {
  number: 1,
  paymentNumber: 150_001,
  payableKind: 'premium',
  biller: 'DLIS',
  billNumber: 'P123456789',
  billKey: '2026-02-15',
  creditAccount: 'payable:premium',
  amount: usd(15_000n),
  movements: [movement],
}

test('a receipt number is printed with six digits or more, and only so is it read', () => {
  for (const [number, text] of [
    [1, 'R-000001'],
    [999_999, 'R-999999'],
    [1_000_000, 'R-1000000'],
  ] as const) {
    assert.equal(printReceiptNumber(number), text)
    assert.equal(parseReceiptNumber(text), number)
  }
  for (const wrong of ['R-1', 'R-0000001', 'R-000000', 'r-000001', 'R-00000a', '000001', 'R-000001 ', ''])
    assert.equal(parseReceiptNumber(wrong), undefined, wrong)
})

test('whatever of its facts changes, its content is another', () => {
  const changed: Partial<ReceiptFacts>[] = [
    { number: 2 },
    { paymentNumber: 150_002 },
    { payableKind: 'order' },
    { biller: 'INGENIUM' },
    { billNumber: 'P123456780' },
    { billKey: '2026-03-15' },
    { creditAccount: 'wallet:user-1' },
    { amount: usd(15_001n) },
    { amount: { ...facts.amount, currency: 'KHR' } },
    { movements: [] },
    { movements: [movement, movement] },
    { movements: [{ ...movement, bankCode: 'BANK02' }] },
    { movements: [{ ...movement, bankTransactionId: 'TX-2' }] },
    { movements: [{ ...movement, amount: usd(1n) }] },
    { movements: [{ ...movement, paidAt: minutesLater(2) }] },
    { movements: [{ ...movement, proof: 'notice' }] },
  ]
  const contents = [facts, ...changed.map((change) => ({ ...facts, ...change }))].map(receiptContent)
  assert.equal(new Set(contents).size, contents.length)
})

test('the content of a receipt is written as links in customers’ hands were made with', () => {
  assert.equal(
    receiptContent(facts),
    '["customer receipt 1","R-000001","150001","premium","DLIS","P123456789","2026-02-15","payable:premium","15000","USD",' +
      '[["BANK01","TX-1","15000","USD","2026-01-07T05:01:00.000Z","verified"]]]',
  )
})

test('it was paid when the last of its money was, and by notice when any of it was', () => {
  const later = { ...movement, paidAt: minutesLater(9) }
  assert.deepEqual(paidAtOf({ ...facts, movements: [later, movement] }), minutesLater(9))
  assert.equal(isByNotice(facts), false)
  assert.equal(isByNotice({ ...facts, movements: [movement, { ...movement, proof: 'notice' }] }), true)
  assert.throws(() => paidAtOf({ ...facts, movements: [] }), /no money/)
})

test('a wallet is called by its user, everything else by its number', () => {
  assert.equal(paidForOf(facts), 'P123456789')
  assert.equal(paidForOf({ ...facts, payableKind: 'topup', creditAccount: 'wallet:user-1' }), 'user-1')
})
