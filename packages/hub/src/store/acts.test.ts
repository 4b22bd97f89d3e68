import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBill, openBooks, refusalOf } from '../../test/support/empty-books.ts'
import { held } from '../../test/support/sample-refunds.ts'
import { newId } from '../kit/ids.ts'
import { type Act, listActs, readAct, readListedAct } from './acts.ts'
import { Conflict } from './db.ts'
import type { ActWrite } from './postings.ts'
import { write } from './writes.ts'

type Money = { readonly suspenseId: number; readonly receiptId: number }
type Opening = NonNullable<ActWrite['open']>

const books = await openBooks({ after })
const money: Money = await held(books)

/** Writes an act off as asked for (or done), and answers its id. */
async function ask(open: Partial<Opening> = {}, status: ActWrite['status'] = 'requires_approval'): Promise<string> {
  const id = newId('act')
  const whole: Opening = {
    kind: 'write_off',
    ...money,
    paymentNumber: undefined,
    amountMinor: 9_000n,
    currency: 'USD',
    reason: 'Nobody claims it.',
    secondBecause: status === 'done' ? undefined : 'It is above the limit.',
    requestedBy: 'operator-1',
    ...open,
  }
  await write(books.db, { acts: [{ id, status, open: whole, actor: 'operator-1', correlationId: 'test-1' }] })
  return id
}

function decide(id: string, status: 'done' | 'rejected', actor = 'operator-2'): Promise<void> {
  return write(books.db, { acts: [{ id, status, because: 'I agree.', actor, correlationId: 'test-2' }] })
}

async function mustRead(id: string): Promise<Act> {
  const act = await readAct(books.db, id)
  assert.ok(act)
  return act
}

test('an act that is done at once was decided by who asked for it, for the same reason', async () => {
  const act = await mustRead(await ask({}, 'done'))
  const { requestedAt, decidedAt, id: _, ...rest } = act
  assert.ok(decidedAt && decidedAt.getTime() === requestedAt.getTime())
  assert.deepEqual(rest, {
    kind: 'write_off',
    ...money,
    paymentNumber: undefined,
    amountMinor: 9_000n,
    currency: 'USD',
    reason: 'Nobody claims it.',
    status: 'done',
    secondBecause: undefined,
    requestedBy: 'operator-1',
    decidedBy: 'operator-1',
    decidedBecause: 'Nobody claims it.',
  })
})

test('an act that waits was decided by nobody; who decides it, and why, is kept', async () => {
  const id = await ask()
  const waiting = await mustRead(id)
  assert.deepEqual([waiting.status, waiting.decidedBy, waiting.decidedAt], ['requires_approval', undefined, undefined])
  await decide(id, 'done')
  const done = await mustRead(id)
  assert.deepEqual([done.status, done.decidedBy, done.decidedBecause], ['done', 'operator-2', 'I agree.'])
  assert.equal(done.secondBecause, 'It is above the limit.')
})

test('who asked for an act that needs a second person may refuse it, and the database lets nobody agree to his own', async () => {
  const own = await ask()
  assert.equal((await refusalOf(decide(own, 'done', 'operator-1'))).code, '23514')
  assert.equal((await mustRead(own)).status, 'requires_approval')
  await decide(own, 'rejected', 'operator-1')
  assert.equal((await mustRead(own)).decidedBy, 'operator-1')
})

test('an act is decided once, whatever comes second', async () => {
  for (const [first, second] of [
    ['done', 'rejected'],
    ['rejected', 'done'],
    ['done', 'done'],
  ] as const) {
    const id = await ask()
    await decide(id, first)
    await assert.rejects(decide(id, second, 'operator-3'), Conflict)
    assert.deepEqual([(await mustRead(id)).status, (await mustRead(id)).decidedBy], [first, 'operator-2'])
  }
})

test('of 16 who decide at once one does', async () => {
  const id = await ask()
  const results = await Promise.allSettled(
    Array.from({ length: 16 }, (_, n) => decide(id, n % 2 === 0 ? 'done' : 'rejected', `operator-${n + 2}`)),
  )
  assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
  for (const one of results) if (one.status === 'rejected') assert.ok(one.reason instanceof Conflict)
})

