import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type EmptyBooks, openBill, openBooks, sampleMessage } from '../../test/support/empty-books.ts'
import { claimWaiting, keepMessage, type Message, type WaitingMessage } from './inbox.ts'
import { type InboxOutcome, write } from './writes.ts'

for (const [what, body] of [
  ['JSON', Buffer.from('{"invoice_number":"150001","paid_amount":150.00}')],
  ['Khmer text', Buffer.from('{"payer":"សុខ"}')],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x80, 0x7d])],
  ['bytes of zero', Buffer.alloc(16)],
  ['nothing at all', Buffer.alloc(0)],
  ['64 KB of anything', randomBytes(65_536)],
] as const) {
  test(`a message of ${what} is kept byte by byte`, async (t) => {
    const { db, pool } = await openBooks(t)
    const kept = await keepMessage(db, sampleMessage({ body }))
    const { rows } = await pool.query('select body, outcome, decided_at from inbox where id = $1', [kept.inboxId])
    assert.ok(body.equals(rows[0].body))
    assert.deepEqual([rows[0].outcome, rows[0].decided_at], ['received', null])
  })
}

test('a message that cannot be read is kept all the same, and is nobody’s repetition', async (t) => {
  const { db } = await openBooks(t)
  const unreadable = { fingerprint: undefined, reference: undefined, contentType: undefined }
  const first = await keepMessage(db, sampleMessage(unreadable))
  await decide(db, first.inboxId)
  const second = await keepMessage(db, sampleMessage(unreadable))
  assert.deepEqual([second.earlier, second.payment], [undefined, undefined])
  assert.notEqual(second.inboxId, first.inboxId)
})

for (const [what, odd] of [
  ['a NUL character', '15\u00000001'],
  ['half of an emoji', '15\ud8340001'],
] as const) {
  test(`a message whose reference and fingerprint hold ${what} is kept`, async (t) => {
    const { db, pool } = await openBooks(t)
    const { inboxId } = await keepMessage(db, sampleMessage({ reference: odd, fingerprint: `of ${odd}` }))
    const { rows } = await pool.query('select reference, fingerprint from inbox where id = $1', [inboxId])
    assert.deepEqual(rows, [{ reference: '15\ufffd0001', fingerprint: 'of 15\ufffd0001' }])
    await decide(db, inboxId)
    assert.ok((await keepMessage(db, sampleMessage({ reference: odd, fingerprint: `of ${odd}` }))).earlier)
  })
}

test('what is known of the payment comes with the message, and nothing where the number is not ours', async (t) => {
  const books = await openBooks(t)
  const payment = await openBill(books)
  assert.deepEqual((await keepMessage(books.db, sampleMessage({ paymentNumber: payment.number }))).payment, payment)
  const unknown = sampleMessage({ paymentNumber: payment.number + 1_000 })
  assert.equal((await keepMessage(books.db, unknown)).payment, undefined)
})

test('the same message again learns what became of the first, once that is known', async (t) => {
  const { db } = await openBooks(t)
  const first = await keepMessage(db, sampleMessage())
  assert.equal((await keepMessage(db, sampleMessage())).earlier, undefined)
  await decide(db, first.inboxId, { outcome: 'applied', sentence: 'USD 150.00 applied.', answerStatus: 200 })
  const again = await keepMessage(db, sampleMessage())
  assert.ok(again.earlier)
  const { outcome, sentence, answerStatus } = again.earlier
  assert.deepEqual(
    { outcome, sentence, answerStatus },
    {
      ...{ outcome: 'applied', sentence: 'USD 150.00 applied.', answerStatus: 200 },
    },
  )
})

test('the first outcome is the answer, whatever later repetitions came to', async (t) => {
  const { db } = await openBooks(t)
  const first = await keepMessage(db, sampleMessage())
  const second = await keepMessage(db, sampleMessage())
  await decide(db, second.inboxId, { outcome: 'known', sentence: 'second', answerStatus: 200 })
  await decide(db, first.inboxId, { outcome: 'suspense', sentence: 'first', answerStatus: 400 })
  assert.equal((await keepMessage(db, sampleMessage())).earlier?.sentence, 'first')
})

