import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { createBiller } from '../../src/billers/registry.ts'
import type { EventBody } from '../../src/domain/events.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { Hub } from '../../src/flows/hub.ts'
import { relay } from '../../src/flows/relay.ts'
import { type Clock, systemClock } from '../../src/kit/clock.ts'
import { createHttpClient } from '../../src/kit/http-client.ts'
import { newId } from '../../src/kit/ids.ts'
import { createLog } from '../../src/kit/log.ts'
import { createMetrics } from '../../src/kit/metrics.ts'
import { startLocalServer } from '../../src/kit/test-local-server.ts'
import { write } from '../../src/store/writes.ts'
import type { Until } from './database.ts'
import { complete, type EmptyBooks, eventsOf, openBill, openBooks, readAgain, stepOf } from './empty-books.ts'

/** How a call of the played policy system ends. `as it should` keeps and answers; `lost` keeps and cuts the connection. */
export type Conduct = 'as it should' | 'lost' | 'away' | 'no number' | 'refused' | 'says no'

/** A policy system that does as a test tells it, over real HTTP, and a relay that tells it of credits and credit notes. */
export type Relaying = {
  readonly books: EmptyBooks
  readonly hub: Hub
  /** Shifts both clocks, or one of them, of the hub alone, in milliseconds. */
  readonly shift: { monotonic: number; wall: number }
  readonly conduct: { credit: Conduct; find: Conduct; note: Conduct; findNote: Conduct }
  /** "credit 150001", "find-credit 150001", … in the order they came. */
  readonly calls: string[]
  /** What it has in its books: key → numbers given. */
  readonly booked: { readonly credit: Map<string, string[]>; readonly note: Map<string, string[]> }
  /** A completed payment whose credit is due. */
  paid(): Promise<Payment>
  /** Its money, or a part of it, was paid back: the credit note is due. The refund's id. */
  refunded(payment: Pick<Payment, 'number'>, more?: Partial<NonNullable<EventBody['refund']>>): Promise<string>
  /** Everything that is due is tried once more, the last sending being so many seconds ago. */
  tryAgain(sentAgoS?: number): Promise<void>
}

/** `settings` are changes to those of a system that is not idempotent: see `test-systems.ts`. */
export async function startRelaying(t: Until, settings: object): Promise<Relaying> {
  const books = await openBooks(t)
  const shift = { monotonic: 0, wall: 0 }
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + shift.monotonic,
    now: () => new Date(Date.now() + shift.wall),
  }
  const system = playSystem()
  const server = await startLocalServer((request, response) => system.answer(request, response))
  const http = createHttpClient(clock)
  t.after(async () => {
    await http.close()
    await server.close()
  })
  const log = createLog({ level: 'silent', pretty: false })
  const metrics = createMetrics()
  const biller = createBiller(
    'DLIS',
    { 'base-url': server.url, ...settings },
    { http, clock, metrics, log, sandbox: true },
  )
  // The relay needs no more of the flows' world than this.
  const known: Partial<Hub> = {
    db: books.db,
    clock,
    log,
    metrics,
    billers: new Map([['DLIS', biller]]),
    messengers: [],
  }
  const hub = known as Hub
  return {
    books,
    hub,
    shift,
    ...system,
    paid: async () => complete(books, await openBill(books)),
    refunded: (payment, more = {}) => refund(books, payment, more),
    async tryAgain(sentAgoS = 0) {
      for (const table of ['credits', 'credit_notes']) {
        await books.pool.query(
          `update ${table} set last_sent_at = least(last_sent_at, now() - make_interval(secs => $1)) where state = 'sending'`,
          [sentAgoS],
        )
      }
      await books.pool.query(`update event_deliveries set next_try_at = now() where state = 'due'`)
      while ((await relay(hub)) > 0);
    },
  }
}

function playSystem() {
  const calls: string[] = []
  const conduct: Relaying['conduct'] = {
    credit: 'as it should',
    find: 'as it should',
    note: 'as it should',
    findNote: 'as it should',
  }
  const booked = { credit: new Map<string, string[]>(), note: new Map<string, string[]>() }
  let last = 0
  const answer = (request: { method: string; url: string; body: string }, response: ServerResponse) => {
    const what = request.url.startsWith('/receipts') ? 'credit' : 'note'
    const isFind = request.method === 'GET'
    const key = isFind
      ? (new URL(request.url, 'http://x').searchParams.get('reference') ?? '')
      : String((JSON.parse(request.body) as { reference: string }).reference)
    calls.push(`${isFind ? 'find-' : ''}${what} ${key}`)
    const how = conduct[isFind ? (what === 'credit' ? 'find' : 'findNote') : what]
    const send = (status: number, body: unknown) => void response.writeHead(status).end(JSON.stringify(body))
    if (how === 'away') return void response.destroy()
    if (how === 'refused') return send(422, { error: 'NO' })
    const numbers = booked[what].get(key) ?? []
    const numberName = what === 'credit' ? 'receiptNo' : 'reversalNo'
    if (isFind) {
      const listed = how === 'says no' ? [] : numbers
      return send(200, { [what === 'credit' ? 'receipts' : 'reversals']: listed.map((one) => ({ [numberName]: one })) })
    }
    if (how === 'no number') return send(200, { ok: true })
    last += 1
    booked[what].set(key, [...numbers, `N-${last}`])
    if (how === 'lost') return void response.destroy()
    return send(201, { [numberName]: `N-${last}` })
  }
  return { calls, conduct, booked, answer }
}

/** As the refund flow writes it: the event and its delivery, in the payment's order. */
async function refund(
  books: EmptyBooks,
  payment: Pick<Payment, 'number'>,
  more: Partial<NonNullable<EventBody['refund']>>,
): Promise<string> {
  const now = await readAgain(books, payment)
  const id = newId('rfd')
  const told: EventBody['refund'] = {
    id,
    amount: '50.00',
    currency: 'USD',
    bankTransactionId: `TX-${payment.number}`,
    reason: 'paid twice',
    finishedAt: '2026-01-08T05:00:00.000Z',
    of: 'applied',
    ...more,
  }
  const [event] = eventsOf(now, ['gateway.payment.refunded'])
  assert.ok(event)
  const body = { ...(event.body as EventBody), refund: told }
  await write(books.db, { steps: [stepOf(now, { events: [{ ...event, body, sinks: ['integration'] }] })] })
  return id
}