test('an act of an unknown id is a conflict, and the same id again is one', async () => {
  await assert.rejects(decide(newId('act'), 'done'), Conflict)
  const id = await ask()
  const open: Opening = { ...(await mustRead(id)), amountMinor: 1n }
  const again = { id, status: 'requires_approval' as const, open, actor: 'operator-1', correlationId: 'test-1' }
  await assert.rejects(write(books.db, { acts: [again] }), Conflict)
  assert.equal((await mustRead(id)).amountMinor, 9_000n)
})

test('a conflict about an act leaves nothing of what was written with it', async () => {
  const audit = [{ actor: 'a test', action: 'a walk', object: 'act', correlationId: 'acts-conflict' }]
  const act = { id: newId('act'), status: 'done' as const, because: 'x', actor: 'operator-2', correlationId: 'x' }
  await assert.rejects(write(books.db, { acts: [act], audit }), Conflict)
  const { rows } = await books.pool.query(`select from audit where correlation_id = 'acts-conflict'`)
  assert.equal(rows.length, 0)
})

test('what was asked for never changes, and no act is taken away', async () => {
  const id = await ask()
  const changes = [
    'amount_minor = 1',
    `reason = 'Another.'`,
    `requested_by = 'operator-3'`,
    'second_because = null',
    `kind = 'apply', payment_number = 1`,
    `currency = 'KHR'`,
  ]
  for (const change of changes) {
    const refused = await refusalOf(books.pool.query(`update acts set ${change} where id = $1`, [id]))
    assert.equal(refused.code, '23001', change)
  }
  assert.equal((await refusalOf(books.pool.query('delete from acts where id = $1', [id]))).code, '23001')
  assert.equal((await refusalOf(books.pool.query('truncate acts'))).code, '23001')
  await decide(id, 'done')
  const undo = `update acts set status = 'requires_approval', decided_by = null, decided_because = null, decided_at = null where id = $1`
  assert.equal((await refusalOf(books.pool.query(undo, [id]))).code, '23001')
})

test('an act without an amount, an application without a payment and a write-off with one are refused', async () => {
  const { number } = await openBill(books)
  const wrong: Partial<Opening>[] = [
    { amountMinor: 0n },
    { amountMinor: -1n },
    { kind: 'apply' },
    { paymentNumber: number },
  ]
  for (const open of wrong) assert.equal((await refusalOf(ask(open))).code, '23514', JSON.stringify(Object.keys(open)))
  for (const open of [{ suspenseId: 999_999 }, { receiptId: 999_999 }, { kind: 'apply' as const, paymentNumber: 999 }])
    assert.equal((await refusalOf(ask(open))).code, '23503')
})

test('a list shows the newest first, filtered, cut into pages, each with the payment it settles', async () => {
  const own = await held(books)
  const payment = await openBill(books)
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const to = n % 2 === 0 ? { kind: 'apply' as const, paymentNumber: payment.number } : {}
    ids.unshift(await ask({ ...own, ...to, amountMinor: BigInt(n + 1) }))
  }
  await decide(ids[0] ?? '', 'rejected')
  const filter = { status: undefined, kind: undefined, suspenseId: own.suspenseId, before: undefined, most: 100 }
  const list = async (more: Partial<typeof filter> | object) =>
    (await listActs(books.db, { ...filter, ...more })).map((act) => act.id)
  assert.deepEqual(await list({}), ids)
  assert.deepEqual(await list({ most: 2 }), ids.slice(0, 2))
  assert.deepEqual(await list({ before: ids[1], most: 2 }), ids.slice(2, 4))
  assert.deepEqual(await list({ kind: 'apply' }), [ids[0], ids[2], ids[4]])
  assert.deepEqual(await list({ status: 'rejected' }), [ids[0]])
  assert.deepEqual(await list({ status: 'done' }), [])
  assert.equal((await readListedAct(books.db, ids[0] ?? ''))?.paymentId, payment.id)
  assert.equal((await readListedAct(books.db, ids[1] ?? ''))?.paymentId, undefined)
  assert.equal(await readListedAct(books.db, newId('act')), undefined)
  assert.equal(await readAct(books.db, newId('act')), undefined)
})
