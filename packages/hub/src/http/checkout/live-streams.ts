import type { ServerResponse } from 'node:http'
import type { Payment } from '../../domain/payment.ts'
import type { Hub } from '../../flows/hub.ts'
import { readPayment } from '../../store/payments.ts'
import { isNewerCode, type PageNews } from './page-news.ts'

/** What proxies and phones take for a dead line is told apart from a quiet one. */
const heartbeatMs = 20_000
/** How soon a page whose stream was cut comes back, in milliseconds. */
const comeBackMs = 2_000
/** What a page has not taken so far, in bytes; above that it is cut off, and comes back when it can. */
const mostUnread = 65_536
/** A page that is left open is cut off after so long; one that is looked at comes back by itself. */
const longestStreamMs = 30 * 60_000

type Stream = { readonly out: ServerResponse; last: string; readonly endsAtMs: number }

type Group = {
  readonly streams: Set<Stream>
  leave: () => void
  /** When the code ends: the state changes without anybody writing anything. */
  timer: NodeJS.Timeout | undefined
  isReading: boolean
  isDirty: boolean
}

/** Every page that is open at this process and hears of its payment by a stream of events. */
export type LiveStreams = {
  /** Begins a stream on an answer whose headers are sent. `lastEventId`: what the page had before its line was cut. */
  add(out: ServerResponse, payment: Payment, lastEventId: string | undefined): void
  count(): number
  /** Ends all of them: their pages come back, here or elsewhere. */
  close(): void
}

/** `newsOf` says what a page shows of a payment now. */
export function createLiveStreams(hub: Hub, newsOf: (payment: Payment) => Promise<PageNews>): LiveStreams {
  const groups = new Map<number, Group>()
  let open = 0
  const look = (number: number): void => {
    const group = groups.get(number)
    if (!group) return
    group.isDirty = true
    if (!group.isReading)
      void readAll(hub, number, group, async (payment) => tell(group, payment, await newsOf(payment)))
  }
  const tell = (group: Group, payment: Payment, news: PageNews): void => {
    clearTimeout(group.timer)
    // Everybody has left meanwhile: nobody would stop the clock.
    if (group.streams.size === 0) return
    const msLeft = isNewerCode(news) ? Date.parse(news.expires_at) - hub.clock.now().getTime() : undefined
    group.timer = msLeft === undefined || msLeft < 0 ? undefined : setTimeout(() => look(payment.number), msLeft + 50)
    sendNews(group, news)
  }
  const drop = (number: number, group: Group, stream: Stream): void => {
    if (!group.streams.delete(stream)) return
    open -= 1
    if (group.streams.size > 0) return
    clearTimeout(group.timer)
    group.leave()
    groups.delete(number)
  }
  const groupOf = (number: number): Group => {
    const there = groups.get(number)
    if (there) return there
    const group: Group = { streams: new Set(), leave: () => {}, timer: undefined, isReading: false, isDirty: false }
    groups.set(number, group)
    group.leave = hub.live.watch(number, () => look(number))
    return group
  }
  const beat = setInterval(() => keepAlive(groups.values(), hub.clock.monotonicMs()), heartbeatMs).unref()
  return {
    add(out, payment, lastEventId) {
      const { number } = payment
      const stream: Stream = { out, last: lastEventId ?? '', endsAtMs: hub.clock.monotonicMs() + longestStreamMs }
      const group = groupOf(number)
      group.streams.add(stream)
      open += 1
      out.on('close', () => drop(number, group, stream))
      out.write(`retry: ${comeBackMs}\n\n`)
      // What changed since the payment was read is not missed: it is read again now that it is watched.
      look(number)
    },
    count: () => open,
    close() {
      clearInterval(beat)
      for (const { streams } of groups.values()) for (const { out } of streams) out.end()
    },
  }
}

/** Until nothing has changed while it was read. */
async function readAll(
  hub: Hub,
  number: number,
  group: Group,
  tell: (payment: Payment) => Promise<void>,
): Promise<void> {
  group.isReading = true
  try {
    while (group.isDirty && group.streams.size > 0) {
      group.isDirty = false
      const payment = await readPayment(hub.db, number)
      if (payment) await tell(payment)
    }
  } catch {
    // The database is away: the pages are looked at again within seconds by the job `refresh-pages`.
  } finally {
    group.isReading = false
  }
}

function sendNews({ streams }: Group, news: PageNews): void {
  const text = eventOf(news)
  for (const stream of streams) {
    if (stream.last === news.version) continue
    stream.last = news.version
    send(stream, text)
  }
}

function keepAlive(groups: Iterable<Group>, nowMs: number): void {
  for (const { streams } of groups)
    for (const stream of streams) {
      if (nowMs > stream.endsAtMs) stream.out.end()
      else send(stream, ':\n\n')
    }
}

function send({ out }: Stream, text: string): void {
  if (out.writableLength > mostUnread) out.destroy()
  else if (!out.writableEnded) out.write(text)
}

function eventOf(news: PageNews): string {
  return `event: state\nid: ${news.version}\ndata: ${JSON.stringify(news)}\n\n`
}
