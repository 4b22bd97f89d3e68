import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EmptyBooks, accountId, complete, openBill, openBooks, readAgain } from '../../test/support/empty-books.ts'
import { stepOf } from '../../test/support/empty-books.ts'
import { checksOf, timePasses } from '../../test/support/schedule.ts'
import type { Payment } from '../domain/payment.ts'
import { claimChecks, claimUnused, type ClaimedCheck, type FinishedCheck, finishChecks } from './checks.ts'
import { checkLag, takeCheckToken, watchChecks } from './checks.ts'
import { openAttempt } from './payments.ts'
import { write } from './writes.ts'

const plenty = { perMinute: 600, burst: 1_000 }

/** Books in which every check is due: of `count` payments with a code at BANK01, made just now. */
async function dueChecks(t: { after(close: () => Promise<unknown>): void }, count: number) {
  const books = await openBooks(t)
  const payments = []
  for (let made = 0; made < count; made += 1) payments.push(await codeOf(books))
  return { books, payments }
}

async function codeOf(books: EmptyBooks, payment?: Payment): Promise<Payment> {
  const one = payment ?? (await openBill(books, { at: new Date() }))
  const at = new Date()
  const reserved = await openAttempt(books.db, {
    paymentNumber: one.number,
    bankCode: 'BANK01',
    merchantAccountId: accountId(books, 'BANK01 USD'),
    createdBy: 'client sample',
    at,
    expiresAt: new Date(at.getTime() + 900_000),
    busySince: at,
    checkedUpTo: Number.MAX_SAFE_INTEGER,
    reference: undefined,
    method: undefined,
    firstCheckAt: new Date(at.getTime() - 1_000),
  })
  assert.ok(reserved.kind === 'reserved', reserved.kind)
  return reserved.payment
}

function claim(books: EmptyBooks, most: number, budget = plenty): Promise<ClaimedCheck[]> {
  return claimChecks(books.db, { bankCode: 'BANK01', most, leaseS: 60, budget })
}

function finished(check: ClaimedCheck, more: Partial<FinishedCheck> = {}): FinishedCheck {
  const { paymentNumber, revision, claimedAt: at } = check
  const nextAt = new Date(at.getTime() + 5_000)
  const asked = { at, state: 'unpaid' as const, troubles: 0 }
  const rest = { watchedNextAt: nextAt, thin: false, closeUpTo: undefined }
  return { paymentNumber, bankCode: 'BANK01', revision, nextAt, asked, ...rest, ...more }
}

test('of eight who claim at once nobody gets a check that another has, and none is left', async (t) => {
  const { books, payments } = await dueChecks(t, 40)
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim(books, 16)))
  const numbers = claims.flat().map((check) => check.paymentNumber)
  assert.deepEqual(numbers.sort(), payments.map((payment) => payment.number).sort())
})

test('of eight who claim at once all together spend no more than the budget', async (t) => {
  const { books } = await dueChecks(t, 40)
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim(books, 16, { perMinute: 1, burst: 13 })))
  assert.equal(claims.flat().length, 13)
})

test('a budget fills up with time, no further than its burst', async (t) => {
  const { books } = await dueChecks(t, 20)
  const budget = { perMinute: 60, burst: 5 }
  assert.equal((await claim(books, 16, budget)).length, 5)
  await books.pool.query(`update check_budgets set filled_at = filled_at - interval '3 seconds'`)
  assert.equal((await claim(books, 16, budget)).length, 3)
  await books.pool.query(`update check_budgets set filled_at = filled_at - interval '1 hour'`)
  assert.equal((await claim(books, 16, budget)).length, 5)
})

test('a look by another flow is taken from the same budget', async (t) => {
  const { books } = await dueChecks(t, 3)
  const budget = { perMinute: 1, burst: 2 }
  assert.equal(await takeCheckToken(books.db, 'BANK01', budget), true)
  assert.equal((await claim(books, 16, budget)).length, 1)
  assert.equal(await takeCheckToken(books.db, 'BANK01', budget), false)
})

