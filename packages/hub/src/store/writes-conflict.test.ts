import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  complete,
  completion,
  countRows,
  end,
  ending,
  eventsOf,
  keepOne,
  nextBill,
  openBill,
  openBooks,
  readAgain,
  receiptOf,
  refusalOf,
  showCode,
  stepOf,
} from '../../test/support/empty-books.ts'
import { sampleCode } from '../../test/support/sample-code.ts'
import { usd } from '../../test/support/sample-payment.ts'
import type { Payment } from '../domain/payment.ts'
import { statuses, transitions } from '../domain/transitions.ts'
import { Conflict } from './db.ts'
import { type Writes, write } from './writes.ts'

const books = await openBooks({ after })

// A write that may not be, and what it leaves behind: nothing.

test('a payment that has moved on since it was read is a Conflict', async () => {
  const asRead = await openBill(books)
  await showCode(books, asRead)
  const inboxId = await keepOne(books, asRead)
  await assertNothingIsLeft({
    steps: [completion(books, asRead)],
    inbox: [{ id: inboxId, outcome: 'applied', sentence: 'Applied.', answerStatus: 200 }],
    cases: [sampleCase],
    audit: [{ actor: 'a test', action: 'looked', object: 'nothing', correlationId: 'test-1' }],
  })
  const { rows } = await books.pool.query('select outcome, tries, decided_at from inbox where id = $1', [inboxId])
  assert.deepEqual(rows, [{ outcome: 'received', tries: 0, decided_at: null }])
  assert.equal((await readAgain(books, asRead)).status, 'processing')
})

test('a payment that does not exist is a Conflict', async () => {
  const payment = await openBill(books)
  await assertNothingIsLeft({ steps: [completion(books, { ...payment, number: payment.number + 1_000 })] })
})

test('a receipt key that is taken is a Conflict, under the same payment or another', async () => {
  const first = await complete(books, await openBill(books), { bankTransactionId: 'TX-taken' })
  const second = await openBill(books)
  await assertNothingIsLeft({ steps: [completion(books, second, { bankTransactionId: 'TX-taken' })] })
  const held = { kind: 'suspense', reason: 'duplicate_payment' } as const
  const again = receiptOf(books, first, { bankTransactionId: 'TX-taken' }, held)
  await assertNothingIsLeft({ steps: [stepOf(first, { receipts: [again] })] })
})

test('a receipt key is of one bank, account and channel: in another it is free', async () => {
  await complete(books, await openBill(books), { bankTransactionId: 'TX-same' })
  const others = [
    { channel: 'bill', proof: 'notice' },
    { bankCode: 'BANK02', merchantAccountId: books.accounts.get('BANK02 USD') ?? 0 },
    { merchantAccountId: books.accounts.get('BANK01 KHR') ?? 0 },
  ] as const
  for (const other of others) {
    const payment = await complete(books, await openBill(books), { bankTransactionId: 'TX-same', ...other })
    assert.equal(payment.status, 'completed')
  }
})

test('when the second step of a write cannot be, the first is not either', async () => {
  const [one, other] = [await openBill(books), await openBill(books)]
  await showCode(books, other)
  await assertNothingIsLeft({ steps: [completion(books, one), completion(books, other)] })
  assert.deepEqual(await readAgain(books, one), one)
})

test('of 16 who complete a payment at once one does, and the money is applied once', async () => {
  const payment = await showCode(books, await openBill(books))
  const outcomes = await Promise.allSettled(
    Array.from({ length: 16 }, () => write(books.db, { steps: [completion(books, payment)] })),
  )
  const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  assert.equal(failures.length, 15)
  assert.ok(failures.every((error) => error instanceof Conflict))
  assert.equal((await readAgain(books, payment)).receipts.length, 1)
})

test('of 16 who write about a payment in the same moment one does, and the others must read it again', async () => {
  for (const stepFor of [
    (payment: Payment, index: number) =>
      completion(books, payment, { bankTransactionId: `TX-${payment.number}-${index}` }),
    (payment: Payment) => stepOf(payment, { events: eventsOf(payment, ['khqr.generated-event']) }),
    (payment: Payment) => stepOf(payment),
  ]) {
    const payment = await openBill(books)
    const outcomes = await inTheSameMoment(payment, 16, (index) =>
      write(books.db, { steps: [stepFor(payment, index)] }),
    )
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    assert.equal(failures.length, 15)
    assert.ok(failures.every((error) => error instanceof Conflict))
    assert.equal((await readAgain(books, payment)).version, payment.version + 1)
  }
})

