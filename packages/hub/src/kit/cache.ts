/** A bounded map with expiry. Expired values stay readable as stale until they are replaced, dropped or too old to keep. */
export type Cache<Value> = {
  /** `fresh: false` = its time to live is over. Undefined when unknown or kept too long. */
  get(key: string): { readonly value: Value; readonly fresh: boolean } | undefined
  put(key: string, value: Value, ttlMs: number): void
  drop(key: string): void
  size(): number
}

export function createCache<Value>(options: {
  /** The least recently used entry goes when one more is put. */
  readonly maxEntries: number
  /** How long after its expiry a value is still given out as stale. */
  readonly staleMs: number
  readonly monotonicMs: () => number
}): Cache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>()
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      const overdueMs = options.monotonicMs() - entry.expiresAtMs
      entries.delete(key)
      if (overdueMs >= options.staleMs && overdueMs >= 0) return undefined
      entries.set(key, entry)
      return { value: entry.value, fresh: overdueMs < 0 }
    },
    put(key, value, ttlMs) {
      entries.delete(key)
      entries.set(key, { value, expiresAtMs: options.monotonicMs() + ttlMs })
      if (entries.size > options.maxEntries) {
        const oldest = entries.keys().next()
        if (!oldest.done) entries.delete(oldest.value)
      }
    },
    drop: (key) => void entries.delete(key),
    size: () => entries.size,
  }
}

/** Callers who ask for the same key while an answer is on its way share that answer, or its error. */
export function createSingleFlight<Value>(): (key: string, load: () => Promise<Value>) => Promise<Value> {
  const flights = new Map<string, Promise<Value>>()
  return (key, load) => {
    const underway = flights.get(key)
    if (underway) return underway
    const flight = Promise.resolve()
      .then(load)
      .finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
}
