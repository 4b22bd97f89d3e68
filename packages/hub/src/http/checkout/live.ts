import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import type { Payment } from '../../domain/payment.ts'
import { customerReceiptLinks } from '../../flows/customer-receipt-links.ts'
import type { Hub } from '../../flows/hub.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { sendBare } from '../bare-answer.ts'
import { readGoneMoney } from './gone-money.ts'
import { createLiveStreams, type LiveStreams } from './live-streams.ts'
import { pageNews } from './page-news.ts'

type Path = { Params: { token: string } }
type Ask = FastifyRequest<Path>

export type LiveSettings = {
  /** Pages that may listen at one process, and from one address of them. */
  readonly mostStreams: number
  readonly mostStreamsPerAddress: number
}

/**
 * `/pay/{token}/state` says what the page would show, `/pay/{token}/live` says it again whenever that changes. Whoever has
 * the page's link has these, too. `find` throws for an unknown one.
 */
export function mountLive(
  surface: FastifyInstance,
  hub: Hub,
  settings: LiveSettings,
  page: { readonly options: RouteShorthandOptions; readonly find: (request: Ask) => Promise<Payment> },
): LiveStreams {
  const streams = createLiveStreams(hub)
  const byAddress = new Map<string, number>()
  surface.addHook('preClose', () => streams.close())
  surface.get<Path>('/pay/:token/state', { config: page.options.config ?? {} }, async (request, reply) => {
    const payment = await page.find(request)
    await watchPayment(hub, payment)
    const links = await customerReceiptLinks(hub, [payment])
    const [look] = pageNews(hub, [payment], links, await readGoneMoney(hub, [payment]))
    return sendBare(reply, 200, JSON.stringify(look?.news))
  })
  surface.get<Path>('/pay/:token/live', { config: page.options.config ?? {} }, async (request, reply) => {
    const payment = await page.find(request)
    await watchPayment(hub, payment)
    // Whoever has left meanwhile would never be told of as closed, and would be kept for ever.
    if (reply.raw.closed) return reply.hijack()
    // Not the request: what is open for half an hour should keep little.
    const address = request.ip
    const here = byAddress.get(address) ?? 0
    if (streams.count() >= settings.mostStreams || here >= settings.mostStreamsPerAddress) {
      throw new Refusal('RATE_LIMIT_EXCEEDED', 'Too many pages listen', {
        details: 'Ask for /state every few seconds instead',
        retryAfterS: 30,
      })
    }
    byAddress.set(address, here + 1)
    reply.raw.on('close', () => {
      const left = (byAddress.get(address) ?? 1) - 1
      if (left > 0) byAddress.set(address, left)
      else byAddress.delete(address)
    })
    begin(reply)
    const { 'last-event-id': last } = request.headers
    streams.add(reply.raw, payment, typeof last === 'string' ? last.slice(0, 100) : undefined)
    return reply
  })
  return streams
}

/** The answer has no end: it is Fastify's no more. */
function begin(reply: FastifyReply): void {
  reply.hijack()
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Proxies that gather answers would keep the news.
    'x-accel-buffering': 'no',
  })
  reply.raw.flushHeaders()
}
