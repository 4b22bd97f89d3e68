import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { sha256Hex } from '../../kit/crypto.ts'
import { scriptOf } from '../page-script.ts'

/** Of what `<khqr-checkout>` reads: pages, their state and stream, acts, stylesheet and fonts. */
const readPaths = /^\/(?:pay|fonts)\//

/**
 * Lets the sites of `origins`, and nobody else's, read pages of payments and what they are made of by script. No cookie of
 * the customer's goes with it, and what would have to be asked for beforehand is not allowed: there is no answer to OPTIONS.
 */
export function letSitesRead(surface: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  surface.addHook('onRequest', async ({ headers: { origin }, routeOptions }, reply) => {
    if (!readPaths.test(routeOptions.url ?? '')) return
    // On every answer: a cache must not give one site what another one was answered.
    reply.header('Vary', 'Origin')
    if (origin === undefined || !allowed.has(origin)) return
    reply.header('Access-Control-Allow-Origin', origin).header('Access-Control-Expose-Headers', 'Retry-After')
  })
  surface.addHook('onSend', async ({ routeOptions }, reply) => {
    const vary = String(reply.getHeader('Vary') ?? '')
    if (readPaths.test(routeOptions.url ?? '') && !/\borigin\b/i.test(vary)) reply.header('Vary', `${vary}, Origin`)
  })
}

/** Seconds that a browser goes without asking whether the element has changed: its name stays. */
const keptS = 300

/** Serves `<khqr-checkout>`. It says nothing of anybody, so any site may load it; what it shows is another matter. */
export function mountElement(surface: FastifyInstance): void {
  const script = Buffer.from(scriptOf('khqr-checkout.js'))
  const zipped = gzipSync(script, { level: 9 })
  const tag = `"${sha256Hex(script).slice(0, 16)}"`
  surface.get('/pay/assets/khqr-checkout.js', { config: { open: true, rateLimit: false } }, (request, reply) => {
    const isGzip = /\bgzip\b(?!;\s*q=0(?:\.0+)?(?:,|$))/.test(String(request.headers['accept-encoding'] ?? ''))
    reply
      .header('Cache-Control', `public, max-age=${keptS}`)
      .header('Vary', 'Accept-Encoding')
      .header('ETag', tag)
      .header('Access-Control-Allow-Origin', '*')
      .header('Cross-Origin-Resource-Policy', 'cross-origin')
      .type('text/javascript; charset=utf-8')
    if (request.headers['if-none-match']?.includes(tag)) return reply.code(304).send()
    return isGzip ? reply.header('Content-Encoding', 'gzip').send(zipped) : reply.send(script)
  })
}
