import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Db } from './db.ts'

export type Hearing = { stop(): Promise<void> }

/** A lost connection is made anew after this long. */
const reconnectAfterMs = 1_000

/** What to do upon a message of a channel; `message` is undefined after every connecting. It must not throw. */
export type Heard = (message: string | undefined) => void

/**
 * Hears what is told on some channels, on one connection of its own, until it is stopped. Each is also called after every
 * connecting: what was told before that was told to nobody.
 */
export function hear(db: Db, channels: Readonly<Record<string, Heard>>): Hearing {
  const stopping = new AbortController()
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      await hearUntilLost(db, channels, stopping.signal).catch(() => {})
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

async function hearUntilLost(db: Db, channels: Readonly<Record<string, Heard>>, signal: AbortSignal): Promise<void> {
  const client = new Client(db.pool.options)
  let end: () => void = () => {}
  const lost = new Promise<void>((resolve) => {
    end = resolve
  })
  for (const event of ['error', 'end'] as const) client.on(event, end)
  signal.addEventListener('abort', end)
  try {
    await client.connect()
    client.on('notification', ({ channel, payload }) => channels[channel]?.(payload ?? ''))
    for (const channel of Object.keys(channels)) await client.query(`listen ${client.escapeIdentifier(channel)}`)
    for (const heard of Object.values(channels)) heard(undefined)
    if (!signal.aborted) await lost
  } finally {
    signal.removeEventListener('abort', end)
    await client.end().catch(() => {})
  }
}
