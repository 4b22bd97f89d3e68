import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Books, compareBooks, type Finding } from './compare-books.ts'

// What the checker must see of shop orders, and of a bank that knows refunds by their sum alone: each damage is planted here.

const movement = {
  bank: 'ABA',
  transactionId: '150001-k3f9q2',
  reference: '150001',
  amount: '25.00',
  currency: 'USD',
  paidAt: '2026-11-21T03:00:00Z',
  status: 'SUCCESS',
  refunds: [],
} as const
const receipt = {
  bank: 'ABA',
  transactionId: '150001-k3f9q2',
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
  biller: 'SHOP',
  billNumber: 'SAMPLE-1',
  billKey: '',
  minor: 2500n,
  currency: 'USD',
  wallet: undefined,
  order: 'SAMPLE-1',
  appliedMinor: 2500n,
  expiredAt: undefined,
} as const
const order = { number: 'SAMPLE-1', minor: 2500n, currency: 'USD', status: 'paid', isCancelled: false } as const

const right: Books = {
  movements: [movement],
  told: [],
  credits: [],
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
  orders: [order],
  withoutRefundIds: new Set(['ABA']),
  customerReceipts: [150001],
}

const unpaid = { movements: [], receipts: [], customerReceipts: [] } as const

/** What the bank sent back of the movement, and what we say that it did. */
function refunded(theirs: readonly string[], ours: readonly bigint[], status = 'succeeded'): Partial<Books> {
  const isWhole = ours.reduce((sum, one) => sum + one, 0n) === 2500n
  return {
    movements: [
      { ...movement, refunds: theirs.map((amount) => ({ refundId: undefined, amount, status: 'REFUNDED' })) },
    ],
    refunds: ours.map((minor, index) => ({
      id: `rfd_${index + 1}`,
      bank: 'ABA',
      transactionId: movement.transactionId,
      status,
      mode: 'automatic',
      minor,
      currency: 'USD',
      payment: 150001,
    })),
    orders: [{ ...order, status: isWhole ? 'refunded' : 'paid' }],
  }
}

/** The order's code was paid twice; the second charge is held, and we say that it went back. */
function secondCharge(theirs: string): Partial<Books> {
  const transactionId = `${movement.transactionId}/100FT1`
  const refunds = [{ refundId: undefined, amount: theirs, status: 'REFUNDED' }]
  return {
    movements: [
      { ...movement, refunds },
      { ...movement, transactionId },
    ],
    receipts: [receipt, { ...receipt, transactionId, settled: [] }],
    refunds: [
      {
        id: 'rfd_1',
        bank: 'ABA',
        transactionId,
        status: 'succeeded',
        mode: 'automatic',
        minor: 2500n,
        currency: 'USD',
        payment: undefined,
      },
    ],
  }
}

const rows: readonly {
  readonly planted: string
  readonly books: Partial<Books>
  readonly found: readonly Finding['kind'][]
}[] = [
  { planted: 'an order that was paid once', books: {}, found: [] },
  {
    planted: 'an order that nobody paid',
    books: {
      ...unpaid,
      payments: [{ ...payment, status: 'processing', appliedMinor: 0n }],
      orders: [{ ...order, status: 'pending' }],
    },
    found: [],
  },
  {
    planted: 'a cancelled order',
    books: { ...unpaid, payments: [], orders: [{ ...order, status: 'cancelled', isCancelled: true }] },
    found: [],
  },
  {
    planted: 'a paid order that its shop reads as pending',
    books: { orders: [{ ...order, status: 'pending' }] },
    found: ['wrong'],
  },
  { planted: 'a paid order that no shop can read', books: { orders: [] }, found: ['wrong'] },
  {
    planted: 'an order to which its money was applied twice',
    books: { payments: [{ ...payment, appliedMinor: 5000n }] },
    found: ['doubled'],
  },
  {
    planted: 'an order that was completed with a part of its total',
    books: { payments: [{ ...payment, appliedMinor: 100n }] },
    found: ['wrong'],
  },
  {
    planted: 'an order with two completed payments',
    books: {
      payments: [payment, { ...payment, number: 150002 }],
      receipts: [receipt, { ...receipt, transactionId: 'T2', payment: 150002, reference: '150002', settled: [150002] }],
      movements: [movement, { ...movement, transactionId: 'T2', reference: '150002' }],
      customerReceipts: [150001, 150002],
    },
    found: ['doubled', 'doubled'],
  },
  {
    planted: 'a payment of another amount than its order',
    books: { orders: [{ ...order, minor: 2400n }] },
    found: ['wrong', 'doubled'],
  },
  {
    planted: 'a movement of PayWay without a receipt',
    books: { movements: [movement, { ...movement, transactionId: '150001-zz99zz' }] },
    found: ['lost'],
  },
  {
    planted: 'a policy system that was credited for an order',
    books: {
      credits: [{ system: 'DLIS', paymentId: '150001', policyNumber: 'SAMPLE-1', amount: '25.00', currency: 'USD' }],
    },
    found: ['wrong'],
  },
  { planted: 'refunds in parts, told alike', books: refunded(['0.05', '24.95'], [2495n, 5n]), found: [] },
  {
    planted: 'a refund of a second charge, which the bank books with the transaction',
    books: secondCharge('25.00'),
    found: [],
  },
  { planted: 'more sent back than both charges brought', books: secondCharge('50.01'), found: ['doubled', 'wrong'] },
  { planted: 'a refund that the bank sent twice', books: refunded(['0.05', '0.05'], [5n]), found: ['doubled'] },
  { planted: 'a refund that the bank never sent', books: refunded([], [5n]), found: ['wrong'] },
  { planted: 'a refund of another amount at the bank', books: refunded(['0.50'], [5n]), found: ['wrong'] },
  {
    planted: 'a refund that we call failed and the bank sent',
    books: refunded(['0.05'], [5n], 'failed'),
    found: ['doubled'],
  },
  {
    planted: 'a refunded order that its shop reads as paid',
    books: { ...refunded(['25.00'], [2500n]), orders: [order] },
    found: ['wrong'],
  },
  {
    planted: 'a completed payment without a receipt for its customer',
    books: { customerReceipts: [] },
    found: ['lost'],
  },
  { planted: 'two receipts for one customer', books: { customerReceipts: [150001, 150001] }, found: ['doubled'] },
  {
    planted: 'a receipt for a customer who did not pay',
    books: {
      ...unpaid,
      payments: [{ ...payment, status: 'expired', appliedMinor: 0n }],
      orders: [{ ...order, status: 'pending' }],
      customerReceipts: [150001],
    },
    found: ['wrong'],
  },
  {
    planted: 'an order’s payment that expired long after its bank listed the money',
    books: {
      payments: [{ ...payment, expiredAt: Date.parse(movement.paidAt) + 600_000 }],
    },
    found: ['wrong'],
  },
]

for (const { planted, books, found } of rows) {
  test(`${planted}: ${found.length === 0 ? 'nothing is found' : found.join(' and ')}`, () => {
    const findings = compareBooks({ ...right, ...books })
    assert.deepEqual(
      findings.map(({ kind }) => kind).toSorted(),
      found.toSorted(),
      findings.map(({ sentence }) => sentence).join('\n'),
    )
  })
}
