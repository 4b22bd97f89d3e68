import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { createCallBudget, type KeptCallBudget } from './call-budgets.ts'
import { openDatabase } from './db.ts'

const books = await openBooks({ after })
const setting = { perDay: 100, reserve: 20 }

/** Noon in Phnom Penh. */
const noon = new Date('2026-11-20T05:00:00Z')
const midnight = new Date('2026-11-20T17:00:00Z')
const minutes = (from: Date, count: number) => new Date(from.getTime() + count * 60_000)
const days = (from: Date, count: number) => minutes(from, count * 1_440)

let made = 0
/** A token that nobody used, and a clock that is set by hand. */
function fresh(at = noon, more: Partial<typeof setting> = {}) {
  made += 1
  const token = made.toString(16).padStart(16, '0')
  const clock = { at }
  const budget = createCallBudget(books.db, 'BANK01', { ...setting, ...more, now: () => clock.at })
  return { token, clock, budget }
}

/** Takes until one is refused; how many were granted. */
async function spend(
  budget: KeptCallBudget,
  token: string,
  kind: 'planned' | 'reserved',
  most = 1_000,
): Promise<number> {
  for (let taken = 0; taken < most; taken += 1) {
    if (!(await budget.take(token, kind)).granted) return taken
  }
  return most
}

test('a token that was never used has its whole allowance until midnight in Phnom Penh', async () => {
  const { budget, token } = fresh()
  assert.deepEqual(await budget.read(token), {
    perDay: 100,
    reserve: 20,
    spent: 0,
    left: 100,
    resetsAt: midnight,
    latched: false,
  })
})

test('planned calls end at the reserve, reserved ones at the allowance', async () => {
  const { budget, token } = fresh()
  assert.equal(await spend(budget, token, 'planned'), 80)
  assert.deepEqual(await budget.take(token, 'planned'), { granted: false, until: midnight })
  assert.equal(await spend(budget, token, 'reserved'), 20)
  assert.deepEqual(await budget.take(token, 'reserved'), { granted: false, until: midnight })
  assert.deepEqual(await budget.read(token), {
    perDay: 100,
    reserve: 20,
    spent: 100,
    left: 0,
    resetsAt: midnight,
    latched: false,
  })
})

test('of 64 takes at once by two processes exactly the allowance is granted', async (t) => {
  const other = openDatabase(books.address, { poolSize: 20, onError: () => {} })
  t.after(() => other.close())
  for (const [perDay, reserve, kind, granted] of [
    [40, 10, 'reserved', 40],
    [40, 10, 'planned', 30],
  ] as const) {
    const { budget, token } = fresh(noon, { perDay, reserve })
    const theirs = createCallBudget(other, 'BANK01', { perDay, reserve, now: () => noon })
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? budget : theirs).take(token, kind)),
    )
    assert.equal(answers.filter((answer) => answer.granted).length, granted, kind)
    assert.equal((await theirs.read(token)).spent, granted, kind)
  }
})

test('of planned and reserved takes at once the reserve is left to the reserved', async () => {
  const { budget, token } = fresh(noon, { perDay: 30, reserve: 10 })
  const kinds = Array.from({ length: 64 }, (_, index) => (index < 10 ? ('reserved' as const) : ('planned' as const)))
  const answers = await Promise.all(kinds.map(async (kind) => ({ kind, ...(await budget.take(token, kind)) })))
  assert.ok(answers.every(({ kind, granted }) => kind === 'planned' || granted))
  assert.equal((await budget.read(token)).spent <= 30, true)
})

test('tokens and banks are counted apart', async () => {
  const one = fresh()
  const another = fresh()
  const elsewhere = createCallBudget(books.db, 'BANK02', { ...setting, now: () => noon })
  await spend(one.budget, one.token, 'reserved')
  assert.equal((await one.budget.read(another.token)).left, 100)
  assert.equal((await elsewhere.read(one.token)).left, 100)
})

test('after a latch nothing is granted until the day is over, to anybody', async (t) => {
  const { budget, token, clock } = fresh()
  const other = openDatabase(books.address, { poolSize: 2, onError: () => {} })
  t.after(() => other.close())
  await spend(budget, token, 'reserved', 3)
  await budget.latch(token, undefined)
  for (const minute of [0, 1, 300, 719]) {
    clock.at = minutes(noon, minute)
    for (const kind of ['planned', 'reserved'] as const)
      assert.deepEqual(await budget.take(token, kind), { granted: false, until: midnight })
  }
  const theirs = createCallBudget(other, 'BANK01', { ...setting, now: () => clock.at })
  assert.deepEqual(await theirs.take(token, 'reserved'), { granted: false, until: midnight })
  const { spent, left, latched } = await budget.read(token)
  assert.deepEqual({ spent, left, latched }, { spent: 3, left: 0, latched: true })
})

