import { keyKeptDays, reservationLeaseS } from '../../packages/hub/src/store/idempotency.ts'
import type { Route } from '../../packages/hub/src/http/v1/route.ts'
import { routes } from '../../packages/hub/src/http/v1/v1.ts'
import { code, fieldSections, markdownTable, nameOf, pageHead } from './markdown.ts'

export function apiPage(): string {
  const rows = routes.map((route) => [
    code(nameOf(route)),
    route.byOperator ? `${scopesOf(route)}, by an operator` : scopesOf(route),
    keyWords[route.key],
    route.does,
  ])
  return `${pageHead("The hub's own API, /v1", ['packages/hub/src/http/v1/v1.ts'])}
On the gateway's port, for everything that has no page yet. Bodies are JSON of at most 64 KB; a property or a parameter that is
not named here is refused. Amounts are decimal text with the currency's decimals (\`"150.00"\`, \`"60000"\`), times RFC 3339 UTC.
Errors: [errors](errors.md#the-hubs-own-api-v1).

${markdownTable(['request', "token's scope", 'Idempotency-Key', 'what it does'], rows)}

## Ids

\`pay_…\`, \`rfd_…\` and \`act_…\` are made by the hub and sort by time; \`sus_12\` and \`case_7\` are rows. A payment is named by its
\`pay_…\` id or by its number, \`150001\`.

## Lists

\`{"data": […], "has_more": true, "next_cursor": "…"}\`, the newest first. Send \`next_cursor\` back as \`cursor\`, with the same other
parameters, for the next part; rows that come meanwhile move nothing. There are no totals.

${shown}

## Operators

Who acts is the token's claim \`operator\`, or else its \`sub\`; it must be registered:

\`\`\`sh
npx khqr-hub operator add dara --reason "finance"
npx khqr-hub token --scope money:operate --operator dara
\`\`\`

A token counts as its operator's whatever its subject is. The sandbox has \`operator-1\` and \`operator-2\`. Every act is in the
audit log with its reason. Where a second person is needed the answer is 202 with the status \`requires_approval\`; the second one
is another registered operator.

## Doing it once

Send an \`Idempotency-Key\` (1 to 255 visible ASCII characters, a fresh one for each intention) with every POST that asks for one.
The key belongs to its operator, its path and its body, and is kept ${keyKeptDays} days:

| the same key again | is answered |
|---|---|
| same path and body | as the first time, status and body, with \`Idempotent-Replayed: true\` |
| another path or body | 422 \`IDEMPOTENCY_KEY_REUSED\` |
| while the first is running | 409 \`CONFLICT\` with \`Retry-After\`; after ${reservationLeaseS} s without an answer it was abandoned, and is resumed |

A resumed request uses the same object id, and looks what became of it before it does anything.

${fieldSections(routes)}`
}

const shown = `## What a payment shows

\`amount_received\` is all money that named the payment, in its currency, without what its bank took back. \`amount_refunded\` is
every succeeded refund, in that currency, of money that named the payment or settled it: of suspense, too. A receipt's \`amount\`
is what arrived, and always the sum of these, in the receipt's own currency:

| of a receipt | is the part that |
|---|---|
| \`applied\` | settles this payment now |
| \`applied_elsewhere\` | settles other payments, as an operator decided |
| \`in_suspense\` | waits for an operator |
| \`being_refunded\` | is held for refunds that have not ended |
| \`refunded\` | was sent back by refunds that succeeded |
| \`written_off\` | was written off |
| \`amount_reversed\` | its bank took back; \`reversed\` says whether the bank did |

## What a refund shows

\`payment\` is the payment whose applied money goes back; null when it goes back from suspense. \`named_payment\` is the payment that
the money named when it came. A list filtered by \`payment\` holds the refunds of both.`

const keyWords: Record<Route['key'], string> = { required: 'required', honoured: 'honoured', none: '' }

function scopesOf(route: Route): string {
  return route.scopes.map(code).join(' or ')
}
