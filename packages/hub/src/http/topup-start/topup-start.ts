import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { openTopup, topupMethods } from '../../flows/open-topup.ts'
import { refuseOtherSites } from '../own-page.ts'
import { readChoices, rememberChoices } from '../page-choices.ts'
import { type PageLook, sendSmall } from '../page-look.ts'
import { pagePolicy } from '../page-shell.ts'
import { asRefusal, rawBody, type SurfaceTools } from '../server.ts'
import { type StartPage, startPage } from './page.ts'
import { readForm, typedForm } from './read-form.ts'
import type { SentenceName } from './words.ts'

export const topupPath = '/topup'

/** A counter begins fewer top-ups than a shop's customers look at pages. */
const requestsPerTopup = 5

/** `/topup`: anybody may begin a top-up of a wallet here. It leads to the page on which it is paid. */
export function mountTopupStart(surface: FastifyInstance, tools: SurfaceTools, { look }: { look: PageLook }): void {
  const { hub } = tools
  const max = Math.max(1, Math.floor(tools.settings.requestsPerMinute / requestsPerTopup))
  const config = {
    open: true,
    rateLimit: { max, keyGenerator: (request: FastifyRequest) => `topup page ${request.ip}` },
  }
  const send = (reply: FastifyReply, status: number, more: Partial<StartPage>) => {
    const methods = topupMethods(hub)
    const typed = typedForm(new URLSearchParams(), methods)
    const choices = readChoices(reply.request)
    const html = startPage(look, { choices, methods, typed, problems: {}, trouble: undefined, ...more })
    return sendPage(look, reply, methods.length === 0 ? 503 : status, html)
  }
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const refusal = asRefusal(hub, error, request)
    if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
    const typed = typedForm(fieldsOf(request), topupMethods(hub))
    return send(reply, refusal.status, { typed, trouble: troubles[refusal.code] ?? 'trouble' })
  }
  surface.get(topupPath, { config: { open: true }, errorHandler, exposeHeadRoute: true }, (request, reply) =>
    send(reply, 200, { typed: typedForm(queryOf(request), topupMethods(hub)) }),
  )
  surface.post(topupPath, { config, errorHandler }, async (request, reply) => {
    refuseOtherSites(request, hub.pageOf(''))
    const methods = topupMethods(hub)
    if (methods.length === 0) throw new Refusal('CONFLICT', 'Top-ups cannot be paid now')
    const typed = typedForm(fieldsOf(request), methods)
    const read = readForm(typed, methods)
    if (read.kind === 'problems') return send(reply, 422, { typed, problems: read.problems })
    const asker = { actor: 'page topup', subject: 'page topup', correlationId: request.id }
    const { topup } = await openTopup(hub, asker, read.order)
    const { path, chosenPath } = readChoices(request)
    return reply.redirect(chosenPath.replace(path, `/pay/${topup.checkoutToken}`), 303)
  })
}

const troubles: Readonly<Record<string, SentenceName>> = {
  FORBIDDEN: 'refused',
  RATE_LIMIT_EXCEEDED: 'tooMany',
  CONFLICT: 'closed',
}

function fieldsOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(rawBody(request).toString('utf8'))
}

/** A link may say what it is for: `/topup?user=user-1&amount=10.50&currency=USD`. */
function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split('?').slice(1).join('?'))
}

function sendPage(look: PageLook, reply: FastifyReply, status: number, html: string): FastifyReply {
  rememberChoices(reply)
  if (look.frameOrigins.length === 0) reply.header('X-Frame-Options', 'DENY')
  reply
    .code(status)
    .header('Content-Security-Policy', pagePolicy(look, undefined))
    .header('Content-Language', readChoices(reply.request).language)
    .header('Referrer-Policy', 'no-referrer')
    .header('Vary', 'Accept-Language, Accept-Encoding, Cookie')
    .header('X-Robots-Tag', 'noindex')
    .type('text/html; charset=utf-8')
  return sendSmall(reply, html)
}
