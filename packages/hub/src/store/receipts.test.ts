import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { accountId, complete, hold, openBill, openBooks, receiptOf, stepOf } from '../../test/support/empty-books.ts'
import { khr, usd } from '../../test/support/sample-payment.ts'
import { findReceiptsElsewhere, noticeTotal } from './receipts.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

test('movements that are in the books under another payment, or under none, are found; one’s own and new ones are not', async () => {
  const own = await complete(books, await openBill(books), { bankTransactionId: 'TX-own' })
  await complete(books, await openBill(books), { bankTransactionId: 'TX-other' })
  const nobodys = receiptOf(
    books,
    own,
    { bankTransactionId: 'TX-nobody', amount: usd(1n) },
    { kind: 'suspense', reason: 'unknown_payment' },
  )
  await write(books.db, { steps: [stepOf(own, { payment: undefined, reference: '999', receipts: [nobodys] })] })
  const find = (keys: Partial<Parameters<typeof findReceiptsElsewhere>[1]> = {}) =>
    findReceiptsElsewhere(
      books.db,
      { bankCode: 'BANK01', merchantAccountId: accountId(books, 'BANK01 USD'), channel: 'khqr', ...keys },
      ['TX-own', 'TX-other', 'TX-nobody', 'TX-new'],
      own.number,
    )
  assert.deepEqual(await find(), new Set(['TX-other', 'TX-nobody']))
  assert.deepEqual(await find({ channel: 'bill' }), new Set())
  assert.deepEqual(await find({ bankCode: 'BANK02' }), new Set())
  assert.deepEqual(await find({ merchantAccountId: accountId(books, 'BANK01 KHR') }), new Set())
})

test('what a bank’s notices settled is summed per bank and currency, since a time, and only notices count', async () => {
  const longAgo = new Date(Date.now() - 3_600_000)
  const total = (bank: string, currency: 'USD' | 'KHR', since = longAgo) => noticeTotal(books.db, bank, currency, since)
  assert.equal(await total('BANK01', 'USD'), 0n)
  const byNotice = { channel: 'bill', proof: 'notice' } as const
  await complete(books, await openBill(books), byNotice)
  await complete(books, await openBill(books, { amount: usd(1n) }), byNotice)
  await complete(books, await openBill(books, { amount: khr(60_000n) }), byNotice)
  await complete(books, await openBill(books, { amount: usd(7n) }))
  await hold(books, await openBill(books), { amount: usd(9n) })
  assert.equal(await total('BANK01', 'USD'), 15_001n)
  assert.equal(await total('BANK01', 'KHR'), 60_000n)
  assert.equal(await total('BANK02', 'USD'), 0n)
  assert.equal(await total('BANK01', 'USD', new Date(Date.now() + 3_600_000)), 0n)
})
