import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isCrossSite } from '../cross-site.ts'
import type { World } from '../world.ts'
import { listPage, type Looker, outcomePage, payPage, sentencePage } from './pages.ts'
import { ways } from './pay-ways.ts'
import { problemOf } from './read-code.ts'
import { largestPictureBytes, readPicture } from './read-picture.ts'
import { type Outcome, payByPhone } from './till.ts'
import { findCode, waitingCodes } from './waiting-codes.ts'
import type { Language, WordName } from './words.ts'

/** What is sent is read so far, so that a browser which sends too much gets an answer and no broken line. */
const mostSentBytes = 67_108_864
/** Presses of buttons that are remembered: each is one payment, however often it is sent. */
const mostPresses = 500
const languageCookie = 'phone_lang'
const keepLanguageS = 365 * 24 * 3_600

/** `/phone`: a banking app, played. It pays through the control API's functions, so money is told as anywhere. */
export function servePhone(app: FastifyInstance, world: World): void {
  const presses = new Map<string, Promise<Outcome>>()
  serveAssets(app)
  app.get('/phone', (request, reply) => {
    const { qr } = request.query as { readonly qr?: unknown }
    const looker = lookerOf(request)
    if (typeof qr !== 'string' || qr === '') return show(reply, looker, 200, listPage(looker, waitingCodes(world)))
    const code = findCode(world, qr.trim())
    if ('problem' in code) return show(reply, looker, 404, listPage(looker, waitingCodes(world), code.problem))
    return show(reply, looker, 200, payPage(looker, code, newPress()))
  })
  const tooLarge = (error: { readonly statusCode?: number }, request: FastifyRequest, reply: FastifyReply) => {
    if (error.statusCode !== 413) throw error
    return show(reply, lookerOf(request), 413, listPage(lookerOf(request), waitingCodes(world), 'tooLarge'))
  }
  app.post('/phone/scan', { bodyLimit: mostSentBytes, errorHandler: tooLarge }, async (request, reply) => {
    const looker = lookerOf(request)
    if (isCrossSite(request)) return show(reply, looker, 403, sentencePage(looker, 'crossSite'))
    const scanned = await scannedIn(request)
    if ('qr' in scanned) return reply.redirect(`/phone?qr=${encodeURIComponent(scanned.qr)}`, 303)
    return show(reply, looker, 422, listPage(looker, waitingCodes(world), scanned.problem))
  })
  app.post('/phone/pay', async (request, reply) => {
    const looker = lookerOf(request)
    if (isCrossSite(request)) return show(reply, looker, 403, sentencePage(looker, 'crossSite'))
    const form = new URLSearchParams(bodyOf(request).toString('utf8'))
    const once = form.get('once') ?? newPress()
    const way = ways.find((one) => one === form.get('way')) ?? 'normal'
    const order = { qr: form.get('qr')?.trim() ?? '', way, amount: form.get('amount') ?? undefined }
    const outcome = await rememberPress(presses, once, () => payByPhone(world, order))
    if (outcome.kind === 'no-code') return show(reply, looker, 404, sentencePage(looker, outcome.problem))
    if (outcome.kind === 'no-amount')
      return show(reply, looker, 422, payPage(looker, outcome.code, newPress(), 'noAmount'))
    return reply.redirect(`/phone/done/${encodeURIComponent(once)}`, 303)
  })
  app.get<{ Params: { once: string } }>('/phone/done/:once', async (request, reply) => {
    const looker = lookerOf(request)
    const outcome = await presses.get(request.params.once)
    if (outcome?.kind !== 'done' && outcome?.kind !== 'refused')
      return show(reply, looker, 404, sentencePage(looker, 'forgotten'))
    return show(reply, looker, 200, outcomePage(looker, outcome))
  })
}

