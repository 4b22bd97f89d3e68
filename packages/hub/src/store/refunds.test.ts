import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks, refusalOf } from '../../test/support/empty-books.ts'
import { again, held, moved, paid, paying, requested, undoing } from '../../test/support/sample-refunds.ts'
import { canMoveRefund, type RefundStatus, refundStatuses, refundTransitions } from '../domain/refund.ts'
import { newId } from '../kit/ids.ts'
import { Conflict } from './db.ts'
import { claimRefunds, postponeRefund, readRefund, type Refund } from './refunds.ts'

const books = await openBooks({ after })

const restrictViolation = '23001'
const checkViolation = '23514'
const uniqueViolation = '23505'

test("the database's table of moves is the code's", async () => {
  const { rows } = await books.pool.query('select from_status, to_status from refund_transitions order by 1, 2')
  const ours = refundStatuses.flatMap((from) =>
    refundTransitions[from].map((to) => ({ from_status: from, to_status: to })),
  )
  assert.deepEqual(
    rows,
    ours.sort((a, b) => (`${a.from_status} ${a.to_status}` < `${b.from_status} ${b.to_status}` ? -1 : 1)),
  )
})

/** Ways to each status that the table allows. */
const ways: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  requested: [],
  requires_approval: ['requires_approval'],
  pending: ['pending'],
  requires_evidence: ['requires_evidence'],
  processing: ['pending', 'processing'],
  succeeded: ['pending', 'processing', 'succeeded'],
  failed: ['pending', 'processing', 'failed'],
  cancelled: ['cancelled'],
}

async function refundThatIs(status: RefundStatus): Promise<Refund> {
  const { receiptId } = await paid(books)
  let refund = await requested(books, receiptId, 5_000n)
  for (const to of ways[status]) {
    const isEnd = refundTransitions[to].length === 0
    const how = !isEnd ? {} : to === 'succeeded' ? await paying(books, refund) : await undoing(books, refund)
    refund = await moved(books, refund, to, {}, how)
  }
  assert.equal(refund.status, status)
  return refund
}

for (const from of refundStatuses) {
  test(`a refund that is ${from} goes only where the table says, whoever asks`, async (t) => {
    const refund = await refundThatIs(from)
    for (const to of refundStatuses) {
      const isAllowed = canMoveRefund(from, to)
      await t.test(`${from} to ${to} is ${isAllowed ? 'let happen' : 'refused'}`, async () => {
        const sql = 'update refunds set status = $2, version = version + 1 where id = $1'
        const client = await books.pool.connect()
        try {
          await client.query('begin')
          if (isAllowed) return void (await client.query(sql, [refund.id, to]))
          const { code, message } = await refusalOf(client.query(sql, [refund.id, to]))
          assert.deepEqual([code, message], [restrictViolation, `refund ${refund.id} cannot go from ${from} to ${to}`])
        } finally {
          await client.query('rollback')
          client.release()
        }
      })
    }
  })
}

test('a status is not changed without a new version', async () => {
  const refund = await refundThatIs('requested')
  const { code } = await refusalOf(books.pool.query(`update refunds set status = 'pending' where id = $1`, [refund.id]))
  assert.equal(code, restrictViolation)
})

test('refunds and their history are not deleted, and keep what they were asked with', async (t) => {
  const { id } = await refundThatIs('succeeded')
  const { receiptId: other } = await paid(books)
  for (const statement of [
    `delete from refunds where id = '${id}'`,
    'truncate refunds cascade',
    'delete from refund_history',
    'truncate refund_history',
    `update refund_history set sentence = ''`,
    `update refunds set amount_minor = amount_minor + 1 where id = '${id}'`,
    `update refunds set amount_minor = amount_minor - 1 where id = '${id}'`,
    `update refunds set currency = 'KHR' where id = '${id}'`,
    `update refunds set receipt_id = ${other} where id = '${id}'`,
    `update refunds set payment_number = null where id = '${id}'`,
    `update refunds set mode = 'manual' where id = '${id}'`,
    `update refunds set reason = 'another' where id = '${id}'`,
    `update refunds set requested_by = 'operator-9' where id = '${id}'`,
    `update refunds set id = '${newId('rfd')}' where id = '${id}'`,
    `update refunds set bank_code = 'BANK02' where id = '${id}'`,
    `update refunds set needs_second = true where id = '${id}'`,
    `update refunds set correlation_id = 'another' where id = '${id}'`,
    `update refunds set created_at = now() + interval '1 second' where id = '${id}'`,
    `update refunds set bank_refund_id = 'BR-2' where id = '${id}'`,
    `update refunds set evidence = '{"bankReference":"BR-2"}' where id = '${id}'`,
    `update refunds set approved_by = 'operator-2' where id = '${id}'`,
    `update refunds set sent_at = now() where id = '${id}'`,
    `update refunds set finished_at = null where id = '${id}'`,
    `update refunds set sentence = 'Another story.' where id = '${id}'`,
  ]) {
    await t.test(statement.replace(id, 'rfd_…'), async () => {
      const { code, message } = await refusalOf(books.pool.query(statement))
      assert.equal(code, restrictViolation, message)
    })
  }
})

