import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Books, compareBooks, type Finding } from './compare-books.ts'

// What the checker must see of wallets, of Bakong and of a bank that cannot be asked: each damage is planted here.

const transfer = {
  bank: 'BAKONG',
  transactionId: 'H1',
  reference: '150001',
  amount: '10.50',
  currency: 'USD',
  paidAt: '2026-11-21T03:00:00Z',
  md5: 'M1',
  status: 'SUCCESS',
  refunds: [],
} as const
const receipt = {
  bank: 'BAKONG',
  transactionId: 'H1',
  reference: '150001',
  payment: 150001,
  minor: 1050n,
  currency: 'USD',
  proof: 'verified',
  settled: [150001],
} as const
const topup = {
  number: 150001,
  status: 'completed',
  biller: 'WALLET',
  billNumber: 'pay_1',
  billKey: '',
  minor: 1050n,
  currency: 'USD',
  wallet: 'wallet:user-1',
  expiredAt: undefined,
} as const
const wallet = { account: 'wallet:user-1', currency: 'USD', minor: 1050n } as const

const right: Books = {
  movements: [transfer],
  told: [],
  credits: [],
  receipts: [receipt],
  payments: [topup],
  cases: [],
  refunds: [],
  creditNotes: [],
  excusedNotes: new Set(),
  reversed: [],
  unasked: new Set(['BANK02']),
  sharedTransfers: [],
  wallets: [wallet],
  expiredUnasked: [],
  orders: [],
  withoutRefundIds: new Set(['ABA']),
  customerReceipts: undefined,
}

const refund = {
  id: 'rfd_1',
  bank: 'BAKONG',
  transactionId: 'H1',
  status: 'succeeded',
  mode: 'manual',
  minor: 50n,
  currency: 'USD',
  payment: 150001,
} as const

/** The same as a premium's code of BANK02, with so many movements, and these answers to each. */
function told(planted: {
  readonly answers: readonly (readonly (number | undefined)[])[]
  readonly receipts: number
  readonly cases?: number
}): Partial<Books> {
  const ids = planted.answers.map((_, index) => `T${index + 1}`)
  const { md5: _, ...plain } = transfer
  const isPaid = planted.receipts > 0
  return {
    movements: ids.map((transactionId) => ({ ...plain, bank: 'BANK02', transactionId })),
    told: ids.map((transactionId, index) => ({
      bank: 'BANK02',
      transactionId,
      answers: planted.answers[index] ?? [],
    })),
    receipts: isPaid ? [{ ...receipt, bank: 'BANK02', transactionId: '150001', proof: 'notice' }] : [],
    payments: [{ ...topup, biller: 'DLIS', wallet: undefined, status: isPaid ? 'completed' : 'processing' }],
    credits: isPaid
      ? [{ system: 'DLIS', paymentId: '150001', policyNumber: 'pay_1', amount: '10.50', currency: 'USD' }]
      : [],
    cases: Array.from({ length: planted.cases ?? 0 }, () => ({
      kind: 'second_notice',
      bank: 'BANK02',
      payment: 150001,
      transactionIds: [],
    })),
    wallets: [],
  }
}

