import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Books, compareBooks, type CreditNote, type Finding, type Refund } from './compare-books.ts'

// The checker of the fault suite is what everybody believes after a storm, so every damage it must see is planted here.

const movement = {
  bank: 'AMK',
  transactionId: 'T1',
  reference: '150001',
  amount: '25.00',
  currency: 'USD',
  paidAt: '2026-11-21T03:00:00Z',
  status: 'SUCCESS',
  refunds: [],
} as const
const receipt = {
  bank: 'AMK',
  transactionId: 'T1',
  reference: '150001',
  payment: 150001,
  minor: 2500n,
  currency: 'USD',
  proof: 'verified',
  settled: [150001],
} as const
const payment = {
  number: 150001,
  status: 'completed',
  biller: 'DLIS',
  billNumber: 'P800000001',
  billKey: '2026-12-01',
  minor: 2500n,
  currency: 'USD',
  wallet: undefined,
  expiredAt: undefined,
} as const
const credit = {
  system: 'DLIS',
  paymentId: '150001',
  policyNumber: 'P800000001',
  amount: '25.00',
  currency: 'USD',
} as const

const right: Books = {
  movements: [movement],
  told: [],
  credits: [credit],
  receipts: [receipt],
  payments: [payment],
  cases: [],
  refunds: [],
  creditNotes: [],
  excusedNotes: new Set(),
  reversed: [],
  unasked: new Set(['BANK02']),
  sharedTransfers: [],
  wallets: [],
  expiredUnasked: [],
  orders: [],
  withoutRefundIds: new Set(['ABA']),
  customerReceipts: undefined,
}

const sentBack = { refundId: 'rfd_1', amount: '10.00', status: 'REFUNDED' } as const
const refund: Refund = {
  id: 'rfd_1',
  bank: 'AMK',
  transactionId: 'T1',
  status: 'succeeded',
  mode: 'automatic',
  minor: 1000n,
  currency: 'USD',
  payment: 150001,
}
const creditNote: CreditNote = { ...credit, refundId: 'rfd_1', amount: '10.00' }

/** A refund of 10.00, told alike by all three; what is planted differs. */
function refunded(planted: {
  readonly sent?: Books['movements'][number]['refunds']
  readonly refund?: Partial<Refund>
  readonly note?: Partial<CreditNote>
  readonly notes?: readonly CreditNote[]
}): Partial<Books> {
  return {
    movements: [{ ...movement, refunds: planted.sent ?? [sentBack] }],
    refunds: [{ ...refund, ...planted.refund }],
    creditNotes: planted.notes ?? [{ ...creditNote, ...planted.note }],
  }
}

const atCounter = { ...movement, status: 'REFUSED' } as const
const byNotice = { ...receipt, proof: 'notice' } as const
const answered = (...answers: (number | undefined)[]) => [{ bank: 'AMK', transactionId: 'T1', answers }]

