import { randomBytes } from 'node:crypto'
import { isCurrency, fromMinor, phpNumber, plainAmount } from './amounts.ts'
import { json, logId, refused, traceId } from './answers.ts'
import { sum } from './book.ts'
import type { Link } from './book-records.ts'
import type { Payway } from './gate.ts'
import { hostOf } from './pages.ts'
import { bankTime } from './payway-time.ts'
import { portalRoute, type Secrets, textOf } from './portal-call.ts'
import type { Answer, Route, RouteRequest } from './ports.ts'

const longestText = 250
const longestReference = 50
/** A link must live longer than this when it is made. */
const shortestLifeMs = 300_000

/** Payment links: made, read, and voided once. */
export function playLinks(payway: Payway): Route[] {
  const answerAbout = (secrets: Secrets, answer: (id: string) => Answer): Answer => {
    const id = textOf(secrets, 'id')
    return payway.book.link(id) ? answer(id) : refused('portal', '96')
  }
  return [
    ...portalRoute(payway, {
      operation: 'link-create',
      path: 'payment-link/create',
      answer: (secrets, _fault, request) => createLink(payway, secrets, request),
    }),
    ...portalRoute(payway, {
      operation: 'link-detail',
      path: 'payment-link/detail',
      answer: (secrets, _fault, request) =>
        answerAbout(secrets, (id) => success({ data: dataOf(payway, id, request) })),
    }),
    ...portalRoute(payway, {
      operation: 'link-void',
      path: 'payment-link/void',
      answer: (secrets) =>
        answerAbout(secrets, (id) => {
          if (payway.book.link(id)?.voidedAtMs !== undefined) return refused('portal', 'PTL188')
          payway.book.write({ k: 'void', linkId: id, atMs: payway.ports.nowMs() })
          return success({})
        }),
    }),
  ]
}

/** `OPEN` until it was paid as often as it may be, also when it has expired. */
export function linkStatus(payway: Payway, id: string): 'OPEN' | 'PAID' | 'VOIDED' {
  const kept = payway.book.link(id)
  if (kept?.voidedAtMs !== undefined) return 'VOIDED'
  const limit = kept?.link.paymentLimit ?? 0
  return limit > 0 && paidBy(payway, id).length >= limit ? 'PAID' : 'OPEN'
}

function paidBy(payway: Payway, id: string) {
  return payway.book.entries().filter((entry) => entry.tran.linkId === id && payway.book.listed(entry).length > 0)
}

function success(more: Readonly<Record<string, unknown>>): Answer {
  const status = { code: '00', message: 'Success.', lang: 'en', trace_id: traceId() }
  return json(200, { ...more, status, tran_id: Number(logId()) })
}

/** Whatever is wrong with a link is told by one code. */
function createLink(payway: Payway, secrets: Secrets, request: RouteRequest): Answer {
  const wrong = refused('portal', 'PTL04', { status: 400 })
  const currency = secrets['currency']
  if (!isCurrency(currency) || !payway.settings.currencies.includes(currency)) return wrong
  const amount = plainAmount(secrets['amount'], currency)
  const title = textOf(secrets, 'title')
  const description = textOf(secrets, 'description')
  const merchantRef = textOf(secrets, 'merchant_ref_no')
  const returnUrl = Buffer.from(textOf(secrets, 'return_url'), 'base64').toString('utf8')
  const isTooLong =
    [title, description].some((one) => one.length > longestText) || merchantRef.length > longestReference
  if (amount === undefined || title === '' || isTooLong || !URL.canParse(returnUrl)) return wrong
  const now = payway.ports.nowMs()
  const expiredDate = Number(textOf(secrets, 'expired_date') || 0)
  const expiresTooSoon = expiredDate !== 0 && expiredDate * 1000 < now + shortestLifeMs
  const paymentLimit = Number(textOf(secrets, 'payment_limit') || 0)
  if (!Number.isInteger(expiredDate) || expiresTooSoon || !Number.isInteger(paymentLimit) || paymentLimit < 0) {
    return wrong
  }
  const link: Link = {
    id: randomBytes(16).toString('base64'),
    slug: `ABAPAY${randomBytes(6).toString('hex')}`,
    title,
    description,
    amount,
    currency,
    paymentLimit,
    expiredDate,
    returnUrl,
    merchantRef,
    createdAtMs: now,
  }
  payway.book.write({ k: 'link', ...link })
  return success({ data: dataOf(payway, link.id, request) })
}

function dataOf(payway: Payway, id: string, request: RouteRequest): unknown {
  const kept = payway.book.link(id)
  if (!kept) return undefined
  const { link, voidedAtMs } = kept
  const paid = paidBy(payway, id)
  const charges = paid.flatMap((entry) => entry.charges)
  const refunds = paid.flatMap((entry) => entry.refunds)
  const inCurrency = (minor: bigint): string => fromMinor(minor, link.currency)
  return {
    id,
    title: link.title,
    image: { image: '', filename: '', size: 0 },
    amount: phpNumber(link.amount),
    currency: link.currency,
    status: linkStatus(payway, id),
    description: link.description,
    payment_limit: link.paymentLimit,
    total_amount: phpNumber(inCurrency(sum(charges) - sum(refunds))),
    total_amount_org: inCurrency(sum(charges)),
    total_refund: inCurrency(sum(refunds)),
    total_trxn: paid.length,
    created_at: bankTime(link.createdAtMs),
    updated_at: bankTime(voidedAtMs ?? link.createdAtMs),
    expired_date: String(link.expiredDate),
    payment_link: `${hostOf(request)}${payway.settings.basePath}/link/${link.slug}`,
    return_url: link.returnUrl,
    merchant_ref_no: link.merchantRef,
    outlet_id: payway.settings.merchantId,
    outlet_name: payway.settings.merchantName,
  }
}
