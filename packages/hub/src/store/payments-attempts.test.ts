import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  accountId,
  complete,
  end,
  openBill,
  openBooks,
  readAgain,
  showCode,
  stepOf,
} from '../../test/support/empty-books.ts'
import { sampleCode } from '../../test/support/sample-code.ts'
import { minutesLater, openedAt } from '../../test/support/sample-payment.ts'
import type { Payment } from '../domain/payment.ts'
import { type AttemptOrder, openAttempt } from './payments.ts'
import { write } from './writes.ts'

const books = await openBooks({ after })

// openAttempt: one live code of a payment at a bank, and no new one before the bank was asked about the last.

test('the first to ask is given the right to ask the bank', async () => {
  const payment = await openBill(books)
  const answer = await openAttempt(books.db, orderFor(payment))
  assert.ok(answer.kind === 'reserved')
  assert.deepEqual(answer.payment.attempts, [
    {
      id: answer.attemptId,
      bankCode: 'BANK01',
      merchantAccountId: accountId(books, 'BANK01 USD'),
      reference: String(payment.number),
      state: 'creating',
      qrString: undefined,
      method: undefined,
      deeplink: undefined,
      createdBy: 'client sample',
      createdAt: openedAt,
      expiresAt: minutesLater(15),
    },
  ])
})

test('while the first asks the bank, the second is told to wait', async () => {
  const order = orderFor(await openBill(books))
  await openAttempt(books.db, order)
  assert.deepEqual(await openAttempt(books.db, order), { kind: 'busy' })
})

test('of 16 who ask at once one may ask the bank, and one attempt is live', async () => {
  const payment = await openBill(books)
  const order = orderFor(payment)
  const answers = await Promise.all(Array.from({ length: 16 }, () => openAttempt(books.db, order)))
  assert.deepEqual(answers.map(({ kind }) => kind).sort(), [...Array(15).fill('busy'), 'reserved'])
  assert.equal(await liveAttempts(payment), 1)
})

test('a code that is shown is the answer to everybody until it expires', async () => {
  const payment = await showCode(books, await openBill(books))
  const answer = await openAttempt(books.db, orderFor(payment, { at: new Date(minutesLater(15).getTime() - 1) }))
  assert.ok(answer.kind === 'live')
  assert.deepEqual(answer.attempt, payment.attempts[0])
  assert.deepEqual(answer.payment, payment)
})

test('after a code has expired the bank is asked about it before there is another', async () => {
  const payment = await showCode(books, await openBill(books))
  const lastAttemptId = payment.attempts[0]?.id
  const order = orderFor(payment, { at: minutesLater(15), expiresAt: minutesLater(30) })
  assert.deepEqual(await openAttempt(books.db, order), { kind: 'check_first', lastAttemptId })
  const answer = await openAttempt(books.db, { ...order, checkedUpTo: lastAttemptId })
  assert.ok(answer.kind === 'reserved')
  assert.deepEqual(
    answer.payment.attempts.map(({ id, state }) => [id, state]),
    [
      [lastAttemptId, 'closed'],
      [answer.attemptId, 'creating'],
    ],
  )
})

test('of 16 who checked an expired code one replaces it', async () => {
  const payment = await showCode(books, await openBill(books))
  const later = { at: minutesLater(16), expiresAt: minutesLater(31), checkedUpTo: payment.attempts[0]?.id }
  const order = orderFor(payment, later)
  const answers = await Promise.all(Array.from({ length: 16 }, () => openAttempt(books.db, order)))
  assert.deepEqual(answers.map(({ kind }) => kind).sort(), [...Array(15).fill('busy'), 'reserved'])
  assert.equal(await liveAttempts(payment), 1)
})

