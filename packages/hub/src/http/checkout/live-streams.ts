import type { ServerResponse } from 'node:http'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Payment } from '../../domain/payment.ts'
import { issuedReceiptLinks } from '../../flows/customer-receipt-links.ts'
import type { Hub } from '../../flows/hub.ts'
import { readMarked } from '../../store/live-payments.ts'
import { readGoneMoney } from './gone-money.ts'
import { type LookedAt, pageNews } from './page-news.ts'
import { readInTurns } from './read-in-turns.ts'

/** What proxies and phones take for a dead line is told apart from a quiet one. */
const heartbeatMs = 20_000
/** How soon a page whose stream was cut comes back, in milliseconds: not all of them in the same moment. */
const comeBackMs = { least: 1_000, most: 3_000 }
/** What a page has not taken so far, in bytes; above that it is cut off, and comes back when it can. */
const mostUnread = 65_536
/** A page that is left open is cut off after so long; one that is looked at comes back by itself. */
const longestStreamMs = 30 * 60_000
/** How often it is seen what time alone has changed. */
const lookAroundMs = 250
/** After so many pages of one payment, whatever else the process has to do gets its turn. */
const pagesInOneGo = 250

type Stream = { readonly out: ServerResponse; last: string; readonly endsAtMs: number; beatAtMs: number }

/** All who look at one payment. */
type Group = { readonly streams: Set<Stream>; leave: () => void; changesAtMs: number }

/** Every page that is open at this process and hears of its payment by a stream of events. */
export type LiveStreams = {
  /** Begins a stream on an answer whose headers are sent. `lastEventId`: what the page had before its line was cut. */
  add(out: ServerResponse, payment: Payment, lastEventId: string | undefined): void
  count(): number
  /** Ends all of them: their pages come back, here or elsewhere. */
  close(): void
}

export function createLiveStreams(hub: Hub): LiveStreams {
  const groups = new Map<number, Group>()
  let open = 0
  let isClosed = false
  const look = readInTurns(async (numbers) => {
    // Of those that nobody looks at any more, nothing is read.
    const watched = numbers.filter((number) => groups.has(number))
    if (watched.length === 0) return
    const marked = await readMarked(hub.db, watched)
    const payments = marked.map(({ payment }) => payment)
    const links = await issuedReceiptLinks(hub, payments)
    const looks = pageNews(hub, payments, links, await readGoneMoney(hub, payments))
    for (const one of looks) await sendNews(hub, groups.get(one.number), one)
    for (const { payment, mark } of marked) hub.live.told(payment.number, mark)
  })
  const drop = (number: number, group: Group, stream: Stream): void => {
    if (!group.streams.delete(stream)) return
    open -= 1
    if (group.streams.size > 0) return
    group.leave()
    groups.delete(number)
  }
  const groupOf = (number: number): Group => {
    const there = groups.get(number)
    if (there) return there
    const leave = hub.live.watch(number, () => look(number))
    const group: Group = { streams: new Set(), leave, changesAtMs: Number.POSITIVE_INFINITY }
    groups.set(number, group)
    return group
  }
  const clock = setInterval(() => lookAround(hub, groups, look), lookAroundMs).unref()
  return {
    add(out, { number }, lastEventId) {
      if (isClosed) {
        out.end()
        return
      }
      const nowMs = hub.clock.monotonicMs()
      const group = groupOf(number)
      const stream = {
        out,
        last: lastEventId ?? '',
        endsAtMs: nowMs + longestStreamMs,
        beatAtMs: nowMs + heartbeatMs,
      }
      group.streams.add(stream)
      open += 1
      out.on('close', () => drop(number, group, stream))
      out.write(`retry: ${comeBackMs.least + Math.floor(Math.random() * (comeBackMs.most - comeBackMs.least))}\n\n`)
      // What changed since the payment was read is not missed: it is read again now that it is watched.
      look(number)
    },
    count: () => open,
    close() {
      isClosed = true
      clearInterval(clock)
      for (const { streams } of groups.values()) for (const { out } of streams) out.end()
    },
  }
}

async function sendNews(hub: Hub, group: Group | undefined, { news, changesAtMs }: LookedAt): Promise<void> {
  if (!group) return
  group.changesAtMs = changesAtMs
  const text = `event: state\nid: ${news.version}\ndata: ${JSON.stringify(news)}\n\n`
  let sent = 0
  for (const stream of group.streams) {
    if (stream.last === news.version) continue
    stream.last = news.version
    send(stream, text, hub.clock.monotonicMs())
    sent += 1
    if (sent % pagesInOneGo === 0) await breathe()
  }
}

/** What time alone brings: codes that end, heartbeats, and the end of what was open for too long. */
function lookAround(hub: Hub, groups: ReadonlyMap<number, Group>, look: (number: number) => void): void {
  const wallMs = hub.clock.now().getTime()
  const nowMs = hub.clock.monotonicMs()
  for (const [number, group] of groups) {
    if (wallMs > group.changesAtMs) {
      group.changesAtMs = Number.POSITIVE_INFINITY
      look(number)
    }
    for (const stream of group.streams) {
      if (nowMs > stream.endsAtMs + heartbeatMs) stream.out.destroy()
      else if (nowMs > stream.endsAtMs) stream.out.end()
      else if (nowMs > stream.beatAtMs) send(stream, ':\n\n', nowMs)
    }
  }
}

function send(stream: Stream, text: string, nowMs: number): void {
  const { out } = stream
  stream.beatAtMs = nowMs + heartbeatMs
  if (out.writableLength > mostUnread) out.destroy()
  else if (!out.writableEnded) out.write(text)
}
