/**
 * Loaded before the hub (`node --import`), and only by the fault suite: the hub itself knows nothing of it, so no mode of
 * it can be killed this way. Every place where a kill can fall between two steps gets a name: the checkpoints of the
 * flows, both sides of every database statement, of every call to a bank or policy system, and of every request answered.
 * The parent names some; whoever comes to one of them says so and stands still until the parent's SIGKILL arrives.
 */
import { writeSync } from 'node:fs'
import { subscribe } from 'node:diagnostics_channel'
import { Client } from 'pg'
import { setCheckpointHook } from '../../../src/kit/checkpoint.ts'

/** The parent reads this pipe: a line `seen {point}` for each new point, `at {point}` before standing still. */
const pipe = 3
/** When no kill comes (the parent has died), the process goes on. */
const standStillMs = 20_000

const seen = new Set<string>()
let wanted: { points: readonly string[]; skip: number } | undefined

process.on('message', (message) => {
  wanted = message as typeof wanted
})
process.channel?.unref()

function passing(point: string): void {
  if (!seen.has(point)) {
    seen.add(point)
    writeSync(pipe, `seen ${point}\n`)
  }
  if (!wanted?.points.includes(point)) return
  wanted.skip -= 1
  if (wanted.skip >= 0) return
  wanted = undefined
  writeSync(pipe, `at ${point}\n`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, standStillMs)
}

setCheckpointHook(passing)
watchStatements()
watchCalls()

/** Both sides of every statement that has a name, whoever runs it. */
function watchStatements(): void {
  const prototype = Client.prototype as unknown as { query: (...words: unknown[]) => unknown }
  const { query } = prototype
  prototype.query = function watched(this: unknown, ...words: unknown[]) {
    const name = (words[0] as { name?: unknown } | undefined)?.name
    if (typeof name !== 'string') return query.apply(this, words)
    passing(`${name}:before-statement`)
    const done = words.at(-1)
    if (typeof done === 'function') {
      words[words.length - 1] = (...answer: unknown[]) => {
        passing(`${name}:after-statement`)
        return (done as (...given: unknown[]) => unknown)(...answer)
      }
    }
    return query.apply(this, words)
  }
}

/** Numbers in paths, and what begins like `rfd_`, are ids, and a secret ends a callback's: left out, so that a route is one point. */
function route(method: unknown, path: unknown): string {
  const plain = String(path)
    .replace(/\?.*$/, '')
    .replace(/\/webhook\/[^/]+/, '/webhook/*')
    .replace(/\/(?:[a-z]+_[^/]*|[0-9a-f]{8}-[0-9a-f-]{27}|[^/]*\d{4,}[^/]*)/g, '/*')
  return `${String(method)} ${plain}`
}

function watchCalls(): void {
  type Call = { request: { method?: unknown; path?: unknown; url?: unknown } }
  const out = (when: string) => (message: unknown) => {
    const { request } = message as Call
    passing(`${route(request.method, request.path)}:${when}-call`)
  }
  const into = (when: string) => (message: unknown) => {
    const { request } = message as Call
    passing(`${route(request.method, request.url)}:${when}`)
  }
  subscribe('undici:request:create', out('before'))
  subscribe('undici:request:headers', out('after'))
  subscribe('http.server.request.start', into('received'))
  subscribe('http.server.response.finish', into('answered'))
}
