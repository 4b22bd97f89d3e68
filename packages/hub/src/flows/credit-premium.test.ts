import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { startRelaying } from '../../test/support/relaying-hub.ts'
import { asIngenium } from '../billers/policy-system/test-systems.ts'
import { leastBelievedAfterS } from '../billers/policy-system/settings.ts'
import type { Payment } from '../domain/payment.ts'
import { setCheckpointHook } from '../kit/checkpoint.ts'
import { usualDeadlineMs } from '../kit/deadline.ts'
import { leaseS } from './relay.ts'
import { askInVainS, sendWithinMs } from './tell-once.ts'

// Clause 6, against a policy system that is not idempotent: after an unknown outcome it is asked first.

const world = await startRelaying({ after }, { 'allow-plain-http': true, ...asIngenium })
const { conduct } = world

beforeEach(async () => {
  Object.assign(conduct, {
    credit: 'as it should',
    find: 'as it should',
    note: 'as it should',
    findNote: 'as it should',
  })
  Object.assign(world.shift, { monotonic: 0, wall: 0 })
  await world.tryAgain(3_600)
  world.calls.length = 0
})

test('a sending may be believed not to have happened only when nothing of it can still be under way', () => {
  assert.ok(leastBelievedAfterS > leaseS + (sendWithinMs + usualDeadlineMs) / 1_000)
})

test('a premium is credited once, and nobody is asked before', async () => {
  const payment = await world.paid()
  await world.tryAgain()
  assert.deepEqual(world.calls, [`credit ${payment.number}`])
  assert.deepEqual(await creditOf(payment), { state: 'credited', tries: 1, biller_reference: only(payment) })
})

test('a credit whose answer was lost is found, and not sent again', async () => {
  conduct.credit = 'lost'
  const payment = await world.paid()
  await world.tryAgain()
  conduct.credit = 'as it should'
  await world.tryAgain()
  assert.deepEqual(world.calls, [`credit ${payment.number}`, `find-credit ${payment.number}`])
  assert.deepEqual(await creditOf(payment), { state: 'credited', tries: 1, biller_reference: only(payment) })
})

test('"not credited" is not believed 119 s after the sending, and is at 121 s', async () => {
  conduct.credit = 'away'
  const payment = await world.paid()
  await world.tryAgain()
  conduct.credit = 'as it should'
  await world.tryAgain(119)
  assert.deepEqual(sendings(payment), 1)
  await world.tryAgain(121)
  assert.deepEqual(sendings(payment), 2)
  assert.deepEqual(await creditOf(payment), { state: 'credited', tries: 2, biller_reference: only(payment) })
  assert.deepEqual(await casesOf(payment), [])
})

test('what the policy system refuses is sent again without asking: nothing was done', async () => {
  conduct.credit = 'refused'
  const payment = await world.paid()
  await world.tryAgain()
  conduct.credit = 'as it should'
  await world.tryAgain()
  assert.deepEqual(world.calls, [`credit ${payment.number}`, `credit ${payment.number}`])
  assert.equal((await creditOf(payment))['state'], 'credited')
})

for (const clock of ['monotonic', 'wall'] as const) {
  test(`a process that stops for 90 s, by its ${clock} clock, before the credit is written to its socket sends nothing`, async (t) => {
    t.after(() => setCheckpointHook(undefined))
    const payment = await world.paid()
    setCheckpointHook((name) => {
      if (name === 'credit-premium:before-send') world.shift[clock] = 90_000
    })
    await world.tryAgain()
    assert.deepEqual(world.calls, [])
    assert.equal((await creditOf(payment))['state'], 'not_sent')
    setCheckpointHook(undefined)
    await world.tryAgain()
    assert.deepEqual(world.calls, [`credit ${payment.number}`])
    assert.equal((await creditOf(payment))['state'], 'credited')
  })
}

