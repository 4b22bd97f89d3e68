import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trouble } from '../kit/trouble.ts'
import { createPremiumLookUp } from './look-up.ts'
import {
  asDlis,
  asIngenium,
  policy,
  premium,
  sends,
  silent,
  systemAnswering,
  testTools,
  time,
} from './policy-system/test-systems.ts'
import type { Answer } from './policy-system/test-systems.ts'

const minutes = 60_000
const call = { correlationId: 'c-1' }
const notFound = sends(404, { error: 'NOT_FOUND' })
const down = sends(500, {})
const due = sends(200, policy('P123456789', premium))

/** Two systems whose answers may be changed on the way, and look-ups through both. */
async function lookUps(dlisFirst: Answer, ingeniumFirst: Answer = notFound) {
  const tools = testTools()
  const answers = { dlis: dlisFirst, ingenium: ingeniumFirst }
  const dlis = await systemAnswering('DLIS', asDlis, (...all) => answers.dlis(...all), tools)
  const ingenium = await systemAnswering('INGENIUM', asIngenium, (...all) => answers.ingenium(...all), tools)
  const lookUp = createPremiumLookUp([ingenium.biller, dlis.biller], { rememberMs: 15 * minutes }, tools)
  const counts = () => [dlis.requests.length, ingenium.requests.length]
  return { lookUp, answers, counts, tools, show: (number: string) => lookUp(number, { fresh: false, call }) }
}

const contract = (contractNo: string) =>
  sends(200, { contractNo, owner: { fullName: 'Chan Thy' }, billing: { due: 320, ccy: 'USD', dueOn: '2026-02-15' } })

test('P… is asked at DLIS, other numbers at Ingenium, in any case of letters', async () => {
  const { lookUp, counts, show } = await lookUps(due, contract('A10000001'))
  const premiumOf = await show('p123456789')
  assert.ok(premiumOf.state === 'due')
  assert.equal(premiumOf.premium.number, 'P123456789')
  assert.deepEqual(counts(), [1, 0])
  const application = await lookUp('a10000001', { fresh: true, call })
  assert.ok(application.state === 'due')
  assert.equal(application.premium.biller, 'INGENIUM')
  assert.deepEqual(counts(), [1, 1])
})

test('what one does not know, the other is asked', async () => {
  const { counts, show } = await lookUps(notFound, contract('P500000005'))
  const found = await show('P500000005')
  assert.ok(found.state === 'due')
  assert.equal(found.premium.biller, 'INGENIUM')
  assert.deepEqual(counts(), [1, 1])
  assert.equal((await (await lookUps(notFound)).show('P1')).state, 'not_found')
})

test('"nothing due" is an answer: the other is not asked', async () => {
  const { counts, show } = await lookUps(sends(200, policy('P300000003', null)), contract('P300000003'))
  assert.deepEqual(await show('P300000003'), { state: 'nothing_due', biller: 'DLIS', cached: false, stale: false })
  assert.deepEqual(counts(), [1, 0])
})

test('a system that is down says nothing, so the other is not believed in its place', async () => {
  const first = await lookUps(down, contract('P123456789'))
  await assert.rejects(first.show('P123456789'), Trouble)
  assert.equal(first.counts()[1], 0)
  const second = await lookUps(notFound, down)
  await assert.rejects(second.show('P123456789'), Trouble)
})

test('what is due is remembered for 15 minutes, and fresh asks all the same', async () => {
  const { lookUp, counts, show } = await lookUps(due)
  await show('P123456789')
  assert.deepEqual([(await show('P123456789')).cached, counts()[0]], [true, 1])
  const asked = await lookUp('P123456789', { fresh: true, call })
  assert.deepEqual([asked.cached, counts()[0]], [false, 2])
  time.shiftMs += 14.9 * minutes
  assert.equal((await show('P123456789')).cached, true)
  time.shiftMs += 0.2 * minutes
  assert.equal((await show('P123456789')).cached, false)
})

test('"not found" and "nothing due" are remembered for one minute', async () => {
  for (const answer of [notFound, sends(200, policy('P123456789', null))]) {
    const { answers, show } = await lookUps(answer)
    await show('P123456789')
    answers.dlis = due
    time.shiftMs += 0.9 * minutes
    assert.notEqual((await show('P123456789')).state, 'due')
    time.shiftMs += 0.2 * minutes
    assert.equal((await show('P123456789')).state, 'due')
  }
})

test('what a fresh look-up learned is shown from then on', async () => {
  const { lookUp, answers, show } = await lookUps(due)
  await show('P123456789')
  answers.dlis = sends(200, policy('P123456789', { ...premium, amount: '99.00' }))
  await lookUp('P123456789', { fresh: true, call })
  const shown = await show('P123456789')
  assert.ok(shown.state === 'due' && shown.cached)
  assert.equal(shown.premium.amount.amountMinor, 9_900n)
})

test('an old answer is shown, and marked, while the system is down, and never to fresh', async () => {
  const { lookUp, answers, show, tools } = await lookUps(due)
  await show('P123456789')
  answers.dlis = down
  time.shiftMs += 16 * minutes
  const old = await show('P123456789')
  assert.deepEqual([old.state, old.cached, old.stale], ['due', true, true])
  await assert.rejects(lookUp('P123456789', { fresh: true, call }), Trouble)
  assert.match(await tools.metrics.registry.metrics(), /hub_cache_lookups_total\{cache="premiums",result="stale"\} 1/)
})

test('an old "not found" is not shown while the system is down', async () => {
  const { answers, show } = await lookUps(notFound)
  await show('P123456789')
  answers.dlis = down
  time.shiftMs += 2 * minutes
  await assert.rejects(show('P123456789'), Trouble)
})

test('one look-up is in flight per number, shared by all who wait for it', async () => {
  const { counts, show } = await lookUps(due)
  const all = await Promise.all(Array.from({ length: 20 }, () => show('P123456789')))
  assert.ok(all.every((found) => found.state === 'due'))
  assert.deepEqual(counts(), [1, 0])
})

test('who has less time waits less, and the look-up goes on for the others', async () => {
  const held = Promise.withResolvers<void>()
  const { lookUp, show } = await lookUps((request, response, count) => {
    void held.promise.then(() => due(request, response, count))
  })
  const patient = show('P123456789')
  const hasty = lookUp('P123456789', { fresh: false, call: { ...call, deadlineMs: 30 } })
  await assert.rejects(hasty, (error) => error instanceof Trouble && error.kind === 'timeout')
  held.resolve()
  assert.equal((await patient).state, 'due')
})

test('a silent system is trouble within the deadline', async () => {
  const { lookUp } = await lookUps(silent)
  await assert.rejects(
    lookUp('P123456789', { fresh: true, call: { ...call, deadlineMs: 50 } }),
    (error) => error instanceof Trouble && error.kind === 'timeout',
  )
})
