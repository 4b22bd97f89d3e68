import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { accountId, complete, openBill, openBooks, receiptOf, stepOf } from '../../test/support/empty-books.ts'
import { usd } from '../../test/support/sample-payment.ts'
import { OverLimit } from './db.ts'
import { findReceiptsElsewhere } from './receipts.ts'
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

test('a receipt by notice that would pass its bank’s limit of the day is not written, however many come at once', async () => {
  const noticeLimit = { perDayMinor: 30_000n, since: new Date(Date.now() - 3_600_000) }
  const payments = []
  for (let index = 0; index < 6; index += 1) payments.push(await openBill(books))
  const tried = await Promise.allSettled(
    payments.map((payment, index) => {
      const receipt = receiptOf(
        books,
        payment,
        { bankTransactionId: `TX-limit-${index}`, channel: 'bill', proof: 'notice', noticeLimit },
        { kind: 'applied', creditAccount: 'payable:premium' },
      )
      return write(books.db, { steps: [stepOf(payment, { receipts: [receipt] })] })
    }),
  )
  const refused = tried.filter((one) => one.status === 'rejected')
  assert.equal(tried.length - refused.length, 2, 'two of USD 150.00 fit into USD 300.00')
  assert.ok(refused.every((one) => one.status === 'rejected' && one.reason instanceof OverLimit))
})
