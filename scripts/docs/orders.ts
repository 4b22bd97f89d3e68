import { orderWords } from '../../packages/hub/src/domain/order.ts'
import { Refusal } from '../../packages/hub/src/domain/errors.ts'
import { OrderRefusal } from '../../packages/hub/src/flows/pay-order.ts'
import { orderCustomer, orderItem } from '../../packages/hub/src/http/orders/fields.ts'
import { orderRefusalBody } from '../../packages/hub/src/http/orders/refuse-order.ts'
import { orderRoutes } from '../../packages/hub/src/http/orders/orders.ts'
import { keyKeptDays } from '../../packages/hub/src/store/idempotency.ts'
import { code, fenced, fieldSections, fieldRows, markdownTable, nameOf, pageHead } from './markdown.ts'

export function ordersPage(): string {
  const rows = orderRoutes.map((route) => [
    code(nameOf(route)),
    route.scopes.map(code).join(' or '),
    route.key === 'none' ? '' : route.key,
    route.does,
  ])
  return `${pageHead('Shop orders', ['packages/hub/src/http/orders/orders.ts'])}
On the gateway's port. A shop creates orders; its customer pays one with a KHQR, or on the bank's own page, and the shop reads what
became of it. Answers are \`{success: true, data}\`; amounts are decimal text with the currency's decimals (\`"50.00"\`, \`"200000"\`), read
as numbers too; times RFC 3339 UTC.

${markdownTable(['request', "token's scope", 'Idempotency-Key', 'what it does'], rows)}

\`orders:pay\` is a customer's scope: the subject of his token is the \`customer_id\` of his orders, and any other order is 403 and a
security event. \`orders:manage\` is the shop's, \`orders:read\` its staff's: both see every order.

${fieldSections(orderRoutes)}
## What items and customers are

${markdownTable(
  ['property', 'required', 'it'],
  fieldRows(orderItem).map(([name = '', ...rest]) => [`\`items[]\` ${name}`, ...rest]),
)}

${markdownTable(
  ['property', 'required', 'it'],
  fieldRows(orderCustomer).map(([name = '', ...rest]) => [`\`customer\` ${name}`, ...rest]),
)}

What a payment's request says of the customer goes before what the order says.

## What is answered

| request | \`data\` |
|---|---|
| an order is made, or given up | \`{order: {uuid, order_number, total, currency, status}}\`; 201 when it is made |
| an order is read | the same with \`customer_id\`, \`items\`, \`customer\`, \`payment\` (null, or \`{uuid, status, amount, amount_refunded, completed_at, failed_at}\`), \`return_url\`, \`cancel_url\`, \`created_at\`, \`cancelled_at\`; alone also with \`checkout_url\`, and \`receipt_url\` once it is paid (else null): [the receipt](receipts.md) |
| orders are listed | \`{orders, has_more, next_cursor}\`: send \`next_cursor\` back as \`cursor\` for the next part |
| a payment is opened | \`{order: {uuid, order_number, total, status}, payment: {uuid, status, amount}, khqr: {qr_string, abapay_deeplink, transaction_id}, checkout_url}\` |
| the same for an order module | \`{qr_string, abapay_deeplink, tran_id, checkout_url}\` |
| a payment's status | \`{payment: {uuid, status, amount, completed_at, failed_at}, order: {uuid, status, is_paid}}\` |
| the methods | \`{payment_methods: [{code, shows, currencies, limits}]}\`; \`shows\` is \`code\`, or \`page\`: the bank's own |

An order's \`status\` is \`pending\`, \`paid\`, \`cancelled\` or \`refunded\`; it follows its money, and nothing else sets it. A payment's is
\`processing\` while its code may be paid, then \`completed\`, \`expired\`, \`failed\` or \`cancelled\`; \`failed_at\` is when it ended unpaid.
An expired one may still be completed by late money. \`transaction_id\` and \`tran_id\` are the name of the code at its bank. Where the method
shows a page, \`qr_string\` and \`abapay_deeplink\` are null, and the page at \`checkout_url\` leads to the bank's. Reading the status counts
as watching: the bank is asked sooner.

Without \`payment_method_code\` the method is \`abapay_khqr_deeplink\`, or where that is not open the first one of the list. \`modelId\`
is the order's \`uuid\`, or its \`order_number\`.

${whenRefused()}
## The page

\`checkout_url\` is [the page of every payment](topups.md#the-page); it shows the order's number. Its ways back are the order's \`return_url\` and
\`cancel_url\`. Where the bank's own page takes over it has a button that leads there.
`
}

function whenRefused(): string {
  return `## When it is refused

${fenced('json', fieldSample())}

422 has everything that is wrong at once, by field. What the state of an order or the amount does not allow is 422 with one of these
messages, to the letter:

${markdownTable(['message', 'when'], messages)}

${fenced('json', processSample())}

A customer may ask for payments ${code('HUB_ORDER_PAYMENTS_PER_MINUTE')} times a minute and ${code('HUB_ORDER_PAYMENTS_PER_HOUR')} times an hour, on each of the two
requests that open one, whatever was answered; what a shop asks for counts for the order's customer. Then it is 429 with \`Retry-After\`.
400, 401, 403, 404, 405, 409, 413, 415, 429, 502 and 503 have the same shape without \`errors\`. An \`Idempotency-Key\` is kept
${keyKeptDays} days: the same request again is answered as the first time, with \`Idempotent-Replayed: true\`; another body under it is 422.
`
}

const messages = [
  [orderWords.paid, 'it is paid, or was paid and refunded since'],
  [
    orderWords.inProcess,
    'a code of it may still be paid, or money of it waits for a person; `data.checkout_url` is the page of that payment',
  ],
  [orderWords.cancelled, 'the shop has given it up'],
  [orderWords.tooMuch, 'its total is above `HUB_ORDER_MAX_USD` or `HUB_ORDER_MAX_KHR`'],
  [orderWords.amount, 'an order module names another amount than is still to be paid'],
  [orderWords.noPayment, '404: the status is asked for before any payment was opened'],
].map(([message = '', when = '']) => [`"${message}"`, when])

const links = (token: string) => `https://pay.example/pay/${token}`

function fieldSample(): string {
  const details = {
    order_number: '"A-1001" is the number of an order that is there: send another',
    'items.0.quantity': 'is 0, and must be a whole number from 1 to 1000000',
  }
  const message = 'The request is not right: see order_number, items.0.quantity'
  return orderRefusalBody(new Refusal('UNPROCESSABLE', message, { details }), links)
}

function processSample(): string {
  return orderRefusalBody(new OrderRefusal(orderWords.inProcess, 'made-up-token'), links)
}