test('a claimed check is not claimed again before its lease ends, and then it is', async (t) => {
  const { books, payments } = await dueChecks(t, 1)
  assert.equal((await claim(books, 16)).length, 1)
  assert.deepEqual(await claim(books, 16), [])
  await books.pool.query(`update checks set claimed_until = now()`)
  const [again] = await claim(books, 16)
  assert.equal(again?.paymentNumber, payments[0]?.number)
})

test('the oldest is taken first, and what somebody watches before that', async (t) => {
  const { books, payments } = await dueChecks(t, 4)
  const [first, second, third, watched] = payments.map((payment) => payment.number)
  assert.ok(first && second && third && watched)
  for (const [number, secondsAgo] of [
    [second, 20],
    [first, 30],
    [third, 10],
  ]) {
    const sql = 'update checks set next_at = now() - make_interval(secs => $2) where payment_number = $1'
    await books.pool.query(sql, [number, secondsAgo])
  }
  // Not due for a minute, were it not for who looks.
  await books.pool.query(`update checks set next_at = now() + interval '1 minute' where payment_number = $1`, [watched])
  await watchChecks(books.db, watched, 30, 10)
  assert.deepEqual(
    (await claim(books, 2)).map((check) => check.paymentNumber),
    [watched, first],
  )
  assert.deepEqual(
    (await claim(books, 16)).map((check) => check.paymentNumber),
    [second, third],
  )
})

test('what was asked is written down, and due again at its next time', async (t) => {
  const { books, payments } = await dueChecks(t, 1)
  const number = payments[0]?.number ?? 0
  const [check] = await claim(books, 16)
  assert.ok(check)
  await finishChecks(books.db, [finished(check, { asked: { at: check.claimedAt, state: 'unknown', troubles: 4 } })])
  const [row] = await checksOf(books, number)
  assert.deepEqual([row?.asks, row?.state, row?.troubles], [1, 'unknown', 4])
  assert.deepEqual(await claim(books, 16), [], 'not yet')
  await timePasses(books, number, 1)
  assert.equal((await claim(books, 16))[0]?.troubles, 4)
})

test('a new code made while the bank was asked about the old one keeps its own schedule', async (t) => {
  const { books, payments } = await dueChecks(t, 1)
  const [check] = await claim(books, 16)
  assert.ok(check && payments[0])
  await codeOf(books, payments[0])
  await finishChecks(books.db, [finished(check, { nextAt: undefined, watchedNextAt: undefined })])
  const [again] = await claim(books, 16)
  assert.ok(again, 'it is still due')
  assert.equal(again.revision, check.revision + 1)
})

test('codes that expired unpaid are closed, younger ones not', async (t) => {
  const { books, payments } = await dueChecks(t, 2)
  const [old, young] = payments.map((payment) => payment.number)
  assert.ok(old && young)
  await timePasses(books, old, 18)
  const checks = await claim(books, 16)
  const upTo = new Date(Date.now() - 120_000)
  await finishChecks(
    books.db,
    checks.map((check) => finished(check, { closeUpTo: upTo })),
  )
  const { rows } = await books.pool.query('select payment_number::int as number, state, closed_because from attempts')
  assert.deepEqual(
    new Map(rows.map((row) => [row.number, [row.state, row.closed_because]])),
    new Map([
      [old, ['closed', 'expired; the bank says unpaid']],
      [young, ['creating', null]],
    ]),
  )
})

test('a payment completed since its check was planned costs no budget, and is only planned anew', async (t) => {
  const { books, payments } = await dueChecks(t, 1)
  const payment = payments[0]
  assert.ok(payment)
  await complete(books, payment)
  const [check] = await claim(books, 16, { perMinute: 1, burst: 0 })
  assert.deepEqual([check?.status, check?.payment], ['completed', undefined])
  assert.ok(check)
  await finishChecks(books.db, [finished(check, { asked: undefined, thin: true })])
  const [row] = await checksOf(books, payment.number)
  assert.deepEqual([row?.asks, row?.thin, row?.state], [0, true, null])
})