test(`a look-up that fails for less than ${askInVainS} s is asked again, and for longer it is one case, and asked on`, async () => {
  conduct.credit = 'lost'
  conduct.find = 'away'
  const payment = await world.paid()
  await world.tryAgain()
  await world.tryAgain(askInVainS - 10)
  assert.deepEqual(await casesOf(payment), [])
  await world.tryAgain(askInVainS + 1)
  await world.tryAgain(askInVainS + 1)
  assert.deepEqual(await casesOf(payment), ['credit_unknown open'])
  const { rows } = await world.books.pool.query(
    `select c.evidence->'known'->>'state' as known, c.evidence->'lastAnswer'->>'operation' as asked,
        d.state, d.next_try_at > now() + interval '4 minutes' as slowly
      from cases c join event_deliveries d using (payment_number) where payment_number = $1 and d.sink = 'integration'`,
    [payment.number],
  )
  assert.deepEqual(rows, [{ known: 'sending', asked: 'find-credit', state: 'due', slowly: true }])
  conduct.find = 'as it should'
  // The breaker of the look-up, which failed so often, is closed by time.
  world.shift.monotonic = 60_000
  await world.tryAgain()
  assert.deepEqual(await creditOf(payment), { state: 'credited', tries: 1, biller_reference: only(payment) })
  assert.deepEqual(await casesOf(payment), ['credit_unknown open'])
})

test('a system that says "done" without a number and then "not credited" contradicts itself: a case, and nothing is sent', async () => {
  world.shift.monotonic = 120_000
  conduct.credit = 'no number'
  const payment = await world.paid()
  await world.tryAgain()
  conduct.credit = 'as it should'
  await world.tryAgain(3_600)
  await world.tryAgain(3_600)
  assert.equal(sendings(payment), 1)
  assert.deepEqual(await casesOf(payment), ['credit_unknown open'])
  // Somebody books it by hand, under our number: the look-up finds it.
  world.booked.credit.set(String(payment.number), ['BY-HAND'])
  await world.tryAgain()
  assert.deepEqual(await creditOf(payment), { state: 'credited', tries: 1, biller_reference: 'BY-HAND' })
})

test('a look-up that lists two credits of one payment is a case', async () => {
  conduct.credit = 'lost'
  const payment = await world.paid()
  await world.tryAgain()
  const first = only(payment)
  world.booked.credit.set(String(payment.number), [first, 'N-OTHER'])
  await world.tryAgain()
  assert.deepEqual(await casesOf(payment), ['credited_twice open'])
  assert.equal((await creditOf(payment))['biller_reference'], first)
})

test(`a system that is idempotent is told again without being asked, and is a case when it proves nothing for ${askInVainS} s`, async (t) => {
  const idempotent = { ...asIngenium, 'allow-plain-http': true, credit: { ...asIngenium.credit, idempotent: true } }
  const other = await startRelaying(t, idempotent)
  other.conduct.credit = 'no number'
  const payment = await other.paid()
  const kinds = async () =>
    (await other.books.pool.query('select kind from cases where payment_number = $1', [payment.number])).rows
  await other.tryAgain()
  await other.tryAgain(askInVainS - 10)
  assert.deepEqual(await kinds(), [])
  await other.tryAgain(askInVainS + 1)
  assert.deepEqual(await kinds(), [{ kind: 'credit_unknown' }])
  other.conduct.credit = 'as it should'
  await other.tryAgain()
  assert.deepEqual(new Set(other.calls), new Set([`credit ${payment.number}`]))
  const { rows } = await other.books.pool.query('select state from credits where payment_number = $1', [payment.number])
  assert.deepEqual(rows, [{ state: 'credited' }])
})

function sendings(payment: Payment): number {
  return world.calls.filter((call) => call === `credit ${payment.number}`).length
}

/** The one number the policy system has for this payment. */
function only(payment: Payment): string {
  const numbers = world.booked.credit.get(String(payment.number)) ?? []
  assert.equal(numbers.length, 1, `it was credited ${numbers.length} times`)
  return numbers[0] ?? ''
}

async function creditOf({ number }: Payment): Promise<Record<string, unknown>> {
  const { rows } = await world.books.pool.query(
    'select state, tries, biller_reference from credits where payment_number = $1',
    [number],
  )
  return rows[0]
}

async function casesOf({ number }: Payment): Promise<string[]> {
  const { rows } = await world.books.pool.query(
    `select kind || ' ' || state as shown from cases where payment_number = $1 order by id`,
    [number],
  )
  return rows.map((row) => row.shown)
}
