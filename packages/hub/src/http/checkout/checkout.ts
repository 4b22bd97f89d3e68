import { toPng } from '@khqr-hub/khqr'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Hub } from '../../flows/hub.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { readPayment } from '../../store/payments.ts'
import { findTopup } from '../../store/topups.ts'
import { mountFonts } from '../fonts.ts'
import { refuseOtherSites } from '../own-page.ts'
import { readChoices, rememberChoices } from '../page-choices.ts'
import { type PageLook, sendSmall } from '../page-look.ts'
import { pagePolicy } from '../page-shell.ts'
import { asRefusal, rawBody, type SurfaceTools } from '../server.ts'
import { shownCode } from '../shown-code.ts'
import { type Act, actOn, acts } from './acts.ts'
import { type LiveSettings, mountLive } from './live.ts'
import { letSitesRead, mountElement } from './other-sites.ts'
import { plainPage } from './page.ts'
import { linkHasEnded } from './page-state.ts'
import { showPayment } from './show-payment.ts'
import type { ReplyName } from './words.ts'

/** A shop's whole wireless network may stand behind one address, and each page looks again every few seconds. */
const pagesPerRequest = 10
/** What the buttons of all pages of one bill may be pressed in a minute. */
const pressesPerMinute = 30
/** How soon a page that could not be shown looks again, in seconds, at least. */
const laterS = 30
/** Pixels of one side of the picture that is saved, about. */
const pictureSize = 720

type Path = { Params: { token: string } }
type Ask = FastifyRequest<Path>

export type CheckoutSettings = {
  readonly live: LiveSettings
  readonly look: PageLook
  /** Where anybody may begin a top-up; undefined where that is switched off. */
  readonly topupPage: string | undefined
  /** For how long a link works after its payment is over. */
  readonly linkKeptMs: number
}

/** `/pay/{token}`: the page that a payment is paid on. Whoever has the link may look; nobody can guess it. */
export function mountCheckout(surface: FastifyInstance, tools: SurfaceTools, settings: CheckoutSettings): void {
  const { hub } = tools
  const max = tools.settings.requestsPerMinute
  mountFonts(surface)
  letSitesRead(surface, settings.look.frameOrigins)
  mountElement(surface)
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendTrouble(settings.look, reply, asRefusal(hub, error, request))
  const keyGenerator = (request: FastifyRequest) => `checkout ${request.ip}`
  const options = { config: { open: true, rateLimit: { max: max * pagesPerRequest, keyGenerator } }, errorHandler }
  const countGuess = surface.createRateLimit({ max, keyGenerator: (request) => `address ${request.ip}` })
  const find = async (request: Ask): Promise<Payment> => {
    const payment = await findPayment(hub, request.params.token)
    if (payment && !linkHasEnded(payment, hub.clock.now(), settings.linkKeptMs)) return payment
    const guesses = await countGuess(request)
    if (!guesses.isAllowed && guesses.isExceeded)
      throw new Refusal('RATE_LIMIT_EXCEEDED', 'Too many unknown links', { retryAfterS: guesses.ttlInSeconds })
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such page')
  }
  mountLive(surface, hub, settings.live, { options, find })
  surface.get<Path>('/pay/:token', { ...options, exposeHeadRoute: true }, async (request, reply) => {
    const payment = await find(request)
    await watchPayment(hub, payment)
    return sendPayment(hub, settings, reply, { payment, reply: undefined })
  })
  surface.get<Path>('/pay/:token/card.png', options, async (request, reply) => {
    const code = shownCode(await find(request))
    if (!code) throw new Refusal('RESOURCE_NOT_FOUND', 'No code yet')
    return reply.type('image/png').send(Buffer.from(toPng(code.qrString, { size: pictureSize })))
  })
  // Counted once it is known what for: nobody has a limit for each link that he makes up.
  const pressed = new WeakMap<FastifyRequest, string>()
  const countPress = surface.createRateLimit({
    max: pressesPerMinute,
    keyGenerator: (request) => `pressed ${pressed.get(request)}`,
  })
  surface.post<Path>('/pay/:token', options, async (request, reply) => {
    const payment = await find(request)
    refuseOtherSites(request, hub.pageOf(''), settings.look.frameOrigins)
    const { payableKind, number, billNumber } = payment
    pressed.set(request, `${payableKind} ${payableKind === 'topup' ? number : billNumber}`)
    const presses = await countPress(request)
    if (!presses.isAllowed && presses.isExceeded)
      throw new Refusal('RATE_LIMIT_EXCEEDED', 'Pressed too often', { retryAfterS: presses.ttlInSeconds })
    const asker = { actor: 'customer', correlationId: request.id }
    const acted = await actOn(hub, asker, payment, readAct(request))
    if (acted.kind === 'shown') return sendPayment(hub, settings, reply, acted)
    const { path, chosenPath } = readChoices(request)
    const own = acted.token === undefined ? path : `/pay/${acted.token}`
    return reply.redirect(chosenPath.replace(path, own), 303)
  })
}

