import { Worker } from 'node:worker_threads'
import { Refusal } from '../../domain/errors.ts'
import type { Drawn } from './pdf-worker.ts'
import type { ShownReceipt } from './shown-receipt.ts'

/** Receipts that wait for the thread, at most: with 0.4 s for a slow one, the last of them waits about 12 s. */
export const mostWaiting = 30
const retryAfterS = 10
/** A thread that draws one receipt for longer than this hangs, and is ended. */
const longestDrawingMs = 30_000
/** What the thread may hold; it dies alone when it needs more. About 80 MB are in use at most. */
const mostMemoryMb = 256

type Job = {
  readonly shown: ShownReceipt
  readonly resolve: (bytes: Buffer) => void
  readonly reject: (why: Error) => void
}

export type PdfQueue = {
  /** Rejects with a `Refusal` (503) when too many wait or the hub is stopping, with another error when drawing fails. */
  draw(shown: ShownReceipt): Promise<Buffer>
  /** Ends the thread. Whoever waits is refused. */
  end(): Promise<void>
}

/**
 * Draws one receipt after the other in a thread of its own: each takes up to 0.4 s of CPU, in which the hub could answer
 * nobody. The thread starts with the first receipt, and anew with the next one after it died.
 */
export function createPdfQueue(): PdfQueue {
  const waiting: Job[] = []
  let thread: Worker | undefined
  let inHand: { readonly job: Job; readonly patience: NodeJS.Timeout } | undefined
  let isEnded = false

  function next(): void {
    const job = inHand ? undefined : waiting.shift()
    if (!job) return
    thread ??= start()
    const worker = thread
    const patience = setTimeout(() => void worker.terminate(), longestDrawingMs)
    inHand = { job, patience }
    worker.ref()
    worker.postMessage(job.shown, [])
  }

  function settle(how: (job: Job) => void): void {
    if (!inHand) return
    const { job, patience } = inHand
    clearTimeout(patience)
    inHand = undefined
    how(job)
    next()
  }

  function start(): Worker {
    const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
      // The thread needs none of the hub's secrets.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: mostMemoryMb },
    })
    let cause: unknown
    worker.on('message', (drawn: Drawn) => {
      // A thread that draws nothing keeps no process alive.
      worker.unref()
      if ('bytes' in drawn) settle(({ resolve }) => resolve(Buffer.from(drawn.bytes)))
      else settle(({ reject }) => reject(new Error('A receipt cannot be drawn', { cause: drawn.error })))
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      thread = undefined
      settle(({ reject }) => reject(isEnded ? stopping() : new Error('The thread that draws receipts died', { cause })))
    })
    return worker
  }

  return {
    draw(shown) {
      if (isEnded) return Promise.reject(stopping())
      if (waiting.length >= mostWaiting) return Promise.reject(tooMany())
      return new Promise((resolve, reject) => {
        waiting.push({ shown, resolve, reject })
        next()
      })
    },
    async end() {
      isEnded = true
      for (const { reject } of waiting.splice(0)) reject(stopping())
      await thread?.terminate()
    },
  }
}

function tooMany(): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', 'Too many receipts are being drawn', { retryAfterS })
}

function stopping(): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', 'The hub is stopping', { retryAfterS })
}
