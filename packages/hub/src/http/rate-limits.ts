import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../domain/errors.ts'
import type { Hub } from '../flows/hub.ts'
import { type Cache, createCache } from '../kit/cache.ts'

/** Clients counted at once, at most; the one not heard of for longest is forgotten. */
const mostClients = 50_000

/**
 * Counts the requests of each client and refuses those above the limit with 429. The surfaces of one process count
 * together: a client that spreads over the ports has one limit, not three. A route's own `rateLimit` is counted apart.
 */
export async function limitRates(
  surface: FastifyInstance,
  hub: Hub,
  settings: { readonly requestsPerMinute: number },
): Promise<void> {
  await surface.register(rateLimit, {
    global: true,
    timeWindow: '1 minute',
    max: settings.requestsPerMinute,
    enableDraftSpec: true,
    store: sharedStore(hub),
    keyGenerator: (request) =>
      request.caller && !(request.caller instanceof Refusal)
        ? `subject ${request.caller.subject}`
        : `address ${request.ip}`,
    allowList: (request) => {
      const { open, rateLimit: own } = request.routeOptions.config
      const isHealth = open === true && request.url.startsWith('/actuator')
      const longLived = request.caller && !(request.caller instanceof Refusal) && request.caller.kind !== 'access'
      return isHealth || (longLived === true && own === undefined)
    },
    errorResponseBuilder: (_request, context) => {
      const retryAfterS = Math.max(1, Math.ceil(context.ttl / 1_000))
      return new Refusal('RATE_LIMIT_EXCEEDED', `More than ${context.max} requests in a minute`, { retryAfterS })
    },
  })
}

type Window = { count: number; readonly endsAtMs: number }

const windowsOf = new WeakMap<Hub, Cache<Window>>()

/** The plugin makes its store itself, once per surface; what is counted belongs to the hub. */
function sharedStore(hub: Hub) {
  const { monotonicMs } = hub.clock
  const windows = windowsOf.get(hub) ?? createCache<Window>({ maxEntries: mostClients, staleMs: 0, monotonicMs })
  windowsOf.set(hub, windows)
  return class Store implements FastifyRateLimitStore {
    incr(key: string, answer: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      const found = windows.get(key)?.value
      const window = found ?? { count: 0, endsAtMs: monotonicMs() + windowMs }
      if (!found) windows.put(key, window, windowMs)
      window.count += 1
      answer(null, { current: window.count, ttl: Math.max(0, window.endsAtMs - monotonicMs()) })
    }
    child(): FastifyRateLimitStore {
      return this
    }
  }
}
