import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { complete, openBill, readAgain } from '../../test/support/empty-books.ts'
import { type Relaying, startRelaying } from '../../test/support/relaying-hub.ts'
import { asIngenium } from '../billers/policy-system/test-systems.ts'

// What was credited and paid back is noted once in the policy system, after its credit, by the rules of crediting.

const settings = { 'allow-plain-http': true, ...asIngenium }
const world = await startRelaying({ after }, settings)
const { conduct } = world

beforeEach(async () => {
  Object.assign(conduct, {
    credit: 'as it should',
    find: 'as it should',
    note: 'as it should',
    findNote: 'as it should',
  })
  await world.tryAgain(3_600)
  world.calls.length = 0
})

test('a refund is noted once, after the credit of its payment', async () => {
  conduct.credit = 'refused'
  const payment = await world.paid()
  const refund = await world.refunded(payment)
  await world.tryAgain()
  await world.tryAgain()
  assert.deepEqual(new Set(world.calls), new Set([`credit ${payment.number}`]))
  conduct.credit = 'as it should'
  world.calls.length = 0
  await world.tryAgain()
  assert.deepEqual(world.calls, [`credit ${payment.number}`, `note ${refund}`])
  assert.deepEqual(await notesOf(world, refund), { state: 'noted', tries: 1, numbers: 1 })
  assert.equal(await due(world), 0)
})

test('two refunds of one payment are noted in their order', async () => {
  const payment = await world.paid()
  const refunds = [await world.refunded(payment), await world.refunded(payment, { amount: '25.00' })]
  await world.tryAgain()
  assert.deepEqual(
    world.calls.slice(1),
    refunds.map((id) => `note ${id}`),
  )
  const { rows } = await world.books.pool.query(
    'select amount_minor::text as minor, currency from credit_notes where payment_number = $1 order by refund_id',
    [payment.number],
  )
  assert.deepEqual(rows, [
    { minor: '5000', currency: 'USD' },
    { minor: '2500', currency: 'USD' },
  ])
})

test('a refund of money that was never credited is told to nobody', async () => {
  const payment = await world.paid()
  await world.tryAgain()
  world.calls.length = 0
  const refund = await world.refunded(payment, { of: 'suspense' })
  await world.tryAgain()
  assert.deepEqual(world.calls, [])
  assert.equal(await due(world), 0)
  assert.equal(await notesOf(world, refund), undefined)
})

test('a refund of a part of a payment that is not complete is told to nobody, and does not hold up its credit', async () => {
  const payment = await openBill(world.books)
  await world.refunded(payment)
  const now = await readAgain(world.books, payment)
  await complete(world.books, now)
  await world.tryAgain()
  assert.deepEqual(world.calls, [`credit ${payment.number}`])
  assert.equal(await due(world), 0)
})

test('a credit note whose answer was lost is found, and not sent again', async () => {
  conduct.note = 'lost'
  const refund = await world.refunded(await world.paid())
  await world.tryAgain()
  conduct.note = 'as it should'
  await world.tryAgain()
  assert.deepEqual(world.calls.slice(1), [`note ${refund}`, `find-note ${refund}`])
  assert.deepEqual(await notesOf(world, refund), { state: 'noted', tries: 1, numbers: 1 })
})

test('one that never arrived is sent again when "not noted" is old enough to be believed, and not before', async () => {
  conduct.note = 'away'
  const refund = await world.refunded(await world.paid())
  await world.tryAgain()
  conduct.note = 'as it should'
  await world.tryAgain(119)
  assert.equal(world.calls.filter((call) => call === `note ${refund}`).length, 1)
  await world.tryAgain(121)
  assert.deepEqual(await notesOf(world, refund), { state: 'noted', tries: 2, numbers: 1 })
})

test('one of which the system says "done" and then "not noted" is a case, and nothing is sent again', async () => {
  conduct.note = 'no number'
  const payment = await world.paid()
  const refund = await world.refunded(payment)
  await world.tryAgain()
  conduct.note = 'as it should'
  await world.tryAgain(3_600)
  await world.tryAgain(3_600)
  assert.equal(world.calls.filter((call) => call === `note ${refund}`).length, 1)
  assert.deepEqual(await casesOf(world, payment.number), ['credit_note_unknown'])
  world.booked.note.set(refund, ['BY-HAND', 'AGAIN-BY-HAND'])
  await world.tryAgain()
  assert.deepEqual(await casesOf(world, payment.number), ['credit_note_unknown', 'credit_noted_twice'])
  assert.equal(await due(world), 0)
})

test('a policy system that takes no credit notes leaves each refund to a person, and holds nothing up', async (t) => {
  const { 'credit-note': _note, 'find-credit-note': _find, ...without } = settings
  const other = await startRelaying(t, without)
  const payment = await other.paid()
  const refund = await other.refunded(payment)
  await other.tryAgain()
  assert.deepEqual(other.calls, [`credit ${payment.number}`])
  assert.deepEqual(await casesOf(other, payment.number), ['credit_note_by_hand'])
  assert.equal(await due(other), 0)
  assert.equal(await notesOf(other, refund), undefined)
})

test('a system that declares credit notes idempotent is told again, without being asked', async (t) => {
  const idempotent = { ...settings, 'credit-note': { ...settings['credit-note'], idempotent: true } }
  const other = await startRelaying(t, idempotent)
  other.conduct.note = 'away'
  const refund = await other.refunded(await other.paid())
  await other.tryAgain()
  other.conduct.note = 'as it should'
  await other.tryAgain()
  assert.ok(!other.calls.includes(`find-note ${refund}`))
  assert.equal((await notesOf(other, refund))?.state, 'noted')
})

test('an event of a kind that nobody takes is put off, and holds up no other payment', async () => {
  const payment = await world.paid()
  await world.tryAgain()
  await world.books.pool.query(
    `with e as (insert into events (id, type, payment_number, sequence, body, correlation_id, occurred_at)
        values ('evt_strange', 'sample.strange', $1, 100, '{}', 'c-1', now()) returning position)
      insert into event_deliveries (event_position, sink, payment_number, sequence) select position, 'integration', $1, 100 from e`,
    [payment.number],
  )
  const other = await world.paid()
  await world.tryAgain()
  assert.ok(world.calls.includes(`credit ${other.number}`))
  const { rows } = await world.books.pool.query(`select last_error from event_deliveries where state = 'due'`)
  assert.deepEqual(rows, [{ last_error: 'nobody here takes events of the type sample.strange' }])
})

async function notesOf({ books, booked }: Relaying, refund: string) {
  const { rows } = await books.pool.query('select state, tries from credit_notes where refund_id = $1', [refund])
  return rows[0] && { ...rows[0], numbers: booked.note.get(refund)?.length ?? 0 }
}

async function casesOf({ books }: Relaying, number: number): Promise<string[]> {
  const { rows } = await books.pool.query('select kind from cases where payment_number = $1 order by id', [number])
  return rows.map((row) => row.kind)
}

async function due({ books }: Relaying): Promise<number> {
  const { rows } = await books.pool.query(`select count(*)::int as count from event_deliveries where state = 'due'`)
  return rows[0].count
}
