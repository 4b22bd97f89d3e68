import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks, refusalOf } from '../../test/support/empty-books.ts'
import {
  held,
  holding,
  moved,
  paid,
  paying,
  posting,
  requested,
  standing,
  undoing,
} from '../../test/support/sample-refunds.ts'
import { postMove, postRefundPaid, postReversal } from '../domain/ledger.ts'
import { Conflict } from './db.ts'
import { writeOutPostings } from './postings.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

const checkViolation = '23514'
const uniqueViolation = '23505'

test('a receipt never gives more than it brought, whatever the code above believes', async (t) => {
  const { receiptId } = await paid(books)
  const before = await standing(books, receiptId)
  const journal = (entries: ReturnType<typeof postMove>) => [
    posting(before, { kind: 'adjustment' as const, memo: 'a mistake', entries }),
  ]
  for (const [title, entries] of [
    ['a cent more is promised back than settled', postMove('payable:premium', 'refunds:BANK01', 'USD', 15_001n)],
    ['a cent more leaves the bank account', postMove('payable:premium', 'bank:BANK01', 'USD', 15_001n)],
    ['more is paid than was promised', postRefundPaid('BANK01', 'USD', 1n)],
    ['more leaves suspense than is there', postMove('suspense:BANK01', 'refunds:BANK01', 'USD', 1n)],
    ['a write-off is refunded', postMove('writeoff', 'refunds:BANK01', 'USD', 1n)],
    [
      'a reversal takes more than there is',
      postReversal('BANK01', 'USD', [{ account: 'payable:premium', minor: 15_001n }]),
    ],
  ] as const) {
    await t.test(title, async () => {
      const refusal = await refusalOf(write(books.db, { postings: journal([...entries]) }))
      assert.equal(refusal.code, checkViolation, refusal.message)
      assert.match(refusal.message, new RegExp(`^receipt ${receiptId} would give more than it brought: bank `))
    })
  }
  assert.deepEqual(await standing(books, receiptId), before)
})

test('all of it may be promised, and then no cent more', async () => {
  const { receiptId } = await paid(books)
  await requested(books, receiptId, 15_000n)
  assert.equal((await refusalOf(requested(books, receiptId, 1n))).code, checkViolation)
  const position = await standing(books, receiptId)
  assert.deepEqual([position.appliedMinor, position.refundingMinor, position.bankMinor], [0n, 15_000n, 15_000n])
})

test('of 64 writers who read the same position one moves the money, and the others are told so', async () => {
  const { receiptId } = await paid(books)
  const position = await standing(books, receiptId)
  const tries = await Promise.allSettled(
    Array.from({ length: 64 }, () => {
      const { id: _, ...writes } = holding(position, 15_000n)
      return write(books.db, writes)
    }),
  )
  assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 1)
  for (const one of tries) if (one.status === 'rejected') assert.ok(one.reason instanceof Conflict, String(one.reason))
  assert.equal((await standing(books, receiptId)).refunds.length, 1)
})

test('a posting without journals writes nothing, and still tells when somebody was faster', async () => {
  const { receiptId } = await paid(books)
  const before = await standing(books, receiptId)
  await write(books.db, { postings: [posting(before, undefined)] })
  assert.deepEqual(await standing(books, receiptId), before)
  await requested(books, receiptId, 1n)
  await assert.rejects(write(books.db, { postings: [posting(before, undefined)] }), Conflict)
})

test('each stage of a refund is posted once', async () => {
  const { receiptId } = await paid(books)
  const refund = await requested(books, receiptId, 5_000n)
  const twice = holding(await standing(books, receiptId), 5_000n, {}, refund.id)
  assert.equal((await refusalOf(write(books.db, { postings: twice.postings ?? [] }))).code, uniqueViolation)
  const sent = await moved(books, await moved(books, refund, 'pending'), 'processing')
  await moved(books, sent, 'succeeded', {}, await paying(books, sent))
  assert.equal((await refusalOf(write(books.db, await paying(books, sent)))).code, uniqueViolation)
})

test('the list of held money and the ledger cannot come apart', async () => {
  const { receiptId, suspenseId } = await held(books)
  const position = await standing(books, receiptId)
  const entries = postMove('suspense:BANK01', 'refunds:BANK01', 'USD', 1_000n)
  const journal = { kind: 'refund_held' as const, memo: 'held', entries }
  for (const takes of [[], [{ suspenseId, amountMinor: 999n }], [{ suspenseId, amountMinor: 1_001n }]]) {
    const refusal = await refusalOf(write(books.db, { postings: [posting(position, journal, { takes })] }))
    assert.equal(refusal.code, checkViolation)
    assert.match(refusal.message, /the ledger holds 8000 in suspense, the list \d+$/)
  }
  const more = await refusalOf(
    write(books.db, { postings: [posting(position, undefined, { takes: [{ suspenseId, amountMinor: 9_001n }] })] }),
  )
  assert.equal(more.code, checkViolation)
})

test('held money leaves the list with its refund, and stands there again when the refund ends unsent', async () => {
  const { receiptId, suspenseId } = await held(books)
  const row = async () => {
    const { rows } = await books.pool.query(
      'select state, remaining_minor::text as remaining, resolved_at is not null as is_resolved from suspense where id = $1',
      [suspenseId],
    )
    return rows[0]
  }
  const refund = await requested(books, receiptId, 9_000n, { suspenseId })
  assert.deepEqual(await row(), { state: 'resolved', remaining: '0', is_resolved: true })
  await moved(books, refund, 'cancelled', {}, await undoing(books, refund))
  assert.deepEqual(await row(), { state: 'open', remaining: '9000', is_resolved: false })
  const position = await standing(books, receiptId)
  assert.deepEqual([position.heldMinor, position.refundingMinor], [9_000n, 0n])
})

test('postings are written in the order of their receipts, so that two writers never wait for each other', async () => {
  const [one, two] = [await paid(books), await paid(books)]
  const positions = await Promise.all([standing(books, two.receiptId), standing(books, one.receiptId)])
  const out = writeOutPostings(positions.map((position) => posting(position, undefined)))
  assert.deepEqual(
    out.map((sheet) => sheet.receiptId),
    [one.receiptId, two.receiptId],
  )
})