test('a refund that is under way is put off, and changes otherwise by a move only', async (t) => {
  const { id } = await refundThatIs('processing')
  await books.pool.query(
    `update refunds set next_try_at = now(), tries = tries + 1, sentence = 'Later.' where id = $1`,
    [id],
  )
  for (const set of [
    `sent_at = now() - interval '1 hour'`,
    'baseline_minor = 1',
    `bank_refund_id = 'BR-1'`,
    `approved_by = 'operator-2'`,
    `finished_at = now()`,
    `status = 'processing', version = version + 2`,
    `status = 'processing', version = version - 1`,
  ]) {
    await t.test(set, async () => {
      const { code } = await refusalOf(books.pool.query(`update refunds set ${set} where id = $1`, [id]))
      assert.equal(code, restrictViolation)
    })
  }
})

test('a refund begins as requested, of money that its receipt brought', async (t) => {
  const [one, other] = [await paid(books), await paid(books)]
  const money = await held(books)
  const plant = (columns: string, values: string) =>
    books.pool.query(`insert into refunds (id, receipt_id, amount_minor, mode, reason, sentence, requested_by, correlation_id,
        ${columns}) values ('${newId('rfd')}', ${one.receiptId}, 1, 'manual', 'A test.', 'A test.', 'operator-1', 'test-1', ${values})`)
  const of = `payment_number, bank_code, currency`
  const its = `${one.payment.number}, 'BANK01', 'USD'`
  for (const [columns, values, code] of [
    [`${of}, status`, `${its}, 'succeeded'`, restrictViolation],
    [`${of}, status`, `${its}, 'processing'`, restrictViolation],
    [`${of}, version`, `${its}, 2`, restrictViolation],
    [`${of}, approved_by`, `${its}, 'operator-2'`, restrictViolation],
    [`${of}, sent_at`, `${its}, now()`, restrictViolation],
    [of, `${one.payment.number}, 'BANK02', 'USD'`, checkViolation],
    [of, `${one.payment.number}, 'BANK01', 'KHR'`, checkViolation],
    [of, `${other.payment.number}, 'BANK01', 'USD'`, checkViolation],
    ['suspense_id, bank_code, currency', `${money.suspenseId}, 'BANK01', 'USD'`, checkViolation],
  ] as const) {
    await t.test(`${columns}: ${values}`, async () => {
      const refusal = await refusalOf(plant(columns, values))
      assert.equal(refusal.code, code, refusal.message)
    })
  }
})

test('who agreed to a refund stays, whatever becomes of it', async () => {
  const { receiptId } = await paid(books)
  const asked = await requested(books, receiptId, 5_000n, { needsSecond: true })
  const waiting = await moved(books, asked, 'requires_approval')
  const agreed = await moved(books, waiting, 'pending', { approvedBy: 'operator-2' })
  const refusal = await refusalOf(moved(books, agreed, 'processing', { approvedBy: 'operator-3' }))
  assert.equal(refusal.code, restrictViolation)
})

test('a refund is of something and of one thing', async () => {
  const { receiptId } = await paid(books)
  for (const amount of [0n, -1n]) {
    const { code } = await refusalOf(requested(books, receiptId, amount))
    assert.equal(code, checkViolation, String(amount))
  }
  const neither = await refusalOf(requested(books, receiptId, 1n, { paymentNumber: undefined }))
  assert.equal(neither.code, checkViolation)
})

test('two refunds of one receipt are never at the bank at the same time', async () => {
  const { receiptId } = await paid(books)
  const one = await moved(books, await requested(books, receiptId, 5_000n), 'pending')
  const two = await moved(books, await requested(books, receiptId, 5_000n), 'pending')
  await moved(books, one, 'processing')
  await assert.rejects(moved(books, two, 'processing'), Conflict)
  const { code } = await refusalOf(
    books.pool.query(`update refunds set status = 'processing', version = version + 1 where id = $1`, [two.id]),
  )
  assert.equal(code, uniqueViolation)
  assert.equal((await again(books, two.id)).status, 'pending')
})

