import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { completion, eventsOf, openBill, openBooks, readAgain } from '../../test/support/empty-books.ts'
import type { Payment } from '../domain/payment.ts'
import { setCheckpointHook } from '../kit/checkpoint.ts'
import { systemClock } from '../kit/clock.ts'
import { createHttpClient } from '../kit/http-client.ts'
import { createLog } from '../kit/log.ts'
import { createMetrics } from '../kit/metrics.ts'
import { startLocalServer } from '../kit/test-local-server.ts'
import { createMessengers } from '../messengers/registry.ts'
import { write } from '../store/writes.ts'
import { customerReceiptLink } from './customer-receipt-link.ts'
import type { Hub } from './hub.ts'
import { sendMessages } from './send-messages.ts'
import { tellCustomers } from './tell-customer.ts'

// One receipt, one note and one message per payment and channel, whatever is interrupted.

const books = await openBooks({ after })
const answers = { status: 200 }
const operator = await startLocalServer((_request, response) => void response.writeHead(answers.status).end())
const http = createHttpClient(systemClock)
after(async () => {
  await http.close()
  await operator.close()
})
const log = createLog({ level: 'silent', pretty: false })
const metrics = createMetrics()
const webhook = { url: operator.url, secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }
const known: Partial<Hub> = {
  db: books.db,
  clock: systemClock,
  log,
  metrics,
  receiptLinkOf: (number, mac) => `https://pay.example/receipt/${number}/${mac}`,
  messengers: createMessengers(
    { smtp: undefined, telegram: undefined, webhook },
    { http, clock: systemClock, metrics, log, sandbox: true },
  ),
}
// Telling customers needs no more of the flows' world than this.
const hub = known as Hub

for (const point of ['tell-customer:claimed', 'tell-customer:before-issue', 'tell-customer:after-issue']) {
  test(`stopped at ${point}, the next try ends with one receipt, one note, one message`, async () => {
    const payment = await paid()
    setCheckpointHook((name) => {
      if (name === point) throw new Error('stopped')
    })
    await assert.rejects(tellCustomers(hub), /stopped/)
    setCheckpointHook(undefined)
    const before = await told(payment)
    assert.equal(before.length, point.endsWith('after-issue') ? 3 : 0)
    await tryAgain()
    const now = await told(payment)
    assert.deepEqual(
      now.map((line) => line.split(' ')[0]),
      ['message', 'note', 'receipt'],
    )
    if (before.length > 0) assert.deepEqual(now, before)
    assert.equal(await dueOf(payment), 0)
  })
}

test('eight who ask for the link while the customer is told get the same one', async () => {
  const payment = await paid()
  const asked = Array.from({ length: 8 }, () => customerReceiptLink(hub, payment))
  const [, ...links] = await Promise.all([tellCustomers(hub), ...asked])
  assert.equal(new Set(links).size, 1)
  assert.match(String(links[0]), /\/receipt\/R-\d{6}\/[\w-]{43}$/)
  assert.equal((await told(payment)).filter((line) => line.startsWith('receipt')).length, 1)
})

test('an open payment has no receipt', async () => {
  assert.equal(await customerReceiptLink(hub, await openBill(books)), undefined)
})

test('what the version before has noted is not noted again, and its receipt and message follow', async () => {
  const payment = await paid(['integration'])
  await books.pool.query(`insert into notifications values ($1, 'journal', 's***@***', 'Before.', 'មុន។')`, [
    payment.number,
  ])
  await tryAgain()
  const lines = await told(payment)
  assert.ok(lines.includes('note Before.'), lines.join('\n'))
  assert.equal(lines.length, 3)
})

test('a success without money in the books is put off, and others are told meanwhile', async () => {
  const damaged = await paid()
  await books.pool.query('alter table applications disable trigger applications_keep')
  await books.pool.query('delete from applications where payment_number = $1', [damaged.number])
  const payment = await paid()
  await tryAgain()
  assert.equal((await told(payment)).length, 3)
  assert.deepEqual(await told(damaged), [])
  assert.equal(await dueOf(damaged), 1)
})

test('a message that may have been taken is sent again under the same id, with the same link', async () => {
  const payment = await paid()
  await tryAgain()
  const { id } = await messageOf(payment)
  for (const status of [500, 200]) {
    answers.status = status
    await books.pool.query(`update customer_messages set next_try_at = now() where id = $1`, [id])
    while ((await sendMessages(hub)) > 0);
  }
  const own = operator.requests.filter((request) => request.headers['webhook-id'] === id)
  assert.equal(own.length, 2)
  const links = own.map(({ body }) => (JSON.parse(body) as { data: { receiptUrl: string } }).data.receiptUrl)
  assert.deepEqual(links, Array(2).fill(await customerReceiptLink(hub, payment)))
  assert.equal((await messageOf(payment))['state'], 'sent')
})

test('a message that is not taken is tried again later and later, and given up after three days', async () => {
  const payment = await paid()
  await tryAgain()
  answers.status = 500
  const waits: number[] = []
  for (let tries = 1; tries <= 11; tries += 1) {
    await books.pool.query(`update customer_messages set next_try_at = now() where payment_number = $1`, [
      payment.number,
    ])
    while ((await sendMessages(hub)) > 0);
    waits.push(Number((await messageOf(payment))['wait']))
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  await books.pool.query('alter table customer_messages disable trigger customer_messages_guard')
  await books.pool.query(
    `update customer_messages set next_try_at = now(), queued_at = now() - interval '73 hours' where payment_number = $1`,
    [payment.number],
  )
  await books.pool.query('alter table customer_messages enable trigger customer_messages_guard')
  while ((await sendMessages(hub)) > 0);
  answers.status = 200
  const { state, last_error: why } = await messageOf(payment)
  assert.equal(state, 'failed')
  assert.match(String(why), /500|left alone/)
})

async function paid(sinks?: readonly string[]): Promise<Payment> {
  const payment = await openBill(books)
  const step = completion(books, payment)
  const events = eventsOf(payment, ['gateway.payment.verified', 'gateway.payment.success'])
  await write(books.db, {
    steps: [sinks ? { ...step, events: events.map((event) => ({ ...event, sinks })) } : step],
  })
  return readAgain(books, payment)
}

/** Claims have run out: whatever is due is told. */
async function tryAgain(): Promise<void> {
  await books.pool.query(
    `update event_deliveries set next_try_at = now() where state = 'due' and next_try_at < now() + interval '100 seconds'`,
  )
  while ((await tellCustomers(hub)) > 0);
}

async function told({ number }: Payment): Promise<string[]> {
  const { rows } = await books.pool.query<{ line: string }>(
    `select 'receipt ' || number as line from customer_receipts where payment_number = $1
      union all select 'note ' || text_en from notifications where payment_number = $1
      union all select 'message ' || id from customer_messages where payment_number = $1 order by 1`,
    [number],
  )
  return rows.map(({ line }) => line)
}

async function dueOf({ number }: Payment): Promise<number> {
  const { rows } = await books.pool.query(
    `select from event_deliveries where payment_number = $1 and sink = 'customer' and state = 'due'`,
    [number],
  )
  return rows.length
}

async function messageOf({ number }: Payment): Promise<Record<string, unknown>> {
  const { rows } = await books.pool.query(
    `select id, state, last_error, round(extract(epoch from next_try_at - now())) as wait from customer_messages where payment_number = $1`,
    [number],
  )
  assert.equal(rows.length, 1)
  return rows[0]
}
