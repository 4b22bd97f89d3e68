import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Where a connection is led: a port of this machine, or a unix socket. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * Looks at what passes one connection. `down` may say `cut`: that chunk and everything after it is lost, and both ends see
 * the connection die.
 */
export type Watcher = { up(chunk: Buffer): void; down(chunk: Buffer): 'pass' | 'cut' }

/** A TCP proxy that passes everything on until it is told to delay, to hold, to cut or to lose an answer. */
export type FaultProxy = {
  readonly name: string
  readonly port: number
  /** Connections that are open now. */
  openLinks(): number
  /** Cuts a share of the open connections (0 to 1) in the middle of whatever they say; how many. */
  cut(share: number, random: () => number): number
  /** From now on each chunk takes so much longer, in milliseconds. */
  setDelay(ms: number): void
  /** While held, nothing passes either way, and nobody is told. */
  setHeld(held: boolean): void
  /** Resolves with true when a chunk that contains `text` goes up; with false after `withinMs`. */
  nextAsk(text: string, withinMs: number): Promise<boolean>
  /**
   * The next answer to a question that contains one of `texts` is lost after the other side has given it whole; `isWhole`
   * says when, and whether it was a yes. Resolves with the question's text, or undefined after `withinMs`.
   */
  loseAnswer(texts: readonly string[], isWhole: AnswerJudge, withinMs: number): Promise<string | undefined>
  close(): Promise<void>
}

/** Looks at all that was answered so far: not whole yet, a yes, or a no (which is passed on). */
export type AnswerJudge = (answered: Buffer) => 'more' | 'yes' | 'no'

type Link = { cut(): void }

type Trap = {
  readonly texts: readonly string[]
  readonly judge: AnswerJudge
  readonly sprung: (text: string) => void
}

export async function startFaultProxy(name: string, target: () => Target | undefined, port = 0): Promise<FaultProxy> {
  const links = new Set<Link>()
  const asks = new Set<(chunk: Buffer) => void>()
  const traps = new Set<Trap>()
  const weather = { delayMs: 0, held: false, lifted: Promise.withResolvers<void>() }
  const gate = async (): Promise<void> => {
    while (weather.held) await weather.lifted.promise
    if (weather.delayMs > 0) await delay(weather.delayMs)
  }
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const where = target()
    if (!where) return void client.destroy()
    const upstream = connect(where)
    const watcher = watch(asks, traps)
    const link: Link = {
      cut() {
        links.delete(link)
        client.destroy()
        upstream.destroy()
      },
    }
    links.add(link)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      socket.on('error', link.cut)
      socket.on('close', link.cut)
    }
    void pump(client, upstream, gate, (chunk) => (watcher.up(chunk), 'pass')).catch(link.cut)
    void pump(upstream, client, gate, (chunk) => watcher.down(chunk)).catch(link.cut)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    name,
    port: (server.address() as { port: number }).port,
    openLinks: () => links.size,
    cut(share, random) {
      const chosen = [...links].filter(() => random() < share)
      for (const link of chosen) link.cut()
      return chosen.length
    },
    setDelay(ms) {
      weather.delayMs = ms
    },
    setHeld(held) {
      weather.held = held
      if (held) return
      weather.lifted.resolve()
      weather.lifted = Promise.withResolvers<void>()
    },
    nextAsk: (text, withinMs) =>
      within(withinMs, false, (resolve) => {
        const look = (chunk: Buffer) => {
          if (chunk.includes(text)) resolve(true)
        }
        asks.add(look)
        return () => asks.delete(look)
      }),
    loseAnswer: (texts, judge, withinMs) =>
      within<string | undefined>(withinMs, undefined, (resolve) => {
        const trap: Trap = { texts, judge, sprung: resolve }
        traps.add(trap)
        return () => traps.delete(trap)
      }),
    async close() {
      for (const link of links) link.cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Chunk by chunk, in order, at the pace of whoever reads. */
async function pump(
  from: Socket,
  to: Socket,
  gate: () => Promise<void>,
  look: (chunk: Buffer) => 'pass' | 'cut',
): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    await gate()
    if (to.destroyed) return
    if (look(chunk) === 'cut') throw new Error('cut')
    if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')])
  }
  to.end()
}

/** A trap is for one answer: it is taken out when a question falls into it, and set again when the answer was a no. */
function watch(asks: ReadonlySet<(chunk: Buffer) => void>, traps: Set<Trap>): Watcher {
  let caught: { trap: Trap; text: string; answered: Buffer } | undefined
  return {
    up(chunk) {
      for (const look of asks) look(chunk)
      if (caught) return
      for (const trap of traps) {
        const text = trap.texts.find((one) => chunk.includes(one))
        if (text === undefined) continue
        traps.delete(trap)
        caught = { trap, text, answered: Buffer.alloc(0) }
        return
      }
    },
    down(chunk) {
      if (!caught) return 'pass'
      caught.answered = Buffer.concat([caught.answered, chunk])
      const { trap, text, answered } = caught
      const verdict = trap.judge(answered)
      if (verdict === 'more') return 'pass'
      caught = undefined
      if (verdict === 'no') {
        traps.add(trap)
        return 'pass'
      }
      trap.sprung(text)
      return 'cut'
    },
  }
}

function within<Found>(
  ms: number,
  otherwise: Found,
  listen: (resolve: (found: Found) => void) => () => unknown,
): Promise<Found> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(otherwise), ms)
    const stop = listen((found) => end(found))
    function end(found: Found) {
      clearTimeout(timer)
      stop()
      resolve(found)
    }
  })
}

/** PostgreSQL's answer to one statement: whole at ReadyForQuery, a yes when a command completed and nothing failed. */
export const commitAnswer: AnswerJudge = (answered) => {
  let at = 0
  let completed = false
  let failed = false
  while (at + 5 <= answered.length) {
    const type = String.fromCharCode(answered[at] ?? 0)
    const next = at + 1 + answered.readInt32BE(at + 1)
    if (next > answered.length) return 'more'
    if (type === 'C') completed = true
    if (type === 'E') failed = true
    if (type === 'Z') return completed && !failed ? 'yes' : 'no'
    at = next
  }
  return 'more'
}

/** An HTTP answer whose first line has arrived: whatever was done is done. */
export const httpAnswer: AnswerJudge = (answered) =>
  answered.length < 12 ? 'more' : /^HTTP\/1\.\d 2/.test(answered.subarray(0, 12).toString('latin1')) ? 'yes' : 'no'