async function findPayment(hub: Hub, token: string): Promise<Payment | undefined> {
  if (!/^[A-Za-z0-9_-]{20,100}$/.test(token)) return undefined
  const number = await findTopup(hub.db, { checkoutToken: token })
  return number === undefined ? undefined : readPayment(hub.db, number)
}

/** Of a form; without one it is "I have paid". */
function readAct(request: FastifyRequest): Act {
  const given = new URLSearchParams(rawBody(request).toString('latin1')).get('act') ?? 'paid'
  const act = acts.find((one) => one === given)
  if (!act) throw new Refusal('BAD_REQUEST', 'No such act', { details: { act: `must be one of ${acts.join(', ')}` } })
  return act
}

async function sendPayment(
  hub: Hub,
  { look, topupPage }: CheckoutSettings,
  reply: FastifyReply,
  shown: { readonly payment: Payment; readonly reply: ReplyName | undefined },
): Promise<FastifyReply> {
  const choices = readChoices(reply.request)
  const { html, bankPage } = await showPayment(hub, look, { ...shown, choices, topupPage })
  return sendPage(look, reply, 200, html, bankPage?.action)
}

function sendTrouble(look: PageLook, reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  const kinds: Readonly<Record<string, 'notFound' | 'refused'>> = {
    RESOURCE_NOT_FOUND: 'notFound',
    FORBIDDEN: 'refused',
  }
  const kind = kinds[refusal.code] ?? 'error'
  // Whoever waits for his money sees it, however this look ended.
  const againS = isPassing(refusal) ? Math.max(laterS, refusal.retryAfterS ?? 0) : undefined
  const page = plainPage(look, { ...readChoices(reply.request), kind, againS })
  return sendPage(look, reply, refusal.status, page, undefined)
}

/** The same link may be shown later. */
function isPassing({ status }: Refusal): boolean {
  return status === 429 || status >= 500
}

function sendPage(
  look: PageLook,
  reply: FastifyReply,
  status: number,
  page: string,
  bankPage: string | undefined,
): FastifyReply {
  rememberChoices(reply)
  if (look.frameOrigins.length === 0) reply.header('X-Frame-Options', 'DENY')
  reply
    .code(status)
    .header('Content-Security-Policy', pagePolicy(look, bankPage))
    .header('Content-Language', readChoices(reply.request).language)
    // A bank may ask from which site its page was opened; which page of ours it was is nobody's business.
    .header('Referrer-Policy', bankPage === undefined ? 'no-referrer' : 'strict-origin')
    .header('Vary', 'Accept-Language, Accept-Encoding, Cookie')
    .header('X-Robots-Tag', 'noindex')
    .type('text/html; charset=utf-8')
  return sendSmall(reply, page)
}