test('a refund above the limit goes nowhere without a second operator, and never by agreement of the first', async () => {
  const { receiptId } = await paid(books)
  const asked = await requested(books, receiptId, 5_000n, { needsSecond: true })
  assert.equal((await refusalOf(moved(books, asked, 'pending'))).code, checkViolation)
  const waiting = await moved(books, asked, 'requires_approval')
  for (const to of ['pending', 'requires_evidence'] as const) {
    assert.equal((await refusalOf(moved(books, waiting, to))).code, checkViolation, to)
    assert.equal((await refusalOf(moved(books, waiting, to, { approvedBy: 'operator-1' }))).code, checkViolation, to)
  }
  assert.equal((await moved(books, waiting, 'pending', { approvedBy: 'operator-2' })).approvedBy, 'operator-2')
})

test('of writers who read the same version one moves the refund, and the others are told so', async () => {
  const refund = await refundThatIs('requested')
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => moved(books, refund, index % 2 === 0 ? 'pending' : 'requires_evidence')),
  )
  const lost = tries.filter((one) => one.status === 'rejected')
  assert.equal(lost.length, 7)
  assert.ok(lost.every((one) => one.reason instanceof Conflict))
  const { rows } = await books.pool.query('select count(*)::int as steps from refund_history where refund_id = $1', [
    refund.id,
  ])
  assert.equal(rows[0].steps, 2)
})

test('every move is in the history, with what it came from and who made it', async () => {
  const refund = await refundThatIs('succeeded')
  const { rows } = await books.pool.query(
    'select sequence, from_status, to_status, actor, correlation_id from refund_history where refund_id = $1 order by sequence',
    [refund.id],
  )
  const who = { actor: 'a test', correlation_id: 'test-1' }
  assert.deepEqual(rows, [
    { sequence: 1, from_status: null, to_status: 'requested', ...who },
    { sequence: 2, from_status: 'requested', to_status: 'pending', ...who },
    { sequence: 3, from_status: 'pending', to_status: 'processing', ...who },
    { sequence: 4, from_status: 'processing', to_status: 'succeeded', ...who },
  ])
  assert.equal(refund.version, 4)
  assert.ok(refund.finishedAt)
})

test('a resend counts as a try, and keeps the moment and the total of the last sending', async () => {
  const first = await refundThatIs('pending')
  const sent = await moved(books, first, 'processing', { sending: true, baselineMinor: 100n })
  const resent = await moved(books, sent, 'processing', { sending: true, baselineMinor: 300n })
  assert.deepEqual([sent.tries, resent.tries, sent.baselineMinor, resent.baselineMinor], [0, 1, 100n, 300n])
  assert.ok(sent.sentAt && resent.sentAt && sent.sentAt <= resent.sentAt)
  const ended = await moved(books, resent, 'succeeded', { bankRefundId: 'BR-1' }, await paying(books, resent))
  assert.deepEqual([ended.sentAt, ended.bankRefundId], [resent.sentAt, 'BR-1'])
})

test('due refunds are claimed by one of all who ask, and those that wait for a person by nobody', async () => {
  const statuses = ['requested', 'pending', 'processing', 'requires_approval', 'requires_evidence'] as const
  const refunds = await Promise.all(statuses.map(refundThatIs))
  const ids = refunds.map((refund) => refund.id)
  await books.pool.query(`update refunds set next_try_at = now() - interval '1 second' where id = any($1)`, [ids])
  const claims = await Promise.all(Array.from({ length: 6 }, () => claimRefunds(books.db, 10, 60)))
  const mine = claims.flat().filter((refund) => ids.includes(refund.id))
  assert.deepEqual(mine.map((refund) => refund.status).sort(), ['pending', 'processing', 'requested'])
  assert.deepEqual(await claimRefunds(books.db, 10, 60), [])
})

test('putting a refund off says why and counts the try; one that ended or waits for a person stays as it is', async () => {
  const due = await refundThatIs('pending')
  await postponeRefund(books.db, due.id, 60, 'The bank is away.')
  const put = await again(books, due.id)
  assert.deepEqual([put.sentence, put.tries, put.version], ['The bank is away.', 1, due.version])
  assert.ok(put.nextTryAt && put.nextTryAt.getTime() > Date.now() + 30_000)
  for (const status of ['succeeded', 'cancelled', 'requires_approval'] as const) {
    const refund = await refundThatIs(status)
    await postponeRefund(books.db, refund.id, 60, 'The bank is away.')
    assert.deepEqual(await again(books, refund.id), refund, status)
  }
})

test('a refund that nobody asked for is not found', async () => {
  assert.equal(await readRefund(books.db, newId('rfd')), undefined)
})
