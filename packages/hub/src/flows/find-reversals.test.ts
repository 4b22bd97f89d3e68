import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutesLater, sampleAttempt, samplePayment, sampleReceipt, usd } from '../../test/support/sample-payment.ts'
import type { Bank, Capabilities, MerchantAccount, Movement, Verification } from '../banks/bank.ts'
import type { Attempt, Receipt } from '../domain/payment.ts'
import { findReversals, isReceiptListed, type Looked, secondLookAfterMs } from './find-reversals.ts'
import type { BankAtWork } from './hub.ts'

const account = { id: 1, bankCode: 'AMK', accountNumber: '900000000000001', currency: 'USD' } as MerchantAccount

function bankThat(can: Partial<Capabilities>): BankAtWork {
  const bank = { describe: () => ({ listsAllMovements: true, ...can }) } as unknown as Bank
  return { code: 'AMK', bank } as BankAtWork
}

const now = minutesLater(600)
const longAgo = new Date(now.getTime() - secondLookAfterMs)
const justNow = new Date(now.getTime() - secondLookAfterMs + 1)

function moved(id: string, more: Partial<Movement> = {}): Movement {
  return {
    bankTransactionId: id,
    keyedBy: 'bank',
    amount: usd(15_000n),
    payeeAccount: undefined,
    payer: undefined,
    paidAt: minutesLater(1),
    reversed: false,
    ...more,
  }
}

const bare = moved('150001', { keyedBy: 'reference' })
const one = sampleReceipt()
const two = sampleReceipt({ id: 2, bankTransactionId: 'TX-2', appliedMinor: 0n, suspended: 'duplicate_payment' })
const booked = sampleReceipt({ bankTransactionId: '150001' })

type Row = {
  readonly sentence: string
  readonly receipts?: readonly Receipt[]
  readonly movements?: readonly Movement[]
  readonly state?: Verification['state']
  readonly strict?: boolean
  readonly can?: Partial<Capabilities>
  readonly attempts?: readonly Attempt[]
  /** `TX-1 taken_back` */
  readonly findings: readonly string[]
}

