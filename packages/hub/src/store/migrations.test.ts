import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  type EmptyBooks,
  complete,
  hold,
  keepOne,
  openBill,
  openBooks,
  refusalOf,
  sampleExchange,
  showCode,
} from '../../test/support/empty-books.ts'
import { usd } from '../../test/support/sample-payment.ts'
import { write } from './writes.ts'

// What the tables refuse, whoever asks: even a superuser, who would have to switch the guards off first.

const restrictViolation = '23001'
const checkViolation = '23514'
const uniqueViolation = '23505'

const books = await filledBooks()

test('rows that are evidence refuse every UPDATE, DELETE and TRUNCATE', async (t) => {
  for (const [table, column] of [
    ['payment_history', 'sentence'],
    ['receipts', 'amount_minor'],
    ['journals', 'memo'],
    ['entries', 'amount_minor'],
    ['applications', 'amount_minor'],
    ['events', 'type'],
    ['audit', 'reason'],
  ]) {
    for (const [act, statement] of [
      ['UPDATE', `update ${table} set ${column} = ${column}`],
      ['DELETE', `delete from ${table}`],
      ['TRUNCATE', `truncate ${table} cascade`],
    ] as const) {
      await t.test(statement, async () => {
        const { code, message } = await refusalOf(books.pool.query(statement))
        assert.equal(code, restrictViolation, message)
        assert.equal(message, `${act} on ${table} is refused: its rows are evidence; a correction is a new row`)
      })
    }
  }
})

test('payments, codes and messages are not deleted, and keep what they began with', async (t) => {
  for (const statement of [
    'delete from payments',
    'truncate payments cascade',
    'delete from attempts',
    'update payments set amount_minor = amount_minor + 1',
    `update payments set currency = 'KHR'`,
    `update payments set bill_number = 'P000000000'`,
    `update payments set bill_key = '2027-01-01'`,
    `update payments set biller = 'ANOTHER'`,
    'update payments set number = number + 1000',
    `update payments set id = id || 'x'`,
    `update payments set opened_at = opened_at + interval '1 second'`,
    `update inbox set body = '\\x00'`,
    `update inbox set bank_code = 'BANK02'`,
    `update inbox set received_at = now() + interval '1 second'`,
    `update inbox set content_type = null`,
    `update inbox set subject = 'somebody else'`,
    `update exchanges set answer_body = ''`,
  ]) {
    await t.test(statement, async () => {
      const { code, message } = await refusalOf(books.pool.query(statement))
      assert.equal(code, restrictViolation, message)
    })
  }
})

test('a payment does not leave completed, whoever asks', async () => {
  const { message } = await refusalOf(
    books.pool.query(`update payments set status = 'pending' where status = 'completed'`),
  )
  assert.match(message, /^payment \d+ cannot go from completed to pending$/)
})

test('entries that do not sum to zero per journal and currency are refused', async (t) => {
  const journal = '(select min(id) from journals)'
  for (const [values, code] of [
    [`(${journal}, 10, 'bank:BANK01', 'USD', 100)`, checkViolation],
    [`(${journal}, 10, 'bank:BANK01', 'USD', 100), (${journal}, 11, 'payable:premium', 'USD', -99)`, checkViolation],
    [`(${journal}, 10, 'bank:BANK01', 'USD', 100), (${journal}, 11, 'payable:premium', 'KHR', -100)`, checkViolation],
    [
      `(${journal}, 10, 'bank:BANK01', 'USD', 100), ((select max(id) from journals), 10, 'payable:premium', 'USD', -100)`,
      checkViolation,
    ],
    [`(${journal}, 10, 'bank:BANK01', 'USD', 0)`, checkViolation],
    [`(${journal}, 10, 'pocket:mine', 'USD', 1), (${journal}, 11, 'writeoff', 'USD', -1)`, checkViolation],
    [`(${journal}, 0, 'bank:BANK01', 'USD', 1), (${journal}, 11, 'writeoff', 'USD', -1)`, uniqueViolation],
  ] as const) {
    await t.test(values, async () => {
      const sql = `insert into entries (journal_id, line, account, currency, amount_minor) values ${values}`
      const refusal = await refusalOf(books.pool.query(sql))
      assert.equal(refusal.code, code, refusal.message)
    })
  }
})

test('a bill cannot have two open payments, nor two completed ones', async (t) => {
  const open = await openBill(books)
  const completed = await complete(books, await openBill(books))
  for (const { number, status } of [open, completed]) {
    await t.test(status, async () => {
      const { code } = await refusalOf(
        books.pool.query(
          `insert into payments (id, payable_kind, biller, bill_number, bill_key, amount_minor, currency, status, opened_at)
            select 'pay_planted', payable_kind, biller, bill_number, bill_key, 1, currency, status, opened_at
            from payments where number = $1`,
          [number],
        ),
      )
      assert.equal(code, uniqueViolation)
    })
  }
})

test('a payment cannot have two live codes at one bank', async () => {
  await showCode(books, await openBill(books))
  const { code } = await refusalOf(
    books.pool.query(`insert into attempts (payment_number, bank_code, merchant_account_id, reference, state, created_by, expires_at)
      select payment_number, bank_code, merchant_account_id, reference, 'creating', created_by, expires_at from attempts`),
  )
  assert.equal(code, uniqueViolation)
})

test('a receipt is of money that came in: nothing and less than nothing are refused', async () => {
  for (const amount of [0, -1]) {
    const { code } = await refusalOf(
      books.pool.query(`insert into receipts (bank_code, merchant_account_id, channel, bank_transaction_id, reference,
          amount_minor, currency, paid_at, proof)
        select bank_code, merchant_account_id, channel, 'TX-planted', reference, ${amount}, currency, paid_at, proof from receipts limit 1`),
    )
    assert.equal(code, checkViolation)
  }
})

test('a code is not called open without its text', async () => {
  await showCode(books, await openBill(books))
  const { code } = await refusalOf(books.pool.query('update attempts set qr_string = null'))
  assert.equal(code, checkViolation)
})

/** At least one row in every table that holds evidence. */
async function filledBooks(): Promise<EmptyBooks> {
  const books = await openBooks({ after })
  const payment = await complete(books, await showCode(books, await openBill(books)))
  await hold(books, await openBill(books), { amount: usd(1n) })
  const inboxId = await keepOne(books, payment)
  await write(books.db, {
    audit: [{ actor: 'a test', action: 'looked', object: 'nothing', correlationId: 'test-1' }],
    exchanges: [{ exchange: sampleExchange(), paymentNumber: payment.number, inboxId, correlationId: 'test-1' }],
  })
  return books
}
