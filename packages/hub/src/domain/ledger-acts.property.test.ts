import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { holdsAlways } from '../../test/support/random-test.ts'
import { usd } from '../../test/support/sample-payment.ts'
import {
  bankAccount,
  type Entry,
  type Placement,
  postMove,
  postReceipt,
  postRefundPaid,
  postReturn,
  postReversal,
  refundsAccount,
  suspenseAccount,
  writeOffAccount,
} from './ledger.ts'

// Every act upon one receipt's money, in any order: what is applied, held, promised, sent back, written off, taken back by
// the bank and given back again. Each act takes no more than stands where it takes from, as the database enforces.

const bank = bankAccount('AMK')
const payable = 'payable:premium'
const suspense = suspenseAccount('AMK')
const promised = refundsAccount('AMK')
const owing = [payable, suspense, promised, writeOffAccount]

type Act = {
  readonly kind: 'apply' | 'write_off' | 'refund_held' | 'refund_applied' | 'refund_undone' | 'refund_paid' | 'reverse'
  /** How many hundredths of what stands there it takes; at least one minor unit. */
  readonly share: number
}

type Books = {
  readonly journals: readonly (readonly Entry[])[]
  readonly sent: bigint
  /** What the last reversal undid, while it is undone. */
  readonly undone: readonly { readonly account: string; readonly minor: bigint }[] | undefined
}

const acts = fc.array(
  fc.record<Act>({
    kind: fc.constantFrom(
      'apply',
      'write_off',
      'refund_held',
      'refund_applied',
      'refund_undone',
      'refund_paid',
      'reverse',
    ),
    share: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 15 },
)
const receipts = fc.bigInt({ min: 1n, max: 99_999_999n }).chain((amountMinor) =>
  fc.record({
    amountMinor: fc.constant(amountMinor),
    placement: fc.oneof<fc.Arbitrary<Placement>[]>(
      fc.constant({ kind: 'applied', creditAccount: payable }),
      fc.constant({ kind: 'suspense', reason: 'overpaid' }),
      fc
        .bigInt({ min: 1n, max: amountMinor })
        .map((appliedMinor) => ({ kind: 'split', creditAccount: payable, appliedMinor, reason: 'overpaid' })),
    ),
  }),
)

test('after any acts in any order each journal sums to zero, no account is overdrawn, and the bank holds what came less what was sent', (t) => {
  holdsAlways(
    t,
    fc.property(receipts, acts, ({ amountMinor, placement }, history) => {
      let books: Books = { journals: [postReceipt('AMK', usd(amountMinor), placement)], sent: 0n, undone: undefined }
      for (const act of history) {
        books = take(books, act)
        for (const entries of books.journals) {
          assert.equal(sumOf(entries), 0n)
          assert.ok(entries.every((entry) => entry.amountMinor !== 0n && entry.currency === 'USD'))
        }
        for (const account of owing) assert.ok(standing(books, account) >= 0n, `${account} is overdrawn`)
        const atBank = -standing(books, bank)
        assert.equal(atBank, books.undone ? 0n : amountMinor - books.sent)
        assert.equal(
          owing.map((account) => standing(books, account)).reduce((a, b) => a + b),
          atBank,
        )
      }
    }),
  )
})

test('money that the bank took back and gave back again stands on every account as it stood before', (t) => {
  holdsAlways(
    t,
    fc.property(receipts, acts, ({ amountMinor, placement }, history) => {
      const first: Books = { journals: [postReceipt('AMK', usd(amountMinor), placement)], sent: 0n, undone: undefined }
      const before = history.filter((act) => act.kind !== 'reverse').reduce(take, first)
      const after = take(take(before, { kind: 'reverse', share: 1 }), { kind: 'reverse', share: 1 })
      for (const account of [bank, ...owing]) assert.equal(standing(after, account), standing(before, account), account)
    }),
  )
})

/** Does one act, or nothing where there is nothing to take. `reverse` twice is taken back and given back. */
function take(books: Books, { kind, share }: Act): Books {
  if (kind === 'reverse') return books.undone ? giveBack(books, books.undone) : takeBack(books)
  // What the bank took back can neither be placed nor promised.
  if (books.undone) return books
  const from = { apply: suspense, write_off: suspense, refund_held: suspense, refund_applied: payable }
  const account = kind in from ? from[kind as keyof typeof from] : promised
  const there = standing(books, account)
  const amount = (there * BigInt(share) + 99n) / 100n
  if (amount === 0n) return books
  if (kind === 'refund_paid') return add({ ...books, sent: books.sent + amount }, postRefundPaid('AMK', 'USD', amount))
  const to = { apply: payable, write_off: writeOffAccount, refund_undone: suspense }
  return add(books, postMove(account, kind in to ? to[kind as keyof typeof to] : promised, 'USD', amount))
}

function takeBack(books: Books): Books {
  const undone = owing.map((account) => ({ account, minor: standing(books, account) }))
  const isEmpty = undone.every(({ minor }) => minor === 0n)
  return isEmpty ? books : { ...add(books, postReversal('AMK', 'USD', undone)), undone }
}

function giveBack(books: Books, undone: NonNullable<Books['undone']>): Books {
  return { ...add(books, postReturn('AMK', 'USD', undone)), undone: undefined }
}

function add(books: Books, entries: readonly Entry[]): Books {
  return { ...books, journals: [...books.journals, entries] }
}

/** What we owe on an account (its credits less its debits); of the bank's account the negative of what it holds. */
function standing(books: Books, account: string): bigint {
  return -sumOf(books.journals.flat().filter((entry) => entry.account === account))
}

function sumOf(entries: readonly Entry[]): bigint {
  return entries.reduce((total, entry) => total + entry.amountMinor, 0n)
}
