import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkInvariants, referenceWriters } from '../../src/flows/check-invariants.ts'
import { reaskMessages } from '../../src/flows/reask-messages.ts'
import { another, answerOf, type BankBooks, shown, type World } from '../support/callback-world.ts'
import { patiently, standing } from '../support/bad-day.ts'
import { eventually, startTestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'
import { movementOf, openEntrance, tellingPath, type TellingBank } from '../support/telling-bank.ts'
import { unguarded } from '../support/unguarded.ts'

const signed = { 'x-sample': 'signed' }

test('what a callback settles', async (t) => {
  const hub = await startTestHub(t)
  await restSchedule(hub)
  const books: BankBooks = { money: new Map(), away: false, doubts: false }
  const bank: TellingBank = {
    code: 'BANK77',
    accounts: { 'part-of-a': 'A-1', 'part-of-b': 'B-1' },
    says: (keys) => answerOf(books, keys),
  }
  const world = { hub, entrance: await openEntrance(t, hub, [bank]), books }

  await t.test('a callback has its bank asked at once, and what that lists settles the order', () => settles(world))
  await t.test(
    '[E88] a callback without money changes nothing, is asked about for 15 minutes, and then is a case',
    () => unproved(world),
  )
  await t.test('[E89] what its bank cannot see yet is asked about 1, 2, 4, 8, 15, 30 and 60 s after it came', () =>
    askedAgain(world),
  )
  await t.test('while the bank is away, or cannot say, a callback waits, and settles when it can', () => away(world))
  await t.test(
    '[E85] a forged one has a code of ours looked at sooner, once a minute, and settles nothing itself',
    () => hastened(world),
  )
  await t.test("[E86] on another account's path, signed by that account, it settles nothing, and is an event", () =>
    wrongMerchant(world),
  )
  await t.test('[E87] of a reference that we do not know: money is held as unknown_payment', () => unknownPaid(world))
  await t.test('[E87] of a reference that we do not know, without money: asked again for a minute, then a case', () =>
    unknownUnpaid(world, 'NEVER-OURS-2'),
  )
  await t.test('of a reference that we do not know, with money that was sent back since: nothing is booked', () => {
    const reference = 'NEVER-OURS-3'
    world.books.money.set(reference, [movementOf(reference, 700n, { isReturned: true })])
    return unknownUnpaid(world, reference)
  })
  await t.test('[E90] while its bank lists only another code of the payment, it waits for its own', () =>
    otherCode(world),
  )
  await t.test('after a look has settled the order, it is known, and nothing happens twice', () => afterLook(world))
  await t.test('eight different callbacks of one payment at once settle it once', () => burst(world))
  await t.test('every invariant holds after all of it', async () => {
    const writers = referenceWriters(hub.running.hub.banks)
    const broken = (await checkInvariants(hub.running.db, { writesReference: writers })).filter(
      (one) => one.violations.length > 0,
    )
    assert.deepEqual(broken, [])
  })
})
let count = 0

function tell({ entrance }: World, reference: string, more: { part?: string; headers?: Record<string, string> } = {}) {
  count += 1
  const { part = 'part-of-a', headers = signed } = more
  return entrance.send('POST', `${tellingPath}/${part}`, { body: `${reference}/${count}`, headers })
}

type Message = { readonly id: number; readonly outcome: string; readonly nextInS: number | null }

/** The messages about a reference, oldest first. `nextInS`: from when it came to when it is asked about next. */
async function messagesOf({ hub }: World, reference: string): Promise<Message[]> {
  const { rows } = await hub.pool.query<Message>(
    `select id, outcome, extract(epoch from next_try_at - received_at)::float8 as "nextInS" from inbox
      where reference = $1 order by id`,
    [reference],
  )
  return rows
}

function becomesOutcome(world: World, reference: string, outcome: string): Promise<unknown> {
  return patiently(`the message of ${reference} to be ${outcome}`, async () =>
    (await messagesOf(world, reference)).every((one) => one.outcome === outcome),
  )
}

/** So many seconds pass for the messages about a reference; then they are due, and the job comes by. */
async function secondsPass({ hub, entrance }: World, reference: string, seconds: number): Promise<void> {
  await unguarded(
    hub,
    `update inbox set received_at = now() - make_interval(secs => $2), next_try_at = now()
      where reference = $1 and decided_at is null`,
    [reference, seconds],
  )
  await reaskMessages(entrance.hub)
}

async function assertStanding(world: World, id: number, wanted: object): Promise<void> {
  const found = await standing(world.hub, id)
  assert.deepEqual(found, { status: 'completed', applied: 1, held: [], cases: [], ...wanted })
}

async function settles(world: World): Promise<void> {
  const code = await shown(world)
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  assert.equal((await tell(world, code.reference)).status, 200)
  await assertStanding(world, code.id, {})
  assert.deepEqual(
    (await messagesOf(world, code.reference)).map((one) => one.outcome),
    ['applied'],
  )
}

async function unproved(world: World): Promise<void> {
  const code = await shown(world)
  assert.equal((await tell(world, code.reference)).status, 200)
  await assertStanding(world, code.id, { status: 'processing', applied: 0 })
  await secondsPass(world, code.reference, 14 * 60)
  await patiently('another minute to be waited', async () => {
    const [message] = await messagesOf(world, code.reference)
    return message?.outcome === 'waiting' && Math.round(message.nextInS ?? 0) === 15 * 60
  })
  await secondsPass(world, code.reference, 15 * 60)
  await becomesOutcome(world, code.reference, 'case')
  await assertStanding(world, code.id, { status: 'processing', applied: 0, cases: ['unproved_notice'] })
}

async function askedAgain(world: World): Promise<void> {
  const code = await shown(world)
  await tell(world, code.reference)
  const [first] = await messagesOf(world, code.reference)
  assert.equal(first?.nextInS, 1)
  for (const [passed, next] of [
    [1.1, 2],
    [2.1, 4],
    [4.1, 8],
    [8.1, 15],
    [15.1, 30],
    [30.1, 60],
  ] as const) {
    await secondsPass(world, code.reference, passed)
    await patiently(`the look at ${next} s`, async () => {
      const [message] = await messagesOf(world, code.reference)
      return Math.round(message?.nextInS ?? 0) === next
    })
  }
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  await secondsPass(world, code.reference, 60)
  await becomesOutcome(world, code.reference, 'applied')
  await assertStanding(world, code.id, {})
}

async function away(world: World): Promise<void> {
  const { books } = world
  for (const trouble of ['away', 'doubts'] as const) {
    const code = await shown(world)
    books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
    books[trouble] = true
    assert.equal((await tell(world, code.reference)).status, 200)
    await assertStanding(world, code.id, { status: 'processing', applied: 0 })
    books[trouble] = false
    await secondsPass(world, code.reference, 2)
    await becomesOutcome(world, code.reference, 'applied')
    await assertStanding(world, code.id, {})
  }
}

async function hastened(world: World): Promise<void> {
  const { hub } = world
  const code = await shown(world)
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  const later = () =>
    hub.pool.query(`update checks set next_at = now() + interval '1 hour' where payment_number = $1`, [code.id])
  const isDue = async () => {
    const { rows } = await hub.pool.query('select next_at <= now() as due from checks where payment_number = $1', [
      code.id,
    ])
    return rows[0]?.due
  }
  for (const headers of [{}, { 'x-sample': 'forged' }]) {
    await later()
    assert.equal((await tell(world, code.reference, { headers })).status, 403)
    assert.equal(await isDue(), true)
  }
  await hub.pool.query('update checks set last_asked_at = now() where payment_number = $1', [code.id])
  await later()
  assert.equal((await tell(world, code.reference, { headers: { 'x-sample': 'forged' } })).status, 403)
  assert.equal(await isDue(), false)
  assert.deepEqual(await messagesOf(world, code.reference), [])
  await assertStanding(world, code.id, { status: 'processing', applied: 0 })
}

async function wrongMerchant(world: World): Promise<void> {
  const code = await shown(world)
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  assert.equal((await tell(world, code.reference, { part: 'part-of-b' })).status, 403)
  assert.deepEqual(await messagesOf(world, code.reference), [])
  await assertStanding(world, code.id, { status: 'processing', applied: 0 })
  await eventually('the event', async () => {
    const { rows } = await world.hub.pool.query(
      `select reason from audit where action = 'security.wrong_merchant' and reason like '%A-1%B-1%' or reason like '%B-1%A-1%'`,
    )
    return rows.length === 1
  })
  assert.equal((await tell(world, code.reference)).status, 200)
  await assertStanding(world, code.id, {})
}

async function unknownPaid(world: World): Promise<void> {
  const reference = 'NEVER-OURS-1'
  world.books.money.set(reference, [movementOf(reference, 700n)])
  assert.equal((await tell(world, reference)).status, 200)
  await becomesOutcome(world, reference, 'suspense')
  const { rows } = await world.hub.pool.query(
    `select s.reason, r.amount_minor::int as amount, r.payment_number from suspense s join receipts r on r.id = s.receipt_id
      where r.reference = $1`,
    [reference],
  )
  assert.deepEqual(rows, [{ reason: 'unknown_payment', amount: 700, payment_number: null }])
}

async function unknownUnpaid(world: World, reference: string): Promise<void> {
  assert.equal((await tell(world, reference)).status, 200)
  assert.deepEqual(
    (await messagesOf(world, reference)).map(({ outcome, nextInS }) => [outcome, nextInS]),
    [['waiting', 1]],
  )
  await secondsPass(world, reference, 61)
  await becomesOutcome(world, reference, 'case')
  const { rows } = await world.hub.pool.query(`select kind from cases where dedupe_key like $1`, [`%${reference}`])
  assert.deepEqual(rows, [{ kind: 'unknown_payment' }])
}

async function otherCode(world: World): Promise<void> {
  const first = await shown(world)
  await unguarded(world.hub, `update attempts set expires_at = now() - interval '1 second' where payment_number = $1`, [
    first.id,
  ])
  const second = await another(world.entrance, world.hub, first.uuid)
  assert.equal(second.id, first.id)
  assert.notEqual(second.reference, first.reference)
  world.books.money.set(first.reference, [movementOf(first.reference, 2_500n)])
  await tell(world, second.reference)
  await assertStanding(world, first.id, {})
  assert.deepEqual(
    (await messagesOf(world, second.reference)).map((one) => one.outcome),
    ['waiting'],
  )
  world.books.money.set(second.reference, [movementOf(second.reference, 2_500n)])
  await secondsPass(world, second.reference, 2)
  await becomesOutcome(world, second.reference, 'suspense')
  await assertStanding(world, first.id, { held: ['duplicate_payment'] })
}

async function afterLook(world: World): Promise<void> {
  const code = await shown(world)
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  await tell(world, code.reference)
  await tell(world, code.reference)
  assert.deepEqual(
    (await messagesOf(world, code.reference)).map((one) => one.outcome),
    ['applied', 'known'],
  )
  await assertStanding(world, code.id, {})
}

async function burst(world: World): Promise<void> {
  const code = await shown(world)
  world.books.money.set(code.reference, [movementOf(code.reference, 2_500n)])
  const told = await Promise.all(Array.from({ length: 8 }, () => tell(world, code.reference)))
  assert.deepEqual(
    told.map((one) => one.status),
    Array<number>(8).fill(200),
  )
  await patiently('all to be decided', async () =>
    (await messagesOf(world, code.reference)).every((one) => ['applied', 'known'].includes(one.outcome)),
  )
  await assertStanding(world, code.id, {})
}