const rows: readonly {
  readonly planted: string
  readonly books: Partial<Books>
  readonly found: readonly Finding['kind'][]
}[] = [
  { planted: 'a top-up that was paid once', books: {}, found: [] },
  {
    planted: 'a wallet that got nothing for a completed top-up',
    books: { wallets: [] },
    found: ['lost'],
  },
  {
    planted: 'a wallet that was credited twice for one top-up',
    books: { wallets: [{ ...wallet, minor: 2100n }] },
    found: ['doubled'],
  },
  {
    planted: 'money in a wallet that no completed top-up brought',
    books: { wallets: [wallet, { ...wallet, account: 'wallet:user-2' }] },
    found: ['wrong'],
  },
  {
    planted: 'an open top-up to which an operator applied a part',
    books: { payments: [{ ...topup, status: 'processing', partMinor: 400n }], wallets: [{ ...wallet, minor: 400n }] },
    found: [],
  },
  {
    planted: 'a wallet that got less than an operator applied',
    books: { payments: [{ ...topup, status: 'processing', partMinor: 400n }], wallets: [{ ...wallet, minor: 300n }] },
    found: ['lost'],
  },
  {
    planted: 'a wallet in another currency',
    books: { wallets: [{ ...wallet, currency: 'KHR' }] },
    found: ['lost', 'wrong'],
  },
  {
    planted: 'a top-up of which a part was sent back',
    books: { refunds: [refund], wallets: [{ ...wallet, minor: 1000n }] },
    found: [],
  },
  {
    planted: 'a top-up of which a part waits to be sent back',
    books: { refunds: [{ ...refund, status: 'requires_evidence' }], wallets: [{ ...wallet, minor: 1000n }] },
    found: [],
  },
  {
    planted: 'a top-up whose refund was called off',
    books: { refunds: [{ ...refund, status: 'cancelled' }] },
    found: [],
  },
  {
    planted: 'a wallet that keeps what was sent back',
    books: { refunds: [refund] },
    found: ['wrong'],
  },
  {
    planted: 'a policy system that is credited for a top-up',
    books: {
      credits: [{ system: 'DLIS', paymentId: '150001', policyNumber: 'pay_1', amount: '10.50', currency: 'USD' }],
    },
    found: ['wrong'],
  },
  {
    planted: 'a transfer that the network lists and we do not',
    books: {
      receipts: [],
      payments: [{ ...topup, status: 'processing' }],
      wallets: [],
    },
    found: ['lost'],
  },
  {
    planted: 'a second payment of one code, which the network never tells',
    books: { movements: [transfer, { ...transfer, transactionId: 'H2' }] },
    found: ['untold'],
  },
  {
    planted: 'the first of two payments of one code without a receipt',
    books: {
      movements: [{ ...transfer, transactionId: 'H2' }, transfer],
    },
    found: ['lost'],
  },
  {
    planted: 'one hash with two receipts',
    books: { receipts: [receipt, receipt] },
    found: ['doubled'],
  },
  {
    planted: 'a transfer told for two codes, which settled the other one',
    books: {
      receipts: [{ ...receipt, reference: '150002', payment: 150002, settled: [150002] }],
      payments: [{ ...topup, number: 150002 }],
      sharedTransfers: [[150001, 150002]],
    },
    found: [],
  },
  {
    planted: 'a transfer told for one code, which settled another one',
    books: {
      receipts: [{ ...receipt, reference: '150002', payment: 150002, settled: [150002] }],
      payments: [{ ...topup, number: 150002 }],
    },
    found: ['wrong'],
  },
  { planted: 'a top-up that expired unasked', books: { expiredUnasked: [150001] }, found: ['wrong'] },
  {
    planted: 'a top-up that expired long after its bank listed the money',
    books: { payments: [{ ...topup, expiredAt: Date.parse('2026-11-21T03:05:00Z') }] },
    found: ['wrong'],
  },
  {
    planted: 'a top-up that was paid after it had expired',
    books: { payments: [{ ...topup, expiredAt: Date.parse('2026-11-21T02:59:00Z') }] },
    found: [],
  },
  { planted: 'a notice of a bank that cannot be asked', books: told({ answers: [[200]], receipts: 1 }), found: [] },
  {
    planted: 'a notice that was applied, and whose answers were lost',
    books: told({ answers: [[undefined]], receipts: 1 }),
    found: [],
  },
  {
    planted: 'money at a bank that cannot be asked and told nobody',
    books: told({ answers: [[]], receipts: 0 }),
    found: ['untold'],
  },
  {
    planted: 'a notice that we said yes to, and that is nowhere',
    books: told({ answers: [[undefined, 200]], receipts: 0 }),
    found: ['lost'],
  },
  {
    planted: 'a notice that we refused, and that is a case',
    books: told({ answers: [[422]], receipts: 0, cases: 1 }),
    found: [],
  },
  {
    planted: 'a notice that did not fit, which came in pieces first, and that is nowhere',
    books: told({ answers: [[400, undefined, 400]], receipts: 0 }),
    found: ['lost'],
  },
  {
    planted: 'a notice that came in pieces, and then not at all',
    books: told({ answers: [[400, 503]], receipts: 0 }),
    found: ['untold'],
  },
  {
    planted: 'a notice that we refused, and that is nowhere',
    books: told({ answers: [[422]], receipts: 0 }),
    found: ['lost'],
  },
  {
    planted: 'a second payment that is a case',
    books: told({ answers: [[200], [200]], receipts: 1, cases: 1 }),
    found: [],
  },
  {
    planted: 'a second payment that we said yes to, and that is nowhere',
    books: told({ answers: [[200], [200]], receipts: 1 }),
    found: ['lost'],
  },
  {
    planted: 'a second payment that nobody told us of',
    books: told({ answers: [[200], []], receipts: 1 }),
    found: ['untold'],
  },
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