test('a message that waits to be asked about has no outcome yet', async (t) => {
  const { db } = await openBooks(t)
  const first = await keepMessage(db, sampleMessage())
  await decide(db, first.inboxId, { outcome: 'waiting', answerStatus: 503, nextTryAt: new Date() })
  assert.equal((await keepMessage(db, sampleMessage())).earlier, undefined)
})

for (const [what, more] of [
  ['another bank', { bankCode: 'BANK02' }],
  ['another route', { route: 'bill' }],
  ['another fingerprint', { fingerprint: 'another notice' }],
] as const satisfies readonly (readonly [string, Partial<Message>])[]) {
  test(`a message of ${what} is not a repetition`, async (t) => {
    const { db } = await openBooks(t)
    await decide(db, (await keepMessage(db, sampleMessage())).inboxId)
    assert.equal((await keepMessage(db, sampleMessage(more))).earlier, undefined)
  })
}

test('messages that wait are claimed when their time has come, and those that a crash left, after 15 s', async (t) => {
  const { db } = await openBooks(t)
  const keep = async (secondsAgo: number) =>
    (await keepMessage(db, sampleMessage({ receivedAt: secondsFromNow(-secondsAgo) }))).inboxId
  const justCame = await keep(0)
  const leftByCrash = await keep(60)
  const due = await keep(300)
  await decide(db, due, { outcome: 'waiting', nextTryAt: secondsFromNow(-1) })
  const notYetDue = await keep(300)
  await decide(db, notYetDue, { outcome: 'waiting', nextTryAt: secondsFromNow(60) })
  const decided = await keep(300)
  await decide(db, decided)
  const claimed = (await claimWaiting(db, 20, 30)).map((message) => message.inboxId)
  assert.deepEqual(claimed.sort(), [leftByCrash, due].sort())
  assert.ok(!claimed.includes(justCame))
})

test('a claimed message is as it was kept, with how often it was tried', async (t) => {
  const { db } = await openBooks(t)
  const body = Buffer.from([0xff, 0x00, 0x7b])
  const receivedAt = new Date('2026-01-07T05:00:00.123Z')
  const { inboxId } = await keepMessage(db, sampleMessage({ body, receivedAt, contentType: undefined }))
  await decide(db, inboxId, { outcome: 'waiting', nextTryAt: receivedAt })
  const { paymentNumber: _, ...message } = sampleMessage({ body, receivedAt, contentType: undefined })
  assert.deepEqual(await claimWaiting(db, 1, 30), [{ ...message, inboxId, tries: 1 }])
})

test('a claim holds for its lease, and no longer', async (t) => {
  const { db } = await openBooks(t)
  await keepMessage(db, sampleMessage({ receivedAt: secondsFromNow(-60) }))
  assert.equal((await claimWaiting(db, 20, 30)).length, 1)
  assert.equal((await claimWaiting(db, 20, 30)).length, 0)
  await keepMessage(db, sampleMessage({ receivedAt: secondsFromNow(-60) }))
  assert.equal((await claimWaiting(db, 20, 0)).length, 1)
  assert.equal((await claimWaiting(db, 20, 30)).length, 1)
})

test('no claim takes more than it asked for, the longest waiting first', async (t) => {
  const books = await openBooks(t)
  const ids = await keepMany(books, 30)
  const claimed = await claimWaiting(books.db, 3, 30)
  assert.deepEqual(claimed.map((message) => message.inboxId).sort(byNumber), ids.slice(0, 3))
})

test('eight who claim at once never hold the same message, and together hold all', async (t) => {
  const books = await openBooks(t)
  const ids = await keepMany(books, 40)
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

async function keepMany({ db }: EmptyBooks, count: number): Promise<number[]> {
  const ids = []
  for (let i = 0; i < count; i += 1) {
    const receivedAt = secondsFromNow(-1_000 + i)
    ids.push((await keepMessage(db, sampleMessage({ fingerprint: `notice ${i}`, receivedAt }))).inboxId)
  }
  return ids
}

function byNumber(a: number, b: number): number {
  return a - b
}

function secondsFromNow(seconds: number): Date {
  return new Date(Date.now() + seconds * 1_000)
}

async function decide(db: EmptyBooks['db'], id: number, outcome: Partial<InboxOutcome> = {}): Promise<void> {
  await write(db, { inbox: [{ id, outcome: 'applied', sentence: 'Applied.', answerStatus: 200, ...outcome }] })
}