function rememberPress(
  presses: Map<string, Promise<Outcome>>,
  once: string,
  pay: () => Promise<Outcome>,
): Promise<Outcome> {
  const known = presses.get(once)
  if (known) return known
  const [oldest] = presses.keys()
  if (presses.size >= mostPresses && oldest !== undefined) presses.delete(oldest)
  const pressed = pay()
  presses.set(once, pressed)
  return pressed
}

function newPress(): string {
  return randomBytes(12).toString('base64url')
}

async function scannedIn(request: FastifyRequest): Promise<{ readonly qr: string } | { readonly problem: WordName }> {
  const type = request.headers['content-type'] ?? ''
  const form = await new Response(Uint8Array.from(bodyOf(request)), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined)
  const text = form?.get('qr')
  // A code has no spaces at its ends or line breaks in it, but what is copied has.
  if (typeof text === 'string' && text.trim() !== '') return fitting(text.replace(/[\r\n]+/g, '').trim())
  const picture = form?.get('picture')
  // A form without a chosen file sends one without a name.
  if (typeof picture !== 'object' || picture === null || picture.name === '') return { problem: 'nothingScanned' }
  if (picture.size === 0) return { problem: 'emptyFile' }
  if (picture.size > largestPictureBytes) return { problem: 'tooLarge' }
  const read = readPicture(Buffer.from(await picture.arrayBuffer()))
  return 'qr' in read ? fitting(read.qr) : read
}

/** What is scanned becomes a path: a longer one would reach nobody. */
function fitting(qr: string): { readonly qr: string } | { readonly problem: WordName } {
  return problemOf(qr) === 'tooLong' ? { problem: 'tooLong' } : { qr }
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

function lookerOf(request: FastifyRequest): Looker & { readonly isSwitched: boolean } {
  const { lang } = request.query as { readonly lang?: unknown }
  const url = new URL(request.url, 'http://phone')
  url.searchParams.delete('lang')
  const kept = new RegExp(`(?:^|;\\s*)${languageCookie}=(km|en)(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
  const wish = /\b(km|en)\b/.exec(request.headers['accept-language'] ?? '')?.[1]
  const isSwitched = isLanguage(lang)
  const language = isSwitched ? lang : ((kept ?? wish ?? 'en') as Language)
  const path = request.method === 'GET' ? url.pathname + url.search : '/phone'
  return { language, path, isSwitched }
}

function isLanguage(text: unknown): text is Language {
  return text === 'km' || text === 'en'
}

function show(reply: FastifyReply, looker: ReturnType<typeof lookerOf>, status: number, page: string): FastifyReply {
  if (looker.isSwitched) {
    reply.header(
      'Set-Cookie',
      `${languageCookie}=${looker.language}; Path=/phone; Max-Age=${keepLanguageS}; HttpOnly; SameSite=Lax`,
    )
  }
  return reply
    .code(status)
    .header('Cache-Control', 'no-store')
    .header('Content-Language', looker.language)
    .header(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    .header('Referrer-Policy', 'same-origin')
    .header('X-Content-Type-Options', 'nosniff')
    .type('text/html; charset=utf-8')
    .send(page)
}

const font = (weight: number) => `@fontsource/noto-sans-khmer/files/noto-sans-khmer-khmer-${weight}-normal.woff2`

function serveAssets(app: FastifyInstance): void {
  const assets = [
    ['phone.css', 'text/css; charset=utf-8', new URL('phone.css', import.meta.url)],
    ['phone.js', 'text/javascript; charset=utf-8', new URL('phone.js', import.meta.url)],
    ['khmer-400.woff2', 'font/woff2', new URL(import.meta.resolve(font(400)))],
    ['khmer-700.woff2', 'font/woff2', new URL(import.meta.resolve(font(700)))],
  ] as const
  for (const [name, type, file] of assets) {
    const content = readFileSync(fileURLToPath(file))
    app.get(`/phone/assets/${name}`, (_request, reply) =>
      reply.header('Cache-Control', 'no-cache').header('X-Content-Type-Options', 'nosniff').type(type).send(content),
    )
  }
}
