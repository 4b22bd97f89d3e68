import assert from 'node:assert/strict'
import { test } from 'node:test'
import { khr, minutesLater, samplePayment, sampleReceipt, usd } from '../../test/support/sample-payment.ts'
import { type NoticeRules, type ToldMoney, whyNotByNotice } from './by-notice.ts'
import type { Payment } from './payment.ts'

const told: ToldMoney = { bankCode: 'AMK', amount: usd(15_000n), paidAt: minutesLater(2) }
const rules: NoticeRules = { settles: true, perPaymentMinor: 1_000_000n, latePolicy: 'accept', stillOwed: 'owed' }

type Row = readonly [
  says: string,
  more: { payment?: Partial<Payment>; told?: Partial<ToldMoney>; rules?: Partial<NoticeRules> },
  raise: string,
]

const refused: readonly Row[] = [
  ['a cent less', { told: { amount: usd(14_999n) } }, 'confirmation_differs'],
  ['a cent more', { told: { amount: usd(15_001n) } }, 'confirmation_differs'],
  ['the same figure in riel', { told: { amount: khr(15_000n) } }, 'confirmation_differs'],
  [
    'money a moment older than 15 minutes before the payment',
    { told: { paidAt: new Date(minutesLater(-15).getTime() - 1) } },
    'old_money',
  ],
  ['a bank that was never asked for it', { payment: { inquiries: [], attempts: [] } }, 'confirmation_not_allowed'],
  ['another bank than the one that asked', { told: { bankCode: 'BANK01' } }, 'confirmation_not_allowed'],
  ['a bank whose settings let no notice settle', { rules: { settles: false } }, 'confirmation_not_allowed'],
  ['more than one notice may settle', { rules: { perPaymentMinor: 14_999n } }, 'confirmation_not_allowed'],
  [
    'a payment of which a part is settled',
    { payment: { receipts: [sampleReceipt({ appliedMinor: 1n })] } },
    'confirmation_not_allowed',
  ],
  [
    'a closed payment where late money is held',
    { payment: { status: 'expired' }, rules: { latePolicy: 'suspense' } },
    'confirmation_not_allowed',
  ],
]

const settled: readonly Row[] = [
  ['a completed payment', { payment: { status: 'completed' } }, 'confirmation_not_allowed'],
  [
    'a bill that another payment completed',
    { payment: { bill: { completedBy: 7, openBy: undefined, heldBy: undefined } } },
    'confirmation_not_allowed',
  ],
  [
    'a bill with held money',
    { payment: { bill: { completedBy: undefined, openBy: undefined, heldBy: 7 } } },
    'confirmation_not_allowed',
  ],
  ['a bill that was paid another way', { rules: { stillOwed: 'settled' } }, 'confirmation_not_allowed'],
]

test('a bank’s word settles a payment that it asked about, of exactly the quoted amount', () => {
  assert.equal(whyNotByNotice(samplePayment(), told, rules), undefined)
  assert.equal(whyNotByNotice(samplePayment({ status: 'expired' }), told, rules), undefined, 'late money, accepted')
  assert.equal(whyNotByNotice(samplePayment(), { ...told, paidAt: minutesLater(-15) }, rules), undefined)
  assert.equal(
    whyNotByNotice(samplePayment(), told, { ...rules, stillOwed: 'unknown', perPaymentMinor: 15_000n }),
    undefined,
  )
})

test('whatever else it tells of is a case, and settles nothing', async (t) => {
  for (const [rows, isSettled] of [
    [refused, false],
    [settled, true],
  ] as const) {
    for (const [says, more, raise] of rows) {
      await t.test(says, () => {
        const found = whyNotByNotice(
          samplePayment(more.payment),
          { ...told, ...more.told },
          { ...rules, ...more.rules },
        )
        assert.equal(found?.raise, raise)
        assert.equal(found?.isSettled, isSettled)
        assert.match(found?.why ?? '', /\w[^.]$/)
      })
    }
  }
})
