import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../../domain/errors.ts'
import { ping } from '../../store/health.ts'
import { newestPayments } from '../../store/newest-payments.ts'
import { fontFaces } from '../fonts.ts'
import { refuseOtherSites } from '../own-page.ts'
import { readChoices, rememberChoices } from '../page-choices.ts'
import { asRefusal, rawBody, type SurfaceTools, traceparentOf } from '../server.ts'
import { billStates } from './bill-states.ts'
import { mountDocs } from './docs.ts'
import { homePage, refusedPage } from './home-page.ts'
import type { Samples } from './samples.ts'
import { startPayment } from './start-payment.ts'

const shownPayments = 10
/** Whoever presses the buttons, and in whose name they act. */
const subject = 'sandbox-home'

/**
 * The sandbox's home page, `/`: what runs, samples to pay with one click, and where to look. Mounted in the sandbox alone,
 * where nothing is worth anything; in live mode there is no such path.
 */
export function mountHome(surface: FastifyInstance, { hub, settings }: SurfaceTools, samples: Samples): void {
  const docs = mountDocs(surface)
  const stylesheet = mountStylesheet(surface)
  const options = {
    config: {
      open: true,
      rateLimit: {
        max: settings.requestsPerMinute,
        keyGenerator: (request: FastifyRequest) => `home ${request.ip}`,
      },
    },
    errorHandler: async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const refusal = asRefusal(hub, error, request)
      const isAway = refusal.code === 'SERVER_UNAVAILABLE' && !(await samples.isSimulatorUp())
      return sendRefusal(reply, refusal, { stylesheet, isAway })
    },
  }
  surface.get('/', { ...options, exposeHeadRoute: true }, async (request, reply) => {
    const [bills, payments, isDatabaseUp, isSimulatorUp] = await Promise.all([
      billStates(
        hub,
        request.id,
        samples.premiums.map(({ number }) => number),
      ),
      newestPayments(hub.db, shownPayments),
      ping(hub.db).then(
        () => true,
        () => false,
      ),
      samples.isSimulatorUp(),
    ])
    const banks = [...hub.banks.values()].map(({ code, active }) => ({ code, active }))
    const isUp = { database: isDatabaseUp, simulator: isSimulatorUp }
    const { language, path } = readChoices(request)
    const page = homePage({ language, path, stylesheet, samples, bills, payments, banks, isUp, docs })
    return send(reply, 200, page)
  })
  surface.post('/sandbox/pay', options, async (request, reply) => {
    refuseOtherSites(request, hub.pageOf(''))
    const form = new URLSearchParams(rawBody(request).toString('utf8'))
    const client = { actor: subject, subject, correlationId: request.id, traceparent: traceparentOf(request) }
    const pressed = { what: form.get('what') ?? '', which: form.get('which') ?? '' }
    const token = await startPayment(hub, client, samples, pressed)
    return reply.redirect(`/pay/${token}`, 303)
  })
}

function mountStylesheet(surface: FastifyInstance): string {
  const css = fontFaces + readFileSync(fileURLToPath(new URL('home.css', import.meta.url)), 'utf8')
  const path = `/sandbox/assets/home-${createHash('sha256').update(css).digest('hex').slice(0, 16)}.css`
  surface.get(path, { config: { open: true, rateLimit: false } }, (_request, reply) =>
    reply.header('Cache-Control', 'public, max-age=31536000, immutable').type('text/css; charset=utf-8').send(css),
  )
  return path
}

type Around = { readonly stylesheet: string; readonly isAway: boolean }

function sendRefusal(reply: FastifyReply, refusal: Refusal, { stylesheet, isAway }: Around): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  const { language, path } = readChoices(reply.request)
  return send(reply, refusal.status, refusedPage({ language, path, stylesheet }, refusal, isAway))
}

function send(reply: FastifyReply, status: number, page: string): FastifyReply {
  rememberChoices(reply)
  return reply
    .code(status)
    .header(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    .header('Referrer-Policy', 'same-origin')
    .header('Vary', 'Accept-Language, Cookie')
    .header('X-Frame-Options', 'DENY')
    .header('X-Robots-Tag', 'noindex')
    .type('text/html; charset=utf-8')
    .send(page)
}