const rows: readonly {
  readonly planted: string
  readonly books: Partial<Books>
  readonly found: readonly Finding['kind'][]
}[] = [
  { planted: 'nothing', books: {}, found: [] },
  {
    planted: 'a movement without a receipt',
    books: { movements: [movement, { ...movement, transactionId: 'T2' }] },
    found: ['lost'],
  },
  {
    planted: 'a movement that only a case of old money stands for',
    books: {
      movements: [movement, { ...movement, transactionId: 'T2' }],
      cases: [{ kind: 'old_money', bank: 'AMK', payment: 150001, transactionIds: ['T2'] }],
    },
    found: [],
  },
  {
    planted: 'a movement that a case of another kind names',
    books: {
      movements: [movement, { ...movement, transactionId: 'T2' }],
      cases: [{ kind: 'second_notice', bank: 'AMK', payment: 150001, transactionIds: ['T2'] }],
    },
    found: ['lost'],
  },
  {
    planted: 'a movement that the bank does not call SUCCESS',
    books: { movements: [movement, { ...movement, transactionId: 'T2', status: 'PENDING' }] },
    found: [],
  },
  {
    planted: 'a movement of the same id at another bank',
    books: { movements: [movement, { ...movement, bank: 'BANK01' }] },
    found: ['lost'],
  },
  { planted: 'a movement with two receipts', books: { receipts: [receipt, receipt] }, found: ['doubled'] },
  { planted: 'a receipt of another amount', books: { receipts: [{ ...receipt, minor: 2501n }] }, found: ['wrong'] },
  {
    planted: 'a receipt of another currency',
    books: { receipts: [{ ...receipt, currency: 'KHR' }] },
    found: ['wrong'],
  },
  {
    planted: 'a receipt under another payment',
    books: { receipts: [{ ...receipt, payment: 150002 }] },
    found: ['wrong'],
  },
  {
    planted: 'a receipt that no bank knows',
    books: { receipts: [receipt, { ...receipt, transactionId: 'T9' }] },
    found: ['wrong'],
  },
  { planted: 'a premium credited twice', books: { credits: [credit, credit] }, found: ['doubled'] },
  { planted: 'a completed payment without a credit', books: { credits: [] }, found: ['lost'] },
  { planted: 'a credit of another amount', books: { credits: [{ ...credit, amount: '24.99' }] }, found: ['wrong'] },
  {
    planted: 'a credit on another policy',
    books: { credits: [{ ...credit, policyNumber: 'P800000002' }] },
    found: ['wrong'],
  },
  {
    planted: 'a credit for a payment that is not completed',
    books: { payments: [{ ...payment, status: 'expired' }] },
    found: ['wrong'],
  },
  {
    planted: 'a credit for a payment that nobody knows',
    books: { credits: [credit, { ...credit, paymentId: '150009' }] },
    found: ['wrong'],
  },
  {
    planted: 'two completed payments of one bill',
    books: {
      movements: [movement, { ...movement, transactionId: 'T2', reference: '150002' }],
      receipts: [receipt, { ...receipt, transactionId: 'T2', reference: '150002', payment: 150002, settled: [150002] }],
      payments: [payment, { ...payment, number: 150002 }],
      credits: [credit, { ...credit, paymentId: '150002' }],
    },
    found: ['doubled'],
  },
  { planted: 'a completed payment without a receipt', books: { movements: [], receipts: [] }, found: ['wrong'] },
  {
    planted: 'a counter payment that was applied, whose answers were all lost until the bank gave up',
    books: { movements: [atCounter], receipts: [byNotice], told: answered(undefined, 503, undefined) },
    found: ['unconfirmed'],
  },
  {
    planted: 'a counter payment that was applied and then refused',
    books: { movements: [atCounter], receipts: [byNotice], told: answered(undefined, 409) },
    found: ['wrong'],
  },
  {
    planted: 'a counter payment that was applied though the bank heard a yes and denies it',
    books: { movements: [atCounter], receipts: [byNotice], told: answered(200) },
    found: ['wrong'],
  },
  {
    planted: 'a receipt by the bank’s own list that the bank does not call SUCCESS',
    books: { movements: [atCounter], receipts: [receipt], told: answered(undefined) },
    found: ['wrong'],
  },
  {
    planted: 'a receipt that an operator applied to another payment',
    books: { receipts: [{ ...receipt, settled: [150002] }] },
    found: ['wrong'],
  },
  {
    planted: 'a movement that the bank took back',
    books: { movements: [{ ...movement, status: 'REVERSED' }] },
    found: [],
  },
  { planted: 'a reversal of a movement that the bank lists', books: { reversed: ['AMK T1'] }, found: ['wrong'] },
  { planted: 'a refund that the bank, we and the policy system know', books: refunded({}), found: [] },
  { planted: 'a refund that the bank sent twice', books: refunded({ sent: [sentBack, sentBack] }), found: ['doubled'] },
  {
    planted: 'refunds that add up to more than came',
    books: refunded({ sent: [{ ...sentBack, amount: '25.01' }], refund: { minor: 2501n }, note: { amount: '25.01' } }),
    found: ['doubled'],
  },
  {
    planted: 'a refund that the bank sent and we call failed',
    books: refunded({ refund: { status: 'failed' }, notes: [] }),
    found: ['wrong'],
  },
  {
    planted: 'a refund that the bank sent and we do not know',
    books: { ...refunded({}), refunds: [], creditNotes: [] },
    found: ['wrong'],
  },
  {
    planted: 'a refund of another amount than the bank sent',
    books: refunded({ sent: [{ ...sentBack, amount: '9.00' }] }),
    found: ['wrong'],
  },
  { planted: 'a refund that succeeded without the bank', books: refunded({ sent: [] }), found: ['wrong'] },
  {
    planted: 'a refund by hand, of which the bank knows nothing',
    books: refunded({ sent: [], refund: { mode: 'manual' } }),
    found: [],
  },
  { planted: 'a refund without its credit note', books: refunded({ notes: [] }), found: ['lost'] },
  {
    planted: 'a refund whose credit note is a case',
    books: { ...refunded({ notes: [] }), excusedNotes: new Set([150001]) },
    found: [],
  },
  {
    planted: 'a refund with two credit notes',
    books: refunded({ notes: [creditNote, creditNote] }),
    found: ['doubled'],
  },
  { planted: 'a credit note of another amount', books: refunded({ note: { amount: '9.99' } }), found: ['wrong'] },
  { planted: 'a credit note for held money', books: refunded({ refund: { payment: undefined } }), found: ['wrong'] },
]

for (const { planted, books, found } of rows) {
  test(`${planted} is found as ${found.join(' and ') || 'nothing'}`, () => {
    const findings = compareBooks({ ...right, ...books })
    assert.deepEqual(
      findings.map((finding) => finding.kind),
      found,
      JSON.stringify(findings, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
  })
}
