import { methods } from '../../packages/hub/src/banks/payway/methods.ts'
import { orderWords } from '../../packages/hub/src/domain/order.ts'
import { Refusal } from '../../packages/hub/src/domain/errors.ts'
import { OrderRefusal } from '../../packages/hub/src/flows/pay-order.ts'
import { orderCustomer, orderItem } from '../../packages/hub/src/http/orders/fields.ts'
import { orderRefusalBody } from '../../packages/hub/src/http/orders/refuse-order.ts'
import { orderRoutes } from '../../packages/hub/src/http/orders/orders.ts'
import { longestTokenTtlS } from '../../packages/hub/src/http/auth.ts'
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

${whoCalls}
${howItIsPaid}
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

An order's \`status\` is \`pending\`, \`paid\`, \`cancelled\` or \`refunded\`; it follows its money, and nothing else sets it. \`refunded\` begins
when nothing of the money that paid it is here any more; while a part was sent back it stays \`paid\`. A payment's status is
\`processing\` while its code may be paid, then \`completed\`, \`expired\`, \`failed\` or \`cancelled\`; \`failed_at\` is when it ended unpaid.
An expired one may still be completed by late money. \`transaction_id\` and \`tran_id\` are the name of the code at its bank.
\`abapay_deeplink\` opens a banking app, Bakong's link where Bakong makes the code, and is null where the bank gives none.
Where the method shows a page, \`qr_string\` and \`abapay_deeplink\` are null, and the page at \`checkout_url\` leads to the bank's. Reading the
status counts as watching: the bank is asked sooner.

Without \`payment_method_code\` the method is \`abapay_khqr_deeplink\`, or where that is not open the first one of the list. \`modelId\`
is the order's \`uuid\`, or its \`order_number\`.

${methodsSection()}
${refunds}
${whenRefused()}
## The page

\`checkout_url\` is [the page of every payment](topups.md#the-page); it shows the order's number. Its ways back are the order's \`return_url\` and
\`cancel_url\`. Where the bank's own page takes over it has a button that leads there.
`
}

const whoCalls = `## Who calls

A shop's server is registered once, on the hub's machine, and gets tokens of an hour with the secret that is printed:

\`\`\`sh
npx khqr-hub client add made-up-shop --scope "orders:manage orders:read"
curl -s -u "made-up-shop:$SECRET" -d grant_type=client_credentials http://127.0.0.1:8080/auth/token
\`\`\`

\`orders:manage\` is the shop's, \`orders:read\` its staff's: both see every order. With \`orders:manage\` the server may also open payments and
read their status for its customers; that is enough for a shop whose customers never call the hub.

\`orders:pay\` is a customer's scope, for an app that calls the hub itself: the subject of his token is the \`customer_id\` of his orders, and any other
order is 403 and a security event. \`npx khqr-hub token --scope "orders:pay" --subject dara\` makes one. So does whoever holds
\`JWT_SECRET\`: a JWT, HS256, with \`iss\` (\`HUB_TOKEN_ISSUER\`), \`aud\` (\`HUB_TOKEN_AUDIENCE\`), \`sub\`, \`scope\` (scopes with blanks between),
\`iat\`, and \`exp\` ${longestTokenTtlS} s later at most. That secret makes any token: it belongs on servers alone.

One client (subject of a token) may send \`HUB_REQUESTS_PER_MINUTE\` requests a minute. A server that follows many payments at once takes a
key that is exempt and does not end: \`npx khqr-hub client key made-up-shop --scope "orders:manage orders:read"\`.
`

const howItIsPaid = `## From an order to its money

1. Create the order. 2. Open its payment. 3. Show the code, the link, or the page at \`checkout_url\`. 4. Learn that it is paid.

- The page shows it by itself; its way back then is \`return_url\`. To come back proves nothing: read the status.
- Read the status every 3 s while the customer waits (20 requests a minute), every minute afterwards, until \`is_paid\` is true or the payment has
  ended. The hub finds the money whether somebody reads or not.
- Webhooks to the shop are not there yet.

A payment has one code at a time. Another method, or another code, can be had once the open one has ended (\`HUB_QR_SESSION_MINUTES\` after it
was made), or after an operator has given the payment up: \`POST /v1/payments/{id}/cancel\`, \`khqr-hub payment cancel\`. The cancel of
an order is for good.
`

const refunds = `## Refunds

An operator sends money back: \`POST /v1/refunds\` takes the \`uuid\` of the order's \`payment\` as \`payment\`, the \`amount\` and a \`reason\`, with an
\`Idempotency-Key\`. Its token has the scope \`money:operate\` and is of a [registered operator](operators.md); above a limit a second one agrees. What
PayWay refunds, and what a person must: [ABA PayWay](payway.md#refunds).
`

function methodsSection(): string {
  const rows = methods.map(({ code: name, shows, usual }) => [code(name), shows, usual ? 'yes' : ''])
  return `## Methods

PayWay's, as \`order-methods\` below \`banks.ABA\` names them; left out, the usual ones. Only what \`GET /api/order/v1/payment-methods\` lists is open.

${markdownTable(['method', 'shows', 'usual'], rows)}

\`bakong\` is made by NBC Bakong (the bank \`BAKONG\`) unless \`HUB_ORDERS_BAKONG=payway\`. The customer's browser takes a page's form to
PayWay from \`checkout_url\`; PayWay hears of it then, not before. So in the sandbox \`simulate pay --bank ABA --payment 150001 --method cards\` finds
nothing until somebody has pressed that page's button.

To go live with PayWay: [ABA PayWay](payway.md).
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

${markdownTable(['also said', 'status', 'when, and what to do'], otherMessages)}

400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502 and 503 have the same shape without \`errors\`, and a message may go on after a colon. After
502 and 503 no code was shown: send the request again later, after \`Retry-After\` where it is there; its key is free again. An \`Idempotency-Key\` is kept
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

const otherMessages = [
  ['There is an order with this number', '422', '`order_number` was used before: send another'],
  [
    'This payment method is not available',
    '422',
    'no such method, it is switched off, or it takes another currency; `errors` says which are open',
  ],
  ['No such order', '404', 'the uuid or number is of none'],
  ["The order is another customer's", '403', 'the subject of an `orders:pay` token is not its `customer_id`'],
  ['The payment of this order ended at this moment', '409', 'send the request again'],
  [
    'Payment … holds money, or a refund of it is not done: it cannot be cancelled',
    '409',
    'an operator decides about that money first',
  ],
  ['Payment …" or "Order … keeps changing', '409', 'read it again'],
  ['A request with this Idempotency-Key is still running', '409', 'send the same request again'],
  ['This Idempotency-Key was used for another request', '422', 'send a new key'],
  ['The token has expired" or "The token is not valid', '401', 'get a token'],
  ['… refused our login', '503', "the bank's keys are wrong: an operator mends them"],
  ["… gave a code that is not this payment's", '502', 'an operator compares the payee with the settings'],
  ['… gave an answer that makes no sense', '502', 'the same request later; an operator reads `payment log`'],
  ['… answered an error without a mapping', '502', 'the same'],
  [
    '… cannot say whether payment … was paid',
    '502, 503',
    'of a payment or a cancel: nobody is asked to pay twice, and nothing is given up, until the bank can say',
  ],
  ['… cannot be asked now" or "… cannot serve this now', '503', 'the bank is away'],
  ['… is not asked about the last code at this moment', '503', "Bakong's calls of the day are planned: a minute later"],
  ['Another request is still asking the bank for this code', '503', 'some seconds later'],
].map(([message = '', ...rest]) => [`"${message}"`, ...rest])

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
