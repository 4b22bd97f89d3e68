import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { printReceiptNumber } from '../../domain/customer-receipt.ts'
import { Refusal } from '../../domain/errors.ts'
import { findCustomerReceipt, type FoundReceipt } from '../../flows/find-customer-receipt.ts'
import type { Hub } from '../../flows/hub.ts'
import { readPayment } from '../../store/payments.ts'
import { chooseLanguage } from '../language.ts'
import { refuseOtherMethods } from '../other-methods.ts'
import { ownPath } from '../page-choices.ts'
import { contentSecurityPolicy } from '../page-style.ts'
import { asRefusal, type SurfaceTools } from '../server.ts'
import { payeeOf, shownCode } from '../shown-code.ts'
import { createKeptPdfs } from './kept-pdfs.ts'
import { noReceiptPage, receiptPage } from './page.ts'
import type { PdfQueue } from './pdf-queue.ts'
import { showReceipt } from './shown-receipt.ts'

/** A shop's whole wireless network may stand behind one address. */
const pagesPerRequest = 10
/** PDFs for one address in a minute: each new one is up to 0.4 s of CPU. */
const pdfsPerMinute = 30

const receiptPath = '/receipt/:number/:mac'

type Path = { Params: { number: string; mac: string } }
type Ask = FastifyRequest<Path>

/** `/receipt/{number}/{mac}`, and the same as a PDF. Whoever has the link may look; nobody can guess it. */
export function mountReceipts(surface: FastifyInstance, { hub, settings }: SurfaceTools): void {
  const max = settings.requestsPerMinute
  const options = {
    config: {
      open: true,
      rateLimit: {
        max: max * pagesPerRequest,
        keyGenerator: (request: FastifyRequest) => `receipt ${request.ip}`,
      },
    },
    errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendTrouble(reply, asRefusal(hub, error, request)),
  }
  const countGuess = surface.createRateLimit({ max, keyGenerator: (request) => `address ${request.ip}` })
  const countPdf = surface.createRateLimit({
    max: pdfsPerMinute,
    keyGenerator: (request) => `receipt as PDF ${request.ip}`,
  })
  const pdfs = createKeptPdfs(hub.clock.monotonicMs)
  surface.addHook('preClose', () => pdfs.end())
  surface.get<Path>(receiptPath, options, async (request, reply) => {
    const isPdf = request.params.mac.endsWith('.pdf')
    if (isPdf) refuseAbove(await countPdf(request), `More than ${pdfsPerMinute} PDFs in a minute`)
    const mac = request.params.mac.replace(/\.pdf$/, '')
    const found = await findCustomerReceipt(hub, { number: request.params.number, mac })
    if (found) return send(hub, { request, reply }, found, isPdf ? pdfs : undefined)
    refuseAbove(await countGuess(request), 'Too many unknown links')
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such page')
  })
  refuseOtherMethods(surface, [{ method: 'GET', path: receiptPath }], options)
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

function refuseAbove(count: Count, sentence: string): void {
  if (count.isAllowed || !count.isExceeded) return
  throw new Refusal('RATE_LIMIT_EXCEEDED', sentence, { retryAfterS: Math.max(1, count.ttlInSeconds) })
}

async function send(
  hub: Hub,
  { request, reply }: { readonly request: Ask; readonly reply: FastifyReply },
  found: FoundReceipt,
  /** Where a PDF is asked for. */
  pdfs: PdfQueue | undefined,
): Promise<FastifyReply> {
  const { language } = chooseLanguage(request)
  const path = pathOf(request)
  const { facts, issued } = found.receipt
  const payment = found.kind === 'agrees' ? await readPayment(hub.db, facts.paymentNumber) : undefined
  if (!payment) {
    const { paymentNumber } = facts
    hub.log.error(
      { event: 'receipt.disagrees', paymentNumber, receipt: facts.number, correlationId: request.id },
      'A receipt no longer agrees with the books: what it tells of was changed.',
    )
    return sendPage(reply, 409, noReceiptPage('disagrees', { language, path }))
  }
  const number = printReceiptNumber(facts.number)
  const url = hub.receiptLinkOf(number, issued?.mac.toString('base64url') ?? '')
  // Where nobody is named as issuer, whoever the code says is paid.
  const issuer = hub.receiptIssuer ?? payeeOf(shownCode(payment)?.qrString, language)
  const shown = showReceipt(found.receipt, payment, { language, issuer, url })
  if (!pdfs) return sendPage(reply, 200, receiptPage(shown, path))
  const bytes = await pdfs.draw(shown)
  return guarded(reply)
    .header('Content-Disposition', `inline; filename="${number}.pdf"`)
    .type('application/pdf')
    .send(bytes)
}

function sendTrouble(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterS !== undefined) reply.header('Retry-After', String(refusal.retryAfterS))
  const { language } = chooseLanguage(reply.request)
  const kind = refusal.code === 'RESOURCE_NOT_FOUND' ? 'notFound' : 'trouble'
  return sendPage(reply, refusal.status, noReceiptPage(kind, { language, path: pathOf(reply.request) }))
}

/** Of the page, also where the PDF was asked for. */
function pathOf(request: FastifyRequest): string {
  return ownPath(request.url).replace(/\.pdf$/, '')
}

function sendPage(reply: FastifyReply, status: number, page: string): FastifyReply {
  return guarded(reply).code(status).type('text/html; charset=utf-8').send(page)
}

/** What is said of every page and PDF. */
function guarded(reply: FastifyReply): FastifyReply {
  return reply
    .header('Content-Security-Policy', contentSecurityPolicy(undefined))
    .header('Content-Language', chooseLanguage(reply.request).language)
    .header('Referrer-Policy', 'no-referrer')
    .header('Vary', 'Accept-Language, Cookie')
    .header('X-Frame-Options', 'DENY')
    .header('X-Robots-Tag', 'noindex')
}
