import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { completion, eventsOf, openBill, openBooks, readAgain, stepOf } from '../../test/support/empty-books.ts'
import { khr, minutesLater } from '../../test/support/sample-payment.ts'
import { finishCredits, startCredits } from './credits.ts'
import { claimDeliveries, type Delivery, deliveryLag, postpone } from './deliveries.ts'
import { write } from './writes.ts'

// Events on their way: per payment in order, at least once, never to two at once.

const books = await openBooks({ after })
const sink = 'integration'
const leaseS = 60

beforeEach(async () => {
  await books.pool.query(`update event_deliveries set state = 'delivered', delivered_at = now() where state = 'due'`)
})

test('a delivery carries its event, and what is known of crediting its payment', async () => {
  const payment = await openBill(books, { amount: khr(60_000n) })
  await write(books.db, { steps: [completion(books, payment)] })
  const [delivery, ...others] = await claimDeliveries(books.db, sink, 32, leaseS)
  assert.ok(delivery)
  assert.deepEqual(others, [])
  const { position: _, id: __, occurredAt, ...rest } = delivery
  assert.deepEqual(rest, {
    type: 'gateway.payment.success',
    paymentNumber: payment.number,
    sequence: 3,
    body: eventsOf(payment, [''])[0]?.body,
    correlationId: 'test-1',
    tries: 1,
    credit: null,
    creditNote: null,
  })
  assert.equal(new Date(occurredAt).getTime(), minutesLater(2).getTime())
  await startCredits(books.db, [
    { paymentNumber: payment.number, biller: 'DLIS', policyNumber: payment.billNumber, amount: payment.amount },
  ])
  await postpone(books.db, sink, delivery, 0, 'the policy system is away')
  const [again] = await claimDeliveries(books.db, sink, 32, leaseS)
  assert.partialDeepStrictEqual(again, { tries: 2, credit: { state: 'sending', tries: 1 } })
})

test('of one payment the next event is claimed only after the one before it is delivered', async () => {
  const number = await tell(3)
  for (const sequence of [2, 3, 4]) {
    const claimed = await claimDeliveries(books.db, sink, 32, leaseS)
    assert.deepEqual(claimed.map(short), [`${number}/${sequence}`])
    assert.deepEqual(await claimDeliveries(books.db, sink, 32, leaseS), [])
    await deliver(claimed)
  }
  assert.deepEqual(await claimDeliveries(books.db, sink, 32, leaseS), [])
})

test('a claim that ran out is claimed again, still before what comes after it', async () => {
  const number = await tell(2)
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual((await claimDeliveries(books.db, sink, 32, 0)).map(short), [`${number}/2`])
  }
})

test('an event that was put off holds back its own payment and no other', async () => {
  const stuck = await tell(2)
  const [first] = await claimDeliveries(books.db, sink, 32, leaseS)
  assert.ok(first)
  await postpone(books.db, sink, first, 300, 'the policy system is away')
  const other = await tell(1)
  assert.deepEqual((await claimDeliveries(books.db, sink, 32, leaseS)).map(short), [`${other}/2`])
  const { rows } = await books.pool.query('select state, last_error from event_deliveries where event_position = $1', [
    first.position,
  ])
  assert.deepEqual(rows, [{ state: 'due', last_error: 'the policy system is away' }])
  assert.equal(first.paymentNumber, stuck)
})

test('who held a claim that ran out does not put off what another has claimed since', async () => {
  await tell(1)
  const [stopped] = await claimDeliveries(books.db, sink, 32, 0)
  assert.ok(stopped)
  assert.equal((await claimDeliveries(books.db, sink, 32, leaseS)).length, 1)
  await postpone(books.db, sink, stopped, 0, 'it woke up late')
  assert.deepEqual(await claimDeliveries(books.db, sink, 32, leaseS), [])
})

test('what was delivered is not put off any more', async () => {
  await tell(1)
  const [delivery] = await claimDeliveries(books.db, sink, 32, leaseS)
  assert.ok(delivery)
  await deliver([delivery])
  await postpone(books.db, sink, delivery, 0, 'too late')
  assert.deepEqual(await claimDeliveries(books.db, sink, 32, leaseS), [])
})

test('one claim holds at most one event of a payment, and at most as many as it asked for', async () => {
  for (let i = 0; i < 6; i += 1) await tell(2)
  const claimed = await claimDeliveries(books.db, sink, 4, leaseS)
  assert.equal(claimed.length, 4)
  assert.equal(new Set(claimed.map(({ paymentNumber }) => paymentNumber)).size, 4)
})

test('two kinds of listeners do not wait for each other', async () => {
  const number = await tell(1, ['integration', 'sample-sink'])
  assert.deepEqual((await claimDeliveries(books.db, 'sample-sink', 32, leaseS)).map(short), [`${number}/2`])
  assert.deepEqual((await claimDeliveries(books.db, sink, 32, leaseS)).map(short), [`${number}/2`])
})

test('eight who claim at once never hold the same event, and each payment is heard in its order, whole', async () => {
  const numbers = []
  for (let i = 0; i < 10; i += 1) numbers.push(await tell(4))
  const heard: string[] = []
  const held = new Set<number>()
  const work = async () => {
    for (;;) {
      const claimed = await claimDeliveries(books.db, sink, 3, leaseS)
      if (claimed.length === 0 && heard.length === 40) return
      for (const delivery of claimed) {
        assert.ok(!held.has(delivery.position), `${short(delivery)} was claimed twice`)
        held.add(delivery.position)
        heard.push(short(delivery))
      }
      await deliver(claimed)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  for (const number of numbers) {
    const own = heard.filter((one) => one.startsWith(`${number}/`))
    assert.deepEqual(
      own,
      [2, 3, 4, 5].map((sequence) => `${number}/${sequence}`),
    )
  }
})

test('the lag says per listener how much is due and for how long, and nothing when all is delivered', async () => {
  assert.deepEqual(await deliveryLag(books.db), [])
  await tell(3)
  const [lag] = await deliveryLag(books.db)
  assert.ok(lag)
  assert.deepEqual([lag.sink, lag.due], ['integration', 3])
  assert.ok(lag.oldestS >= 0)
})

/** A payment with so many events, from sequence 2, that somebody must hear: its number. */
async function tell(count: number, sinks: readonly string[] = [sink]): Promise<number> {
  const payment = await openBill(books)
  for (let i = 0; i < count; i += 1) {
    const now = await readAgain(books, payment)
    const events = eventsOf(now, ['khqr.generated-event']).map((event) => ({ ...event, sinks }))
    await write(books.db, { steps: [stepOf(now, { events })] })
  }
  return payment.number
}

async function deliver(deliveries: readonly Delivery[]): Promise<void> {
  await finishCredits(
    books.db,
    sink,
    deliveries.map(({ position, paymentNumber }) => ({
      position,
      paymentNumber,
      reference: 'CR-1',
    })),
  )
}

function short(delivery: Delivery): string {
  return `${delivery.paymentNumber}/${delivery.sequence}`
}
