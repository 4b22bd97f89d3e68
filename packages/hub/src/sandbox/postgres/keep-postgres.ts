import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresConnection } from './connection.ts'
import { type PostgresStart, type RunningPostgres, startPostgres } from './start-postgres.ts'

/** A PostgreSQL that is started again whenever it ends by itself, at the same address. */
export type KeptPostgres = {
  readonly connection: PostgresConnection
  readonly clusterIn: string
  /** Stops it, or gives up a start that is under way, and waits until nothing of it is left. Twice is once. */
  stop(): Promise<void>
}

/** What happens to it after the first start. */
export type PostgresNews =
  | { readonly kind: 'ended'; readonly sentence: string }
  /** Its lock is still held, say: part of starting again. */
  | { readonly kind: 'restarting'; readonly sentence: string }
  | { readonly kind: 'restarted'; readonly sentence: string; readonly tookMs: number }
  | { readonly kind: 'restart_failed'; readonly sentence: string; readonly nextTryInMs: number }

export type PostgresKeeping = Omit<PostgresStart, 'signal'> & { readonly tell: (news: PostgresNews) => void }

/**
 * Starts the embedded PostgreSQL as `startPostgres` does (the first start throws as that one), then keeps it: when its
 * postmaster is killed while the hub lives, it is started again, every time in the way of a normal start, so a stale pid
 * file, the last backends and another hub's server are met as there. Never gives up; the pauses grow to 30 s.
 */
export async function keepPostgres(how: PostgresKeeping): Promise<KeptPostgres> {
  const stopping = new AbortController()
  const first = await startPostgres(how)
  let current: RunningPostgres | undefined = first
  const kept = keep(first, how, stopping.signal, (running) => {
    current = running
  })
  return {
    connection: first.connection,
    clusterIn: first.clusterIn,
    stop: async () => {
      stopping.abort()
      await current?.stop()
      // A start that was under way has now ended, or came up after all: then it is the current one.
      await kept
      await current?.stop()
    },
  }
}

async function keep(
  first: RunningPostgres,
  how: PostgresKeeping,
  signal: AbortSignal,
  hold: (running: RunningPostgres | undefined) => void,
): Promise<void> {
  const stopped = aborted(signal)
  let running = first
  let quickEnds = 0
  for (;;) {
    const startedMs = performance.now()
    const ending = await Promise.race([running.endedByItself, stopped])
    if (ending === undefined || signal.aborted) return
    hold(undefined)
    how.tell({ kind: 'ended', sentence: ending })
    quickEnds = performance.now() - startedMs < steadyMs ? quickEnds + 1 : 0
    const next = await startAgain(how, signal, quickEnds)
    if (!next) return
    running = next
    hold(running)
  }
}

/** Tries until it runs; undefined: stopped meanwhile. */
async function startAgain(
  how: PostgresKeeping,
  signal: AbortSignal,
  quickEnds: number,
): Promise<RunningPostgres | undefined> {
  const startedMs = performance.now()
  for (let tries = quickEnds; ; tries++) {
    await pause(pauseBefore(tries), signal)
    if (signal.aborted) return undefined
    try {
      const running = await startPostgres({
        ...how,
        signal,
        log: (sentence) => how.tell({ kind: 'restarting', sentence }),
      })
      const tookMs = Math.round(performance.now() - startedMs)
      how.tell({
        kind: 'restarted',
        sentence: `PostgreSQL runs again (process ${running.pid}, after ${tookMs} ms).`,
        tookMs,
      })
      return running
    } catch (error) {
      if (signal.aborted) return undefined
      const nextTryInMs = pauseBefore(tries + 1)
      const why = error instanceof Error ? error.message : String(error)
      how.tell({ kind: 'restart_failed', sentence: why, nextTryInMs })
    }
  }
}

/** None before the first try, so that a single kill costs little; a server that keeps dying is not started in a rush. */
function pauseBefore(tries: number): number {
  return pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

const pausesMs = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000]
/** One that ran this long was well: the next end is a new trouble. */
const steadyMs = 60_000
