import { type Answer, type RouteRequest } from './ports.ts'
import { wordsOf } from './answers.ts'
import type { Tran } from './book-records.ts'

/** The page that PayWay answers with in place of JSON. */
export function page(status: number, title: string, content: string): Answer {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title></head>
<body><h1>${escaped(title)}</h1>${content}<p><small>KHQR Hub sandbox: no real money exists.</small></p></body></html>`
  return { status, contentType: 'text/html; charset=utf-8', body: html }
}

/** Most refusals of a purchase are a page, and HTTP says that all is well. */
export function errorPage(code: string, message: string = wordsOf(code)): Answer {
  return page(200, 'Unable to process', `<p>${escaped(message)} [Error Code: ${escaped(code)}]</p>`)
}

/** Where a payer chooses how to pay: every button plays one of them. */
export function checkoutPage(
  tran: Pick<Tran, 'tranId' | 'amount' | 'currency'>,
  payPath: string,
  methods: readonly string[],
): Answer {
  const buttons = methods.map((one) => `<button name="method" value="${escaped(one)}">Pay by ${escaped(one)}</button>`)
  return page(
    200,
    `${tran.currency} ${tran.amount}`,
    `<p>Order ${escaped(tran.tranId)}</p><form method="post" action="${escaped(payPath)}">${buttons.join(' ')}</form>`,
  )
}

/** After the payment; `continueUrl` is where the shop wants its customer back. */
export function paidPage(continueUrl: string): Answer {
  const back = continueUrl === '' ? '' : `<p><a href="${escaped(continueUrl)}">Back to the shop</a></p>`
  return page(200, 'Payment successful', back)
}

/** As the caller reached us; the port may be any. */
export function hostOf({ headers }: Pick<RouteRequest, 'headers'>): string {
  return `http://${String(headers['host'] ?? '127.0.0.1')}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