test('the day is Phnom Penh’s: what was spent before midnight there is given back at midnight there', async () => {
  const { budget, token, clock } = fresh(minutes(midnight, -1))
  assert.equal(await spend(budget, token, 'reserved', 99), 99)
  clock.at = midnight
  assert.equal((await budget.read(token)).left, 100)
  assert.equal((await budget.read(token)).resetsAt.getTime(), days(midnight, 1).getTime())
  // Midnight in Greenwich is nothing to the bank.
  await spend(budget, token, 'reserved', 5)
  clock.at = new Date('2026-11-21T00:00:00Z')
  assert.equal((await budget.read(token)).spent, 5)
})

test('after a day that was refused or used up the next begins two minutes late, as the bank’s clock may be behind', async () => {
  for (const how of ['refused', 'used up'] as const) {
    const { budget, token, clock } = fresh(minutes(midnight, -1))
    if (how === 'refused') await budget.latch(token, undefined)
    else await spend(budget, token, 'reserved')
    clock.at = minutes(midnight, 1)
    assert.deepEqual(await budget.take(token, 'reserved'), { granted: false, until: minutes(midnight, 2) }, how)
    assert.equal((await budget.read(token)).left, 0, how)
    clock.at = minutes(midnight, 2)
    assert.deepEqual(await budget.take(token, 'reserved'), { granted: true }, how)
  }
})

test('a call of yesterday that is refused after midnight shuts yesterday, not the new day', async () => {
  const { budget, token, clock } = fresh(minutes(midnight, -1))
  await budget.take(token, 'reserved')
  clock.at = minutes(midnight, 1)
  await budget.latch(token, undefined)
  clock.at = minutes(midnight, 2)
  const { latched, spent } = await budget.read(token)
  assert.deepEqual({ latched, spent }, { latched: false, spent: 0 })
})

test('a smaller allowance than the setting is believed from the next day on; a larger one is not', async () => {
  const { budget, token, clock } = fresh()
  await spend(budget, token, 'reserved', 51)
  await budget.latch(token, 50)
  clock.at = days(noon, 1)
  assert.deepEqual(await budget.read(token), {
    perDay: 50,
    reserve: 10,
    spent: 0,
    left: 50,
    resetsAt: days(midnight, 1),
    latched: false,
  })
  assert.equal(await spend(budget, token, 'planned'), 40)
  assert.equal(await spend(budget, token, 'reserved'), 10)
  clock.at = days(noon, 31)
  assert.equal((await budget.read(token)).perDay, 100, 'after a month it is tried again')
  const larger = fresh()
  await spend(larger.budget, larger.token, 'reserved')
  await larger.budget.latch(larger.token, 500)
  larger.clock.at = days(noon, 1)
  // The last of our 100 was refused: somebody else made one.
  assert.equal((await larger.budget.read(larger.token)).perDay, 99)
})

test('an allowance that is none is not believed', async () => {
  for (const said of [0, -1, 1.5, Number.NaN, 1e12]) {
    const { budget, token, clock } = fresh()
    await spend(budget, token, 'reserved')
    await budget.latch(token, said)
    clock.at = days(noon, 2)
    assert.equal((await budget.read(token)).perDay, 99, String(said))
  }
})

test('what others spend with the token is learnt from an early refusal, used for a week, and tried again then', async () => {
  const { budget, token, clock } = fresh()
  await spend(budget, token, 'reserved', 70)
  await budget.latch(token, 100)
  for (const day of [1, 7]) {
    clock.at = days(noon, day)
    // 69 were answered, and the 70th was refused.
    assert.equal((await budget.read(token)).perDay, 69, `day ${day}`)
    assert.equal((await budget.read(token)).reserve, 13, `day ${day}`)
  }
  clock.at = days(noon, 8)
  assert.equal((await budget.read(token)).perDay, 100)
})

test('whatever others spend, half of the allowance is tried every day', async () => {
  const { budget, token, clock } = fresh()
  await budget.take(token, 'planned')
  await budget.latch(token, 99)
  clock.at = days(noon, 1)
  assert.equal((await budget.read(token)).perDay, 50)
})

test('a second refusal of the day changes nothing that the first has told', async () => {
  const { budget, token, clock } = fresh()
  await spend(budget, token, 'reserved', 70)
  await Promise.all(Array.from({ length: 8 }, () => budget.latch(token, 100)))
  clock.at = minutes(noon, 60)
  await budget.latch(token, undefined)
  clock.at = days(noon, 1)
  assert.equal((await budget.read(token)).perDay, 69)
})

test('a refusal of one token says nothing of another', async () => {
  const { budget, token, clock } = fresh()
  const next = fresh()
  await budget.latch(token, 10)
  assert.deepEqual(await budget.take(next.token, 'planned'), { granted: true })
  clock.at = days(noon, 1)
  assert.equal((await budget.read(next.token)).perDay, 100)
})

test('a take that is answered is counted for everybody, whatever becomes of who took it', async (t) => {
  const { budget, token } = fresh()
  const other = openDatabase(books.address, { poolSize: 1, onError: () => {} })
  t.after(() => other.close())
  const theirs = createCallBudget(other, 'BANK01', { ...setting, now: () => noon })
  for (const spent of [1, 2, 3]) {
    await budget.take(token, 'planned')
    assert.equal((await theirs.read(token)).spent, spent)
  }
})
