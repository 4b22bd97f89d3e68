import { otherCurrency } from './amounts.ts'
import { json, logId, refused, traceId } from './answers.ts'
import type { Entry } from './book.ts'
import type { Charge } from './book-records.ts'
import { type Payway, signedRoute } from './gate.ts'
import { bankTime, readBankTime } from './payway-time.ts'
import type { Answer, Fault, Route } from './ports.ts'
import { disagreeing, isWrong, otherSum } from './reads.ts'
import type { Fields } from './request-fields.ts'
import { payerOf, pending, statusOf, sumsOf } from './state.ts'

const listsPerMinute = 50
const referencesPerMinute = 10
const longestWindowMs = 3 * 86_400_000
const usualPage = 40
const mostOnPage = 1000
const mostByReference = 50

/** The list of a time, and the payments on one printed code. */
export function playLists(payway: Payway): Route[] {
  return [
    ...signedRoute(payway, {
      operation: 'list',
      path: '/api/payment-gateway/v1/payments/transaction-list-2',
      style: 'text',
      strangerCode: '8',
      required: [],
      perMinute: listsPerMinute,
      plays: ['list-disagrees', 'list-hides'],
      answer: (fields, { fault }) => list(payway, fields, fault),
    }),
    ...signedRoute(payway, {
      operation: 'by-reference',
      path: '/api/payment-gateway/v1/payments/get-transactions-by-mc-ref',
      style: 'text',
      strangerCode: '8',
      required: ['merchant_ref'],
      perMinute: referencesPerMinute,
      plays: ['absent'],
      answer: (fields, { fault }) => byReference(payway, fields, fault),
    }),
  ]
}

type Row = { readonly entry: Entry; readonly charge: Charge | undefined; readonly atMs: number }

/** A row per charge at the time it was paid. What generate-qr made and nobody paid is not there at all. */
function rowsOf(payway: Payway): Row[] {
  return payway.book.entries().flatMap((entry): Row[] => {
    const charges = payway.book.listed(entry)
    if (charges.length > 0) return charges.map((charge) => ({ entry, charge, atMs: charge.atMs }))
    const isShown = entry.tran.madeBy === 'purchase' && entry.tran.checkFromMs <= payway.ports.nowMs()
    return isShown ? [{ entry, charge: undefined, atMs: entry.tran.createdAtMs }] : []
  })
}

function list(payway: Payway, fields: Fields, fault: Fault | undefined): Answer {
  const query = readQuery(fields, payway.ports.nowMs())
  if ('code' in query) return refused('text', query.code)
  const { page, size } = query
  const rows = fault?.kind === 'list-hides' ? [] : rowsOf(payway).filter((row) => query.fits(row))
  const newestFirst = rows.sort((one, other) => other.atMs - one.atMs)
  return json(200, {
    data: newestFirst.slice((page - 1) * size, page * size).map((row) => rowAnswer(row, fault)),
    page: String(page),
    pagination: String(size),
    status: { code: '00', message: 'Success!', lang: 'en', trace_id: traceId(), tran_id: logId() },
  })
}

type Query = { readonly page: number; readonly size: number; readonly fits: (row: Row) => boolean }

function readQuery(fields: Fields, nowMs: number): Query | { readonly code: string } {
  const { from_date: fromText = '', to_date: toText = '', status = '' } = fields
  const fromMs = fromText === '' ? nowMs - longestWindowMs : readBankTime(fromText)
  const toMs = toText === '' ? nowMs : readBankTime(toText)
  if (fromMs === undefined) return { code: '49' }
  if (toMs === undefined) return { code: '50' }
  if (toMs < fromMs) return { code: '51' }
  if (toMs - fromMs > longestWindowMs) return { code: '52' }
  const least = Number(fields['from_amount'] || 0)
  const most = Number(fields['to_amount'] || Infinity)
  if (Number.isNaN(least) || Number.isNaN(most) || most < least) return { code: '53' }
  const page = Number(fields['page'] || 1)
  const size = Number(fields['pagination'] || usualPage)
  const isPage = Number.isInteger(page) && page >= 1 && Number.isInteger(size) && size >= 1 && size <= mostOnPage
  if (!isPage) return { code: '48' }
  const words = status === '' ? undefined : status.split(',').map((word) => word.trim())
  return {
    page,
    size,
    fits: ({ entry, charge, atMs }) => {
      const amount = Number((charge ?? entry.tran).amount)
      // A time is told to the second, and its whole second belongs to the window.
      const isThen = atMs >= fromMs && atMs < toMs + 1000 && amount >= least && amount <= most
      return isThen && (words === undefined || words.includes(statusOf(entry, charge ? [charge] : []).word))
    },
  }
}

function rowAnswer({ entry, charge, atMs }: Row, fault: Fault | undefined) {
  const { tran } = entry
  const real = charge ? statusOf(entry, [charge]) : pending
  const status = disagreeing(real, fault, 'list-disagrees')
  const { currency } = charge ?? tran
  return {
    transaction_id: tran.tranId,
    transaction_date: bankTime(atMs),
    apv: charge?.apv ?? '',
    payment_status: status.word,
    payment_status_code: status.code,
    ...sumsOf(entry, charge),
    ...(isWrong(fault, 'list-disagrees', 'amount') ? { original_amount: otherSum(entry, charge) } : {}),
    original_currency: isWrong(fault, 'list-disagrees', 'currency') ? otherCurrency(currency) : currency,
    first_name: tran.firstName,
    last_name: tran.lastName,
    email: tran.email,
    phone: tran.phone,
    ...payerOf(charge),
  }
}

/** PayWay's own sandbox answers 404, which `absent` plays. */
function byReference(payway: Payway, fields: Fields, fault: Fault | undefined): Answer {
  if (fault?.kind === 'absent') return json(404, { message: 'Not Found' })
  const reference = fields['merchant_ref'] ?? ''
  const rows = rowsOf(payway).filter(({ entry, charge }) => charge && entry.tran.merchantRef === reference)
  const newestFirst = rows.sort((one, other) => other.atMs - one.atMs).slice(0, mostByReference)
  return json(200, {
    data: newestFirst.map((row) => ({ ...rowAnswer(row, undefined), merchant_ref: reference })),
    status: { code: '00', message: 'Success!', merchant_ref: reference },
  })
}

const rates = {
  aud: ['0.6420', '0.6730'],
  sgd: ['0.7510', '0.7760'],
  eur: ['1.1420', '1.1760'],
  gbp: ['1.3150', '1.3540'],
  myr: ['0.2310', '0.2450'],
  thb: ['0.0300', '0.0316'],
  hkd: ['0.1261', '0.1311'],
  cny: ['0.1368', '0.1429'],
  cad: ['0.7060', '0.7320'],
  krw: ['0.000665', '0.000709'],
  jpy: ['0.00641', '0.00672'],
  vnd: ['0.0000371', '0.0000391'],
}

/** `POST …/exchange-rate`: indicative, and made up. */
export function playExchangeRate(payway: Payway): Route[] {
  return signedRoute(payway, {
    operation: 'exchange-rate',
    path: '/api/payment-gateway/v1/exchange-rate',
    style: 'text',
    strangerCode: '26',
    required: [],
    answer: () =>
      json(200, {
        status: { code: '00', message: 'Success!', lang: 'en', trace_id: traceId() },
        exchange_rates: Object.fromEntries(Object.entries(rates).map(([name, [buy, sell]]) => [name, { sell, buy }])),
      }),
  })
}
