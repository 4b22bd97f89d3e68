import assert from 'node:assert/strict'
import { test } from 'node:test'
import { booksAgree } from '../support/books.ts'
import { operate } from '../support/operators.ts'
import { openProcessWorld, type ProcessWorld } from '../support/process-world.ts'
import {
  askRefund,
  bankSays,
  laterBy,
  lookedAtUntil,
  readShown,
  refundBecomes,
  refundIn,
  sentEarlier,
  type Settled,
  settled,
  timesAsked,
  wayOf,
} from '../support/refund-days.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'
import { unguarded } from '../support/unguarded.ts'

/** Where the hub may die while it refunds, who ends what it left, and how many askings of the bank are kept: the dead keep none. */
const points = [
  { point: 'request-refund:held', by: ['the job'], asked: 1 },
  { point: 'send-refund:before-ask', by: ['the job', "the caller's same request"], asked: 1 },
  { point: 'send-refund:after-ask', by: ['the job', "the caller's same request"], asked: 0 },
  { point: 'settle-refund:before-write', by: ["the caller's same request"], asked: 0 },
  { point: 'settle-refund:after-write', by: ['the job'], asked: 1 },
  { point: 'answer-once:reserved', by: ["the caller's same request"], asked: 1 },
  { point: 'answer-once:acted', by: ["the caller's same request"], asked: 1 },
] as const

test('kill -9 in the middle of a refund, and what is left of it is found and ended, once', async (t) => {
  const world = await openProcessWorld(t)
  for (const { point, by, asked } of points) {
    for (const who of by) {
      const ended = who === 'the job' ? endedByJob : endedByCaller
      await t.test(`[E70] at ${point}: ${who} ends it`, () => ended(world, point, asked))
    }
  }
  await t.test('[E70] two processes, the job and the caller at once end what a third one left', () => endedByAll(world))
  await t.test('[E71] while its bank is switched off and its account is inactive: refunds go on (clause 8)', () =>
    switchedOff(world),
  )
  await t.test('at decide-refund:before-write: the second operator agrees again, and it is sent once', () =>
    agreedAgain(world),
  )
  for (const point of ['settle-refund:before-write', 'settle-refund:after-write']) {
    await t.test(`at ${point} of a transfer that a person shows: it is shown again, and done once`, () =>
      shownAgain(world, point),
    )
    await t.test(`at ${point} of a refund that is called off: it is called off once`, () =>
      calledOffAgain(world, point),
    )
  }
})

let keys = 0
const newKey = () => `kill-${(keys += 1)}`

/** A payment that was settled by a hub that dies while it refunds it. */
async function dies(world: ProcessWorld, point: string): Promise<{ paid: Settled; key: string }> {
  await world.start(point)
  await restSchedule(world.hub)
  const paid = await settled(world.hub)
  const key = newKey()
  await assert.rejects(askRefund(world.hub, paid, { key }), 'nobody answers')
  await world.isDead()
  return { paid, key }
}

async function refundOf(hub: TestHub, paid: Settled): Promise<string> {
  const { rows } = await hub.pool.query('select id from refunds where payment_number = $1', [paid.id])
  assert.equal(rows.length, 1)
  return rows[0].id
}

/** The bank sent it back once, all books say so, and nothing is left to refund. */
async function isOnce(world: ProcessWorld, paid: Settled, refund: string): Promise<void> {
  const { refunds, refunded } = await bankSays(world.hub, paid.transaction)
  assert.deepEqual([refunded, refunds.map((one) => one.refundId)], ['25.00', [refund]])
  await booksAgree(world.hub)
  assert.equal((await askRefund(world.hub, paid)).status, 409)
}

async function endedByJob(world: ProcessWorld, point: string, asked: number): Promise<void> {
  const { paid } = await dies(world, point)
  const refund = await refundOf(world.hub, paid)
  await world.start()
  // The lease of the dead has ended, and so has the time in which the bank might still act.
  await laterBy(world.hub, refund, 130)
  await refundBecomes(world.hub, refund, 'succeeded')
  assert.equal(await timesAsked(world.hub, paid.id), asked)
  await isOnce(world, paid, refund)
}

/** The dead hub's reservation of the key has ended. */
async function keyIsFree(hub: TestHub, key: string): Promise<void> {
  await unguarded(hub, `update idempotency_keys set claimed_until = now() - interval '1 second' where key = $1`, [key])
}

async function endedByCaller(world: ProcessWorld, point: string, asked: number): Promise<void> {
  const { paid, key } = await dies(world, point)
  await world.start()
  await keyIsFree(world.hub, key)
  const left = await world.hub.pool.query('select id from refunds where payment_number = $1', [paid.id])
  for (const { id } of left.rows) await sentEarlier(world.hub, id, 130)
  const answer = await askRefund(world.hub, paid, { key })
  const refund = refundIn(answer)
  assert.equal(refund, await refundOf(world.hub, paid))
  await refundBecomes(world.hub, refund, 'succeeded')
  assert.equal(await timesAsked(world.hub, paid.id), asked)
  const again = await askRefund(world.hub, paid, { key })
  assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [answer.text, 'true'])
  await isOnce(world, paid, refund)
}