test('late money cannot complete a second payment of a bill: a Conflict', async () => {
  const bill = nextBill()
  const expired = await end(books, await openBill(books, bill), 'expired')
  await complete(books, await openBill(books, bill))
  await assertNothingIsLeft({ steps: [completion(books, expired)] })
})

test('a code that is no longer being made cannot be shown: a Conflict', async () => {
  const payment = await showCode(books, await openBill(books))
  const attempt = { id: payment.attempts[0]?.id ?? 0, state: 'open', qrString: 'another code' } as const
  await assertNothingIsLeft({ steps: [stepOf(payment, { attempt })] })
  assert.equal((await readAgain(books, payment)).attempts[0]?.qrString, sampleCode(payment).qrString)
})

test('a journal that does not balance is refused with everything around it', async () => {
  const payment = await openBill(books)
  const entries = [
    { account: 'bank:BANK01', currency: 'USD', amountMinor: 15_000n },
    { account: 'payable:premium', currency: 'USD', amountMinor: -14_999n },
  ]
  const before = await countRows(books)
  const refusal = await refusalOf(write(books.db, { steps: [completion(books, payment, { entries })] }))
  assert.match(refusal.message, /journal \d+ does not balance: 1 minor units of USD are left over/)
  assert.deepEqual(await countRows(books), before)
})

test('an event out of its sequence is refused with everything around it', async () => {
  const payment = await openBill(books)
  const events = eventsOf({ ...payment, eventSequence: 0 }, ['gateway.payment.verified'])
  const before = await countRows(books)
  await refusalOf(write(books.db, { steps: [stepOf(payment, { events })] }))
  assert.deepEqual(await countRows(books), before)
})

test('the database refuses every move that is not in the status table, and lets the others be', async () => {
  for (const from of statuses) {
    const allowed = Object.values(transitions[from])
    for (const to of statuses) {
      if (to === from) continue
      const payment = await inStatus(from)
      const step = to === 'completed' ? completion(books, payment) : stepOf(payment)
      const move = { to, evidence: 'receipt_applied', sentence: 'Moved.' } as const
      const moving = write(books.db, { steps: [{ ...step, move }] })
      if (allowed.includes(to)) {
        await moving
      } else {
        const { message } = await refusalOf(moving)
        assert.equal(message, `payment ${payment.number} cannot go from ${from} to ${to}`)
      }
    }
  }
})

async function inStatus(status: (typeof statuses)[number]) {
  const payment = await openBill(books)
  if (status === 'pending') return payment
  if (status === 'processing') return showCode(books, payment)
  if (status === 'completed') return complete(books, payment)
  await write(books.db, { steps: [ending(payment, status)] })
  return readAgain(books, payment)
}

/** Lets all of them begin before any can end: somebody else holds the payment until each waits for it. */
async function inTheSameMoment(payment: Payment, count: number, act: (index: number) => Promise<void>) {
  const holder = await books.pool.connect()
  await holder.query('begin')
  await holder.query('select from payments where number = $1 for update', [payment.number])
  const outcomes = Promise.allSettled(Array.from({ length: count }, (_, index) => act(index)))
  try {
    for (let looks = 0, waiting = 0; waiting < count; looks += 1) {
      assert.ok(looks < 20_000, `only ${waiting} of ${count} wait`)
      const { rows } = await books.pool.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      waiting = rows[0]?.count ?? 0
    }
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  return outcomes
}

async function assertNothingIsLeft(writes: Writes): Promise<void> {
  const before = await countRows(books)
  await assert.rejects(write(books.db, writes), Conflict)
  assert.deepEqual(await countRows(books), before)
}

const sampleCase = {
  kind: 'second_notice',
  dedupeKey: 'second_notice:BANK01:1',
  bankCode: 'BANK01',
  paymentNumber: undefined,
  inboxId: undefined,
  sentence: 'A second notice came.',
  evidence: { amount: usd(1n).amountMinor.toString() },
} as const