const rows: readonly Row[] = [
  { sentence: 'money that is listed is no finding', movements: [moved('TX-1')], findings: [] },
  { sentence: 'money that is not listed is missing at the first look', state: 'unpaid', findings: ['TX-1 missing'] },
  {
    sentence: 'missing a moment later it is missing still',
    receipts: [{ ...one, missingSince: justNow }],
    state: 'unpaid',
    findings: ['TX-1 missing'],
  },
  {
    sentence: 'missing from two answers a minute apart it was taken back',
    receipts: [{ ...one, missingSince: longAgo }],
    state: 'unpaid',
    findings: ['TX-1 taken_back'],
  },
  {
    sentence: 'listed between the two answers it stands, and the first look is forgotten',
    receipts: [{ ...one, missingSince: longAgo }],
    movements: [moved('TX-1')],
    findings: ['TX-1 listed'],
  },
  {
    sentence: 'what the bank calls reversed was taken back at the first look',
    state: 'unpaid',
    movements: [moved('TX-1', { reversed: true })],
    findings: ['TX-1 taken_back'],
  },
  {
    sentence: "an operator's first look takes nothing back either",
    state: 'unpaid',
    strict: true,
    findings: ['TX-1 missing'],
  },
  {
    sentence: "an operator's second look takes back what the first one did not list, however short ago that was",
    receipts: [{ ...one, missingSince: now }],
    state: 'unpaid',
    strict: true,
    findings: ['TX-1 taken_back'],
  },
  {
    sentence: "an operator's second look takes back only what the first one missed as well",
    receipts: [{ ...one, missingSince: now }, two],
    state: 'unpaid',
    strict: true,
    findings: ['TX-1 taken_back', 'TX-2 missing'],
  },
  {
    sentence: 'of two movements only the one that is not listed is missing',
    receipts: [one, two],
    movements: [moved('TX-2')],
    findings: ['TX-1 missing'],
  },
  {
    sentence: 'an answer that cannot be read says nothing',
    receipts: [{ ...one, missingSince: longAgo }],
    state: 'unknown',
    strict: true,
    findings: [],
  },
  {
    sentence: 'a bank that forgot the reference takes nothing back, however often it says so, and whoever asks',
    receipts: [{ ...one, missingSince: longAgo }],
    state: 'not_found',
    strict: true,
    findings: ['TX-1 unknown_to_bank'],
  },
  {
    sentence: 'a bank that lists only some movements says nothing about the others',
    receipts: [{ ...one, missingSince: longAgo }],
    state: 'unpaid',
    strict: true,
    can: { listsAllMovements: false },
    findings: [],
  },
  {
    sentence:
      'a bank that says unpaid of a code by its own reference is believed about the money of that code, in two looks',
    receipts: [{ ...one, bankTransactionId: 'CODE-1', missingSince: longAgo }],
    attempts: [sampleAttempt({ bankCode: one.bankCode, reference: 'CODE-1' })],
    state: 'unpaid',
    can: { listsAllMovements: false, reference: 'code' },
    findings: ['CODE-1 taken_back'],
  },
  {
    sentence: 'a bank that lists only some movements is believed about one that it calls reversed',
    state: 'unpaid',
    movements: [moved('TX-1', { reversed: true })],
    can: { listsAllMovements: false },
    findings: ['TX-1 taken_back'],
  },
  {
    sentence: 'money that was taken back and is not listed is no news',
    receipts: [{ ...one, reversed: true }],
    state: 'unpaid',
    findings: [],
  },
  {
    sentence: 'money that was taken back and is listed again came back',
    receipts: [{ ...one, reversed: true }],
    movements: [moved('TX-1')],
    findings: ['TX-1 came_back'],
  },
  {
    sentence: 'a bare "paid" says nothing against money that is in the books',
    receipts: [{ ...one, missingSince: longAgo }, two],
    movements: [bare],
    findings: ['TX-1 listed'],
  },
  {
    sentence: 'a bare "paid" brings back the only money that it can mean',
    receipts: [{ ...one, reversed: true }],
    movements: [bare],
    findings: ['TX-1 came_back'],
  },
  {
    sentence: 'a bare "paid" does not bring back money beside other money that it may mean',
    receipts: [{ ...one, reversed: true }, two],
    movements: [bare],
    findings: [],
  },
  {
    sentence: 'money booked upon a bare "paid" stands as long as a movement without a receipt of its own is listed',
    receipts: [booked],
    movements: [moved('TX-1')],
    findings: [],
  },
  {
    sentence: 'money booked upon a bare "paid" is missing when only movements with receipts of their own are listed',
    receipts: [booked, two],
    movements: [moved('TX-2')],
    findings: ['150001 missing'],
  },
  {
    sentence: 'money of another account, bank, counter or proof is not expected in the list',
    receipts: [
      { ...one, merchantAccountId: 2 },
      { ...one, bankCode: 'BANK01' },
      { ...one, channel: 'bill' },
      { ...one, proof: 'notice' },
    ],
    state: 'unpaid',
    strict: true,
    findings: [],
  },
  {
    sentence: 'money that an operator applied here is looked for where it named',
    receipts: [{ ...one, isNamed: false }],
    state: 'unpaid',
    findings: [],
  },
]

for (const row of rows) {
  test(row.sentence, () => {
    const found = findReversals(lookedAt(row), now)
    assert.deepEqual(
      found.map(({ receipt, finding }) => `${receipt.bankTransactionId} ${finding}`),
      row.findings,
    )
  })
}

test('what is found missing, taken back or forgotten is not listed, and what came back is', () => {
  for (const row of rows.filter((each) => each.state !== 'unknown')) {
    const looked = lookedAt(row)
    for (const { receipt, finding } of findReversals(looked, now)) {
      assert.equal(isReceiptListed(looked, receipt), ['came_back', 'listed'].includes(finding), row.sentence)
    }
  }
})

function lookedAt(row: Row): Looked {
  const {
    receipts = [one],
    movements = [],
    state = 'paid',
    strict = false,
    can = {},
    attempts = [sampleAttempt()],
  } = row
  const verification = { state, movements, exchanges: [] }
  return { at: bankThat(can), account, payment: samplePayment({ receipts, attempts }), verification, strict }
}