async function endedByAll(world: ProcessWorld): Promise<void> {
  const { paid, key } = await dies(world, 'send-refund:before-ask')
  const refund = await refundOf(world.hub, paid)
  const [stopSecond] = await Promise.all([world.startSecond(), world.start()])
  await keyIsFree(world.hub, key)
  await laterBy(world.hub, refund, 130)
  const callers = Promise.all(Array.from({ length: 4 }, () => askRefund(world.hub, paid, { key })))
  await lookedAtUntil(world.hub, refund, 'succeeded')
  for (const one of await callers) assert.ok([201, 409].includes(one.status), one.text)
  assert.equal(await timesAsked(world.hub, paid.id), 1)
  assert.deepEqual(await wayOf(world.hub, refund), ['requested', 'pending', 'processing', 'processing', 'succeeded'])
  await isOnce(world, paid, refund)
  await stopSecond()
}

async function switchedOff(world: ProcessWorld): Promise<void> {
  const { paid } = await dies(world, 'send-refund:before-ask')
  const refund = await refundOf(world.hub, paid)
  await world.hub.pool.query(`update banks set active = false where code = 'BANK01'`)
  await world.hub.pool.query(`update merchant_accounts set active = false where bank_code = 'BANK01'`)
  await world.start()
  const off = await world.hub.khqr('GET', `/khqr?bankCode=BANK01&billNumber=${await world.hub.bill()}`, {
    token: world.hub.token('khqr:create payments:read'),
  })
  assert.notEqual(off.status, 200, 'no new code is made')
  await laterBy(world.hub, refund, 130)
  await refundBecomes(world.hub, refund, 'succeeded')
  await isOnce(world, paid, refund)
  await world.hub.pool.query(`update banks set active = true where code = 'BANK01'`)
  await world.hub.pool.query(`update merchant_accounts set active = true where bank_code = 'BANK01'`)
}

/** The operator sends the same request again, once the dead hub's reservation of its key has ended. */
async function again(world: ProcessWorld, path: string, body: object, who: { key: string; operator: string }) {
  await world.start()
  await keyIsFree(world.hub, who.key)
  return operate(world.hub, path, body, who)
}

async function agreedAgain(world: ProcessWorld): Promise<void> {
  await world.start('decide-refund:before-write')
  const paid = await settled(world.hub, 'BANK01', { amount: '150.00' })
  const asked = await askRefund(world.hub, paid)
  assert.equal(asked.status, 202, asked.text)
  const refund = refundIn(asked)
  const who = { key: newKey(), operator: 'operator-2' }
  const path = `refunds/${refund}/approve`
  await assert.rejects(operate(world.hub, path, { reason: 'Agreed.' }, who))
  await world.isDead()
  const agreed = await again(world, path, { reason: 'Agreed.' }, who)
  assert.equal(agreed.status, 200, agreed.text)
  await refundBecomes(world.hub, refund, 'succeeded')
  assert.deepEqual(await wayOf(world.hub, refund), [
    'requested',
    'requires_approval',
    'pending',
    'processing',
    'succeeded',
  ])
  assert.equal((await bankSays(world.hub, paid.transaction)).refunds.length, 1)
  await booksAgree(world.hub)
}

/** A refund that waits for a person, of a hub that will die at this point. */
async function byHand(world: ProcessWorld, point: string): Promise<string> {
  await world.start(point)
  const asked = await askRefund(world.hub, await settled(world.hub, 'AMK'))
  assert.equal(asked.json['status'], 'requires_evidence', asked.text)
  return refundIn(asked)
}

async function endsSo(
  world: ProcessWorld,
  refund: string,
  deed: { readonly path: string; readonly body: object; readonly status: string },
): Promise<Answer> {
  const who = { key: newKey(), operator: 'operator-1' }
  await assert.rejects(operate(world.hub, deed.path, deed.body, who))
  await world.isDead()
  const done = await again(world, deed.path, deed.body, who)
  assert.equal(done.status, 200, done.text)
  assert.equal((await readShown(world.hub, refund))['status'], deed.status)
  const { rows } = await world.hub.pool.query('select action from audit where object = $1 order by id', [
    `refund ${refund}`,
  ])
  assert.deepEqual(
    rows.map((row) => row.action),
    ['refund.requested', `refund.${deed.status}`],
  )
  await booksAgree(world.hub)
  return done
}

async function shownAgain(world: ProcessWorld, point: string): Promise<void> {
  const refund = await byHand(world, point)
  const body = { bank_reference: 'TRF-1', paid_at: new Date().toISOString(), note: 'Sent by finance.' }
  const done = await endsSo(world, refund, { path: `refunds/${refund}/evidence`, body, status: 'succeeded' })
  assert.equal(done.json['bank_reference'], 'TRF-1')
}

async function calledOffAgain(world: ProcessWorld, point: string): Promise<void> {
  const refund = await byHand(world, point)
  await endsSo(world, refund, {
    path: `refunds/${refund}/cancel`,
    body: { reason: 'Not wanted.' },
    status: 'cancelled',
  })
}