test('an attempt that a crash left behind is asked about before there is another', async () => {
  const order = orderFor(await openBill(books))
  const reserved = await openAttempt(books.db, order)
  assert.ok(reserved.kind === 'reserved')
  const later = { ...order, at: minutesLater(1), busySince: minutesLater(0.5) }
  assert.deepEqual(await openAttempt(books.db, later), { kind: 'check_first', lastAttemptId: reserved.attemptId })
  const replaced = await openAttempt(books.db, { ...later, checkedUpTo: reserved.attemptId })
  assert.ok(replaced.kind === 'reserved' && replaced.attemptId !== reserved.attemptId)
  assert.equal(await liveAttempts(replaced.payment), 1)
})

test('an attempt that was given up is asked about too: the bank may have made its code', async () => {
  const order = orderFor(await openBill(books))
  const reserved = await openAttempt(books.db, order)
  assert.ok(reserved.kind === 'reserved')
  const attempt = { id: reserved.attemptId, state: 'closed', closedBecause: 'the bank answered with a page' } as const
  await write(books.db, { steps: [stepOf(reserved.payment, { attempt })] })
  assert.deepEqual(await openAttempt(books.db, order), { kind: 'check_first', lastAttemptId: reserved.attemptId })
})

test('having checked an older attempt does not count for a newer one', async () => {
  const payment = await showCode(books, await openBill(books))
  const first = payment.attempts[0]?.id
  const later = { at: minutesLater(16), expiresAt: minutesLater(17), checkedUpTo: first }
  const second = await openAttempt(books.db, orderFor(payment, later))
  assert.ok(second.kind === 'reserved')
  const muchLater = { at: minutesLater(60), expiresAt: minutesLater(75), busySince: minutesLater(59) }
  assert.deepEqual(await openAttempt(books.db, orderFor(payment, { ...muchLater, checkedUpTo: first })), {
    kind: 'check_first',
    lastAttemptId: second.attemptId,
  })
})

test('a code at one bank is nothing to another bank', async () => {
  const payment = await showCode(books, await openBill(books))
  const elsewhere = { bankCode: 'BANK02', merchantAccountId: accountId(books, 'BANK02 USD') }
  assert.equal((await openAttempt(books.db, orderFor(payment, elsewhere))).kind, 'reserved')
  assert.equal(await liveAttempts(payment), 2)
})

test('a payment that is closed, or unknown, gets no attempt', async () => {
  const completed = await complete(books, await openBill(books))
  const cancelled = await end(books, await openBill(books), 'cancelled')
  const unknown = { ...completed, number: completed.number + 1_000 }
  for (const payment of [completed, cancelled, unknown]) {
    assert.deepEqual(await openAttempt(books.db, orderFor(payment)), { kind: 'not_open' })
    assert.equal(await liveAttempts(payment), 0)
  }
})

test('completing a payment closes its codes at every bank', async () => {
  const payment = await showCode(books, await openBill(books))
  const elsewhere = { bankCode: 'BANK02', merchantAccountId: accountId(books, 'BANK02 USD') }
  await openAttempt(books.db, orderFor(payment, elsewhere))
  const { attempts } = await complete(books, await readAgain(books, payment))
  assert.deepEqual(
    attempts.map(({ state }) => state),
    ['closed', 'closed'],
  )
  assert.equal(attempts[0]?.qrString, sampleCode(payment).qrString)
})

function orderFor(payment: Payment, more: Partial<AttemptOrder> = {}): AttemptOrder {
  return {
    paymentNumber: payment.number,
    bankCode: 'BANK01',
    merchantAccountId: accountId(books, 'BANK01 USD'),
    createdBy: 'client sample',
    at: openedAt,
    expiresAt: minutesLater(15),
    busySince: minutesLater(-1),
    checkedUpTo: undefined,
    reference: undefined,
    method: undefined,
    ...more,
  }
}

async function liveAttempts({ number }: { readonly number: number }): Promise<number> {
  const { rows } = await books.pool.query<{ count: number }>(
    `select count(*)::int as count from attempts where payment_number = $1 and state in ('creating', 'open')`,
    [number],
  )
  return rows[0]?.count ?? 0
}
