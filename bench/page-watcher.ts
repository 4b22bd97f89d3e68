import { connect, type Socket } from 'node:net'
import { sharedMs } from './processes.ts'

/** One open page: `path` is its stream. */
export type Page = { readonly path: string; readonly address: string }

export type Order =
  /** Opens so many pages, and answers when each has heard how its payment stands. */
  | { readonly kind: 'open'; readonly port: number; readonly pages: readonly Page[] }
  /** Answers when each of these pages (by their places) was told this state, at `sinceMs` or later. */
  | { readonly kind: 'await'; readonly places: readonly number[]; readonly state: string; readonly sinceMs: number }
  /** Leaves all pages, as a customer does. */
  | { readonly kind: 'close' }

export type Opened = { readonly seconds: number }
/** When each was told, by `sharedMs`. */
export type Awaited = { readonly toldAtMs: readonly number[] }
export type Closed = {
  /** By page: how often it was told that its payment is completed. */
  readonly completed: readonly number[]
  /** Events that said the same as the one before, of all pages. */
  readonly repeated: number
  /** Pages whose stream the hub ended. */
  readonly cut: number
}

const openingAtOnce = 32
const withinMs = 60_000

type Event = { readonly version: string; readonly state: string; readonly status: string; readonly atMs: number }
type OpenPage = { readonly socket: Socket; readonly events: Event[]; isCut: boolean }

// The customers' browsers of (d), a process of its own. One keeps a page's news, and nothing else.
let pages: OpenPage[] = []
let heard: (page: OpenPage) => void = () => {}

process.on('message', (order: Order) => {
  act(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      throw error
    },
  )
})
process.once('disconnect', () => process.exit())

async function act(order: Order): Promise<Opened | Awaited | Closed> {
  if (order.kind === 'open') return open(order.port, order.pages)
  if (order.kind === 'await') return awaitNews(order.places, order.state, order.sinceMs)
  const closed = {
    completed: pages.map(({ events }) => events.filter(({ status }) => status === 'completed').length),
    repeated: pages.reduce((sum, { events }) => sum + repeatsOf(events), 0),
    cut: pages.filter(({ isCut }) => isCut).length,
  }
  for (const { socket } of pages) socket.destroy()
  pages = []
  return closed
}

async function open(port: number, wanted: readonly Page[]): Promise<Opened> {
  const startedMs = sharedMs()
  const opened: OpenPage[] = []
  const queue = wanted.entries()
  const work = async () => {
    for (const [place, page] of queue) opened[place] = await openOne(port, page)
  }
  await Promise.all(Array.from({ length: openingAtOnce }, work))
  pages = opened
  return { seconds: (sharedMs() - startedMs) / 1_000 }
}

/** A plain socket: what a browser would spend is missing where the hub is measured. */
function openOne(port: number, { path, address }: Page): Promise<OpenPage> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: address, noDelay: true })
  const page: OpenPage = { socket, events: [], isCut: false }
  socket.setEncoding('latin1')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n`)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk: unknown) => {
      text += String(chunk)
      if (text.startsWith('HTTP/1.1 ') && !text.startsWith('HTTP/1.1 200')) {
        reject(new Error(`${path} was answered: ${text.slice(0, 600)}`))
        return
      }
      const end = text.lastIndexOf('\n\n')
      if (end < 0) return
      for (const event of eventsOf(text.slice(0, end + 2))) {
        page.events.push(event)
        heard(page)
      }
      text = text.slice(end + 2)
      if (page.events.length > 0) resolve(page)
    })
    socket.on('close', () => {
      page.isCut = true
      reject(new Error(`${path} was closed before it said anything`))
    })
    socket.on('error', reject)
  })
}

function eventsOf(text: string): Event[] {
  const atMs = sharedMs()
  return [...text.matchAll(/^id: (\S+)\ndata: (.*)$/gm)].map(([, version = '', data = '']) => {
    const { state, status } = JSON.parse(data) as { state: string; status: string }
    return { version, state, status, atMs }
  })
}

function awaitNews(places: readonly number[], state: string, sinceMs: number): Promise<Awaited> {
  const wanted = places.map((place) => {
    const page = pages[place]
    if (!page) throw new Error(`Page ${place} is not open`)
    return page
  })
  const told = (page: OpenPage) => page.events.find((event) => event.state === state && event.atMs >= sinceMs)
  const missing = new Set(wanted.filter((page) => !told(page)))
  return new Promise((resolve, reject) => {
    const outOfPatience = setTimeout(
      () => reject(new Error(`${missing.size} of ${places.length} pages were not told "${state}" in ${withinMs} ms`)),
      withinMs,
    )
    const finish = () => {
      if (missing.size > 0) return
      clearTimeout(outOfPatience)
      heard = () => {}
      resolve({ toldAtMs: wanted.map((page) => told(page)?.atMs ?? Number.NaN) })
    }
    heard = (page) => {
      if (missing.has(page) && told(page)) missing.delete(page)
      finish()
    }
    finish()
  })
}

function repeatsOf(events: readonly Event[]): number {
  return events.filter(({ version }, place) => version === events[place - 1]?.version).length
}
