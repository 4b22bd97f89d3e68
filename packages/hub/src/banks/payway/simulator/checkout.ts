import { fromMinor } from './amounts.ts'
import type { Entry } from './book.ts'
import { type PayMethod, payMethods } from './book-records.ts'
import type { Payway } from './gate.ts'
import { checkoutPage, errorPage, hostOf, paidPage } from './pages.ts'
import type { PaywaySimulator } from './payway-simulator.ts'
import type { Answer, Route, RouteRequest } from './ports.ts'
import { checkoutOf } from './purchase.ts'

/** The pages that a payer sees, with the buttons of the sandbox. */
export function playCheckout(payway: Payway, simulator: PaywaySimulator): Route[] {
  const page = (method: 'GET' | 'POST', path: string, handle: (request: RouteRequest) => Answer): Route => ({
    operation: 'checkout',
    method,
    path,
    plays: [],
    handle,
  })
  const entryOf = ({ params }: RouteRequest): Entry | undefined => payway.book.entry(params['tranId'] ?? '')
  return [
    page('GET', '/checkout/:tranId', (request) => {
      const entry = entryOf(request)
      return entry ? checkoutOf(payway, entry.tran, request) : errorPage('5')
    }),
    page('POST', '/checkout/:tranId/pay', (request) => {
      const entry = entryOf(request)
      return entry ? payHere(simulator, entry, request, payway.ports.nowMs()) : errorPage('5')
    }),
    page('GET', '/link/:slug', (request) => linkPage(payway, simulator, request)),
    page('POST', '/link/:slug/pay', (request) => {
      const link = payway.book.linkBySlug(request.params['slug'] ?? '')
      if (!link || simulator.linkStatus(link.id) !== 'OPEN') return errorPage('07', 'Invalid Data')
      return payHere(simulator, simulator.openOwn({ link }), request, payway.ports.nowMs())
    }),
  ]
}

function payHere(simulator: PaywaySimulator, entry: Entry, request: RouteRequest, atMs: number): Answer {
  const method = methodOf(request)
  const refusal = simulator.refusalOf(entry, method, atMs)
  if (refusal !== undefined) return errorPage('68', refusal)
  const { amount, currency, continueUrl } = entry.tran
  const discount = fromMinor(0n, currency)
  const usual = { verify: 'paid', waitMs: 0, fate: 'booked', payerCurrency: currency } as const
  simulator.tell(entry, simulator.receive({ entry, method, amount, currency, discount, atMs, ...usual }), {})
  return paidPage(continueUrl)
}

function methodOf({ body }: RouteRequest): PayMethod {
  const said = new URLSearchParams(body.toString('utf8')).get('method')
  return payMethods.find((one) => one === said) ?? 'khqr'
}

function linkPage(payway: Payway, simulator: PaywaySimulator, request: RouteRequest): Answer {
  const link = payway.book.linkBySlug(request.params['slug'] ?? '')
  if (!link || simulator.linkStatus(link.id) !== 'OPEN') return errorPage('07', 'Invalid Data')
  const path = `${hostOf(request)}${payway.settings.basePath}/link/${link.slug}/pay`
  const { amount, currency, title } = link
  return checkoutPage({ amount, currency, tranId: title }, path, ['khqr', 'abapay', 'cards'])
}
