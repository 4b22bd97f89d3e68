import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Db } from './db.ts'

export type Hearing = { stop(): Promise<void> }

/** A lost connection is made anew after this long. */
const reconnectAfterMs = 1_000

/**
 * Hears what is told on a channel, on one connection of its own, until it is stopped. `heard` is also called after every
 * connecting: what was told before that was told to nobody. It must not throw.
 */
export function hear(db: Db, channel: 'banks_changed', heard: () => void): Hearing {
  const stopping = new AbortController()
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      await hearUntilLost(db, channel, heard, stopping.signal).catch(() => {})
      await wait(reconnectAfterMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    stop: () => {
      stopping.abort()
      return ended
    },
  }
}

async function hearUntilLost(db: Db, channel: string, heard: () => void, signal: AbortSignal): Promise<void> {
  const client = new Client(db.pool.options)
  let end: () => void = () => {}
  const lost = new Promise<void>((resolve) => {
    end = resolve
  })
  for (const event of ['error', 'end'] as const) client.on(event, end)
  signal.addEventListener('abort', end)
  try {
    await client.connect()
    client.on('notification', heard)
    await client.query(`listen ${channel}`)
    heard()
    if (!signal.aborted) await lost
  } finally {
    signal.removeEventListener('abort', end)
    await client.end().catch(() => {})
  }
}
