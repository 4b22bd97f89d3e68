import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { openBooks, sampleMessage } from '../../test/support/empty-books.ts'
import { openDatabase } from './db.ts'
import { claimWaiting, keepMessage, type WaitingMessage } from './inbox.ts'
import { type InboxOutcome, write } from './writes.ts'

// claimWaiting: which kept messages a job is given, and that nobody else is given them.

const books = await openBooks({ after })

beforeEach(async () => {
  await books.pool.query('update inbox set decided_at = now() where decided_at is null')
})

test('messages that wait are claimed when their time has come, and those that a crash left, after 15 s', async () => {
  const keep = async (secondsAgo: number) =>
    (await keepMessage(books.db, sampleMessage({ receivedAt: secondsFromNow(-secondsAgo) }))).inboxId
  const justCame = await keep(0)
  const leftByCrash = await keep(60)
  const due = await keep(300)
  await decide(due, { outcome: 'waiting', nextTryAt: secondsFromNow(-1) })
  const notYetDue = await keep(300)
  await decide(notYetDue, { outcome: 'waiting', nextTryAt: secondsFromNow(60) })
  const decided = await keep(300)
  await decide(decided)
  const claimed = (await claimWaiting(books.db, 20, 30)).map((message) => message.inboxId)
  assert.deepEqual(claimed.sort(), [leftByCrash, due].sort())
  assert.ok(!claimed.includes(justCame))
})

test('a claimed message is as it was kept, with how often it was tried', async () => {
  const body = Buffer.from([0xff, 0x00, 0x7b])
  const receivedAt = new Date('2026-01-07T05:00:00.123Z')
  const { inboxId } = await keepMessage(books.db, sampleMessage({ body, receivedAt, contentType: undefined }))
  await decide(inboxId, { outcome: 'waiting', nextTryAt: receivedAt })
  const { paymentNumber: _, ...message } = sampleMessage({ body, receivedAt, contentType: undefined })
  assert.deepEqual(await claimWaiting(books.db, 1, 30), [{ ...message, inboxId, tries: 1, accountNumber: undefined }])
})

test('a claim holds for its lease, and no longer', async () => {
  await keepMessage(books.db, sampleMessage({ receivedAt: secondsFromNow(-60) }))
  assert.equal((await claimWaiting(books.db, 20, 30)).length, 1)
  assert.equal((await claimWaiting(books.db, 20, 30)).length, 0)
  await keepMessage(books.db, sampleMessage({ receivedAt: secondsFromNow(-60) }))
  assert.equal((await claimWaiting(books.db, 20, 0)).length, 1)
  assert.equal((await claimWaiting(books.db, 20, 30)).length, 1)
})

test('no claim takes more than it asked for, the longest waiting first', async () => {
  const ids = await keepMany(30)
  const claimed = await claimWaiting(books.db, 3, 30)
  assert.deepEqual(claimed.map((message) => message.inboxId).sort(byNumber), ids.slice(0, 3))
})

test('no claim takes more than it asked for, though it was planned while nothing waited', async (t) => {
  const { address, pool } = await testDatabase(t)
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  await pool.query('analyze inbox')
  // PostgreSQL settles on one plan for a prepared statement after it was run five times.
  for (let i = 0; i < 6; i += 1) assert.deepEqual(await claimWaiting(db, 3, 30), [])
  for (let i = 0; i < 10; i += 1) await keepMessage(db, sampleMessage({ receivedAt: secondsFromNow(-60) }))
  assert.equal((await claimWaiting(db, 3, 30)).length, 3)
})

test('eight who claim at once never hold the same message, and together hold all', async () => {
  const ids = await keepMany(40)
  const claims: WaitingMessage[][] = []
  while (claims.flat().length < ids.length) {
    const round = await Promise.all(Array.from({ length: 8 }, () => claimWaiting(books.db, 5, 30)))
    assert.ok(round.flat().length > 0, 'some are claimed by nobody')
    for (const claim of round) assert.ok(claim.length <= 5, `one claim took ${claim.length}`)
    claims.push(...round)
  }
  assert.deepEqual(
    claims
      .flat()
      .map((message) => message.inboxId)
      .sort(byNumber),
    ids,
  )
})

async function keepMany(count: number): Promise<number[]> {
  const ids = []
  for (let i = 0; i < count; i += 1) {
    const receivedAt = secondsFromNow(-1_000 + i)
    ids.push((await keepMessage(books.db, sampleMessage({ fingerprint: `notice ${i}`, receivedAt }))).inboxId)
  }
  return ids
}

function byNumber(a: number, b: number): number {
  return a - b
}

function secondsFromNow(seconds: number): Date {
  return new Date(Date.now() + seconds * 1_000)
}

async function decide(id: number, outcome: Partial<InboxOutcome> = {}): Promise<void> {
  await write(books.db, { inbox: [{ id, outcome: 'applied', sentence: 'Applied.', answerStatus: 200, ...outcome }] })
}
