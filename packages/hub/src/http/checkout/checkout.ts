import { decode } from '@khqr-hub/khqr'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { pageAttempt } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { askOnce } from '../../flows/ask-once.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import type { Hub } from '../../flows/hub.ts'
import { showBankPage } from '../../flows/show-bank-page.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { readCheckout } from '../../store/checkouts.ts'
import { readPayment } from '../../store/payments.ts'
import { findTopup, readTopup } from '../../store/topups.ts'
import { mountFonts } from '../fonts.ts'
import { type ChosenLanguage, chooseLanguage, type Language, languageCookie } from '../language.ts'
import { contentSecurityPolicy } from '../page-style.ts'
import { asRefusal, type SurfaceTools } from '../server.ts'
import { shownCode } from '../shown-code.ts'
import { maySayPaid, paymentPage, plainPage } from './page.ts'
import { pageFacts } from './page-state.ts'

/** A shop's whole wireless network may stand behind one address, and each page looks again every 5 seconds. */
const pagesPerRequest = 10
/** How soon a page that could not be shown looks again, in seconds, at least. */
const laterS = 30
const keepLanguageS = 365 * 24 * 3_600

type Path = { Params: { token: string } }
type Ask = FastifyRequest<Path>

/** `/pay/{token}`: a page without scripts. Whoever has the link may look; nobody can guess it. */
export function mountCheckout(surface: FastifyInstance, { hub, settings }: SurfaceTools): void {
  const max = settings.requestsPerMinute
  mountFonts(surface)
  const options = {
    config: {
      open: true,
      rateLimit: {
        max: max * pagesPerRequest,
        keyGenerator: (request: FastifyRequest) => `checkout ${request.ip}`,
      },
    },
    errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendTrouble(reply, asRefusal(hub, error, request)),
  }
  const countGuess = surface.createRateLimit({ max, keyGenerator: (request) => `address ${request.ip}` })
  const find = async (request: Ask): Promise<Payment> => {
    const payment = await findPayment(hub, request.params.token)
    if (payment) return payment
    const guesses = await countGuess(request)
    if (!guesses.isAllowed && guesses.isExceeded)
      throw new Refusal('RATE_LIMIT_EXCEEDED', 'Too many unknown links', { retryAfterS: guesses.ttlInSeconds })
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such page')
  }
  surface.get<Path>('/pay/:token', options, async (request, reply) => {
    const payment = await find(request)
    await watchPayment(hub, payment)
    return sendPayment(hub, request, reply, { payment, reply: undefined })
  })
  surface.post<Path>('/pay/:token', options, async (request, reply) => {
    const asker = { actor: 'customer', correlationId: request.id }
    const { payment, asked } = await askOnce(hub, asker, await find(request))
    return sendPayment(hub, request, reply, { payment, reply: asked ? 'askedAndUnsure' : 'notAskedNow' })
  })
}

async function findPayment(hub: Hub, token: string): Promise<Payment | undefined> {
  if (!/^[A-Za-z0-9_-]{20,100}$/.test(token)) return undefined
  const number = await findTopup(hub.db, { checkoutToken: token })
  return number === undefined ? undefined : readPayment(hub.db, number)
}

async function sendPayment(
  hub: Hub,
  request: Ask,
  reply: FastifyReply,
  shown: { readonly payment: Payment; readonly reply: 'askedAndUnsure' | 'notAskedNow' | undefined },
): Promise<FastifyReply> {
  const { payment } = shown
  const topup = await readTopup(hub.db, payment.number)
  const checkout = await readCheckout(hub.db, payment.number)
  const bankPage = await showBankPage(hub, payment)
  const chosen = chooseLanguage(request)
  const now = hub.clock.now()
  const facts = pageFacts(payment, now, hub.deadlines)
  const code = shownCode(payment)
  const policy = hub.banks.get(code?.bankCode ?? '')?.policy
  const page = paymentPage({
    language: chosen.language,
    path: pathOf(request, chosen),
    status: payment.status,
    facts,
    amount: payment.amount,
    merchant: code && merchantOf(code.qrString, chosen.language),
    billNumber: topup?.billNumber ?? payment.billNumber,
    numberLabel: payment.payableKind === 'order' ? 'orderLabel' : 'billLabel',
    code,
    bankPage: bankPage && { ...bankPage, expiresAt: pageAttempt(payment)?.expiresAt ?? now },
    isDelayed: topup?.confirmation === 'delayed',
    nextCheckAt: topup?.nextCheckAt,
    lateCounts: policy?.money.latePolicy === 'accept',
    now,
    reply: maySayPaid(facts) ? shown.reply : undefined,
    receiptUrl: await customerReceiptLink(hub, payment),
    returnUrl: checkout?.returnUrl,
    cancelUrl: checkout?.cancelUrl,
  })
  return sendPage(reply, 200, chosen, page, bankPage?.action)
}

/** Who is paid, in the customer's language where the code says so. */
function merchantOf(qrString: string, language: Language): string | undefined {
  const khqr = decode(qrString, { mode: 'lenient' })
  const isAlternate = khqr.alternateName !== undefined && khqr.language?.toLowerCase() === language
  return isAlternate ? khqr.alternateName : khqr.merchantName
}

/** A link that carries the language as well works where cookies do not. */
function pathOf(request: FastifyRequest, { language, isSwitched }: ChosenLanguage): string {
  const path = request.url.split('?')[0] ?? ''
  return isSwitched ? `${path}?lang=${language}` : path
}

function sendTrouble(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  const chosen = chooseLanguage(reply.request)
  const kind = refusal.code === 'RESOURCE_NOT_FOUND' ? 'notFound' : 'trouble'
  // Whoever waits for his money sees it, however this look ended.
  const againS = isPassing(refusal) ? Math.max(laterS, refusal.retryAfterS ?? 0) : undefined
  const page = plainPage({ language: chosen.language, path: pathOf(reply.request, chosen), kind, againS })
  return sendPage(reply, refusal.status, chosen, page)
}

/** The same link may be shown later. */
function isPassing({ status }: Refusal): boolean {
  return status === 429 || status >= 500
}

function sendPage(
  reply: FastifyReply,
  status: number,
  chosen: ChosenLanguage,
  page: string,
  bankPage?: string,
): FastifyReply {
  const { language, isSwitched } = chosen
  const secure = reply.request.protocol === 'https' ? '; Secure' : ''
  if (isSwitched) {
    const cookie = `${languageCookie}=${language}; Path=/pay; Max-Age=${keepLanguageS}; HttpOnly; SameSite=Lax${secure}`
    reply.header('Set-Cookie', cookie)
  }
  return (
    reply
      .code(status)
      .header('Content-Security-Policy', contentSecurityPolicy(bankPage))
      .header('Content-Language', language)
      // A bank may ask from which site its page was opened; which page of ours it was is nobody's business.
      .header('Referrer-Policy', bankPage === undefined ? 'no-referrer' : 'strict-origin')
      .header('Vary', 'Accept-Language, Cookie')
      .header('X-Frame-Options', 'DENY')
      .header('X-Robots-Tag', 'noindex')
      .type('text/html; charset=utf-8')
      .send(page)
  )
}
