import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { openBill, openBooks, sampleMessage } from '../../test/support/empty-books.ts'
import { keepMessage, type Message } from './inbox.ts'
import { type InboxOutcome, write } from './writes.ts'

const books = await openBooks({ after })

for (const [what, body] of [
  ['JSON', Buffer.from('{"invoice_number":"150001","paid_amount":150.00}')],
  ['Khmer text', Buffer.from('{"payer":"សុខ"}')],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x80, 0x7d])],
  ['bytes of zero', Buffer.alloc(16)],
  ['nothing at all', Buffer.alloc(0)],
  ['64 KB of anything', randomBytes(65_536)],
] as const) {
  test(`a message of ${what} is kept byte by byte`, async () => {
    const kept = await keepMessage(books.db, sampleMessage({ body }))
    const { rows } = await books.pool.query('select body, outcome, decided_at from inbox where id = $1', [kept.inboxId])
    assert.ok(body.equals(rows[0].body))
    assert.deepEqual([rows[0].outcome, rows[0].decided_at], ['received', null])
  })
}

test('a message that cannot be read is kept all the same, and is nobody’s repetition', async () => {
  const unreadable = { fingerprint: undefined, reference: undefined, contentType: undefined }
  const first = await keepMessage(books.db, sampleMessage(unreadable))
  await decide(first.inboxId)
  const second = await keepMessage(books.db, sampleMessage(unreadable))
  assert.deepEqual([second.earlier, second.payment], [undefined, undefined])
  assert.notEqual(second.inboxId, first.inboxId)
})

for (const [what, odd] of [
  ['a NUL character', '15\u00000001'],
  ['half of an emoji', '15\ud8340001'],
] as const) {
  test(`a message whose reference and fingerprint hold ${what} is kept`, async () => {
    const { inboxId } = await keepMessage(books.db, sampleMessage({ reference: odd, fingerprint: `of ${odd}` }))
    const { rows } = await books.pool.query('select reference, fingerprint from inbox where id = $1', [inboxId])
    assert.deepEqual(rows, [{ reference: '15\ufffd0001', fingerprint: 'of 15\ufffd0001' }])
    await decide(inboxId)
    assert.ok((await keepMessage(books.db, sampleMessage({ reference: odd, fingerprint: `of ${odd}` }))).earlier)
  })
}

test('what is known of the payment comes with the message, and nothing where the number is not ours', async () => {
  const payment = await openBill(books)
  assert.deepEqual((await keepMessage(books.db, sampleMessage({ paymentNumber: payment.number }))).payment, payment)
  const unknown = sampleMessage({ paymentNumber: payment.number + 1_000 })
  assert.equal((await keepMessage(books.db, unknown)).payment, undefined)
})

test('the same message again learns what became of the first, once that is known', async ({ name: fingerprint }) => {
  const first = await keepMessage(books.db, sampleMessage({ fingerprint }))
  assert.equal((await keepMessage(books.db, sampleMessage({ fingerprint }))).earlier, undefined)
  await decide(first.inboxId, { outcome: 'applied', sentence: 'USD 150.00 applied.', answerStatus: 200 })
  const again = await keepMessage(books.db, sampleMessage({ fingerprint }))
  const applied = { outcome: 'applied', sentence: 'USD 150.00 applied.', answerStatus: 200 }
  assert.partialDeepStrictEqual(again.earlier, applied)
})

test('the first outcome is the answer, whatever later repetitions came to', async ({ name: fingerprint }) => {
  const first = await keepMessage(books.db, sampleMessage({ fingerprint }))
  const second = await keepMessage(books.db, sampleMessage({ fingerprint }))
  await decide(second.inboxId, { outcome: 'known', sentence: 'second', answerStatus: 200 })
  await decide(first.inboxId, { outcome: 'suspense', sentence: 'first', answerStatus: 400 })
  assert.equal((await keepMessage(books.db, sampleMessage({ fingerprint }))).earlier?.sentence, 'first')
})

test('a message that waits to be asked about has no outcome yet', async ({ name: fingerprint }) => {
  const first = await keepMessage(books.db, sampleMessage({ fingerprint }))
  await decide(first.inboxId, { outcome: 'waiting', answerStatus: 503, nextTryAt: new Date() })
  assert.equal((await keepMessage(books.db, sampleMessage({ fingerprint }))).earlier, undefined)
})

for (const [what, more] of [
  ['another bank', { bankCode: 'BANK02' }],
  ['another route', { route: 'bill' }],
  ['another fingerprint', { fingerprint: 'another notice' }],
] as const satisfies readonly (readonly [string, Partial<Message>])[]) {
  test(`a message of ${what} is not a repetition`, async ({ name: fingerprint }) => {
    await decide((await keepMessage(books.db, sampleMessage({ fingerprint }))).inboxId)
    assert.equal((await keepMessage(books.db, sampleMessage({ fingerprint, ...more }))).earlier, undefined)
  })
}

async function decide(id: number, outcome: Partial<InboxOutcome> = {}): Promise<void> {
  await write(books.db, { inbox: [{ id, outcome: 'applied', sentence: 'Applied.', answerStatus: 200, ...outcome }] })
}