test('closing a payment starts the late watch in the same transaction, also when its code was done with', async (t) => {
  const { books, payments } = await dueChecks(t, 1)
  const payment = payments[0]
  assert.ok(payment)
  await timePasses(books, payment.number, 3 * 24 * 60)
  await books.pool.query('update checks set next_at = null, watched_next_at = null, thin = true')
  assert.deepEqual(await claim(books, 16), [])
  const move = { to: 'cancelled' as const, evidence: 'given_up' as const, sentence: 'a test' }
  await write(books.db, { steps: [stepOf(await readAgain(books, payment), { move })] })
  const [check] = await claim(books, 16)
  assert.equal(check?.status, 'cancelled')
  assert.ok(Math.abs((check?.endsAt.getTime() ?? 0) - Date.now()) < 60_000, 'it ends now, not when its code did')
})

test('watching is written down once in a while, and not for what is done with', async (t) => {
  const { books, payments } = await dueChecks(t, 2)
  const [open, done] = payments.map((payment) => payment.number)
  assert.ok(open && done)
  await books.pool.query('update checks set next_at = null, watched_next_at = null where payment_number = $1', [done])
  const until = async (number: number) => {
    const { rows } = await books.pool.query('select watched_until as at from checks where payment_number = $1', [
      number,
    ])
    return rows[0].at?.getTime() as number | undefined
  }
  await watchChecks(books.db, open, 30, 10)
  const first = await until(open)
  assert.ok(first)
  await watchChecks(books.db, open, 30, 10)
  assert.equal(await until(open), first)
  await watchChecks(books.db, done, 30, 10)
  assert.equal(await until(done), undefined)
})

test('the lag of a bank is the age of its oldest due check', async (t) => {
  const { books, payments } = await dueChecks(t, 2)
  await timePasses(books, payments[0]?.number ?? 0, 5)
  const [lag] = await checkLag(books.db)
  assert.deepEqual([lag?.bankCode, lag?.due], ['BANK01', 2])
  assert.ok((lag?.oldestS ?? 0) >= 300)
})

const hour = 3_600_000
const unused = { most: 8, unusedMs: 24 * hour, graceMs: 120_000, againS: 900 }

test('open payments are taken to be closed when nobody used them for a day, each once in a while', async (t) => {
  const books = await openBooks(t)
  const payment = await openBill(books, { at: new Date() })
  const numbers = async () => (await claimUnused(books.db, unused)).map(({ number }) => number)
  assert.deepEqual(await numbers(), [])
  await timePasses(books, payment.number, 24 * 60 + 1)
  assert.deepEqual(await numbers(), [payment.number])
  assert.deepEqual(await numbers(), [], 'others come first for a while')
  await books.pool.query('update payments set expiry_try_at = now()')
  const at = new Date()
  await codeOf(books, payment)
  assert.deepEqual(await numbers(), [], `a code was made at ${at.toISOString()}`)
})

test('among 10,000 open payments, all of them overdue, a claim reads hardly more than the few it takes', async (t) => {
  const books = await openBooks(t)
  await codeOf(books)
  const client = await books.pool.connect()
  try {
    await client.query(`set session_replication_role = 'replica'`)
    await client.query(
      `insert into checks (payment_number, bank_code, attempt_id, asked_from, ends_at, next_at, watched_next_at)
        select 1000000 + n, 'BANK01', n, now(), now(), now() - make_interval(secs => n), now() from generate_series(1, 10000) n`,
    )
    await client.query('analyze checks')
    await client.query('begin')
    await client.query(`select claim_checks('BANK01', 16, interval '60 seconds', 600, 100)`)
    const { rows } = await client.query(
      `select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'checks'`,
    )
    await client.query('rollback')
    assert.ok(rows[0].read > 0 && rows[0].read < 200, `${rows[0].read} rows were read for 16 checks`)
  } finally {
    await client.query('reset session_replication_role')
    client.release()
  }
})
